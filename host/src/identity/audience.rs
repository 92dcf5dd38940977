//! What a credential must be good for: the endpoint that it is presented to, as OAuth names it.

/// An endpoint, as tokens of authorization servers name it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Audience {
    /// What a token must be issued for (RFC 8707; RFC 9068, section 4): the endpoint's URL, or what the operator
    /// says its issuer writes instead. Compared exactly.
    pub name: String,
    /// What a token must have been granted to be of any use there.
    pub scopes: Vec<String>,
}

/// What an endpoint asks of tokens, where its operator says so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// What they are issued for, where that is not the endpoint's own URL.
    pub audience: Option<String>,
    /// What they must have been granted.
    pub scopes: Vec<String>,
}
