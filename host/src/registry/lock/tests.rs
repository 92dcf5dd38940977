//! The lock: what it says back, and what it refuses.

use super::*;

fn pin(text: &str) -> Pin {
    let digest = Digest::of(text.as_bytes());
    Pin { component: digest, manifest: digest, descriptions: digest, safe: Vec::new() }
}

#[test]
fn a_lock_reads_back_what_it_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("postern.lock");
    assert_eq!(Lock::load(&path).unwrap(), Lock::default());

    let mut lock = Lock::default();
    lock.accept("b", pin("b"));
    lock.accept("a", Pin { safe: vec!["x: POST /y\"\\\u{7}é".to_owned()], ..pin("a") });
    lock.write(&path).unwrap();
    assert_eq!(Lock::load(&path).unwrap(), lock);

    // Writing again replaces, and leaves nothing else behind.
    lock.accept("b", pin("c"));
    lock.write(&path).unwrap();
    assert_eq!(Lock::load(&path).unwrap(), lock);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn every_part_that_differs_is_named() {
    let mut lock = Lock::default();
    assert_eq!(lock.compare("a", &pin("a")), Verdict::NotLocked);
    lock.accept("a", pin("a"));
    assert_eq!(lock.compare("a", &pin("a")), Verdict::Same);
    assert_eq!(lock.compare("A", &pin("a")), Verdict::NotLocked);

    let other = Digest::of(b"other");
    for (now, part) in [
        (Pin { component: other, ..pin("a") }, Part::Component),
        (Pin { manifest: other, ..pin("a") }, Part::Manifest),
        (Pin { descriptions: other, ..pin("a") }, Part::Descriptions),
        (Pin { safe: vec!["x: POST /y".to_owned()], ..pin("a") }, Part::SafeRules),
    ] {
        assert_eq!(lock.compare("a", &now), Verdict::Changed(vec![part]));
    }
    let Pin { component, manifest, safe, .. } = pin("a");
    assert_eq!(lock.compare_files("a", component, manifest, &safe), Verdict::Same);
    assert_eq!(lock.compare_files("b", component, manifest, &safe), Verdict::NotLocked);
    let changed = |part| Verdict::Changed(vec![part]);
    assert_eq!(lock.compare_files("a", other, manifest, &safe), changed(Part::Component));
    assert_eq!(lock.compare_files("a", component, other, &safe), changed(Part::Manifest));
    assert_eq!(
        lock.compare("a", &pin("b")),
        Verdict::Changed(vec![Part::Component, Part::Manifest, Part::Descriptions])
    );
}

#[test]
fn plugins_that_are_gone_can_be_forgotten() {
    let mut lock = Lock::default();
    lock.accept("a", pin("a"));
    lock.accept("b", pin("b"));
    assert_eq!(lock.retain(|name| name == "b"), ["a"]);
    assert_eq!(lock.compare("a", &pin("a")), Verdict::NotLocked);
    assert_eq!(lock.compare("b", &pin("b")), Verdict::Same);
}

#[test]
fn a_lock_that_cannot_be_written_leaves_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("no/such/postern.lock");
    assert!(matches!(Lock::default().write(&missing), Err(LockError::Write { .. })));
    assert!(matches!(Lock::load(folder.path()), Err(LockError::Read { .. })));
}

#[test]
fn text_that_is_no_lock_is_refused() {
    let good = {
        let mut lock = Lock::default();
        lock.accept("a", pin("a"));
        lock.to_string()
    };
    let refused = |text: &str| Lock::parse(Source::new("postern.lock", text)).unwrap_err().to_string();
    assert!(Lock::parse(Source::new("postern.lock", good.as_str())).is_ok());
    assert!(refused("").contains("has no `version`"));
    assert!(refused(&good.replace("version = 1", "version = 2")).contains("from 1 to 1"));
    assert!(refused(&good.replace("sha256:", "md5:")).contains("a digest is"));
    assert!(refused(&good.replace("descriptions", "description")).contains("has no field `description`"));
    assert!(refused(&good.replace("name = \"a\"\n", "")).contains("has no `name`"));
    let (_, second) = good.split_once("version = 1\n").unwrap();
    assert!(refused(&format!("{good}{second}")).contains("locked twice"));
    assert!(refused("version = 1\n<<<<<<< HEAD\n").contains("not TOML"));
}
