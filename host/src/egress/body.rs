//! Reads one response's body: whole, decoded, and never more of it than the limits allow.

use std::io::Write;
use std::time::Duration;

use bytes::Bytes;
use flate2::write::GzDecoder;
use http::HeaderMap;
use http::header::CONTENT_ENCODING;
use http_body_util::BodyExt as _;
use hyper::body::{Body, Incoming};
use thiserror::Error;
use tokio::time::timeout;

use super::budget::{Budget, Spent};

/// Why a body was not read.
#[derive(Debug, Error)]
pub(super) enum BodyError {
    #[error("it did not go on")]
    Idle,
    #[error("it is larger than {0} bytes")]
    TooLarge(u64),
    #[error(transparent)]
    Spent(#[from] Spent),
    #[error("it broke off")]
    Broken(#[source] hyper::Error),
    #[error("its content coding is not one that was asked for")]
    Coding,
    #[error("it does not decompress")]
    Gzip(#[source] Option<std::io::Error>),
}

/// Reads `body` to its end.
///
/// The limit is on what comes out of the decoder, and is held while decoding: a small answer that
/// unpacks into a large one is given up where it passes the limit.
pub(super) async fn read(
    headers: &HeaderMap,
    mut body: Incoming,
    limit: u64,
    idle: Duration,
    budget: &Budget,
) -> Result<Bytes, BodyError> {
    let mut sink = Sink::new(headers, limit)?;
    if body.size_hint().lower() > limit {
        return Err(BodyError::TooLarge(limit));
    }
    while let Some(frame) = timeout(idle, body.frame()).await.map_err(|_| BodyError::Idle)? {
        let Ok(data) = frame.map_err(BodyError::Broken)?.into_data() else {
            continue; // Trailers are nobody's.
        };
        let before = sink.len();
        sink.write(&data)?;
        budget.bytes(sink.len() - before)?;
    }
    let before = sink.len();
    let body = sink.finish()?;
    budget.bytes(body.len() - before)?;
    Ok(body)
}

/// Collects the body, through a decoder where it is compressed.
enum Sink {
    Plain(Capped),
    Gzip(Box<GzDecoder<Capped>>),
}

impl Sink {
    fn new(headers: &HeaderMap, limit: u64) -> Result<Self, BodyError> {
        let capped =
            Capped { bytes: Vec::new(), limit: usize::try_from(limit).unwrap_or(usize::MAX), over: false };
        let mut codings = headers.get_all(CONTENT_ENCODING).iter();
        match (codings.next().map(|coding| coding.as_bytes().to_ascii_lowercase()), codings.next()) {
            (None, None) => Ok(Self::Plain(capped)),
            (Some(coding), None) if coding == b"identity" => Ok(Self::Plain(capped)),
            (Some(coding), None) if coding == b"gzip" => Ok(Self::Gzip(Box::new(GzDecoder::new(capped)))),
            _ => Err(BodyError::Coding),
        }
    }

    fn len(&self) -> usize {
        self.capped().bytes.len()
    }

    fn capped(&self) -> &Capped {
        match self {
            Self::Plain(capped) => capped,
            Self::Gzip(decoder) => decoder.get_ref(),
        }
    }

    fn write(&mut self, data: &[u8]) -> Result<(), BodyError> {
        let written = match self {
            Self::Plain(capped) => capped.write_all(data),
            Self::Gzip(decoder) => decoder.write_all(data),
        };
        written.map_err(|error| self.fault(error))
    }

    fn finish(mut self) -> Result<Bytes, BodyError> {
        if let Self::Gzip(decoder) = &mut self {
            // A HEAD, a 204 and a 304 name the coding of a body that they do not have.
            let nothing = decoder.header().is_none() && decoder.get_ref().bytes.is_empty();
            if let Err(error) = decoder.try_finish()
                && !nothing
            {
                return Err(self.fault(error));
            }
        }
        let capped = match &mut self {
            Self::Plain(capped) => capped,
            Self::Gzip(decoder) => decoder.get_mut(),
        };
        Ok(std::mem::take(&mut capped.bytes).into())
    }

    fn fault(&self, error: std::io::Error) -> BodyError {
        let capped = self.capped();
        if capped.over {
            BodyError::TooLarge(u64::try_from(capped.limit).unwrap_or(u64::MAX))
        } else {
            BodyError::Gzip(Some(error))
        }
    }
}

/// A buffer that refuses to grow past its limit.
struct Capped {
    bytes: Vec<u8>,
    limit: usize,
    over: bool,
}

impl Write for Capped {
    fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
        if self.bytes.len().saturating_add(data.len()) > self.limit {
            self.over = true;
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use http::HeaderValue;

    use super::*;

    fn sink(coding: &'static str, limit: u64) -> Result<Sink, BodyError> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding));
        Sink::new(&headers, limit)
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn gzip_is_unpacked_part_by_part() {
        let packed = gzip(b"hello, hello, hello");
        let mut sink = sink("GZIP", 100).unwrap();
        for part in packed.chunks(3) {
            sink.write(part).unwrap();
        }
        assert_eq!(sink.finish().unwrap(), "hello, hello, hello");
    }

    #[test]
    fn a_bomb_is_given_up_at_the_limit() {
        let packed = gzip(&vec![0; 10 << 20]);
        assert!(packed.len() < 20_000);
        let mut sink = sink("gzip", 1 << 20).unwrap();
        assert!(matches!(sink.write(&packed), Err(BodyError::TooLarge(1_048_576))));
        assert!(sink.len() <= 1 << 20);
    }

    #[test]
    fn a_truncated_body_is_a_fault() {
        let packed = gzip(b"hello, hello, hello");
        let mut sink = sink("gzip", 100).unwrap();
        sink.write(&packed[..packed.len() - 4]).unwrap();
        assert!(matches!(sink.finish(), Err(BodyError::Gzip(_))));
    }

    #[test]
    fn an_empty_body_has_no_coding() {
        assert!(sink("gzip", 100).unwrap().finish().unwrap().is_empty());
    }

    #[test]
    fn other_codings_are_refused() {
        for coding in ["br", "gzip, gzip", "deflate", ""] {
            assert!(matches!(sink(coding, 100), Err(BodyError::Coding)), "{coding}");
        }
    }
}
