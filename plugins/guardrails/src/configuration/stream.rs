//! Splits files into documents and reads each by itself, so that a mistake in one hides none of the others.
//!
//! A line that begins with `---` begins a document wherever it stands: YAML allows no such line inside a block
//! text (YAML 1.2.2, section 9.1.2). `# Source:` comments, as Helm writes them, name the template.

use crate::yaml::{Budget, Node, Place, load};

use super::report::{Report, Unread};

/// Bytes of all files together.
pub(super) const MAX_BYTES: usize = 1 << 20;

/// Documents of all files together, the items of lists included.
pub(super) const MAX_DOCUMENTS: usize = 500;

/// Values of all documents together, those that aliases repeat included.
const MAX_VALUES: usize = 200_000;

/// One file to be judged.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    /// Its name, as findings shall tell it: `deploy.yaml`, or the name of an argument.
    pub file: &'a str,
    /// Its text: YAML or JSON, of one document or many.
    pub text: &'a str,
}

/// One document of a file, read.
#[derive(Debug)]
pub(super) struct Loaded<'a> {
    pub(super) file: &'a str,
    /// Which of the file, from 0.
    pub(super) index: u32,
    /// The template it was rendered from.
    pub(super) source: Option<&'a str>,
    /// Where it stands in its document: empty, unless it is a text inside another object.
    pub(super) path: String,
    pub(super) root: Node,
}

/// Reads every document of every file. What cannot be read goes into the report.
pub(super) fn read<'a>(input: &[Document<'a>], report: &mut Report) -> Vec<Loaded<'a>> {
    let mut loaded = Vec::new();
    let mut budget = Budget::new(MAX_VALUES);
    let mut bytes = 0_usize;
    let mut documents = 0_usize;
    for document in input {
        bytes = bytes.saturating_add(document.text.len());
        if bytes > MAX_BYTES {
            let message = format!("more than {MAX_BYTES} bytes in all: nothing from here on was judged");
            report.errors.push(unread(document.file, 0, Place { line: 1, column: 1 }, message));
            break;
        }
        // A byte order mark is no part of the first key.
        let text = document.text.strip_prefix('\u{feff}').unwrap_or(document.text);
        for (index, piece) in (0_u32..).zip(split(text)) {
            if piece.is_blank() {
                continue;
            }
            documents = documents.saturating_add(1);
            if documents > MAX_DOCUMENTS {
                let message = format!("more than {MAX_DOCUMENTS} documents: nothing from here on was judged");
                report.errors.push(unread(document.file, index, piece.place(), message));
                return loaded;
            }
            match load(piece.text, piece.line, &mut budget) {
                Ok(Some(root)) => {
                    let (file, source) = (document.file, piece.source());
                    loaded.push(Loaded { file, index, source, path: String::new(), root });
                }
                Ok(None) => {}
                Err(mut problem) => {
                    if piece.text.contains("{{") {
                        problem.message.push_str("; this looks like a template: render it first");
                    }
                    report.errors.push(unread(document.file, index, problem.place, problem.message));
                }
            }
        }
    }
    loaded
}

fn unread(file: &str, document: u32, place: Place, message: String) -> Unread {
    Unread { file: file.to_owned(), document, line: place.line, column: place.column, message }
}

/// The text of one document and the line it begins in.
#[derive(Clone, Copy)]
pub(super) struct Piece<'a> {
    pub(super) text: &'a str,
    pub(super) line: u32,
}

impl<'a> Piece<'a> {
    /// Whether there is nothing in it but comments and markers: as before the first `---`.
    fn is_blank(self) -> bool {
        self.text.lines().all(|line| {
            let line = line.strip_prefix("---").unwrap_or(line).trim();
            line.is_empty() || line.starts_with('#') || line == "..."
        })
    }

    fn place(self) -> Place {
        Place { line: self.line, column: 1 }
    }

    /// The template that a comment at its head names.
    fn source(self) -> Option<&'a str> {
        self.text
            .lines()
            .take_while(|line| line.starts_with('#') || line.starts_with("---") || line.trim().is_empty())
            .find_map(|line| line.strip_prefix("# Source:"))
            .map(str::trim)
    }
}

/// The documents of a file, blank ones included, so that the count is the one an editor would make.
pub(super) fn split(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut start, mut offset, mut first_line) = (0_usize, 0_usize, 1_u32);
    let mut seen_content = false;
    for (line, number) in text.split_inclusive('\n').zip(1_u32..) {
        if is_marker(line) && seen_content {
            pieces.extend(text.get(start..offset).map(|text| Piece { text, line: first_line }));
            (start, first_line) = (offset, number);
        }
        // Directives and comments before the first marker belong to its document.
        seen_content |= is_marker(line) || !(line.trim().is_empty() || line.starts_with(['#', '%']));
        offset = offset.saturating_add(line.len());
    }
    pieces.extend(text.get(start..).map(|text| Piece { text, line: first_line }));
    pieces
}

fn is_marker(line: &str) -> bool {
    line.strip_prefix("---").is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
}

#[cfg(test)]
mod tests {
    use super::{Document, read};
    use crate::configuration::report::Report;

    #[track_caller]
    fn lines(text: &str, expected: &[(u32, u32, Option<&str>)]) -> Report {
        let mut report = Report::default();
        let loaded = read(&[Document { file: "f", text }], &mut report);
        let found: Vec<_> = loaded.iter().map(|one| (one.index, one.root.place.line, one.source)).collect();
        assert_eq!(found, expected);
        report
    }

    #[test]
    fn documents_are_told_apart_with_their_lines() {
        lines("a: 1\n---\nb: 2\n", &[(0, 1, None), (1, 3, None)]);
        lines("# x\n---\na: 1\n--- # y\nb: 2\n---\n", &[(0, 3, None), (1, 5, None)]);
        lines("a: |\n  text\n  --- no\n---x: 1\n", &[(0, 1, None)]);
    }

    #[test]
    fn a_template_is_named_by_its_comment() {
        lines(
            "---\n# Source: shop/templates/web.yaml\na: 1\n---\n# Source: shop/b.yaml\nb: 1\n",
            &[(0, 3, Some("shop/templates/web.yaml")), (1, 6, Some("shop/b.yaml"))],
        );
    }

    #[test]
    fn a_mistake_hides_no_other_document() {
        let report = lines("a: 1\n---\nb: [1\n---\nc: 3\n", &[(0, 1, None), (2, 5, None)]);
        assert_eq!((report.errors[0].document, report.errors[0].line), (1, 3));
    }

    #[test]
    fn bounds_are_told() {
        let mut report = Report::default();
        let many = "a: 1\n---\n".repeat(501);
        assert_eq!(read(&[Document { file: "f", text: &many }], &mut report).len(), 500);
        assert!(report.errors[0].message.contains("500 documents"), "{report:?}");

        let mut report = Report::default();
        let large = format!("a: {}\n", "x".repeat(1 << 20));
        let small = Document { file: "small", text: "a: 1\n" };
        assert_eq!(read(&[small, Document { file: "large", text: &large }], &mut report).len(), 1);
        assert_eq!(report.errors[0].file, "large");
    }
}
