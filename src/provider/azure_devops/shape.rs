//! What the text of an Azure DevOps token tells without asking anybody.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;

use super::kinds;
use crate::domain::token::Kind;
use crate::domain::{azure_pat, elsewhere};
use crate::provider::pasting;

/// What was read off the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// It cannot be a token as it stands.
    Malformed(&'static str),
    /// It is a token, and of a sort that does not work here.
    Useless(String),
    /// A personal access token: the first day of the month it was made in, where its form tells.
    Pat { made: Option<Date>, well_formed: bool },
    /// A JWT. Nobody checked its signature, so its claims are hints.
    Jwt { kind: Option<Kind>, expires: Option<Timestamp>, scopes: Vec<String> },
    /// Nothing can be told.
    Unrecognised,
}

pub(super) fn read(text: &str) -> Shape {
    if let Some(fault) = pasting::fault(text) {
        return Shape::Malformed(fault);
    }
    if let Some(what) = elsewhere::of_another_forge(text, super::ID) {
        return Shape::Useless(format!("{what}; Azure DevOps does not know it"));
    }
    if azure_pat::is_long(text) {
        return Shape::Pat { made: month(text), well_formed: azure_pat::long_fits(text) };
    }
    if text.len() == 52 && text.bytes().all(|byte| matches!(byte.to_ascii_lowercase(), b'a'..=b'z' | b'2'..=b'7')) {
        return Shape::Pat { made: None, well_formed: azure_pat::short_fits(text) };
    }
    if text.starts_with("eyJ") {
        return jwt(text);
    }
    Shape::Unrecognised
}

/// `CK`: November 2026.
fn month(text: &str) -> Option<Date> {
    let (year, month) = (text.as_bytes().get(58)?, text.as_bytes().get(59)?);
    let year = year.is_ascii_uppercase().then(|| i16::from(year - b'A') + 2024)?;
    Date::new(year, i8::try_from(month.checked_sub(b'A')? + 1).ok()?, 1).ok()
}

fn jwt(text: &str) -> Shape {
    let parts: Vec<&str> = text.split('.').collect();
    let [_, claims, signature] = parts[..] else {
        return Shape::Malformed("it is cut short: a token of this form has two dots");
    };
    let claims = URL_SAFE_NO_PAD.decode(claims).ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    let Some(claims) = claims.filter(|_| !signature.is_empty()) else {
        return Shape::Malformed("its parts cannot be read; it was cut or changed");
    };
    let text = |key: &str| claims.get(key).and_then(Value::as_str).unwrap_or_default();
    let expires = claims.get("exp").and_then(Value::as_i64).and_then(|exp| Timestamp::from_second(exp).ok());
    let by_entra = ["https://sts.windows.net/", "https://login.microsoftonline.com/"]
        .iter()
        .any(|issuer| text("iss").starts_with(issuer));
    let scopes = if by_entra { text("scp") } else { "" };
    Shape::Jwt {
        kind: by_entra.then_some(kinds::ENTRA),
        expires,
        scopes: scopes.split_whitespace().take(100).map(str::to_owned).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn long(month: &str) -> String {
        ["hallpassFAKEtokenDoNotUse", &"0".repeat(27), "JQQJ99", month, "ACAAAAAAAAAAAAASAZDO", "zzzz"].concat()
    }

    fn claims(text: &str) -> String {
        format!("eyJ0.{}.c2ln", URL_SAFE_NO_PAD.encode(text))
    }

    #[test]
    fn a_token_of_84_characters_tells_its_month_and_is_never_refused_for_its_checksum() {
        let made = Some(Date::constant(2026, 11, 1));
        assert_eq!(read(&long("CK")), Shape::Pat { made, well_formed: false });
        let whole = long("CK").replace("zzzz", "1CdX");
        assert_eq!(read(&whole), Shape::Pat { made, well_formed: true });
    }

    #[test]
    fn other_lengths_and_marks_are_nothing_known() {
        for text in [long("CM"), long("CK").replace("AZDO", "AZDX"), long("CK").replace("JQQJ99", "JQQJ90")] {
            assert_eq!(read(&text), Shape::Unrecognised);
        }
        assert_eq!(read(&long("CK")[..83]), Shape::Unrecognised);
        assert_eq!(read(&"1".repeat(52)), Shape::Unrecognised);
    }

    #[test]
    fn a_token_of_52_characters_tells_no_month() {
        assert_eq!(read(&"a".repeat(52)), Shape::Pat { made: None, well_formed: false });
    }

    #[test]
    fn the_claims_of_an_entra_token_are_read() {
        let text = claims(r#"{"iss":"https://sts.windows.net/x/","exp":1800000000,"scp":"vso.code vso.work_write"}"#);
        let scopes = vec!["vso.code".to_owned(), "vso.work_write".to_owned()];
        let expires = Timestamp::from_second(1_800_000_000).ok();
        assert_eq!(read(&text), Shape::Jwt { kind: Some(kinds::ENTRA), expires, scopes });
    }

    #[test]
    fn another_issuer_says_neither_kind_nor_scopes() {
        let text = claims(r#"{"iss":"app.vstoken.visualstudio.com","exp":1800000000,"scp":"app_token"}"#);
        let expires = Timestamp::from_second(1_800_000_000).ok();
        assert_eq!(read(&text), Shape::Jwt { kind: None, expires, scopes: Vec::new() });
    }

    #[test]
    fn a_cut_jwt_and_an_unmapped_variable_are_malformed() {
        for text in ["eyJ0", "eyJ0.eyJ1", "eyJ0.???.c2ln", "eyJ0.e30.", "$(System.AccessToken)", "$(MY_PAT)"] {
            assert!(matches!(read(text), Shape::Malformed(_)), "{text}");
        }
    }

    #[test]
    fn tokens_of_other_forges_are_told_apart() {
        let text = ["glp", "at-0123456789abcdef0123"].concat();
        assert!(matches!(read(&text), Shape::Useless(why) if why.contains("GitLab")));
    }
}
