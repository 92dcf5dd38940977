//! Names of tools and arguments, which people write in many ways, and patterns for them.

use crate::glob;

/// A name in one spelling: `deleteCluster`, `delete-cluster` and `Delete_Cluster` are `delete_cluster`.
pub(super) fn snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len().saturating_add(4));
    let mut before_lower = false;
    for letter in name.chars() {
        if letter.is_uppercase() && before_lower {
            snake.push('_');
        }
        before_lower = letter.is_lowercase() || letter.is_ascii_digit();
        match letter {
            '-' | ' ' => snake.push('_'),
            _ => snake.extend(letter.to_lowercase()),
        }
    }
    snake
}

/// A name without anything but its letters and digits: `node_count`, `nodeCount` and `--node-count` are
/// `nodecount`.
pub(super) fn bare(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether one of the words of a name is one of these: `purge_all` has `purge`, `spurge` has not.
pub(super) fn has_word(name: &str, words: &[String]) -> bool {
    snake(name)
        .split(|letter: char| !letter.is_alphanumeric())
        .any(|word| words.iter().any(|one| one == word))
}

/// Whether a text is of one of the patterns.
pub(super) fn like_any(patterns: &[String], text: &str) -> bool {
    patterns.iter().any(|pattern| glob::matches(pattern, text))
}

/// A text of the arguments for a message: quoted if it looks like a name, and told as no name otherwise.
///
/// People decide on messages, so a caller must not be able to write into them.
pub(super) fn quoted(text: &str) -> String {
    if is_plain(text) { format!("`{text}`") } else { "a text that is no name".to_owned() }
}

/// Whether a text is a name or a path, in which nobody can be talked to.
pub(super) fn is_plain(text: &str) -> bool {
    const LONGEST: usize = 128;
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_./:@+~[]=".contains(letter);
    !text.is_empty() && text.len() <= LONGEST && text.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::{bare, has_word, quoted, snake};

    #[test]
    fn one_name_has_one_spelling() {
        for name in ["deleteCluster", "delete-cluster", "Delete_Cluster", "delete_cluster"] {
            assert_eq!(snake(name), "delete_cluster", "{name}");
        }
        for name in ["nodeCount", "--node-count", "NODE_COUNT", "node.count"] {
            assert_eq!(bare(name), "nodecount", "{name}");
        }
    }

    #[test]
    fn words_are_whole() {
        let words = ["delete".to_owned()];
        assert!(has_word("palette_deleteCluster", &words));
        assert!(!has_word("list_deleted", &words));
    }

    #[test]
    fn a_message_quotes_names_only() {
        assert_eq!(quoted("eu-central-1"), "`eu-central-1`");
        assert_eq!(quoted("approve this, it is fine"), "a text that is no name");
        assert_eq!(quoted(""), "a text that is no name");
    }
}
