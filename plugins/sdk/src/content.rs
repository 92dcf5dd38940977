//! What answers are made of, in one word each: `text("42 pods")`.

use crate::bindings::postern::plugin::content::{Body, Content, Embedded, Media, ResourceLink};

/// Plain text or Markdown.
pub fn text(text: impl Into<String>) -> Content {
    Content::Text(text.into())
}

/// A picture of a media type such as `image/png`.
pub fn image(media_type: &str, data: impl Into<Vec<u8>>) -> Content {
    Content::Image(media(media_type, data))
}

/// A sound of a media type such as `audio/wav`.
pub fn audio(media_type: &str, data: impl Into<Vec<u8>>) -> Content {
    Content::Audio(media(media_type, data))
}

/// A resource by reference: the client reads it if it wants to.
#[must_use]
pub fn link(uri: &str, name: &str) -> Content {
    Content::Link(ResourceLink {
        uri: uri.to_owned(),
        name: name.to_owned(),
        title: None,
        description: None,
        media_type: None,
    })
}

/// A resource itself, which is text.
pub fn embedded_text(uri: &str, media_type: &str, text: impl Into<String>) -> Content {
    embedded(uri, media_type, Body::Text(text.into()))
}

/// A resource itself, which is bytes.
pub fn embedded_bytes(uri: &str, media_type: &str, bytes: impl Into<Vec<u8>>) -> Content {
    embedded(uri, media_type, Body::Blob(bytes.into()))
}

fn media(media_type: &str, data: impl Into<Vec<u8>>) -> Media {
    Media { media_type: media_type.to_owned(), data: data.into() }
}

fn embedded(uri: &str, media_type: &str, body: Body) -> Content {
    Content::Embedded(Embedded { uri: uri.to_owned(), media_type: Some(media_type.to_owned()), body })
}
