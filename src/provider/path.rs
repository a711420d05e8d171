//! Words of others in the path of a question.

/// A segment of dots would be resolved, and lead to another endpoint; encoding does not keep it from that.
pub(crate) fn climbs(segment: &str) -> bool {
    matches!(segment, "." | "..")
}

/// One path segment, whatever the text holds.
pub(crate) fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            for digit in [byte >> 4, byte & 15] {
                encoded.push(char::from(b"0123456789ABCDEF"[usize::from(digit)]));
            }
        }
        encoded
    })
}

/// A pasted address without the path of the API, or of GraphQL, and what is behind it; with a remark where there was one.
pub(crate) fn without_api(path: &str, api: &str, title: &str) -> (String, Option<String>) {
    let root = path.trim_end_matches('/');
    match root.find(api).or_else(|| root.find("/api/graphql")) {
        Some(end) => {
            let remark = format!("the API path was taken off the address; `url` is where people open {title}");
            (root[..end].to_owned(), Some(remark))
        }
        None => (root.to_owned(), None),
    }
}
