//! How many nodes a call asks for, however its arguments say so.
//!
//! Tools write it in many ways: `node_count: 15`; `workers: 12, control_planes: 3`; pools with a `size` each,
//! somewhere inside; the text `"15"`. The operator's file lists the names. What they mean together:
//!
//! - *Totals* (`node_count`) each say it all; of several, the largest counts.
//! - *Parts* (`workers`) and pools add up.
//! - Where there are both, the larger counts: to claim a small total beside large pools hides nothing.
//! - In a pool, sizes are totals of that pool: of `size: 3, max_size: 20` the 20 counts, for that is what the
//!   call permits without asking again.
//! - A count that is there and cannot be read makes the number unclear: at least what else was read.

use serde_json::Value;

use super::Names;
use super::path::Path;
use super::value::number;
use crate::action::name::bare;

/// A number of nodes, and where it stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::action) struct Count {
    /// At least so many.
    pub(in crate::action) least: f64,
    /// Whether there may be more: a count could not be read.
    pub(in crate::action) unclear: bool,
    /// Whether there was any count at all.
    pub(in crate::action) named: bool,
    /// The counts that were read or could not be, as pointers.
    pub(in crate::action) places: Vec<String>,
    /// Those of them that are zero.
    pub(in crate::action) zeros: Vec<String>,
}

/// Counts the nodes that the arguments ask for. `about_nodes` says that the tool is about nothing else, so that a
/// plain `size` is of nodes: `scale_node_pool` with `{"pool": "a", "size": 15}`.
pub(in crate::action) fn asked(root: &Value, names: &Names, about_nodes: bool) -> Count {
    let place = if about_nodes { Place::Pool } else { Place::Outside };
    count(root, &Path::Root, names, place)
}

/// Where a walk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Outside,
    /// In what holds pools: a list, a mapping by name, or one pool itself.
    Pools,
    /// In a pool, where sizes are of nodes.
    Pool,
}

fn count(value: &Value, path: &Path<'_>, names: &Names, place: Place) -> Count {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Count::default(),
        Value::Array(items) => items.iter().enumerate().fold(Count::default(), |mut sum, (index, item)| {
            let place = if place == Place::Pools { Place::Pool } else { place };
            sum.add(count(item, &Path::Index(path, index), names, place));
            sum
        }),
        Value::Object(entries) => {
            let is_pool = entries.keys().any(|key| names.pool_sizes.has(&bare(key)));
            let (here, unnamed) = match place {
                Place::Outside => (Place::Outside, Place::Outside),
                Place::Pools if !is_pool => (Place::Pool, Place::Pool),
                Place::Pools | Place::Pool => (Place::Pool, Place::Outside),
            };
            let mut totals = Count::default();
            let mut parts = Count::default();
            for (key, item) in entries {
                let path = Path::Key(path, key);
                match names.role(key, here) {
                    // The `size` of a machine: `Standard_D8s_v5`.
                    Role::Total if names.is_machine_type(key, item) => {}
                    Role::Total => totals.largest(one(item, &path, names)),
                    Role::Part => parts.add(one(item, &path, names)),
                    Role::Pools => parts.add(count(item, &path, names, Place::Pools)),
                    Role::Inside => parts.add(count(item, &path, names, here)),
                    Role::Other => parts.add(count(item, &path, names, unnamed)),
                }
            }
            totals.largest(parts);
            totals
        }
    }
}

/// What a count's own value says: a number, a list of nodes, or more arguments.
fn one(value: &Value, path: &Path<'_>, names: &Names) -> Count {
    let readable = |least: f64| {
        let places = vec![path.pointer()];
        let zeros = if least > 0.0 { Vec::new() } else { places.clone() };
        Count { least, unclear: false, named: true, places, zeros }
    };
    match value {
        Value::Null | Value::Bool(_) => Count::default(),
        Value::Number(_) | Value::String(_) => match number(value) {
            Some(number) => readable(number.max(0.0).ceil()),
            None => Count { unclear: true, zeros: Vec::new(), ..readable(0.0) },
        },
        Value::Object(_) => count(value, path, names, Place::Pools),
        Value::Array(items) => {
            let inner = count(value, path, names, Place::Pools);
            #[expect(clippy::cast_precision_loss, reason = "a list that was walked has far fewer items")]
            let length = items.len() as f64;
            if inner.named { inner } else { readable(length) }
        }
    }
}

impl Count {
    fn add(&mut self, other: Self) {
        self.least += other.least;
        self.join(other);
    }

    fn largest(&mut self, other: Self) {
        self.least = self.least.max(other.least);
        self.join(other);
    }

    fn join(&mut self, other: Self) {
        self.unclear |= other.unclear;
        self.named |= other.named;
        self.places.extend(other.places);
        self.zeros.extend(other.zeros);
    }
}

/// What an argument says of nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Total,
    Part,
    /// It holds pools.
    Pools,
    /// It is a part of what holds it, as `pool_config` of a pool.
    Inside,
    Other,
}

impl Names {
    fn is_machine_type(&self, key: &str, value: &Value) -> bool {
        value.is_string() && number(value).is_none() && self.pool_machine_types.has(&bare(key))
    }

    fn role(&self, key: &str, place: Place) -> Role {
        let key = bare(key);
        if self.node_totals.has(&key) || place == Place::Pool && self.pool_sizes.has(&key) {
            Role::Total
        } else if self.node_parts.has(&key) {
            Role::Part
        } else if self.pools.has(&key) {
            Role::Pools
        } else if self.pool_parts.has(&key) {
            Role::Inside
        } else {
            Role::Other
        }
    }
}
