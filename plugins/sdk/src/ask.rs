//! Questions to the client in the middle of a call: how to write one, and how to read its answer.
//!
//! Ask before anything is changed, and ask the same in the same case: a call may be run again from its
//! beginning once the answers are there (`wit/ask.wit`). The manifest names the kinds (`asks`).
//!
//! ```text
//! let answer = ask::one(&caller, Question::form("name", "What is your name?", &schema)).await?;
//! let Some(filled) = answer.accepted::<Filled>()? else { return Ok(text("then not")) };
//! ```

use serde::de::DeserializeOwned;
use serde_json::Value;

pub use crate::bindings::postern::plugin::ask::{Answer, Form, Kind, Page, Question, Refusal};
use crate::bindings::postern::plugin::{ask, caller::Caller};
use crate::{Problem, problem};

/// Puts questions, all at once, and waits for their answers, in the same order.
///
/// # Errors
/// Why they were not put.
pub async fn all(caller: &Caller, questions: Vec<Question>) -> Result<Vec<Answer>, Refusal> {
    ask::ask(caller, questions).await
}

/// Puts one question and waits for its answer.
///
/// # Errors
/// Why it was not put.
pub async fn one(caller: &Caller, question: Question) -> Result<Answer, Refusal> {
    let mut answers = all(caller, vec![question]).await?;
    answers.pop().ok_or_else(|| Refusal::Unavailable("the host answered nothing".to_owned()))
}

impl Question {
    /// A form for the client's user. `schema` is that of an object with plain properties.
    #[must_use]
    pub fn form(key: &str, message: &str, schema: &Value) -> Self {
        let form = Form { message: message.to_owned(), schema: schema.to_string() };
        Self::new(key, Kind::Form(form))
    }

    /// A page that the client's user opens, at an `https:` address.
    #[must_use]
    pub fn page(key: &str, message: &str, url: &str) -> Self {
        Self::new(key, Kind::Url(Page { message: message.to_owned(), url: url.to_owned() }))
    }

    /// A prompt to the client's model: the parameters of `sampling/createMessage`.
    #[must_use]
    pub fn sampling(key: &str, parameters: &Value) -> Self {
        Self::new(key, Kind::Sampling(parameters.to_string()))
    }

    /// The client's folders.
    #[must_use]
    pub fn roots(key: &str) -> Self {
        Self::new(key, Kind::Roots)
    }

    fn new(key: &str, kind: Kind) -> Self {
        Self { key: key.to_owned(), kind }
    }
}

impl Answer {
    /// What was answered, decoded; `None` when the user said no or went away.
    ///
    /// # Errors
    /// [`Problem::Internal`] when it has not the shape of `T`: the host has checked a form's answer against
    /// its schema, so that the schema says less than the code expects.
    pub fn accepted<T: DeserializeOwned>(&self) -> Result<Option<T>, Problem> {
        match self {
            Self::Accepted(json) => problem::decode(json).map(Some).map_err(|(pointer, message)| {
                Problem::Internal(format!("the answer does not fit at `{pointer}`: {message}"))
            }),
            Self::Declined | Self::Cancelled => Ok(None),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Invalid(why) => Self::Internal(format!("a question is none: {why}")),
            Refusal::Undeclared => {
                Self::Internal("the manifest does not name this kind of question".to_owned())
            }
            Refusal::TooLate => Self::Internal("a question came after a change".to_owned()),
            Refusal::Unavailable(why) => Self::Denied(format!("nobody can be asked: {why}")),
        }
    }
}
