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
