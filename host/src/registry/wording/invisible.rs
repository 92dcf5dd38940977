//! Characters that a model reads and a person does not see.

use std::fmt;

use unicode_general_category::{GeneralCategory, get_general_category};

/// A character that nobody sees, and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Invisible {
    character: char,
    offset: usize,
}

impl fmt::Display for Invisible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "U+{:04X} at byte {} cannot be seen", u32::from(self.character), self.offset)
    }
}

/// The first such character.
pub(super) fn first(text: &str) -> Option<Invisible> {
    let (offset, character) = text.char_indices().find(|(_, each)| is_invisible(*each))?;
    Some(Invisible { character, offset })
}

/// Whether a character shows nothing, is obeyed rather than shown, or means nothing to anybody else: Unicode's
/// categories for control, format, private use and unassigned, and the letters and marks that are blank.
fn is_invisible(each: char) -> bool {
    use GeneralCategory as Category;
    if matches!(each, '\n' | '\t' | ' '..='~') {
        return false;
    }
    let category = matches!(
        get_general_category(each),
        Category::Control
            | Category::Format
            | Category::PrivateUse
            | Category::Surrogate
            | Category::Unassigned
            | Category::LineSeparator
            | Category::ParagraphSeparator
    );
    // Default_Ignorable_Code_Point beyond those categories (DerivedCoreProperties.txt): the grapheme joiner,
    // Hangul and Khmer fillers, variation selectors; and the blank pattern of Braille.
    category
        || matches!(
            each,
            '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{2800}'
                | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}'
        )
}
