//! One reading of a text: its characters, and where each came from in the original.

/// A reading. The text as it stands is one; what a decoder makes of it is another.
#[derive(Debug, Clone)]
pub(super) struct View {
    /// What it is called in findings: `text`, `base64`, `reversed`.
    pub(super) name: &'static str,
    /// The characters, with the first and last byte (exclusive) of the original they came from.
    pub(super) characters: Vec<Character>,
    /// How many decoders lie between it and the original.
    pub(super) depth: u8,
}

/// One character of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Character {
    pub(super) character: char,
    /// Where what it was made from begins in the original, in bytes.
    pub(super) from: u32,
    /// And ends, exclusive.
    pub(super) to: u32,
}

impl View {
    /// The original, read as it stands.
    pub(super) fn original(text: &str) -> Self {
        let mut characters = Vec::with_capacity(text.len());
        for (at, character) in text.char_indices() {
            let from = u32::try_from(at).unwrap_or(u32::MAX);
            let to = from.saturating_add(u32::try_from(character.len_utf8()).unwrap_or(1));
            characters.push(Character { character, from, to });
        }
        Self { name: "text", characters, depth: 0 }
    }

    /// What one encoded run says: every character of it came from the whole run.
    pub(super) fn of_run(name: &'static str, decoded: &str, from: u32, to: u32, depth: u8) -> Self {
        let characters = decoded.chars().map(|character| Character { character, from, to }).collect();
        Self { name, characters, depth }
    }

    /// The same text, each character replaced.
    pub(super) fn mapped(&self, name: &'static str, map: impl Fn(char) -> char) -> Self {
        let characters = self
            .characters
            .iter()
            .map(|each| Character { character: map(each.character), ..*each })
            .collect();
        Self { name, characters, depth: self.depth.saturating_add(1) }
    }

    /// A view one deeper with these characters.
    pub(super) fn deeper(&self, name: &'static str, characters: Vec<Character>) -> Self {
        Self { name, characters, depth: self.depth.saturating_add(1) }
    }
}
