//! What the text of a GitHub token tells without asking anybody.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;

use super::kinds;
use crate::domain::token::Kind;
use crate::provider::pasting::fault;

/// What was read off the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// It cannot be a token as it stands.
    Malformed(&'static str),
    /// It is a secret, and of a sort that opens nothing here.
    Useless(String),
    /// Looks like this kind. `note`: what is odd about it without ruling it out.
    Hint { kind: Kind, note: Option<&'static str> },
    /// An installation token or `GITHUB_TOKEN`; which of the two its place tells. `expires` is only a hint.
    OfAnApp { expires: Option<Timestamp>, note: Option<&'static str> },
    /// Nothing can be told.
    Unrecognised,
}

/// Prefixes that other forges own.
const FOREIGN: &[(&str, &str)] = &[
    ("glpat-", "GitLab"),
    ("gldt-", "GitLab"),
    ("glcbt-", "GitLab"),
    ("glptt-", "GitLab"),
    ("ATBB", "Bitbucket"),
    ("ATATT", "Bitbucket"),
    ("ATCTT", "Bitbucket"),
];

/// Length of the forms with a prefix of four and a checksum at the end.
const USUAL: usize = 40;
const CHECKSUM: usize = 6;

pub(super) fn read(text: &str) -> Shape {
    if let Some(fault) = fault(text) {
        return Shape::Malformed(fault);
    }
    if let Some((_, forge)) = FOREIGN.iter().find(|(prefix, _)| text.starts_with(prefix)) {
        return Shape::Useless(format!("this looks like a token of {forge}; GitHub does not know it"));
    }
    if text.len() == 84 && text.get(76..80) == Some("AZDO") {
        return Shape::Useless("this looks like a token of Azure DevOps; GitHub does not know it".to_owned());
    }
    if let Some(rest) = text.strip_prefix("github_pat_") {
        return fine_grained(rest);
    }
    match text.get(..4) {
        Some("ghp_") => of_user(text, kinds::CLASSIC),
        Some("gho_") => of_user(text, kinds::OAUTH),
        Some("ghu_") => of_user(text, kinds::APP_USER),
        Some("ghr_") => Shape::Useless(
            "this is a refresh token: it is good for a new user token of its App, not for calls".to_owned(),
        ),
        Some("ghs_") => of_app(text),
        _ if is_web_token(text) => Shape::Useless(
            "this is a JSON web token: an App shows one to make installation tokens, and it opens no repository"
                .to_owned(),
        ),
        _ if text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            let note =
                Some("the form of before April 2021, which does not tell a personal token from one of an OAuth app");
            Shape::Hint { kind: kinds::CLASSIC, note }
        }
        _ => Shape::Unrecognised,
    }
}

fn fine_grained(rest: &str) -> Shape {
    let parts: Vec<&str> = rest.split('_').collect();
    let alphanumeric = |part: &&str| part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let fits = matches!(parts[..], [first, second] if first.len() == 22 && second.len() == 59);
    if fits && parts.iter().all(alphanumeric) {
        Shape::Hint { kind: kinds::FINE_GRAINED, note: None }
    } else if rest.len() < 82 && parts.iter().all(alphanumeric) {
        Shape::Malformed(
            "it is cut short: a fine-grained token has 22 characters, an underscore and 59 more after its prefix",
        )
    } else {
        let note = Some("its form is not the one that is known of fine-grained tokens");
        Shape::Hint { kind: kinds::FINE_GRAINED, note }
    }
}

/// Forms with a checksum: what does not fit was mistyped or cut. A longer text may be a form of later.
fn of_user(text: &str, kind: Kind) -> Shape {
    let plain = text[4..].bytes().all(|byte| byte.is_ascii_alphanumeric());
    match text.len() {
        ..USUAL if plain => Shape::Malformed("it is cut short; copy the whole token"),
        USUAL if plain && !checksum_fits(text) => {
            Shape::Malformed("its checksum does not match; a character was lost or changed")
        }
        USUAL if plain => Shape::Hint { kind, note: None },
        _ => Shape::Hint { kind, note: Some("its form is not the one that is known of its prefix") },
    }
}

/// The short form carries a checksum that published examples do not keep, so a mismatch is no more than odd. The long one
/// is of any length.
fn of_app(text: &str) -> Shape {
    let rest = &text[4..];
    let known = rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
    let stateless = rest.split_once('_').and_then(|(_, token)| {
        let parts: Vec<&str> = token.split('.').collect();
        matches!(parts[..], [_, _, _]).then(|| claims(parts[1]))
    });
    match stateless {
        Some(claims) => {
            let expires = claims.and_then(|claims| claims.get("exp")?.as_i64());
            Shape::OfAnApp { expires: expires.and_then(|second| Timestamp::from_second(second).ok()), note: None }
        }
        None if text.len() < USUAL => Shape::Malformed("it is cut short; copy the whole token"),
        None if text.len() == USUAL && known && !checksum_fits(text) => Shape::OfAnApp {
            expires: None,
            note: Some("its checksum does not match; a character may have been changed"),
        },
        None if rest.matches('.').count() == 1 => {
            Shape::Malformed("it is cut short: a token of this form has two dots")
        }
        None => Shape::OfAnApp { expires: None, note: None },
    }
}

fn claims(part: &str) -> Option<serde_json::Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

fn is_web_token(text: &str) -> bool {
    text.starts_with("eyJ") && text.split('.').count() == 3
}

/// The last six characters are the CRC-32 of those between prefix and checksum, in base 62.
fn checksum_fits(text: &str) -> bool {
    let Some((_, rest)) = text.split_once('_') else { return false };
    let Some(at) = rest.len().checked_sub(CHECKSUM) else { return false };
    let (body, stated) = rest.split_at(at);
    base62(crc32fast::hash(body.as_bytes())) == stated
}

fn base62(mut number: u32) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut digits = [b'0'; CHECKSUM];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(number % 62) as usize];
        number /= 62;
    }
    digits.iter().map(|digit| char::from(*digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_crc_32_in_base_62() {
        assert_eq!(base62(crc32fast::hash(b"hello")), "0zNvy2");
        let good = [
            "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",
            "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",
            "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",
        ];
        for text in good {
            assert_eq!(read(text), Shape::Hint { kind: kinds::CLASSIC, note: None }, "{text}");
        }
        let padded = "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";
        assert_eq!(read(padded), Shape::Hint { kind: kinds::OAUTH, note: None });
    }

    #[test]
    fn a_typing_mistake_is_told_without_asking_anybody() {
        let changed = read("ghp_HallpassFakeTokenDoNotUse000002Tv2R1");
        assert_eq!(changed, Shape::Malformed("its checksum does not match; a character was lost or changed"));
        assert!(matches!(read("ghp_HallpassFakeTokenDoNotUse000002Tv2"), Shape::Malformed(_)));
        assert!(matches!(read("ghu_HallpassFakeTokenDoNotUse000002Tv2R1"), Shape::Malformed(_)));
    }

    #[test]
    fn of_an_installation_token_a_wrong_checksum_is_only_odd() {
        let Shape::OfAnApp { expires: None, note } = read("ghs_HallpassFakeTokenDoNotUse000002Tv2R1") else {
            panic!("not taken for an App's token")
        };
        assert!(note.unwrap().contains("checksum"));
        let good = read("ghs_HallpassFakeTokenDoNotUse000002Tv2R0");
        assert_eq!(good, Shape::OfAnApp { expires: None, note: None });
    }

    #[test]
    fn p_25_the_long_form_is_taken_at_any_length() {
        let claims = URL_SAFE_NO_PAD.encode(r#"{"exp":1795262400}"#);
        for filler in [10, 400, 4000] {
            let text = format!("ghs_15368_eyJhbGciOiJSUzI1NiJ9.{claims}.{}-_", "a".repeat(filler));
            let Shape::OfAnApp { expires, note: None } = read(&text) else { panic!("{filler}") };
            assert_eq!(expires.unwrap().as_second(), 1_795_262_400);
        }
        // What the middle holds is no promise.
        assert_eq!(read("ghs_1_a.b.c"), Shape::OfAnApp { expires: None, note: None });
        assert!(matches!(read(&format!("ghs_1_{}.{}", "a".repeat(30), "b".repeat(30))), Shape::Malformed(_)));
    }

    #[test]
    fn fine_grained_tokens_have_their_form_and_no_checksum_that_is_known() {
        let whole = format!("github_pat_{}_{}", "1".repeat(22), "a".repeat(59));
        assert_eq!(read(&whole), Shape::Hint { kind: kinds::FINE_GRAINED, note: None });
        assert!(matches!(read(&whole[..80]), Shape::Malformed(_)));
        assert!(matches!(read(&format!("{whole}0")), Shape::Hint { note: Some(_), .. }));
    }

    #[test]
    fn secrets_that_open_nothing_are_named() {
        let refresh = format!("ghr_{}", "a".repeat(76));
        for (text, word) in [
            (refresh.as_str(), "refresh token"),
            ("eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxIn0.c2ln", "JSON web token"),
            ("glpat-00000000000000000000", "GitLab"),
        ] {
            assert!(matches!(read(text), Shape::Useless(why) if why.contains(word)), "{word}");
        }
    }

    #[test]
    fn old_forms_and_unknown_ones() {
        assert!(matches!(read(&"0a".repeat(20)), Shape::Hint { note: Some(_), .. }));
        assert_eq!(read("something-else-entirely"), Shape::Unrecognised);
    }
}
