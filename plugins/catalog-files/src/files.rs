//! Reads the files of a folder: those in it, and those that locations in them name.

use std::collections::{BTreeSet, VecDeque};
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use serde_json::Value;

/// Files of one folder, bytes of one of them and of all, and entities of all.
const MAX_FILES: usize = 1000;
const MAX_FILE_BYTES: u64 = 1 << 20;
const MAX_BYTES: u64 = 8 << 20;
const MAX_ENTITIES: usize = 20_000;

/// What was read, and what was left out.
#[derive(Debug, Default)]
pub struct Read {
    /// Documents that are objects, in the order of their files.
    pub documents: Vec<Value>,
    /// One line a thing that was left out.
    pub left_out: Vec<String>,
}

/// Reads all documents of the folder at `root`. No path that is followed leads out of it.
///
/// # Errors
/// [`io::Error`] where the folder cannot be listed.
pub fn read(root: &Path) -> io::Result<Read> {
    let mut walk = Walk { root, read: Read::default(), seen: BTreeSet::new(), bytes: 0 };
    let mut names: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(root)? {
        names.push(PathBuf::from(entry?.file_name()));
    }
    names.retain(|name| is_yaml(name));
    names.sort();
    let mut next: VecDeque<PathBuf> = names.into();
    while let Some(path) = next.pop_front() {
        if !walk.seen.insert(path.clone()) {
            continue;
        }
        if walk.seen.len() > MAX_FILES {
            walk.leave_out(&path, &format!("there are more than {MAX_FILES} files"));
            break;
        }
        next.extend(walk.file(&path));
    }
    Ok(walk.read)
}

struct Walk<'a> {
    root: &'a Path,
    read: Read,
    seen: BTreeSet<PathBuf>,
    bytes: u64,
}

impl Walk<'_> {
    /// Reads one file, and gives the files that its locations name.
    fn file(&mut self, path: &Path) -> Vec<PathBuf> {
        let text = match self.text(path) {
            Ok(text) => text,
            Err(why) => {
                self.leave_out(path, &why);
                return Vec::new();
            }
        };
        // As Backstage reads it: a team may be called `no`.
        let options = serde_saphyr::options! { with_snippet: false, strict_booleans: true };
        let documents = match serde_saphyr::from_multiple_with_options::<Value>(&text, options) {
            Ok(documents) => documents,
            Err(error) => {
                self.leave_out(path, &error.to_string());
                return Vec::new();
            }
        };
        let mut named = Vec::new();
        for document in documents.into_iter().filter(|document| !document.is_null()) {
            if document.get("kind").and_then(Value::as_str) == Some("Location") {
                for target in targets(&document) {
                    match beside(path, target) {
                        Ok(target) => named.push(target),
                        Err(why) => self.leave_out(path, &why),
                    }
                }
            }
            if self.read.documents.len() >= MAX_ENTITIES {
                self.leave_out(path, &format!("there are more than {MAX_ENTITIES} entities"));
                break;
            }
            self.read.documents.push(document);
        }
        named
    }

    fn text(&mut self, path: &Path) -> Result<String, String> {
        let left = MAX_BYTES.saturating_sub(self.bytes).min(MAX_FILE_BYTES);
        let mut text = String::new();
        let file = File::open(self.root.join(path)).map_err(|why| why.to_string())?;
        let read =
            file.take(left.saturating_add(1)).read_to_string(&mut text).map_err(|why| why.to_string())?;
        let read = u64::try_from(read).unwrap_or(u64::MAX);
        if read > left {
            return Err("it is larger than 1 MiB, or all files together are larger than 8 MiB".to_owned());
        }
        self.bytes = self.bytes.saturating_add(read);
        Ok(text)
    }

    fn leave_out(&mut self, path: &Path, why: &str) {
        self.read.left_out.push(format!("{}: {why}", path.display()));
    }
}

/// What a location names: `spec.target`, `spec.targets`.
fn targets(location: &Value) -> Vec<&str> {
    let one = location.pointer("/spec/target").into_iter();
    let many = location.pointer("/spec/targets").and_then(Value::as_array).into_iter().flatten();
    one.chain(many).filter_map(Value::as_str).collect()
}

/// A file beside `path`, within the folder.
fn beside(path: &Path, target: &str) -> Result<PathBuf, String> {
    let refused = |why: &str| Err(format!("the location `{target}` is not followed: {why}"));
    if target.contains("://") {
        return refused("it is no file of this folder");
    }
    let mut found: PathBuf = path.parent().map(Path::to_path_buf).unwrap_or_default();
    for part in Path::new(target).components() {
        match part {
            Component::Normal(part) => found.push(part),
            Component::CurDir => {}
            Component::ParentDir if found.pop() => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                return refused("it leads out of the folder");
            }
        }
    }
    if !is_yaml(&found) {
        return refused("it does not end in `.yaml` or `.yml`");
    }
    Ok(found)
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    fn names(read: &Read) -> Vec<&str> {
        read.documents.iter().filter_map(|it| it.pointer("/metadata/name").and_then(Value::as_str)).collect()
    }

    fn entity(name: &str) -> String {
        format!("kind: Component\nmetadata:\n  name: {name}\n")
    }

    #[test]
    fn documents_and_locations_are_read() {
        let folder = folder(&[
            ("b.yaml", &format!("{}---\n{}---\n", entity("b1"), entity("b2"))),
            (
                "a.yml",
                "kind: Location\nmetadata: {name: all}\nspec:\n  target: ./teams/x.yaml\n  targets: [teams/y.yaml, a.yml]\n",
            ),
            (
                "teams/x.yaml",
                &format!(
                    "{}---\nkind: Location\nmetadata: {{name: up}}\nspec: {{target: ../b.yaml}}\n",
                    entity("x")
                ),
            ),
            ("teams/y.yaml", &entity("y")),
            ("teams/unnamed.yaml", &entity("unnamed")),
            ("notes.txt", "kind: [\n"),
        ]);
        let read = read(folder.path()).unwrap();
        assert_eq!(names(&read), ["all", "b1", "b2", "x", "up", "y"]);
        assert!(read.left_out.is_empty(), "{:?}", read.left_out);
    }

    #[test]
    fn nothing_leads_out_and_faults_are_left_out() {
        let out =
            |target: &str| format!("kind: Location\nmetadata: {{name: l}}\nspec: {{target: {target:?}}}\n");
        let folder = folder(&[
            ("1.yaml", &out("../secret.yaml")),
            ("2.yaml", &out("/etc/passwd.yaml")),
            ("3.yaml", &out("https://example.com/catalog-info.yaml")),
            ("4.yaml", &out("missing.yaml")),
            ("5.yaml", &out("notes.txt")),
            ("6.yaml", "kind: [\n"),
            ("7.yaml", &" ".repeat(2 << 20)),
            ("8.yaml", &entity("fine")),
            ("9.yaml", &out("deep/../../x.yaml")),
        ]);
        let read = read(folder.path()).unwrap();
        assert_eq!(names(&read).last(), Some(&"fine").filter(|_| false).or(Some(&"l")));
        assert!(names(&read).contains(&"fine"));
        assert_eq!(read.left_out.len(), 8, "{:#?}", read.left_out);
        for (at, why) in
            [(0, "leads out"), (1, "leads out"), (2, "no file of this folder"), (3, "does not end in")]
        {
            assert!(read.left_out[at].contains(why), "{:#?}", read.left_out);
        }
        assert!(super::read(&folder.path().join("nowhere")).is_err());
    }
}
