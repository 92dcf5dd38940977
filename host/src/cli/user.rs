//! Who runs this process, by the operating system's word.
//!
//! Variables such as `USER` say who somebody would like to be: a client that starts the process chooses them.

/// The name of the user who runs this process, or `uid-1000` where the system has no sound name for it.
#[cfg(unix)]
pub(super) fn name() -> String {
    use nix::unistd::{Uid, User};
    // The real user, not the effective one: whoever started the process speaks to it.
    let uid = Uid::current();
    let found =
        User::from_uid(uid).inspect_err(|error| tracing::warn!(%error, "no name is found for the user"));
    named(found.ok().flatten().map(|user| user.name), uid.as_raw())
}

/// The name that the system's start of the session wrote into the environment: there is no other on this system.
#[cfg(not(unix))]
pub(super) fn name(environment: &crate::config::Environment) -> String {
    environment.get("USERNAME").filter(|name| is_sound(name)).unwrap_or_else(|| "unknown".to_owned())
}

/// A directory service may have any name for a user, and none of them may look like another's number.
#[cfg(unix)]
fn named(name: Option<String>, uid: u32) -> String {
    name.filter(|name| is_sound(name) && !name.starts_with("uid-")).unwrap_or_else(|| format!("uid-{uid}"))
}

/// Whether a name can stand in a log and in a policy as it is.
fn is_sound(name: &str) -> bool {
    // What was no UTF-8 was replaced, and two names may have become one.
    let unfit = |each: char| each.is_control() || each.is_whitespace() || each == char::REPLACEMENT_CHARACTER;
    !name.is_empty() && !name.chars().any(unfit)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_the_systems() {
        let told = std::process::Command::new("id").arg("-ru").output().unwrap();
        let uid = String::from_utf8(told.stdout).unwrap().trim().parse::<u32>().unwrap();
        let known = std::process::Command::new("id").arg("-run").output().unwrap();
        let known =
            known.status.success().then(|| String::from_utf8(known.stdout).unwrap().trim().to_owned());
        assert_eq!(name(), named(known, uid));
    }

    #[test]
    fn a_name_that_could_mislead_is_a_number() {
        for (found, expected) in [
            (Some("ana"), "ana"),
            (Some("CORP\\ana"), "CORP\\ana"),
            (Some("uid-0"), "uid-1000"),
            (Some("ana\nroot"), "uid-1000"),
            (Some("a b"), "uid-1000"),
            (Some(""), "uid-1000"),
            (None, "uid-1000"),
        ] {
            assert_eq!(named(found.map(str::to_owned), 1000), expected, "{found:?}");
        }
    }
}
