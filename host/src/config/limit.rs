//! `[limits]`: how often, and how many at once, for callers, tools and targets.

use std::num::NonZeroU32;

use crate::diagnostic::{Spanned, Table};
use crate::limit::{Change, Config, Exception, Quota, Rate, Whom};

/// The highest burst and the highest number at once.
const MOST: u64 = 1_000_000;

/// What an element of `[[limits.for]]` can be for.
const FOR_WHOM: &str = "name a `principal`, a `group`, a `plugin` with its `tool`, or a `plugin` with an `upstream` and its `target`";

pub(super) fn read(root: &Table<'_>) -> Config {
    let mut config = Config::default();
    let Some(table) = root.table("limits") else { return config };
    config.caller = everyone(&table, "caller", config.caller);
    config.tool = everyone(&table, "tool", config.tool);
    config.target = everyone(&table, "target", config.target);
    let mut seen: Vec<Whom> = Vec::new();
    for each in &table.tables("for") {
        let Some(exception) = exception(each, &config) else { continue };
        if let Some(before) = seen.iter().find(|before| covers(before, &exception.whom)) {
            let why = format_args!("an entry before it holds for {}, so it has no effect", told(before));
            table.faults().add(each.span(), why);
            continue;
        }
        seen.push(exception.whom.clone());
        config.exceptions.push(exception);
    }
    config
}

fn everyone(table: &Table<'_>, field: &'static str, default: Quota) -> Quota {
    table.table(field).map_or(default, |inner| change(&inner, default).of(default))
}

/// What differs from `everyone`'s.
fn change(table: &Table<'_>, everyone: Quota) -> Change {
    let number = |field| table.number(field, 1, MOST).and_then(narrow);
    let change = Change {
        rate: table.parse("rate", str::parse::<Rate>).map(Spanned::into_inner),
        burst: number("burst"),
        concurrent: number("concurrent"),
    };
    let rate = change.of(everyone).rate;
    if let Some(burst) = change.burst.filter(|burst| u64::from(burst.get()) > hour_of(rate)) {
        let why = format_args!("a `burst` of {burst} is more than an hour of `{rate}` brings");
        table.faults().add(table.key("burst"), why);
    }
    change
}

fn hour_of(rate: Rate) -> u64 {
    const HOUR: u128 = 3_600_000_000_000;
    u64::try_from(HOUR / rate.interval().as_nanos().max(1)).unwrap_or(u64::MAX)
}

fn exception(table: &Table<'_>, config: &Config) -> Option<Exception> {
    let text = |field| table.text(field).map(Spanned::into_inner);
    let whom =
        (text("principal"), text("group"), text("plugin"), text("tool"), text("upstream"), text("target"));
    let (whom, everyone) = match whom {
        (Some(subject), None, None, None, None, None) => (Some(Whom::Principal(subject)), config.caller),
        (None, Some(group), None, None, None, None) => (Some(Whom::Group(group)), config.caller),
        (None, None, Some(plugin), tool, None, None) => (Some(Whom::Tool { plugin, tool }), config.tool),
        (None, None, Some(plugin), None, Some(upstream), target) => {
            (Some(Whom::Target { plugin, upstream, target }), config.target)
        }
        _ => (None, config.caller),
    };
    let change = change(table, everyone);
    let Some(whom) = whom else {
        table.faults().add_help(table.span(), "this is for nobody, or for several kinds at once", FOR_WHOM);
        return None;
    };
    if !["rate", "burst", "concurrent"].into_iter().any(|field| table.has(field)) {
        table.faults().add_help(
            table.span(),
            format_args!("this changes nothing for {}", told(&whom)),
            "give it a `rate`, a `burst` or `concurrent`",
        );
        return None;
    }
    Some(Exception { whom, change })
}

fn narrow(number: Spanned<u64>) -> Option<NonZeroU32> {
    u32::try_from(number.into_inner()).ok().and_then(NonZeroU32::new)
}

/// Whether nothing of `later` is left when `earlier` has been asked first.
fn covers(earlier: &Whom, later: &Whom) -> bool {
    match (earlier, later) {
        (Whom::Tool { plugin: first, tool: None }, Whom::Tool { plugin, .. }) => first == plugin,
        (
            Whom::Target { plugin: first, upstream: among, target: None },
            Whom::Target { plugin, upstream, .. },
        ) => first == plugin && among == upstream,
        (
            Whom::Principal(_) | Whom::Group(_) | Whom::Tool { .. } | Whom::Target { .. },
            Whom::Principal(_) | Whom::Group(_) | Whom::Tool { .. } | Whom::Target { .. },
        ) => earlier == later,
    }
}

fn told(whom: &Whom) -> String {
    match whom {
        Whom::Principal(subject) => format!("the principal `{subject}`"),
        Whom::Group(group) => format!("the group `{group}`"),
        Whom::Tool { plugin, tool: Some(tool) } => format!("the tool `{tool}` of `{plugin}`"),
        Whom::Tool { plugin, tool: None } => format!("every tool of `{plugin}`"),
        Whom::Target { plugin, upstream, target: Some(target) } => {
            format!("the target `{target}` of `{plugin}`'s `{upstream}`")
        }
        Whom::Target { plugin, upstream, target: None } => {
            format!("every target of `{plugin}`'s `{upstream}`")
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::diagnostic::{Faults, Source};

    fn parse(text: &str) -> Result<Config, String> {
        let faults = Faults::new(Source::new("postern.toml", text));
        let config = faults.read(|root| Some(read(&root)));
        faults.finish(config).map_err(|told| told.to_string())
    }

    #[track_caller]
    fn check(text: &str, expected: &Expect) {
        expected.assert_eq(&parse(text).unwrap_err());
    }

    #[test]
    fn what_is_not_written_is_the_default() {
        assert_eq!(parse("").unwrap(), Config::default());
        let config = parse("[limits.caller]\nconcurrent = 4\n").unwrap();
        assert_eq!(config.caller.concurrent.get(), 4);
        assert_eq!(config.caller.rate, Config::default().caller.rate);
        assert_eq!(config.tool, Config::default().tool);
    }

    #[test]
    fn exceptions_are_read_in_order() {
        let config = parse(
            r#"
            [limits.caller]
            rate = "20/s"
            [[limits.for]]
            principal = "token:deploy"
            rate = "5/m"
            [[limits.for]]
            plugin = "kubernetes"
            tool = "get_pod_logs"
            concurrent = 4
            [[limits.for]]
            plugin = "kubernetes"
            upstream = "cluster"
            target = "prod"
            rate = "10/s"
            burst = 20
            "#,
        )
        .unwrap();
        let whom: Vec<String> = config.exceptions.iter().map(|each| told(&each.whom)).collect();
        assert_eq!(
            whom,
            [
                "the principal `token:deploy`",
                "the tool `get_pod_logs` of `kubernetes`",
                "the target `prod` of `kubernetes`'s `cluster`"
            ]
        );
        let quotas: Vec<Quota> = config.exceptions.iter().map(|each| each.change.of(config.caller)).collect();
        assert_eq!((quotas[0].burst.get(), quotas[1].concurrent.get(), quotas[2].burst.get()), (5, 4, 20));
    }

    #[test]
    fn what_cannot_be_or_does_nothing_is_told_with_its_place() {
        check(
            r#"[limits.caller]
rate = "often"
concurrent = 0
[limits.tool]
rate = "5/h"
burst = 1000
[limits.upstream]
[[limits.for]]
group = "ci"
plugin = "kubernetes"
rate = "1/s"
[[limits.for]]
group = "ops"
[[limits.for]]
plugin = "kubernetes"
rate = "1/s"
[[limits.for]]
plugin = "kubernetes"
tool = "list"
rate = "2/s"
"#,
            &expect![[r#"
                postern.toml:2:8: `often` is no rate; write a number from 1 to 1000000 and a unit, such as `20/s`, `600/m` or `1000/h`
                postern.toml:3:14: `concurrent` is a whole number from 1 to 1000000
                postern.toml:6:1: a `burst` of 1000 is more than an hour of `5/h` brings
                postern.toml:7:9: `[limits]` has no field `upstream`
                  help: it takes `caller`, `tool`, `target` or `for`
                postern.toml:8:1: this is for nobody, or for several kinds at once
                  help: name a `principal`, a `group`, a `plugin` with its `tool`, or a `plugin` with an `upstream` and its `target`
                postern.toml:12:1: this changes nothing for the group `ops`
                  help: give it a `rate`, a `burst` or `concurrent`
                postern.toml:17:1: an entry before it holds for every tool of `kubernetes`, so it has no effect"#]],
        );
    }
}
