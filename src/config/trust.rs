//! May a token of this machine go where a file says? (R2, R4)
//!
//! Whoever may push to a repository may write its configuration, so such a file chooses what to check and nothing more:
//!
//! - The origin must be trusted: the platform's own, the public instance of that forge, or one that was agreed to
//!   outside the repository (`--allow-origin`, the `origins` input, the user's or system's file).
//! - Commands are never started, and keyring entries never opened: both could be anything.
//! - A file holding a token must stand in the work tree, behind all links, where the repository could read it anyway;
//!   or in a folder made for handing secrets to processes: `/run/secrets`, `/var/run/secrets`, `$CREDENTIALS_DIRECTORY`.
//!   Anything else on the disk (`~/.netrc`, another project's key) is not the repository's to send anywhere.
//! - Plain http and certificate authorities of its own need an origin that was agreed to by name.
//!
//! Whoever wrote the file, the platform's own token goes to the platform's own origin only.

use std::path::{Path, PathBuf};

use super::find::{Trust, plain};
use crate::domain::connection::{Connection, SourceSpec};
use crate::domain::origin::{Origin, Scheme};

/// Folders made for handing secrets to a process.
const SECRET_FOLDERS: [&str; 2] = ["/run/secrets", "/var/run/secrets"];

/// What was agreed to outside the repository.
#[derive(Clone, Copy)]
pub struct Agreed<'a> {
    /// The platform this job runs on, and the variable with its own token.
    pub platform: Option<(&'a Origin, &'a str)>,
    /// How the target begins that the platform's own token may be used for; `None`: any at its origin.
    pub home: Option<&'a str>,
    /// The public instance of the connection's forge.
    pub public: &'a Origin,
    /// `--allow-origin`, and the origins of the user's and system's files.
    pub named: &'a [Origin],
    /// `--allow-http`.
    pub plain_http: &'a [Origin],
    pub work_tree: Option<&'a Path>,
    /// `$CREDENTIALS_DIRECTORY`.
    pub credentials: Option<&'a Path>,
    /// The place of a file behind all links; `None` where there is none.
    pub resolve: &'a dyn Fn(&Path) -> Option<PathBuf>,
}

/// Why a connection is left alone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Untrusted {
    #[error("a file of the repository sends a token to `{0}`, which nobody outside the repository agreed to")]
    Origin(Origin),
    #[error("a file of the repository names a command to run")]
    Command,
    #[error("a file of the repository names an entry of the keyring")]
    Keyring,
    #[error("a file of the repository names a token file outside the work tree")]
    File,
    #[error("a file of the repository allows plain http to `{0}`, which nobody outside the repository agreed to")]
    Http(Origin),
    #[error("a file of the repository chooses the certificate authorities for `{0}`")]
    CaFile(Origin),
    #[error("the job's own token is meant for the platform the job runs on, not for `{0}`")]
    JobToken(Origin),
    #[error("the job's own token is meant for `{0}`, where the job runs, and the target is elsewhere")]
    JobTokenAway(String),
}

impl Untrusted {
    /// What to do about it.
    pub fn fix(&self) -> String {
        match self {
            Self::Origin(origin) | Self::CaFile(origin) => {
                format!("if this is right, add `--allow-origin {origin}`, or name the origin in your own configuration")
            }
            Self::Http(origin) => format!("use https, or add `--allow-http {origin}`"),
            Self::Command | Self::Keyring => {
                "move the connection to your own configuration, or hand the token over in a variable".to_owned()
            }
            Self::File => {
                "hand the token over in a variable, mount it under `/run/secrets`, or move the connection to your own \
                 configuration"
                    .to_owned()
            }
            Self::JobToken(_) | Self::JobTokenAway(_) => {
                "name the source of a token that was made for this address".to_owned()
            }
        }
    }

    /// The clause of the connection that it is about, for its place.
    pub fn clause(&self) -> &'static str {
        match self {
            Self::Origin(_) => "url",
            Self::Command | Self::Keyring | Self::File | Self::JobToken(_) | Self::JobTokenAway(_) => "token",
            Self::Http(_) => "insecure",
            Self::CaFile(_) => "ca_file",
        }
    }
}

/// May this connection's token be used as its file says?
pub fn agree(connection: &Connection, trust: Trust, agreed: &Agreed<'_>) -> Result<(), Untrusted> {
    let origin = &connection.base.origin;
    let platform = agreed.platform.map(|(platform, _)| platform);
    let own = match &connection.source {
        SourceSpec::Job(_) => true,
        SourceSpec::Env(name) => agreed.platform.is_some_and(|(_, own)| name == own),
        _ => false,
    };
    if own && platform != Some(origin) {
        return Err(Untrusted::JobToken(origin.clone()));
    }
    if let Some(home) = agreed.home.filter(|home| own && !connection.may_be_below(home)) {
        return Err(Untrusted::JobTokenAway(home.to_owned()));
    }
    if trust == Trust::User {
        return Ok(());
    }
    let by_name = agreed.named.contains(origin) || agreed.plain_http.contains(origin);
    if !by_name && platform != Some(origin) && agreed.public != origin {
        return Err(Untrusted::Origin(origin.clone()));
    }
    if origin.scheme_of() == Scheme::Http && !by_name {
        return Err(Untrusted::Http(origin.clone()));
    }
    if connection.ca_file.is_some() && !by_name {
        return Err(Untrusted::CaFile(origin.clone()));
    }
    match &connection.source {
        SourceSpec::Command(_) => Err(Untrusted::Command),
        SourceSpec::Keyring { .. } => Err(Untrusted::Keyring),
        SourceSpec::File(path) if !may_be_read(path, agreed) => Err(Untrusted::File),
        SourceSpec::File(_)
        | SourceSpec::Env(_)
        | SourceSpec::Store { .. }
        | SourceSpec::Stdin
        | SourceSpec::Found(_)
        | SourceSpec::Job(_) => Ok(()),
    }
}

fn may_be_read(path: &Path, agreed: &Agreed<'_>) -> bool {
    let path = plain(path);
    let mounts = SECRET_FOLDERS.iter().map(Path::new).chain(agreed.credentials);
    if mounts.into_iter().any(|folder| path.starts_with(folder)) {
        return true;
    }
    // What does not exist cannot be read; its absence is told later.
    match ((agreed.resolve)(&path), agreed.work_tree.and_then(agreed.resolve)) {
        (Some(file), Some(root)) => file.starts_with(root),
        (None, Some(_)) => agreed.work_tree.is_some_and(|root| path.starts_with(root)),
        (_, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::connection::Base;

    fn origin(text: &str) -> Origin {
        Origin::parse(text).unwrap()
    }

    fn connection(url: &str, source: SourceSpec) -> Connection {
        Connection::bare(
            "bot".to_owned(),
            "gitlab".to_owned(),
            Base { origin: origin(url), root: String::new() },
            source,
        )
    }

    fn variable() -> SourceSpec {
        SourceSpec::Env("TOKEN".to_owned())
    }

    fn judge(connection: &Connection, trust: Trust, named: &[&str]) -> Result<(), Untrusted> {
        let (platform, public) = (origin("https://ci.example.com"), origin("https://gitlab.com"));
        let named: Vec<Origin> = named.iter().map(|text| origin(text)).collect();
        let resolve = |path: &Path| {
            let link = path == Path::new("/repo/tree/link");
            Some(if link { PathBuf::from("/home/me/.netrc") } else { path.to_owned() })
        };
        let agreed = Agreed {
            platform: Some((&platform, "CI_JOB_TOKEN")),
            home: Some("acme"),
            public: &public,
            named: &named,
            plain_http: &[],
            work_tree: Some(Path::new("/repo/tree")),
            credentials: Some(Path::new("/run/credentials/job")),
            resolve: &resolve,
        };
        agree(connection, trust, &agreed)
    }

    #[test]
    fn e10_a_repository_file_cannot_add_an_origin() {
        let evil = connection("https://evil.example.org", variable());
        let refused = judge(&evil, Trust::Repository, &[]).unwrap_err();
        assert_eq!(refused, Untrusted::Origin(origin("https://evil.example.org")));
        assert!(refused.fix().contains("`--allow-origin https://evil.example.org`"));
        assert_eq!(judge(&evil, Trust::Repository, &["https://evil.example.org:443"]), Ok(()));
        assert!(judge(&evil, Trust::Repository, &["https://evil.example.org:8443"]).is_err());
        assert_eq!(judge(&evil, Trust::User, &[]), Ok(()));
    }

    #[test]
    fn the_platform_and_the_public_instance_need_no_agreement() {
        for url in ["https://ci.example.com", "https://gitlab.com"] {
            assert_eq!(judge(&connection(url, variable()), Trust::Repository, &[]), Ok(()));
        }
    }

    #[test]
    fn e10_a_repository_file_cannot_name_a_command_or_a_keyring_entry() {
        let command = connection("https://gitlab.com", SourceSpec::Command(vec!["pass".to_owned()]));
        assert_eq!(judge(&command, Trust::Repository, &["https://gitlab.com"]), Err(Untrusted::Command));
        assert_eq!(judge(&command, Trust::User, &[]), Ok(()));
        let keyring = SourceSpec::Keyring { service: "any".to_owned(), account: None };
        assert_eq!(judge(&connection("https://gitlab.com", keyring), Trust::Repository, &[]), Err(Untrusted::Keyring));
    }

    #[test]
    fn a_repository_file_reads_token_files_of_its_tree_and_of_secret_mounts_only() {
        let verdict = |path: &str| {
            let file = connection("https://gitlab.com", SourceSpec::File(PathBuf::from(path)));
            judge(&file, Trust::Repository, &[]).is_ok()
        };
        assert!(verdict("/repo/tree/token"));
        assert!(verdict("/run/secrets/bot"));
        assert!(verdict("/run/credentials/job/bot"));
        assert!(!verdict("/home/me/.netrc"));
        assert!(!verdict("/repo/tree/link"));
        assert!(!verdict("/run/secrets/../../home/me/.netrc"));
        assert!(!verdict("/repo/tree-of-another/token"));
    }

    #[test]
    fn plain_http_and_own_authorities_need_an_origin_agreed_to_by_name() {
        let plain = Connection { insecure: true, ..connection("http://ci.example.com", variable()) };
        assert!(judge(&plain, Trust::Repository, &[]).is_err());
        assert_eq!(judge(&plain, Trust::Repository, &["http://ci.example.com"]), Ok(()));
        let pinned = Connection { ca_file: Some("/x".into()), ..connection("https://gitlab.com", variable()) };
        assert!(matches!(judge(&pinned, Trust::Repository, &[]), Err(Untrusted::CaFile(_))));
        assert_eq!(judge(&pinned, Trust::Repository, &["https://gitlab.com"]), Ok(()));
    }

    #[test]
    fn the_jobs_own_token_goes_to_its_own_organization_only() {
        let job = |target: Option<&str>| {
            let connection = connection("https://ci.example.com", SourceSpec::Job("CI_JOB_TOKEN".to_owned()));
            judge(&Connection { target: target.map(str::to_owned), ..connection }, Trust::User, &[])
        };
        for fine in [None, Some("acme"), Some("acme/app"), Some("Acme/app/web")] {
            assert_eq!(job(fine), Ok(()), "{fine:?}");
        }
        for away in ["other/app", "acme-evil/app", "app/acme"] {
            assert_eq!(job(Some(away)), Err(Untrusted::JobTokenAway("acme".to_owned())), "{away}");
        }
    }

    #[test]
    fn the_jobs_own_token_goes_to_its_platform_only_whoever_wrote_the_file() {
        let job = |url| connection(url, SourceSpec::Job("CI_JOB_TOKEN".to_owned()));
        assert_eq!(judge(&job("https://ci.example.com"), Trust::Repository, &[]), Ok(()));
        let by_variable = connection("https://gitlab.com", SourceSpec::Env("CI_JOB_TOKEN".to_owned()));
        for connection in [job("https://gitlab.com"), by_variable] {
            assert!(matches!(judge(&connection, Trust::User, &[]), Err(Untrusted::JobToken(_))));
        }
    }
}
