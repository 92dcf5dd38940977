//! What one workload costs more or less than before, and why.

use schemars::JsonSchema;
use serde::Serialize;

use crate::cost::Cost;
use crate::text::rounded;

/// A change smaller than this share is none.
const LEAST_SHARE: f64 = 0.01;

/// A change smaller than this much money a day is none.
const LEAST_MONEY: f64 = 0.01;

/// What became of a workload's cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Status {
    /// It cost nothing before.
    New,
    /// It costs nothing any more.
    Removed,
    /// It costs more or less.
    Changed,
    /// It costs about the same.
    Unchanged,
}

impl Status {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Removed => "removed",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
        }
    }
}

/// What one workload costs more or less than before.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub struct Change {
    /// The server that knows it.
    pub instance: String,
    /// The workload.
    pub workload_name: String,
    /// Its cluster.
    pub cluster_name: String,
    /// Its namespace.
    pub namespace: String,
    /// `Deployment`, `StatefulSet` and the like.
    #[serde(rename = "type")]
    pub kind: String,
    /// What became of its cost.
    pub status: Status,
    /// Money a day, recently.
    pub recent_per_day: f64,
    /// Money a day, before.
    pub before_per_day: f64,
    /// Recently less before.
    pub change_per_day: f64,
    /// Of what it was before, in percent; left out where it was nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change_percent: Option<f64>,
    /// Of the change, what is due to more or fewer pod-hours; left out where they are not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_pod_hours: Option<f64>,
    /// Of the change, what is due to a higher or lower price of a pod-hour; left out where it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_price: Option<f64>,
    /// Why, largest part first.
    pub reasons: Vec<String>,
}

impl Change {
    /// What became of a workload's cost over so many recent days and so many days before; `None` for no cost at all.
    pub(super) fn of(recent: Option<&Cost>, before: Option<&Cost>, (now, then): (u32, u32)) -> Option<Self> {
        let either = recent.or(before)?;
        let (now, then) = (f64::from(now.max(1)), f64::from(then.max(1)));
        let recent_per_day = rounded(recent.map_or(0.0, |row| row.total_cost) / now);
        let before_per_day = rounded(before.map_or(0.0, |row| row.total_cost) / then);
        let change = rounded(recent_per_day - before_per_day);
        let small = change.abs() < LEAST_MONEY || change.abs() < before_per_day * LEAST_SHARE;
        let status = match (before_per_day > 0.0, recent_per_day > 0.0) {
            (false, true) if !small => Status::New,
            (true, false) if !small => Status::Removed,
            _ if small => Status::Unchanged,
            _ => Status::Changed,
        };
        let mut change = Self {
            instance: either.instance.clone(),
            workload_name: either.workload_name.clone(),
            cluster_name: either.cluster_name.clone(),
            namespace: either.namespace.clone(),
            kind: either.kind.clone(),
            status,
            recent_per_day,
            before_per_day,
            change_per_day: change,
            change_percent: percent(recent_per_day, before_per_day),
            from_pod_hours: None,
            from_price: None,
            reasons: Vec::new(),
        };
        match (status, recent, before) {
            (Status::New, ..) => change.reasons.push("it cost nothing before".to_owned()),
            (Status::Removed, ..) => change.reasons.push("it costs nothing any more".to_owned()),
            (Status::Changed, Some(recent), Some(before)) => change.explain((recent, now), (before, then)),
            (Status::Changed | Status::Unchanged, ..) => {}
        }
        Some(change)
    }

    /// Splits the change: as many more hours at the old price, and the new hours at the change of the price.
    fn explain(&mut self, (recent, now): (&Cost, f64), (before, then): (&Cost, f64)) {
        let hours = |row: &Cost, days: f64| Some((row.spot_hours? + row.on_demand_hours?) / days);
        let known = hours(recent, now).zip(hours(before, then));
        let Some((new, old)) = known.filter(|(new, old)| *new > 0.0 && *old > 0.0) else {
            self.reasons
                .push("pod-hours are not known: it may be more pods, larger pods or dearer nodes".to_owned());
            return;
        };
        let (new_price, old_price) = (self.recent_per_day / new, self.before_per_day / old);
        let from_hours = rounded((new - old) * old_price);
        let from_price = rounded(new * (new_price - old_price));
        self.from_pod_hours = Some(from_hours);
        self.from_price = Some(from_price);
        let part = |amount: f64| amount.abs() >= self.change_per_day.abs() * 0.1;
        let mut parts = Vec::new();
        if part(from_hours) {
            let word = if new > old { "more" } else { "fewer" };
            parts.push((
                from_hours,
                format!("{word} pod-hours: {old:.0} to {new:.0} a day ({from_hours:+.2})"),
            ));
        }
        if part(from_price) {
            let share = (new_price / old_price - 1.0) * 100.0;
            parts.push((from_price, format!("a pod-hour costs {share:+.0} % ({from_price:+.2})")));
        }
        parts.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
        self.reasons.extend(parts.into_iter().map(|(_, reason)| reason));
        let share = |row: &Cost| Some(100.0 * row.spot_hours? / (row.spot_hours? + row.on_demand_hours?));
        if let (Some(new), Some(old)) = (share(recent), share(before))
            && (new - old).abs() >= 5.0
        {
            self.reasons.push(format!("on spot nodes for {old:.0} % of its hours before, {new:.0} % now"));
        }
    }
}

/// A change of a number in percent of what it was; `None` where it was nothing.
pub(super) fn percent(now: f64, then: f64) -> Option<f64> {
    (then > 0.0).then(|| ((now / then - 1.0) * 1000.0).round() / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(total: f64, spot: f64, other: f64) -> Cost {
        Cost { total_cost: total, spot_hours: Some(spot), on_demand_hours: Some(other), ..Cost::default() }
    }

    #[track_caller]
    fn check(recent: Option<Cost>, before: Option<Cost>, status: Status, reasons: &[&str]) {
        let change = Change::of(recent.as_ref(), before.as_ref(), (7, 23)).unwrap();
        assert_eq!(change.status, status);
        assert_eq!(change.reasons, reasons);
    }

    #[test]
    fn per_day_it_is_the_same() {
        check(Some(cost(7.0, 0.0, 168.0)), Some(cost(23.0, 0.0, 552.0)), Status::Unchanged, &[]);
    }

    #[test]
    fn it_says_why() {
        check(
            Some(cost(14.0, 0.0, 336.0)),
            Some(cost(23.0, 0.0, 552.0)),
            Status::Changed,
            &["more pod-hours: 24 to 48 a day (+1.00)"],
        );
        check(
            Some(cost(14.0, 0.0, 168.0)),
            Some(cost(23.0, 552.0, 0.0)),
            Status::Changed,
            &["a pod-hour costs +100 % (+1.00)", "on spot nodes for 100 % of its hours before, 0 % now"],
        );
        check(Some(cost(7.0, 0.0, 1.0)), Some(cost(0.0, 0.0, 0.0)), Status::New, &["it cost nothing before"]);
        check(None, Some(cost(23.0, 0.0, 1.0)), Status::Removed, &["it costs nothing any more"]);
        let unknown = || Cost { spot_hours: None, ..cost(14.0, 0.0, 0.0) };
        check(
            Some(unknown()),
            Some(cost(23.0, 0.0, 552.0)),
            Status::Changed,
            &["pod-hours are not known: it may be more pods, larger pods or dearer nodes"],
        );
        assert!(Change::of(None, None, (7, 23)).is_none());
    }
}
