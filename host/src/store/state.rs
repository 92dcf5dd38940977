//! What must outlive the process besides the audit: requests for approval, messages that wait to be sent, and tasks.
//!
//! A store knows states, clocks and who has voted, because those decide whether a step may be taken, and two
//! processes must not both take one. What a request *says* is one text to it.

use std::fmt::Debug;

use super::StoreError;

/// A time: milliseconds since 1970.
pub type Moment = i64;

/// How far a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RequestState {
    /// Waits for votes.
    Pending,
    /// May be spent, once.
    Approved,
    /// Somebody who may said no.
    Denied,
    /// One of its clocks has run out.
    Expired,
    /// Taken back.
    Revoked,
    /// Its call began.
    Spent,
}

impl RequestState {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::Approved, Self::Denied, Self::Expired, Self::Revoked, Self::Spent];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Spent => "spent",
        }
    }

    /// The state of that word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// A request as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRequest {
    /// Random.
    pub id: String,
    /// How far it is.
    pub state: RequestState,
    /// The digest of what it is bound to. At most one request of a binding is open at a time.
    pub binding: String,
    /// Whose it is.
    pub subject: String,
    /// What it says.
    pub facts: String,
    /// How many must agree.
    pub quorum: u32,
    /// When it was made.
    pub requested: Moment,
    /// Until when it may be approved.
    pub approve_by: Moment,
    /// How long it may be spent once it is approved, in milliseconds.
    pub execute_within: Moment,
    /// When it was approved.
    pub approved: Option<Moment>,
    /// Until when it may be spent.
    pub execute_by: Option<Moment>,
    /// When it was spent, or ended without that.
    pub ended: Option<Moment>,
    /// Who denied it or took it back.
    pub ended_by: Option<String>,
    /// In whose words.
    pub ended_reason: Option<String>,
    /// Who agreed, in order.
    pub votes: Vec<StoredVote>,
}

/// Somebody who agreed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredVote {
    /// Who.
    pub subject: String,
    /// When.
    pub at: Moment,
}

/// How much may be open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    /// Of one subject.
    pub of_one: u32,
    /// Of all.
    pub of_all: u32,
}

/// What is to happen to a request. Whatever it is, requests whose clocks have run out expire first.
#[derive(Debug, Clone, Copy)]
pub enum Step<'a> {
    /// Nothing else; and what ended before that moment is forgotten.
    Sweep {
        /// When something has to have ended to be forgotten.
        forget: Moment,
    },
    /// It is made, unless one of its binding is pending.
    Request {
        /// In the state *pending*.
        new: &'a StoredRequest,
        /// Else it is not made.
        caps: Caps,
    },
    /// The one of this binding that is approved is spent.
    Spend {
        /// Which.
        binding: &'a str,
    },
    /// Somebody agrees.
    Approve {
        /// To which.
        id: &'a str,
        /// Who.
        by: &'a str,
    },
    /// Somebody says no.
    Deny {
        /// To which.
        id: &'a str,
        /// Who.
        by: &'a str,
        /// In which words.
        reason: &'a str,
    },
    /// It is taken back, if it is in one of these states.
    Revoke {
        /// Which.
        id: &'a str,
        /// By whom.
        by: &'a str,
        /// In which words.
        reason: Option<&'a str>,
        /// In which states it can be.
        from: &'a [RequestState],
    },
}

/// What came of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stepped {
    /// It was taken; the request as it is now.
    Taken(Box<StoredRequest>),
    /// Nothing had to be done: this one is there already.
    Found(Box<StoredRequest>),
    /// There is no such request.
    Missing,
    /// It is in a state from which that step does not lead.
    Closed(Box<StoredRequest>),
    /// They agreed before.
    Twice,
    /// The subject has as many as it may.
    TooMany,
    /// There are as many as there may be.
    Full,
}

/// What happened to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the words of the life of a request")]
pub enum Happening {
    Requested,
    Voted,
    Approved,
    Denied,
    Revoked,
    Expired,
    Spent,
}

/// One thing that a step made happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// What.
    pub what: Happening,
    /// To which request, as it is since.
    pub request: StoredRequest,
}

/// A task as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTask {
    /// Random.
    pub id: String,
    /// Whose it is, and at which endpoint.
    pub owner: (String, String),
    /// Which plugin and tool.
    pub subject: (String, String),
    /// When it was opened.
    pub created: Moment,
    /// When it last changed.
    pub updated: Moment,
    /// How it ended, as one text; `None` while it runs, or ran when its process went away.
    pub ended: Option<String>,
}

/// Tasks, of every process that has the store open.
pub trait KeptTasks: Send + Debug {
    /// Keeps a task, or what became of it. It is on the disk when this returns.
    ///
    /// # Errors
    /// [`StoreError`].
    fn keep(&mut self, task: &StoredTask) -> Result<(), StoreError>;

    /// The task of that id.
    ///
    /// # Errors
    /// [`StoreError`].
    fn task(&mut self, id: &str) -> Result<Option<StoredTask>, StoreError>;

    /// Forgets tasks that were opened before that moment.
    ///
    /// # Errors
    /// [`StoreError`].
    fn forget_tasks(&mut self, before: Moment) -> Result<(), StoreError>;
}

/// A message that waits to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The same in every try.
    pub id: String,
    /// To whom.
    pub receiver: String,
    /// What it says.
    pub body: String,
    /// When it was written.
    pub written: Moment,
    /// How often it has been taken to be sent.
    pub tries: u32,
}

/// Writes the messages that go with what happened; they are kept with it, or neither is.
pub type Announce<'a> = &'a dyn Fn(&[Transition]) -> Vec<Message>;

/// Requests for approval, shared by every process that has the store open.
pub trait Requests: Send + Debug {
    /// Takes one step, whole or not at all, and by no two callers at once. What it says that happened is on the
    /// disk.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing happened.
    fn step(
        &mut self,
        step: Step<'_>,
        now: Moment,
        announce: Announce<'_>,
    ) -> Result<(Stepped, Vec<Transition>), StoreError>;

    /// The request of that id.
    ///
    /// # Errors
    /// [`StoreError`].
    fn request(&self, id: &str) -> Result<Option<StoredRequest>, StoreError>;

    /// The open requests and then the newest others, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn requests(&self, limit: u32) -> Result<Vec<StoredRequest>, StoreError>;
}

/// Messages that wait to be sent, shared as the requests are.
pub trait Outbox: Send + Debug {
    /// Takes the next message to `receiver` that is due; nobody else is given it before `lease`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn take(&mut self, receiver: &str, now: Moment, lease: Moment) -> Result<Option<Message>, StoreError>;

    /// Puts a message off until `due`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn put_off(&mut self, id: &str, due: Moment) -> Result<(), StoreError>;

    /// Forgets a message.
    ///
    /// # Errors
    /// [`StoreError`].
    fn forget(&mut self, id: &str) -> Result<(), StoreError>;

    /// Forgets every message that was written before.
    ///
    /// # Errors
    /// [`StoreError`].
    fn forget_before(&mut self, before: Moment) -> Result<(), StoreError>;
}

/// Both, in one place, so that they change together.
pub trait State: Requests + Outbox {}

impl<T: Requests + Outbox> State for T {}
