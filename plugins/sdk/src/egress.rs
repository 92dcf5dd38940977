//! The records of outbound HTTP, as code likes to make and read them.

use crate::{Field, Method, Response};

impl<N: Into<String>, V: Into<String>> From<(N, V)> for Field {
    fn from((name, value): (N, V)) -> Self {
        Self { name: name.into(), value: value.into() }
    }
}

impl Method {
    /// As it stands in a request line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl Response {
    /// The value of a header, by its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|field| field.name == name).map(|field| field.value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_found_by_its_name() {
        let headers = vec![Field::from(("retry-after", "7")), ("etag", "x".to_owned()).into()];
        let response = Response { status: 429, headers, body: Vec::new() };
        assert_eq!((response.header("etag"), response.header("age")), (Some("x"), None));
    }
}
