//! Bytes to a token: one line of text.

use zeroize::Zeroizing;

use crate::app::ports::Miss;
use crate::domain::token::Token;

/// The most that is read from anywhere.
pub(super) const MAX_BYTES: usize = 64 * 1024;

/// The token in `bytes`: UTF-8, one line, with at most one line end after it (P-18). A blank one is none (P-19). White
/// space and quotes around it are kept, so that whoever checks its shape can name them.
pub(super) fn token(bytes: &Zeroizing<Vec<u8>>, place: &str) -> Result<Token, Miss> {
    let failed = |what: &str| Err(Miss::Failed(format!("{place} {what}")));
    if bytes.len() > MAX_BYTES {
        return failed("holds more than 64 KiB");
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return failed("holds bytes that are not UTF-8 text") };
    let text = text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text));
    if text.trim().is_empty() {
        return Err(Miss::Absent(format!("{place} is empty")));
    }
    if text.contains(['\n', '\r']) {
        return failed("holds more than one line");
    }
    if text.contains('\0') {
        return failed("holds a NUL byte");
    }
    Ok(Token::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<String, Miss> {
        token(&Zeroizing::new(bytes.to_vec()), "it").map(|token| token.expose().to_owned())
    }

    #[test]
    fn p18_one_line_end_is_taken_off_and_an_inner_one_refused() {
        assert_eq!(read(b"secret\n").unwrap(), "secret");
        assert_eq!(read(b"secret\r\n").unwrap(), "secret");
        assert_eq!(read(b"secret").unwrap(), "secret");
        for inner in [&b"sec\nret"[..], b"secret\n\n", b"sec\rret\n", b"\nsecret"] {
            assert_eq!(read(inner).unwrap_err(), Miss::Failed("it holds more than one line".to_owned()));
        }
    }

    #[test]
    fn p19_blank_is_absent() {
        for blank in [&b""[..], b"\n", b"  \t \r\n", b" \n \n"] {
            assert!(matches!(read(blank), Err(Miss::Absent(_))), "{blank:?}");
        }
    }

    #[test]
    fn white_space_and_quotes_around_a_token_are_kept() {
        assert_eq!(read(b" \"secret\" \n").unwrap(), " \"secret\" ");
    }

    #[test]
    fn other_bytes_and_floods_are_refused() {
        assert!(matches!(read(b"\xFF\xFE"), Err(Miss::Failed(_))));
        assert!(matches!(read(b"a\0b"), Err(Miss::Failed(_))));
        assert!(matches!(read(&vec![b'a'; MAX_BYTES + 1]), Err(Miss::Failed(_))));
        assert_eq!(read(&vec![b'a'; 4096]).unwrap().len(), 4096);
    }
}
