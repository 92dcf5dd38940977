//! What `postern check` says, and with which exit code.

use super::*;
use crate::cli::examine::Examined;
use crate::registry::lock::{Digest, Pin};
use crate::runtime::{Described, Inspection};

const ACME: &str = include_str!("../../config/fixtures/acme.toml");
const CONFIG_TEXT: &str = "[[plugin]]\npath = \"acme/plugin.toml\"\n[[plugin.grant]]\neffects = [\"read\"]\n\
     targets = [\"*\"]\n[[plugin.upstream.site.target]]\nname = \"main\"\nbase_url = \"https://acme.example\"\n";

/// A component is what its bytes say: `good`, or anything else for one that is not as its manifest says.
fn examine(manifest: &Manifest, bytes: &[u8]) -> Result<Examined, PluginError> {
    if bytes == b"good" {
        let inspection = Inspection { imports: Vec::new(), exports: Vec::new() };
        return Ok(Examined { pin: pin(manifest, bytes), inspection, described: Described::default() });
    }
    manifest.against(&crate::registry::manifest::Described::default())?;
    unreachable!("a component that describes nothing does not fit a manifest with tools")
}

fn pin(manifest: &Manifest, bytes: &[u8]) -> Pin {
    let (component, manifest) = (Digest::of(bytes), manifest.digest());
    Pin { component, manifest, descriptions: Digest::of(b"nothing"), safe: Vec::new() }
}

/// Accepts the component `good` of [`ACME`], beside a configuration in `folder`.
fn accept(folder: &Path) {
    let manifest = Manifest::parse(Source::new("acme/plugin.toml", ACME)).unwrap();
    let mut lock = Lock::default();
    lock.accept("acme", pin(&manifest, b"good"));
    lock.write(&folder.join("postern.lock")).unwrap();
}

#[track_caller]
fn check(path: &Path, format: Format) -> (u8, String) {
    let mut out = Vec::new();
    let environment = Environment::fixed::<String, String>([]);
    let verdict = Check { path: path.to_owned(), format }.run(&environment, &[], &examine, &mut out).unwrap();
    (verdict.code(), String::from_utf8(out).unwrap())
}

fn folder(component: Option<&str>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("acme")).unwrap();
    fs::write(folder.path().join("acme/plugin.toml"), ACME).unwrap();
    if let Some(component) = component {
        fs::write(folder.path().join("acme/acme.wasm"), component).unwrap();
    }
    folder
}

#[test]
fn sound_files_are_told_so() {
    let folder = folder(Some("good"));
    // A folder of plugins, a plugin's folder, a file, and a configuration.
    for path in ["", "acme", "acme/plugin.toml"] {
        assert_eq!(
            check(&folder.path().join(path), Format::Text),
            (0, "0 faults in 1 file\n".to_owned()),
            "{path}"
        );
    }
    fs::write(folder.path().join("postern.toml"), CONFIG_TEXT).unwrap();
    accept(folder.path());
    assert_eq!(check(folder.path(), Format::Text), (0, "0 faults in 1 file\n".to_owned()));
}

#[test]
fn a_plugin_that_nobody_accepted_is_a_fault() {
    let folder = folder(Some("good"));
    fs::write(folder.path().join("postern.toml"), CONFIG_TEXT).unwrap();
    let (code, told) = check(folder.path(), Format::Text);
    assert_eq!(code, 1);
    assert!(told.contains("plugin `acme` is not in the lock"), "{told}");
    accept(folder.path());
    fs::write(folder.path().join("acme/plugin.toml"), ACME.replace("0.1.0", "0.1.1")).unwrap();
    let (code, told) = check(folder.path(), Format::Text);
    assert_eq!(code, 1);
    assert!(told.contains("plugin `acme` is not what was accepted"), "{told}");
}

#[test]
fn a_component_that_is_not_there_cannot_be_looked_at() {
    let folder = folder(None);
    let (code, told) = check(&folder.path().join("acme"), Format::Text);
    assert_eq!(code, 2);
    assert!(told.contains("acme.wasm: cannot be read"), "{told}");
}

#[test]
fn faults_of_the_component_are_told_like_those_of_the_file() {
    let folder = folder(Some("bad"));
    fs::write(folder.path().join("postern.toml"), CONFIG_TEXT).unwrap();
    for path in ["acme", "postern.toml"] {
        let (code, told) = check(&folder.path().join(path), Format::Text);
        assert_eq!(code, 1, "{told}");
        assert!(told.contains("acme/plugin.toml:18:8: the component does not import `read-items`"), "{told}");
    }
}

#[test]
fn all_faults_of_all_files_are_told_at_once() {
    let folder = folder(Some("good"));
    fs::write(folder.path().join("postern.toml"), CONFIG_TEXT.replace("read", "reed").replace("\"*\"", ""))
        .unwrap();
    fs::write(folder.path().join("plugin.toml"), "[plugin]\n").unwrap();
    let (code, told) = check(folder.path(), Format::Text);
    assert_eq!(code, 1);
    assert!(told.ends_with("6 faults in 2 files\n"), "{told}");

    let (code, told) = check(folder.path(), Format::Json);
    assert_eq!(code, 1);
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["files"].as_array().unwrap().len(), 2);
    assert_eq!(told["faults"].as_array().unwrap().len(), 6);
    assert_eq!(told["faults"][0]["line"], 4);
    assert_eq!(told["faults"][0]["column"], 12);
}

#[test]
fn what_cannot_be_looked_at_is_not_sound() {
    let empty = tempfile::tempdir().unwrap();
    for path in [empty.path().to_owned(), empty.path().join("postern.toml"), empty.path().join("plugin.toml")]
    {
        let (code, told) = check(&path, Format::Text);
        assert_eq!(code, 2, "{told}");
    }
}
