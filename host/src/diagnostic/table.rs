//! Reads a TOML document field by field, and collects every fault on the way.

use std::cell::{Cell, RefCell};
use std::fmt::{self, Display};

use toml::de::{DeTable, DeValue};

use super::{Faults, Span, Spanned, one_of};

/// How a message calls a table.
#[derive(Debug, Clone)]
enum Name {
    Root,
    /// `[path]`.
    One(String),
    /// An element of `[[path]]`.
    Element(String),
}

impl Name {
    fn inner(&self, field: &str) -> String {
        match self {
            Self::Root => field.to_owned(),
            Self::One(path) | Self::Element(path) => format!("{path}.{field}"),
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => f.write_str("the file"),
            Self::One(path) => write!(f, "`[{path}]`"),
            Self::Element(path) => write!(f, "`[[{path}]]`"),
        }
    }
}

/// A TOML table under reading. Dropped, it reports every field that nobody asked for.
#[derive(Debug)]
pub struct Table<'a> {
    faults: &'a Faults,
    name: Name,
    span: Span,
    fields: &'a DeTable<'a>,
    asked: RefCell<Vec<&'static str>>,
    open: Cell<bool>,
}

impl<'a> Table<'a> {
    /// The document's own table.
    pub(super) fn root(faults: &'a Faults, fields: &'a DeTable<'a>) -> Self {
        Self::new(faults, Name::Root, 0..0, fields)
    }

    fn new(faults: &'a Faults, name: Name, span: Span, fields: &'a DeTable<'a>) -> Self {
        Self { faults, name, span, fields, asked: RefCell::default(), open: Cell::new(false) }
    }

    /// Where faults go.
    #[must_use]
    pub fn faults(&self) -> &'a Faults {
        self.faults
    }

    /// The table's header: the place of what is missing in it.
    #[must_use]
    pub fn span(&self) -> Span {
        self.span.clone()
    }

    /// Whether the field is there, whatever it holds.
    #[must_use]
    pub fn has(&self, field: &'static str) -> bool {
        self.get(field).is_some()
    }

    /// Whether the field holds a list, and nothing in it.
    #[must_use]
    pub fn holds_nothing(&self, field: &'static str) -> bool {
        self.get(field).and_then(|value| value.get_ref().as_array()).is_some_and(|items| items.is_empty())
    }

    /// The place of a field's name, or of the table where the field is not there.
    #[must_use]
    pub fn key(&self, field: &str) -> Span {
        self.fields.get_key_value(field).map_or_else(|| self.span(), |(key, _)| key.span())
    }

    /// A text.
    pub fn text(&self, field: &'static str) -> Option<Spanned<String>> {
        let value = self.get(field)?;
        self.as_text(value, field)
    }

    /// A text that must be there.
    pub fn require_text(&self, field: &'static str) -> Option<Spanned<String>> {
        if !self.has(field) {
            self.missing(field);
        }
        self.text(field)
    }

    /// A text that `parse` makes something of.
    pub fn parse<T, E: Display>(
        &self,
        field: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<Spanned<T>> {
        let text = self.text(field)?;
        match parse(text.get_ref()) {
            Ok(value) => Some(Spanned::new(text.span(), value)),
            Err(error) => {
                self.faults.add(text.span(), error);
                None
            }
        }
    }

    /// A text that must be there and that `parse` makes something of.
    pub fn require_parse<T, E: Display>(
        &self,
        field: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<Spanned<T>> {
        if !self.has(field) {
            self.missing(field);
        }
        self.parse(field, parse)
    }

    /// `true` or `false`.
    pub fn flag(&self, field: &'static str) -> Option<Spanned<bool>> {
        let value = self.get(field)?;
        if let DeValue::Boolean(flag) = value.get_ref() {
            return Some(Spanned::new(value.span(), *flag));
        }
        self.unexpected(value, field, "`true` or `false`");
        None
    }

    /// A whole number from `least` to `most`.
    pub fn number(&self, field: &'static str, least: u64, most: u64) -> Option<Spanned<u64>> {
        let value = self.get(field)?;
        let DeValue::Integer(integer) = value.get_ref() else {
            self.unexpected(value, field, "a whole number");
            return None;
        };
        match u64::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(number) if (least..=most).contains(&number) => Some(Spanned::new(value.span(), number)),
            Ok(_) | Err(_) => {
                self.faults
                    .add(value.span(), format_args!("`{field}` is a whole number from {least} to {most}"));
                None
            }
        }
    }

    /// A list of texts, none of them twice; empty where the field is not there.
    pub fn texts(&self, field: &'static str) -> Vec<Spanned<String>> {
        let Some(value) = self.get(field) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            self.unexpected(value, field, "a list of strings");
            return Vec::new();
        };
        let mut texts: Vec<Spanned<String>> = Vec::new();
        for text in items.iter().filter_map(|item| self.as_text(item, field)) {
            if texts.iter().any(|seen| seen.get_ref() == text.get_ref()) {
                self.faults.add(text.span(), format_args!("`{}` stands twice in `{field}`", text.get_ref()));
            } else {
                texts.push(text);
            }
        }
        texts
    }

    /// A text or a list of texts, none of them twice; empty where the field is not there.
    pub fn one_or_more(&self, field: &'static str) -> Vec<Spanned<String>> {
        match self.get(field) {
            Some(value) if value.get_ref().is_str() => self.as_text(value, field).into_iter().collect(),
            Some(_) | None => self.texts(field),
        }
    }

    /// A table of texts under names of the writer's choosing.
    pub fn text_map(&self, field: &'static str) -> Vec<(Spanned<String>, Spanned<String>)> {
        let Some(table) = self.table(field) else { return Vec::new() };
        table.open.set(true);
        table
            .fields
            .iter()
            .filter_map(|(key, value)| {
                let text = self.as_text(value, key.get_ref())?;
                Some((Spanned::new(key.span(), key.get_ref().to_string()), text))
            })
            .collect()
    }

    /// A table.
    pub fn table(&self, field: &'static str) -> Option<Table<'a>> {
        let value = self.get(field)?;
        self.as_table(value, field, Name::One(self.name.inner(field)))
    }

    /// Tables under names of the writer's choosing, such as `[plugin.upstream.NAME]`.
    pub fn table_map(&self, field: &'static str) -> Vec<(Spanned<String>, Table<'a>)> {
        let Some(table) = self.table(field) else { return Vec::new() };
        table.open.set(true);
        table
            .fields
            .iter()
            .filter_map(|(key, value)| {
                let name = Name::One(table.name.inner(key.get_ref()));
                let inner = table.as_table(value, key.get_ref(), name)?;
                Some((Spanned::new(key.span(), key.get_ref().to_string()), inner))
            })
            .collect()
    }

    /// A list of tables, such as `[[tool]]`; empty where the field is not there.
    pub fn tables(&self, field: &'static str) -> Vec<Table<'a>> {
        let Some(value) = self.get(field) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            self.faults.add_help(
                value.span(),
                format_args!("`{field}` is a list of tables"),
                format_args!("write `[[{}]]`", self.name.inner(field)),
            );
            return Vec::new();
        };
        let name = Name::Element(self.name.inner(field));
        items.iter().filter_map(|item| self.as_table(item, field, name.clone())).collect()
    }

    /// A table of anything that JSON can say, taken whole.
    pub fn json(&self, field: &'static str) -> Option<serde_json::Map<String, serde_json::Value>> {
        let table = self.table(field)?;
        table.open.set(true);
        Some(table.json_object())
    }

    /// Leaves the rest of the table unread and untold: for one whose meaning a told fault has taken away.
    pub fn ignore(&self) {
        self.open.set(true);
    }

    /// Notes that a field is missing.
    pub fn missing(&self, field: &'static str) {
        self.faults.add(self.span(), format_args!("{} has no `{field}`", self.name));
    }

    fn get(&self, field: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        let mut asked = self.asked.borrow_mut();
        if !asked.contains(&field) {
            asked.push(field);
        }
        self.fields.get(field)
    }

    fn as_text(&self, value: &Spanned<DeValue<'_>>, field: &str) -> Option<Spanned<String>> {
        if let DeValue::String(text) = value.get_ref() {
            return Some(Spanned::new(value.span(), text.to_string()));
        }
        self.unexpected(value, field, "a string");
        None
    }

    fn as_table(&self, value: &'a Spanned<DeValue<'a>>, field: &str, name: Name) -> Option<Table<'a>> {
        if let DeValue::Table(fields) = value.get_ref() {
            return Some(Table::new(self.faults, name, value.span(), fields));
        }
        self.unexpected(value, field, "a table");
        None
    }

    fn unexpected(&self, value: &Spanned<DeValue<'_>>, field: &str, right: &str) {
        let found = value.get_ref().type_str();
        let article = if found.starts_with(['a', 'i']) { "an" } else { "a" };
        self.faults.add(value.span(), format_args!("`{field}` holds {article} {found}; it takes {right}"));
    }

    fn json_object(&self) -> serde_json::Map<String, serde_json::Value> {
        self.fields
            .iter()
            .filter_map(|(key, value)| Some((key.get_ref().to_string(), self.json_value(value)?)))
            .collect()
    }

    fn json_value(&self, value: &Spanned<DeValue<'_>>) -> Option<serde_json::Value> {
        match value.get_ref() {
            DeValue::String(text) => Some(text.to_string().into()),
            DeValue::Boolean(flag) => Some((*flag).into()),
            DeValue::Integer(integer) => {
                let number = i64::from_str_radix(integer.as_str(), integer.radix()).ok();
                if number.is_none() {
                    self.faults.add(value.span(), "this number is too large");
                }
                number.map(Into::into)
            }
            DeValue::Float(float) => {
                let number = float.as_str().parse().ok().and_then(serde_json::Number::from_f64);
                if number.is_none() {
                    self.faults.add(value.span(), "this number cannot be said in JSON");
                }
                number.map(Into::into)
            }
            DeValue::Datetime(time) => Some(time.to_string().into()),
            DeValue::Array(items) => items.iter().map(|item| self.json_value(item)).collect(),
            DeValue::Table(fields) => Some(
                fields
                    .iter()
                    .filter_map(|(key, value)| Some((key.get_ref().to_string(), self.json_value(value)?)))
                    .collect(),
            ),
        }
    }
}

impl Drop for Table<'_> {
    fn drop(&mut self) {
        if self.open.get() {
            return;
        }
        let asked = self.asked.borrow();
        for (key, _) in self.fields.iter().filter(|(key, _)| !asked.contains(&key.get_ref().as_ref())) {
            self.faults.add_help(
                key.span(),
                format_args!("{} has no field `{}`", self.name, key.get_ref()),
                format_args!("it takes {}", one_of(asked.iter().copied())),
            );
        }
    }
}
