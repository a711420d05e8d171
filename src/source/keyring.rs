//! Tokens that other programs put into the keyring of the operating system.

use super::{Sources, line};
use crate::app::ports::Miss;
use crate::domain::connection::SourceSpec;
use crate::domain::token::Token;

pub(super) fn find(sources: &Sources, spec: &SourceSpec) -> Result<Token, Miss> {
    let SourceSpec::Keyring { service, account } = spec else { return Err(Miss::NotMine) };
    let place = format!("the keyring's item `{service}`");
    match (sources.elsewhere.keyring)(service, account.as_deref())? {
        Some(bytes) => line::token(&bytes, &place),
        None => Err(Miss::Absent(format!("{place} does not exist"))),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use zeroize::Zeroizing;

    use super::*;
    use crate::app::ports::Source;
    use crate::source::Elsewhere;

    #[test]
    fn an_items_secret_is_the_token() {
        let elsewhere = Elsewhere {
            keyring: Box::new(|service, account| match (service, account) {
                ("hallpass", Some("me")) => Ok(Some(Zeroizing::new(b"secret\n".to_vec()))),
                ("hallpass", None) => Ok(None),
                _ => Err(Miss::Unavailable("no keyring answers".to_owned())),
            }),
            ..Elsewhere::default()
        };
        let sources = Sources::new(std::iter::empty().collect(), PathBuf::new(), Box::new(std::io::empty()));
        let sources = sources.with(elsewhere);
        let find = |service: &str, account: Option<&str>| {
            sources
                .find(&SourceSpec::Keyring { service: service.to_owned(), account: account.map(str::to_owned) })
                .map(|token| token.expose().to_owned())
        };
        assert_eq!(find("hallpass", Some("me")).unwrap(), "secret");
        let absent = Miss::Absent("the keyring's item `hallpass` does not exist".to_owned());
        assert_eq!(find("hallpass", None).unwrap_err(), absent);
        assert_eq!(find("other", None).unwrap_err(), Miss::Unavailable("no keyring answers".to_owned()));
    }
}
