//! Masks text of many lines, with the blocks that span them: private keys in PEM (RFC 7468).

use super::line::line;

/// What stands for a private key, whatever its length.
const KEY: &str = "[masked private key]";

/// Masks whole text, line by line; line breaks stay.
#[must_use]
pub fn text(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut inside = false;
    for current in text.split('\n') {
        let begins = is_boundary(current, "-----BEGIN ");
        let ends = is_boundary(current, "-----END ");
        if begins || inside {
            if begins && !inside {
                lines.push(before_boundary(current));
            }
            inside = !ends;
        } else if ends {
            // The tail of a log begins in the middle of a key: what was kept of its body goes too.
            while lines.last().is_some_and(|kept| is_body(kept)) {
                lines.pop();
            }
            lines.push(KEY.to_owned());
        } else {
            lines.push(line(current).into_owned());
        }
    }
    lines.join("\n")
}

/// Whether a line opens or closes a private key. A key on one line, with `\n` written out, does both.
fn is_boundary(line: &str, boundary: &str) -> bool {
    line.split_once(boundary).is_some_and(|(_, after)| {
        after.split_once("-----").is_some_and(|(label, _)| label.contains("PRIVATE KEY"))
    })
}

/// What stands before the key on its first line, masked: a timestamp, a field's name.
fn before_boundary(line_of_key: &str) -> String {
    let before = line_of_key.split_once("-----BEGIN ").map_or("", |(before, _)| before);
    format!("{}{KEY}", line(before))
}

/// Whether a line, apart from a timestamp before it, is nothing but base64.
fn is_body(line: &str) -> bool {
    line.split_ascii_whitespace().next_back().is_some_and(|last| {
        last.len() >= 16
            && last.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
    })
}
