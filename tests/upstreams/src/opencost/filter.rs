//! The filter grammar: `namespace:"a","b"+label[app]:"x"`, with `|` for OR and brackets.

use super::key::{Pod, property, sanitised};

/// What chooses workloads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Filter {
    All(Vec<Self>),
    Any(Vec<Self>),
    Is { field: String, how: How, negated: bool, values: Vec<String> },
}

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Equals,
    Contains,
    Begins,
    Ends,
}

const OPERATORS: [(&str, How, bool); 8] = [
    ("!<~:", How::Begins, true),
    ("!~>:", How::Ends, true),
    ("!~:", How::Contains, true),
    ("<~:", How::Begins, false),
    ("~>:", How::Ends, false),
    ("!:", How::Equals, true),
    ("~:", How::Contains, false),
    (":", How::Equals, false),
];

impl Filter {
    /// Reads a filter, decoded. No text chooses everything.
    ///
    /// A filter ends where an operator is missing: what follows is lost without a word, as a raw `+` of a
    /// query shows, which is a space by now.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Ok(Self::All(Vec::new()));
        }
        Reader { rest: text }.group()
    }

    pub(super) fn matches(&self, pod: &Pod<'_>) -> bool {
        match self {
            Self::All(all) => all.iter().all(|it| it.matches(pod)),
            Self::Any(any) => any.iter().any(|it| it.matches(pod)),
            Self::Is { field, how, negated, values } => {
                let own = property(pod, field).unwrap_or_default();
                let hit = |value: &String| match how {
                    How::Equals => own == *value,
                    How::Contains => own.contains(value.as_str()),
                    How::Begins => own.starts_with(value.as_str()),
                    How::Ends => own.ends_with(value.as_str()),
                };
                values.iter().any(hit) != *negated
            }
        }
    }
}

/// What is left to read.
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    /// Operands with one operator between them; two kinds of operator need brackets.
    fn group(&mut self) -> Result<Filter, String> {
        let first = self.operand()?;
        let Some(operator) = self.rest.trim_start().chars().next().filter(|it| matches!(it, '+' | '|'))
        else {
            return Ok(first);
        };
        let mut operands = vec![first];
        while self.takes(&operator.to_string()) {
            operands.push(self.operand()?);
        }
        let other = if operator == '+' { "|" } else { "+" };
        if self.takes(other) {
            return Err(format!("found `{other}` after `{operator}`: brackets are needed"));
        }
        Ok(if operator == '+' { Filter::All(operands) } else { Filter::Any(operands) })
    }

    fn operand(&mut self) -> Result<Filter, String> {
        if self.takes("(") {
            let inner = self.group()?;
            return if self.takes(")") { Ok(inner) } else { Err("a bracket is not closed".to_owned()) };
        }
        let mut field = self.word()?.to_owned();
        if self.takes("[") {
            let (name, rest) = self.rest.split_once(']').ok_or("`]` is missing")?;
            self.rest = rest;
            field = format!("{field}:{}", sanitised(name.trim_matches('"')));
        }
        if property(&Pod::nobody(), &field).is_none() {
            return Err(format!("unknown field `{field}`"));
        }
        let found = OPERATORS.into_iter().find(|(sign, ..)| self.takes(sign));
        let (_, how, negated) = found.ok_or_else(|| format!("`{field}` needs an operator"))?;
        let mut values = vec![self.value()?];
        while self.takes(",") {
            values.push(self.value()?);
        }
        Ok(Filter::Is { field, how, negated, values })
    }

    fn word(&mut self) -> Result<&'a str, String> {
        self.rest = self.rest.trim_start();
        let end = self.rest.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        if word.is_empty() { Err(format!("a field is missing before `{rest}`")) } else { Ok(word) }
    }

    fn value(&mut self) -> Result<String, String> {
        if !self.takes("\"") {
            return Err(format!("a value in quotes is missing before `{}`", self.rest));
        }
        let (value, rest) = self.rest.split_once('"').ok_or("a quote is not closed")?;
        self.rest = rest;
        Ok(value.to_owned())
    }

    fn takes(&mut self, sign: &str) -> bool {
        let rest = self.rest.trim_start().strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }
}
