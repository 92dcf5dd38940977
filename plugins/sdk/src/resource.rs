//! Resources as plain data: how one is described, and what is in it.

/// A resource as its clients see it.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// As in the manifest, which has its URI or template.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    /// For models and people.
    pub description: &'static str,
    /// Of its contents.
    pub media_type: &'static str,
    /// What its clients get as `_meta`: the JSON text of an object.
    pub meta: Option<&'static str>,
}

/// What is in one.
#[derive(Debug)]
pub struct Contents {
    /// As described.
    pub media_type: &'static str,
    /// All of it.
    pub text: String,
    /// What its clients get as `_meta`: the JSON text of an object.
    pub meta: Option<&'static str>,
}

impl Entry {
    /// Its contents, with its media type and its `_meta`.
    #[must_use]
    pub fn contents(&self, text: String) -> Contents {
        Contents { media_type: self.media_type, text, meta: self.meta }
    }
}
