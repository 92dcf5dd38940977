//! A text as plain words: compatibility forms, case, look-alike letters, punctuation and spacing reduced.

use unicode_normalization::UnicodeNormalization as _;
use unicode_security::confusable_detection::skeleton;

/// The text with compatibility forms (NFKC) and case folded.
pub(super) fn folded(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).collect()
}

/// The words of a text, and which sentence each belongs to.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// The words with a space before, between and after them.
    line: String,
    /// Where the space before each word stands in `line`.
    starts: Vec<usize>,
    sentences: Vec<usize>,
}

impl Words {
    pub(super) fn of(text: &str) -> Self {
        let mut words = Self { line: " ".to_owned(), ..Self::default() };
        let (mut word, mut sentence) = (String::new(), 0);
        let folded = folded(text);
        let mut chars = folded.chars().peekable();
        while let Some(each) = chars.next() {
            // Nothing in English words needs a letter from elsewhere: it is read as the Latin one it looks like.
            match each {
                // An apostrophe binds: `don't` is one word, `dont`.
                '\'' | '\u{2019}' => {}
                _ if each.is_ascii_alphanumeric() => word.push(each),
                _ if each.is_alphanumeric() => {
                    let mut one = [0; 4];
                    word.extend(skeleton(each.encode_utf8(&mut one)).flat_map(char::to_lowercase));
                }
                _ => {
                    words.push(&mut word, sentence);
                    let blank = chars.peek().is_none_or(|next| next.is_whitespace());
                    let empty_line = each == '\n' && chars.peek() == Some(&'\n');
                    if empty_line || matches!(each, '.' | '!' | '?' | ';') && blank {
                        sentence += 1;
                    }
                }
            }
        }
        words.push(&mut word, sentence);
        words
    }

    fn push(&mut self, word: &mut String, sentence: usize) {
        if word.is_empty() {
            return;
        }
        self.starts.push(self.line.len() - 1);
        self.sentences.push(sentence);
        self.line.push_str(word);
        self.line.push(' ');
        word.clear();
    }

    pub(super) fn line(&self) -> &str {
        &self.line
    }

    /// The word whose space stands at this byte of the line.
    pub(super) fn at(&self, byte: usize) -> Option<usize> {
        self.starts.binary_search(&byte).ok()
    }

    pub(super) fn sentence(&self, word: usize) -> Option<usize> {
        self.sentences.get(word).copied()
    }
}
