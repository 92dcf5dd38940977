//! The grammar of label selectors, as the Kubernetes API server reads them.

use std::iter::Peekable;
use std::vec::IntoIter;

use super::Clause;

/// Longest selector, in bytes: Backstage has no bound, and nobody writes a kilobyte by hand.
const MAX_BYTES: usize = 2048;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Comma,
    Open,
    Close,
    Not,
    Equals,
    NotEquals,
    Greater,
    Less,
}

impl Token {
    fn shown(&self) -> String {
        match self {
            Self::Word(word) => format!("`{word}`"),
            Self::Comma => "`,`".to_owned(),
            Self::Open => "`(`".to_owned(),
            Self::Close => "`)`".to_owned(),
            Self::Not => "`!`".to_owned(),
            Self::Equals => "`=`".to_owned(),
            Self::NotEquals => "`!=`".to_owned(),
            Self::Greater => "`>`".to_owned(),
            Self::Less => "`<`".to_owned(),
        }
    }
}

type Tokens = Peekable<IntoIter<Token>>;

/// Parses a selector; an empty one has no clauses.
pub(super) fn clauses(text: &str) -> Result<Vec<Clause>, String> {
    if text.len() > MAX_BYTES {
        return Err(format!("it is longer than {MAX_BYTES} bytes"));
    }
    let mut tokens = tokens(text).into_iter().peekable();
    let mut clauses = Vec::new();
    if tokens.peek().is_none() {
        return Ok(clauses);
    }
    loop {
        clauses.push(clause(&mut tokens)?);
        match tokens.next() {
            None => return Ok(clauses),
            Some(Token::Comma) => {}
            Some(other) => return Err(format!("{} where `,` or the end was expected", other.shown())),
        }
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let mut characters = text.chars().peekable();
    let mut tokens = Vec::new();
    while let Some(character) = characters.next() {
        tokens.push(match character {
            ' ' | '\t' | '\r' | '\n' => continue,
            ',' => Token::Comma,
            '(' => Token::Open,
            ')' => Token::Close,
            '>' => Token::Greater,
            '<' => Token::Less,
            '!' if characters.next_if_eq(&'=').is_some() => Token::NotEquals,
            '!' => Token::Not,
            '=' => {
                characters.next_if_eq(&'=');
                Token::Equals
            }
            first => {
                let mut word = String::from(first);
                while let Some(next) = characters.next_if(|next| !" \t\r\n,()><!=".contains(*next)) {
                    word.push(next);
                }
                Token::Word(word)
            }
        });
    }
    tokens
}

fn clause(tokens: &mut Tokens) -> Result<Clause, String> {
    if tokens.next_if_eq(&Token::Not).is_some() {
        return Ok(Clause::Absent(key(tokens)?));
    }
    let key = key(tokens)?;
    let operator = match tokens.peek() {
        None | Some(Token::Comma) => return Ok(Clause::Exists(key)),
        Some(_) => tokens.next(),
    };
    match operator {
        Some(Token::Equals) => Ok(Clause::In(key, vec![value(tokens)?])),
        Some(Token::NotEquals) => Ok(Clause::NotIn(key, vec![value(tokens)?])),
        Some(Token::Greater) => Ok(Clause::Greater(key, integer(tokens)?)),
        Some(Token::Less) => Ok(Clause::Less(key, integer(tokens)?)),
        Some(Token::Word(word)) if word == "in" => Ok(Clause::In(key, values(tokens)?)),
        Some(Token::Word(word)) if word == "notin" => Ok(Clause::NotIn(key, values(tokens)?)),
        Some(other) => Err(format!(
            "{} after `{key}`, where `=`, `!=`, `in`, `notin`, `,` or the end was expected",
            other.shown()
        )),
        None => Ok(Clause::Exists(key)),
    }
}

fn key(tokens: &mut Tokens) -> Result<String, String> {
    match tokens.next() {
        Some(Token::Word(word)) if is_key(&word) => Ok(word),
        Some(Token::Word(word)) => Err(format!("`{word}` is no label key")),
        Some(other) => Err(format!("{} where a label key was expected", other.shown())),
        None => Err("it ends where a label key was expected".to_owned()),
    }
}

/// One value. None at all is the empty value: `a=`.
fn value(tokens: &mut Tokens) -> Result<String, String> {
    let word = match tokens.peek() {
        Some(Token::Word(_)) => tokens.next(),
        Some(Token::Comma | Token::Close) | None => None,
        Some(other) => return Err(format!("{} where a value was expected", other.shown())),
    };
    let value = if let Some(Token::Word(word)) = word { word } else { String::new() };
    if is_value(&value) { Ok(value) } else { Err(format!("`{value}` is no label value")) }
}

fn integer(tokens: &mut Tokens) -> Result<String, String> {
    let value = value(tokens)?;
    if value.parse::<i64>().is_ok() { Ok(value) } else { Err(format!("`{value}` is no whole number")) }
}

fn values(tokens: &mut Tokens) -> Result<Vec<String>, String> {
    match tokens.next() {
        Some(Token::Open) => {}
        other => {
            let found = other.map_or_else(|| "the end".to_owned(), |token| token.shown());
            return Err(format!("{found} where `(` was expected"));
        }
    }
    if tokens.next_if_eq(&Token::Close).is_some() {
        return Err("`()` holds no value".to_owned());
    }
    let mut values = Vec::new();
    loop {
        values.push(value(tokens)?);
        match tokens.next() {
            Some(Token::Comma) => {}
            Some(Token::Close) => return Ok(values),
            other => {
                let found = other.map_or_else(|| "the end".to_owned(), |token| token.shown());
                return Err(format!("{found} where `,` or `)` was expected"));
            }
        }
    }
}

/// A qualified name: an optional DNS prefix and `/`, and at most 63 of letters, digits, `-`, `_` and `.`.
fn is_key(text: &str) -> bool {
    let (prefix, name) = match text.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, text),
    };
    let part = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    prefix.is_none_or(|prefix| prefix.len() <= 253 && prefix.split('.').all(part))
        && !name.is_empty()
        && is_value(name)
}

/// At most 63 of letters, digits, `-`, `_` and `.`, beginning and ending with a letter or digit; or nothing.
fn is_value(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let end = |byte: Option<u8>| byte.is_none_or(|byte| byte.is_ascii_alphanumeric());
    text.len() <= 63 && text.bytes().all(inner) && end(text.bytes().next()) && end(text.bytes().next_back())
}
