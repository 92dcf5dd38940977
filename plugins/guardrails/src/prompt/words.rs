//! The words of a reading, and the phrases they make.

use super::confusable;
use super::lexicon::{Concept, Lexicon, ROOT, SHORTEST_STEM};
use super::view::View;
use super::{hash, normalise};

/// The longest word that is looked at whole, in characters; what follows is passed over.
const LONGEST_WORD: usize = 48;
/// The most steps taken from one word, whatever a list holds.
const MOST_STEPS: usize = 48;

/// One word of a reading.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Word {
    /// Its symbols in the lexicon: whole, then its two longest stems. 0 is none.
    symbols: [u32; 3],
    /// Which sentence it stands in, from 0.
    pub(super) sentence: u32,
    /// Its bytes in the original.
    pub(super) from: u32,
    pub(super) to: u32,
}

/// A phrase of a concept: its first word, and the one after its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) from: usize,
    pub(super) to: usize,
}

/// A reading as words.
#[derive(Debug, Default)]
pub(super) struct Words {
    pub(super) words: Vec<Word>,
    /// The hits of every concept, in the order of the text.
    hits: Vec<Vec<Hit>>,
    /// Words that mix Latin letters with others that look like them.
    pub(super) disguised: Vec<usize>,
    /// How often the lexicon was asked for a step: the work it took, for tests of bounds.
    pub(super) steps: usize,
}

impl Words {
    /// Reads the words of a view.
    pub(super) fn of(view: &View, lexicon: &Lexicon) -> Self {
        let mut reader =
            Reader { lexicon, out: Self::default(), open: Open::default(), sentence: 0, breaks: 0 };
        let mut characters = view.characters.iter().peekable();
        while let Some(each) = characters.next() {
            let next = characters.peek().map_or(' ', |next| next.character);
            normalise::reduce(each.character, |part| reader.take(part, each.from, each.to, next));
        }
        reader.end();
        let mut words = reader.out;
        words.find(lexicon);
        words
    }

    /// The hits of a concept, in the order of the text.
    pub(super) fn hits(&self, concept: Concept) -> &[Hit] {
        self.hits.get(usize::from(concept.0)).map_or(&[], Vec::as_slice)
    }

    /// Whether two words stand in one sentence.
    pub(super) fn together(&self, one: usize, other: usize) -> bool {
        let sentence = |at: usize| self.words.get(at).map(|word| word.sentence);
        sentence(one) == sentence(other)
    }

    /// The bytes of the original from the first word of a hit to its last.
    pub(super) fn bytes(&self, hit: Hit) -> (u32, u32) {
        let all = self.words.get(hit.from..hit.to).unwrap_or_default();
        let from = all.iter().map(|word| word.from).min().unwrap_or(0);
        let to = all.iter().map(|word| word.to).max().unwrap_or(from);
        (from, to)
    }

    fn find(&mut self, lexicon: &Lexicon) {
        self.hits.resize_with(usize::from(lexicon.concepts), Vec::new);
        let mut open: Vec<(u32, usize)> = Vec::new();
        for start in 0..self.words.len() {
            open.clear();
            open.push((ROOT, start));
            let mut steps = 0_usize;
            while let Some((state, at)) = open.pop() {
                let Some(word) = self.words.get(at) else { continue };
                for symbol in word.symbols.into_iter().filter(|symbol| *symbol != 0) {
                    steps = steps.saturating_add(1);
                    self.steps = self.steps.saturating_add(1);
                    let Some(next) = lexicon.step(state, symbol) else { continue };
                    lexicon.ended(next, |concept| {
                        if let Some(hits) = self.hits.get_mut(usize::from(concept.0)) {
                            hits.push(Hit { from: start, to: at + 1 });
                        }
                    });
                    open.push((next, at + 1));
                }
                if steps > MOST_STEPS {
                    break;
                }
            }
        }
    }
}

/// The word that is being read.
#[derive(Debug, Default)]
struct Open {
    characters: Vec<char>,
    from: u32,
    to: u32,
    latin: u16,
    lookalike: u16,
}

struct Reader<'a> {
    lexicon: &'a Lexicon,
    out: Words,
    open: Open,
    sentence: u32,
    /// Line breaks since the last word.
    breaks: u8,
}

impl Reader<'_> {
    fn take(&mut self, part: char, from: u32, to: u32, next: char) {
        if normalise::stands_alone(part) {
            self.end();
            self.letter(part, from, to);
            self.end();
        } else if part.is_alphanumeric() {
            self.letter(part, from, to);
        } else if !matches!(part, '\'' | '\u{2019}') || !next.is_alphanumeric() {
            self.end();
            self.breaks = if part == '\n' { self.breaks.saturating_add(1) } else { self.breaks };
            let stop = matches!(part, '.' | '!' | '?' | ';') && next.is_whitespace();
            if stop || self.breaks == 2 || matches!(part, '。' | '।' | '؟') {
                self.sentence = self.sentence.saturating_add(1);
                self.breaks = 0;
            }
        }
    }

    fn letter(&mut self, part: char, from: u32, to: u32) {
        if self.open.characters.is_empty() {
            self.open.from = from;
            self.breaks = 0;
        }
        self.open.to = to;
        if self.open.characters.len() >= LONGEST_WORD {
            return;
        }
        self.open.characters.push(part);
        if part.is_ascii_alphabetic() {
            self.open.latin = self.open.latin.saturating_add(1);
        } else if !part.is_ascii() && confusable::latin(part).is_some() {
            self.open.lookalike = self.open.lookalike.saturating_add(1);
        }
    }

    fn end(&mut self) {
        if self.open.characters.is_empty() {
            return;
        }
        let mut open = std::mem::take(&mut self.open);
        if open.latin >= 1 && open.lookalike >= 1 {
            // No word is written in two scripts: each letter is read as the Latin one it is taken for.
            open.characters.iter_mut().for_each(|each| *each = confusable::latin(*each).unwrap_or(*each));
            if open.latin.saturating_add(open.lookalike) >= 3 {
                self.out.disguised.push(self.out.words.len());
            }
        }
        self.out.words.push(Word {
            symbols: symbols(&open.characters, self.lexicon),
            sentence: self.sentence,
            from: open.from,
            to: open.to,
        });
        open.characters.clear();
        self.open = Open { characters: open.characters, ..Open::default() };
    }
}

/// The symbols of a word: whole, and its two longest stems.
fn symbols(word: &[char], lexicon: &Lexicon) -> [u32; 3] {
    let mut found = [0; 3];
    let mut hash = hash::EMPTY;
    let [whole, longest, longer] = &mut found;
    for (index, each) in word.iter().enumerate() {
        hash = hash::push(hash, *each);
        if (index + 1 >= SHORTEST_STEM || !each.is_ascii())
            && let Some(symbol) = lexicon.stem(hash)
        {
            *longer = std::mem::replace(longest, symbol);
        }
    }
    *whole = lexicon.word(hash).unwrap_or(0);
    found
}
