//! `prompt.yaml` as it is written, and what becomes of it.

use serde::Deserialize;

use super::{
    Blocked, Builder, Entry, Guarded, Guards, LISTS, Pattern, Provenance, Regex, Rule, Rules, Scope,
};
use super::{Threshold, catalogue, views};
use crate::rules::{self, Fault, Faults, Spanned};
use crate::verdict::{Action, Severity};

/// The longest pattern of an operator, in bytes, and what compiling it may take.
const LONGEST_PATTERN: usize = 2000;
const PATTERN_SIZE: usize = 1 << 20;
/// The most phrases, patterns and topics of a file, each.
const MOST: usize = 5000;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Raw {
    thresholds: RawThresholds,
    rules: Vec<RawRule>,
    blocked: Vec<RawBlocked>,
    phrases: Vec<RawPhrases>,
    scope: Option<RawScope>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawThresholds {
    prompt: Option<Spanned<Threshold>>,
    argument: Option<Spanned<Threshold>>,
    tool_result: Option<Spanned<Threshold>>,
    tool_description: Option<Spanned<Threshold>>,
    resource: Option<Spanned<Threshold>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    id: Spanned<String>,
    action: Option<Spanned<Action>>,
    severity: Option<Severity>,
    weight: Option<Spanned<u8>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBlocked {
    id: Spanned<String>,
    pattern: Spanned<String>,
    reason: String,
    #[serde(default = "block")]
    action: Action,
    #[serde(default = "high")]
    severity: Severity,
    #[serde(default, rename = "in")]
    places: Vec<Provenance>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPhrases {
    id: Spanned<String>,
    any: Vec<Spanned<String>>,
    reason: String,
    weight: Spanned<u8>,
    #[serde(default = "hold")]
    action: Action,
    #[serde(default = "high")]
    severity: Severity,
    #[serde(default, rename = "in")]
    places: Vec<Provenance>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawScope {
    least_words: u32,
    topics: Vec<Spanned<String>>,
}

fn block() -> Action {
    Action::Block
}
fn hold() -> Action {
    Action::Hold
}
fn high() -> Severity {
    Severity::High
}

/// Reads and compiles a file.
pub(super) fn read(file: &str, text: &str) -> Result<Rules, Vec<Fault>> {
    let raw: Raw = rules::read(file, text)?;
    let mut reading = Reading { faults: Faults::new(file), built_in: Vec::new() };
    let rules = reading.compile(raw);
    if !reading.built_in.is_empty() {
        return Err(reading.built_in);
    }
    reading.faults.finish(rules)
}

/// Compiles an operator's pattern, within bounds; the engine takes time linear in the text.
pub(super) fn regex(pattern: &str) -> Result<Regex, String> {
    if pattern.len() > LONGEST_PATTERN {
        return Err(format!("the pattern has {} bytes; at most {LONGEST_PATTERN} are read", pattern.len()));
    }
    let compiled = regex_lite::RegexBuilder::new(pattern).size_limit(PATTERN_SIZE).build();
    compiled.map_err(|error| format!("the pattern cannot be read: {error}"))
}

struct Reading {
    faults: Faults,
    /// Mistakes in the built-in lists and rules.
    built_in: Vec<Fault>,
}

impl Reading {
    fn compile(&mut self, raw: Raw) -> Rules {
        let mut builder = Builder::default();
        let entries = self.entries(&mut builder);
        let mut patterns = Vec::new();
        let mut rules = Vec::new();
        for (number, entry) in (0..).zip(&entries) {
            for pattern in &entry.patterns {
                match Pattern::parse(number, pattern, &builder) {
                    Ok(pattern) => patterns.push(pattern),
                    Err(what) => self.built_in("catalogue.yaml", 1, format!("`{}`: {what}", entry.id)),
                }
            }
            rules.push(rule(entry));
        }
        self.settings(&raw.rules, &mut rules);
        self.phrases(&raw.phrases, &mut rules, &mut patterns, &mut builder);
        let blocked = self.blocked(raw.blocked, &rules);
        let scope = raw.scope.map(|scope| self.scope(&scope, &mut builder));
        let guards = Guards {
            negation: builder.concept("negation"),
            encouragement: builder.concept("encouragement"),
            report: builder.concept("report"),
            object: builder.concept("infrastructure"),
        };
        let telltales = views::telltales(&mut builder);
        Rules {
            thresholds: self.thresholds(&raw.thresholds),
            rules,
            patterns,
            blocked,
            scope,
            guards,
            telltales,
            lexicon: self.finished(&builder),
        }
    }

    fn finished(&mut self, builder: &Builder) -> super::Lexicon {
        builder.finish().unwrap_or_else(|message| {
            self.faults.at_place(crate::yaml::Place { line: 1, column: 1 }, message);
            super::Lexicon::default()
        })
    }

    fn built_in(&mut self, file: &str, line: usize, message: String) {
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        self.built_in.push(Fault { file: file.to_owned(), line, column: 1, message });
    }

    /// Reads the built-in lists and the catalogue.
    fn entries(&mut self, builder: &mut Builder) -> Vec<Entry> {
        for (name, list) in LISTS {
            if let Err((line, message)) = builder.list(list) {
                self.built_in(&format!("{name}.txt"), line, message);
            }
        }
        catalogue::read().unwrap_or_else(|faults| {
            self.built_in.extend(faults);
            Vec::new()
        })
    }

    fn settings(&mut self, settings: &[RawRule], rules: &mut [Rule]) {
        let mut seen: Vec<&str> = Vec::new();
        for setting in settings {
            let id = setting.id.value.as_str();
            let Some(rule) = rules.iter_mut().find(|rule| rule.id == id) else {
                self.at(&setting.id, format!("no rule is named `{id}`"));
                continue;
            };
            if seen.contains(&id) {
                self.at(&setting.id, format!("`{id}` is set twice"));
            }
            seen.push(id);
            if let Some(action) = &setting.action {
                if action.value == Action::Block {
                    let advice = "a built-in rule advises; `block` is for `blocked` patterns of your own";
                    self.at(action, advice.to_owned());
                } else {
                    rule.action = action.value;
                }
            }
            rule.severity = setting.severity.unwrap_or(rule.severity);
            if let Some(weight) = &setting.weight {
                rule.weight = self.weight(weight);
            }
        }
    }

    fn phrases(
        &mut self,
        raw: &[RawPhrases],
        rules: &mut Vec<Rule>,
        patterns: &mut Vec<Pattern>,
        builder: &mut Builder,
    ) {
        for phrases in raw {
            let id = self.own_id(&phrases.id, rules);
            let concept = builder.concept(&format!("operator:{id}"));
            if phrases.any.len() > MOST {
                self.at(
                    &phrases.id,
                    format!("`{id}` has {} phrases; at most {MOST} are read", phrases.any.len()),
                );
                continue;
            }
            for phrase in &phrases.any {
                if let Err(what) = builder.phrase(concept, &phrase.value) {
                    self.at(phrase, what);
                }
            }
            if phrases.action == Action::Block {
                self.at(&phrases.id, "phrases advise; `block` is for `blocked` patterns".to_owned());
            }
            patterns.push(Pattern::of(u16::try_from(rules.len()).unwrap_or(u16::MAX), concept));
            rules.push(Rule {
                id,
                severity: phrases.severity,
                action: phrases.action,
                weight: self.weight(&phrases.weight),
                reason: phrases.reason.clone(),
                guard: Guarded::Never,
                places: phrases.places.clone(),
            });
        }
    }

    fn blocked(&mut self, raw: Vec<RawBlocked>, rules: &[Rule]) -> Vec<Blocked> {
        let mut all: Vec<Blocked> = Vec::new();
        for each in raw {
            let id = self.own_id(&each.id, rules);
            if all.iter().any(|other| other.id == id) {
                self.at(&each.id, format!("`{id}` is set twice"));
            }
            match regex(&each.pattern.value) {
                Ok(pattern) if pattern.is_match("") => {
                    self.at(&each.pattern, "the pattern matches every text".to_owned());
                }
                Ok(_) => {}
                Err(what) => self.at(&each.pattern, what),
            }
            let (pattern, reason) = (each.pattern.value, each.reason);
            let (action, severity, places) = (each.action, each.severity, each.places);
            all.push(Blocked { id, pattern, reason, action, severity, places });
        }
        all
    }

    /// An operator's id: of the same form as the built-in ones, and none of them.
    fn own_id(&mut self, id: &Spanned<String>, rules: &[Rule]) -> String {
        let formed = id.value.len() <= 80
            && id
                .value
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._".contains(&byte))
            && id.value.split('.').filter(|part| !part.is_empty()).count() == id.value.split('.').count();
        if !formed {
            self.at(
                id,
                format!(
                    "`{}` is no id; an id is like `acme.codeword`",
                    super::super::excerpt::shown(&id.value)
                ),
            );
        }
        if rules.iter().any(|rule| rule.id == id.value) {
            self.at(id, format!("`{}` is the id of another rule", id.value));
        }
        id.value.clone()
    }

    fn scope(&mut self, raw: &RawScope, builder: &mut Builder) -> Scope {
        let topics = builder.concept("scope-topics");
        for topic in raw.topics.iter().take(MOST) {
            if let Err(what) = builder.phrase(topics, &topic.value) {
                self.at(topic, what);
            }
        }
        Scope { topics, least_words: raw.least_words }
    }

    fn weight(&mut self, weight: &Spanned<u8>) -> u8 {
        if !(1..=100).contains(&weight.value) {
            self.at(weight, format!("a weight is 1 to 100, not {}", weight.value));
        }
        weight.value.clamp(1, 100)
    }

    fn thresholds(&mut self, raw: &RawThresholds) -> Vec<Threshold> {
        let built_in = Threshold { flag: 50, hold: 85 };
        let all = [&raw.prompt, &raw.argument, &raw.tool_result, &raw.tool_description, &raw.resource];
        all.into_iter()
            .map(|given| {
                let Some(given) = given else { return built_in };
                let Threshold { flag, hold } = given.value;
                if !(1..=100).contains(&flag) || !(1..=100).contains(&hold) || flag > hold {
                    self.at(given, "thresholds are 1 to 100, `flag` at most `hold`".to_owned());
                }
                given.value
            })
            .collect()
    }

    fn at<T>(&mut self, place: &Spanned<T>, message: String) {
        self.faults.at(place, message);
    }
}

fn rule(entry: &Entry) -> Rule {
    Rule {
        id: entry.id.clone(),
        severity: entry.severity,
        action: entry.action,
        weight: entry.weight,
        reason: entry.reason.clone(),
        guard: entry.guard,
        places: entry.places.clone(),
    }
}
