//! Reading an answer without letting it grow beyond its bounds (R12).

use reqwest::Response;
use reqwest::header::{CONTENT_ENCODING, HeaderMap, SET_COOKIE};

use super::failure::Failure;
use crate::app::ports::Reply;

pub(super) const BODY: usize = 8 * 1024 * 1024;
const HEADERS: usize = 64 * 1024;
/// The colon, the space and the line end of each header.
const AROUND: usize = 4;

/// The whole answer, or why it is not taken.
pub(super) async fn read(mut response: Response) -> Result<Reply, Failure> {
    let status = response.status().as_u16();
    let headers = headers(response.headers())?;
    let packed = is_packed(response.headers());
    let body = body(&mut response).await?;
    if packed && !body.is_empty() {
        return Err(Failure::Packed);
    }
    Ok(Reply { status, headers, body })
}

fn headers(received: &HeaderMap) -> Result<Vec<(String, String)>, Failure> {
    let size: usize = received.iter().map(|(name, value)| name.as_str().len() + value.len() + AROUND).sum();
    if size > HEADERS {
        return Err(Failure::HeadersTooLarge);
    }
    // Cookies are nobody's business here: they are never sent back, and often hold a session.
    let kept = received.iter().filter(|(name, _)| *name != SET_COOKIE);
    Ok(kept.map(|(name, value)| (name.as_str().to_owned(), lossy(value.as_bytes()))).collect())
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Packed although we asked for it plain: what it unpacks to has no bound.
fn is_packed(headers: &HeaderMap) -> bool {
    headers.get_all(CONTENT_ENCODING).iter().any(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity"))
}

async fn body(response: &mut Response) -> Result<Vec<u8>, Failure> {
    let announced = response.content_length().unwrap_or(0);
    if announced > BODY as u64 {
        return Err(Failure::BodyTooLarge);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| Failure::while_reading(&error))? {
        if body.len() + chunk.len() > BODY {
            return Err(Failure::BodyTooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderName, HeaderValue};

    fn map(entries: &[(&'static str, &[u8])]) -> HeaderMap {
        entries
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_bytes(value).unwrap()))
            .collect()
    }

    #[test]
    fn headers_keep_their_order_and_cookies_are_dropped() {
        let received = map(&[("x-b", b"1"), ("set-cookie", b"session=1"), ("x-a", b"caf\xe9")]);
        let kept = headers(&received).unwrap();
        assert_eq!(kept, [("x-b".to_owned(), "1".to_owned()), ("x-a".to_owned(), "caf\u{fffd}".to_owned())]);
    }

    #[test]
    fn the_header_block_is_bounded() {
        let long = vec![b'x'; 40 * 1024];
        assert!(headers(&map(&[("x-a", &long)])).is_ok());
        assert!(matches!(headers(&map(&[("x-a", &long), ("x-b", &long)])), Err(Failure::HeadersTooLarge)));
    }

    #[test]
    fn only_identity_counts_as_plain() {
        assert!(!is_packed(&map(&[])));
        assert!(!is_packed(&map(&[("content-encoding", b"Identity")])));
        assert!(is_packed(&map(&[("content-encoding", b"gzip")])));
        assert!(is_packed(&map(&[("content-encoding", b"identity, br")])));
    }
}
