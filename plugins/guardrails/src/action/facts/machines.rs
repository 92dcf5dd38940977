//! What machines a call asks for: their types, how large they are, and whether they hold GPUs.

use std::collections::BTreeSet;

use serde_json::Value;

use super::path::{Path, visit};
use super::value::{number, switches_on};
use super::{Found, Names};
use crate::action::name::{bare, like_any};

/// What the arguments say of GPUs.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::action) enum Gpu {
    /// They ask for some, at these places.
    Asked(Vec<String>),
    /// They say that there are none: by a switch, or by types of machines that hold none.
    None(Vec<String>),
    /// They do not say.
    Unsaid,
}

/// The types of machines that the arguments name.
pub(in crate::action) fn types(root: &Value, names: &Names) -> Vec<Found> {
    let mut found = Vec::new();
    visit(root, Path::Root, &mut |path, value| {
        let (Some(key), Value::String(text)) = (path.key(), value) else { return };
        let key = bare(key);
        let is_type = names.machine_types.has(&key)
            || names.pool_machine_types.has(&key) && in_pool(path, names) && number(value).is_none();
        if is_type && !text.trim().is_empty() {
            found.push(Found { value: text.trim().to_owned(), pointer: path.pointer() });
        }
    });
    found
}

/// What the arguments say of GPUs, given the types of machines that were found.
pub(in crate::action) fn gpu(root: &Value, names: &Names, types: &[Found], gpu_types: &[String]) -> Gpu {
    let mut asked = Vec::new();
    let mut denied = Vec::new();
    visit(root, Path::Root, &mut |path, value| {
        // A list is judged as a whole, not item by item.
        let (Path::Key(_, key), false) = (path, value.is_null()) else { return };
        if names.gpus.has(&bare(key)) {
            if switches_on(value) { &mut asked } else { &mut denied }.push(path.pointer());
        }
    });
    let holds = |one: &&Found| like_any(gpu_types, &one.value.to_ascii_lowercase());
    asked.extend(types.iter().filter(holds).map(|one| one.pointer.clone()));
    if !asked.is_empty() {
        return Gpu::Asked(asked);
    }
    // A type says that there are none if it is one: `m6i.large`, and not `worker`.
    let is_type = |one: &&Found| one.value.contains(|letter: char| letter.is_ascii_digit());
    denied.extend(types.iter().filter(is_type).map(|one| one.pointer.clone()));
    // A switch or type in a pool, or a switch beside or above it, speaks for the pool.
    let places: BTreeSet<&str> = denied.iter().map(String::as_str).collect();
    let holders: BTreeSet<&str> = denied.iter().filter_map(|place| Some(place.rsplit_once('/')?.0)).collect();
    let covered = |pool: &str| {
        let inside = format!("{pool}/");
        places.range(inside.as_str()..).next().is_some_and(|place| place.starts_with(&inside))
            || ancestors(pool).any(|above| holders.contains(above))
    };
    if !denied.is_empty() && pools(root, names).iter().all(|pool| covered(pool)) {
        Gpu::None(denied)
    } else {
        Gpu::Unsaid
    }
}

/// The most processors of any one machine: known numbers, and whether some type does not tell.
pub(in crate::action) fn processors(
    root: &Value,
    names: &Names,
    types: &[Found],
) -> (Vec<(f64, String)>, bool) {
    let mut known = Vec::new();
    let mut unclear = false;
    visit(root, Path::Root, &mut |path, value| {
        let Some(key) = path.key().map(bare) else { return };
        if names.processors.has(&key) && in_pool(path, names) && !value.is_object() && !value.is_array() {
            match number(value) {
                Some(number) => known.push((number, path.pointer())),
                None => unclear |= !value.is_null(),
            }
        }
    });
    for one in types {
        match promised(&one.value) {
            Some(number) => known.push((number, one.pointer.clone())),
            None => unclear = true,
        }
    }
    (known, unclear)
}

/// A place and all it lies in, as pointers.
fn ancestors(place: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(place), |place| Some(place.rsplit_once('/')?.0))
}

fn in_pool(path: &Path<'_>, names: &Names) -> bool {
    match path {
        Path::Root => false,
        Path::Key(parent, key) => names.pools.has(&bare(key)) || in_pool(parent, names),
        Path::Index(parent, _) => in_pool(parent, names),
    }
}

/// The pools, as pointers: the items of what holds pools, or the values of a mapping of them.
fn pools(root: &Value, names: &Names) -> Vec<String> {
    let mut pools = Vec::new();
    visit(root, Path::Root, &mut |path, value| {
        let holder = match path {
            Path::Index(Path::Key(_, key), _) => key,
            Path::Key(Path::Key(_, key), part) if !names.pool_parts.has(&bare(part)) => key,
            Path::Root | Path::Index(..) | Path::Key(..) => return,
        };
        if value.is_object() && names.pools.has(&bare(holder)) {
            pools.push(path.pointer());
        }
    });
    pools
}

/// How many virtual processors a type's name promises; none if the name does not say.
///
/// Amazon counts in sizes (`large` is 2, `xlarge` 4, `4xlarge` 16); Azure (`Standard_D8s_v5`) and Google
/// (`n2-standard-8`) write the number; Oracle's flexible shapes do not say.
fn promised(name: &str) -> Option<f64> {
    let lower = name.to_ascii_lowercase();
    if let Some(size) = lower.strip_prefix("standard_").or_else(|| lower.strip_prefix("basic_")) {
        let digits: String =
            size.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
        return digits.parse().ok();
    }
    if let Some((_, size)) = lower.split_once('.') {
        return match size {
            "nano" | "micro" | "small" | "medium" => Some(1.0),
            "large" => Some(2.0),
            "xlarge" => Some(4.0),
            _ if size.starts_with("metal") => Some(64.0),
            _ => size.strip_suffix("xlarge")?.parse::<u16>().ok().map(|times| f64::from(times) * 4.0),
        };
    }
    let (family, number) = lower.rsplit_once('-')?;
    // Google's types with accelerators count those (`a2-highgpu-1g`), twelve processors each.
    let (number, each) = number.strip_suffix('g').map_or((number, 1.0), |number| (number, 12.0));
    number.parse::<u16>().ok().filter(|_| family.contains('-')).map(|number| f64::from(number) * each)
}

#[cfg(test)]
mod tests {
    use super::promised;

    #[test]
    fn names_promise_processors() {
        for (name, count) in [
            ("t3.large", Some(2.0)),
            ("m6i.xlarge", Some(4.0)),
            ("m6i.4xlarge", Some(16.0)),
            ("c7g.metal", Some(64.0)),
            ("Standard_D8s_v5", Some(8.0)),
            ("n2-standard-16", Some(16.0)),
            ("a2-highgpu-1g", Some(12.0)),
            ("e2-medium", None),
            ("VM.Standard.E4.Flex", None),
            ("", None),
        ] {
            assert_eq!(promised(name), count, "{name}");
        }
    }
}
