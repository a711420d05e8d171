//! Where a connection points: which organization or collection, project and repository, and how Git spells them.
//!
//! On `dev.azure.com` the organization is the first part of the path, on `*.visualstudio.com` the first label of the host.
//! A server of one's own has collections, and the collection is part of the address.

use crate::app::ports::{GitAsk, GitSubject};
use crate::domain::connection::{Base, Connection};
use crate::domain::origin::{Origin, Scheme};
use crate::provider::path::encode;

pub(super) const PUBLIC_ORIGIN: &str = "https://dev.azure.com";
const OLD_HOSTS: &str = ".visualstudio.com";

/// Words of the catalogue for the sister hosts of the cloud, which have no twin on a server of one's own.
const DOORS: &[(&str, &str)] = &[
    ("advsec", "https://advsec.dev.azure.com"),
    ("artifacts", "https://artifacts.dev.azure.com"),
    ("audit", "https://auditservice.dev.azure.com"),
    ("entitlements", "https://vsaex.dev.azure.com"),
    ("extensions", "https://extmgmt.dev.azure.com"),
    ("feeds", "https://feeds.dev.azure.com"),
    ("identity", "https://vssps.dev.azure.com"),
    ("release", "https://vsrm.dev.azure.com"),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Host {
    /// `dev.azure.com`
    Shared,
    /// `acme.visualstudio.com`
    Old,
    Server,
}

/// The parts of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    host: Host,
    pub(super) organization: Option<String>,
    pub(super) project: Option<String>,
    pub(super) repository: Option<String>,
    /// In front of every path at the connection's own address: `/acme` where the address lacks it.
    prefix: String,
    /// Why nothing can be asked there.
    pub(super) fault: Option<&'static str>,
}

impl Place {
    pub(super) fn of(connection: &Connection) -> Self {
        let host = host(&connection.base.origin);
        let root: Vec<&str> = segments(&connection.base.root).collect();
        let target: Vec<&str> = segments(connection.target.as_deref().unwrap_or_default()).collect();
        let in_target = host == Host::Shared && root.is_empty();
        let organization = match host {
            Host::Shared => root.first().or(target.first()).map(|name| (*name).to_owned()),
            Host::Old => connection.base.origin.host().strip_suffix(OLD_HOSTS).map(str::to_owned),
            Host::Server => None,
        };
        let mut rest = target.iter().skip(usize::from(in_target)).map(|part| (*part).to_owned());
        let prefix = match &organization {
            Some(name) if in_target => format!("/{}", encode(name)),
            _ => String::new(),
        };
        let (project, repository) = (rest.next(), rest.next());
        let fault = match host {
            Host::Shared if organization.is_none() => Some(
                "no organization is named, and a token belongs to one: name it in the target (`organization/project`)",
            ),
            Host::Shared if root.len() > 1 => {
                Some("on dev.azure.com at most the organization belongs to the address; the rest is the target")
            }
            Host::Server if root.is_empty() => {
                Some("no collection is named: `url` ends with it (`https://server/DefaultCollection`)")
            }
            _ if rest.next().is_some() => Some("the target has too many parts (`organization/project/repository`)"),
            _ => None,
        };
        Self { host, organization, project, repository, prefix, fault }
    }

    pub(super) fn is_cloud(&self) -> bool {
        self.host != Host::Server
    }

    /// Where a word of the catalogue leads, and what stands in front of the path there.
    pub(super) fn door(&self, word: &str) -> Option<(Option<Base>, String)> {
        if word.is_empty() || !self.is_cloud() {
            return Some((None, self.prefix.clone()));
        }
        let (_, origin) = DOORS.iter().find(|(held, _)| *held == word)?;
        Some((Some(base(origin)?), format!("/{}", encode(self.organization.as_deref()?))))
    }

    /// The page of the organization or collection, and of the project in it, as people open them.
    pub(super) fn pages(&self, base: &Base) -> (String, Option<String>) {
        let organization = format!("{base}{}", self.prefix);
        let project = self.project.as_ref().map(|project| format!("{organization}/{}", encode(project)));
        (organization, project)
    }
}

pub(super) fn is_cloud(origin: &Origin) -> bool {
    host(origin) != Host::Server
}

/// The sister hosts that a token of this address may be sent to: those of the cloud, for the cloud alone.
pub(super) fn doors(base: &Base) -> Vec<Base> {
    match host(&base.origin) {
        Host::Shared | Host::Old => DOORS.iter().filter_map(|(_, origin)| self::base(origin)).collect(),
        Host::Server => Vec::new(),
    }
}

fn base(origin: &str) -> Option<Base> {
    Some(Base { origin: Origin::parse(origin).ok()?, root: String::new() })
}

fn host(origin: &Origin) -> Host {
    let old = |name: &str| !name.is_empty() && !name.contains('.');
    if origin.to_string() == PUBLIC_ORIGIN {
        Host::Shared
    } else if origin.scheme_of() == Scheme::Https && origin.host().strip_suffix(OLD_HOSTS).is_some_and(old) {
        Host::Old
    } else {
        Host::Server
    }
}

/// What Git asks about, in the words of this connection.
///
/// Tokens belong to an organization, and `dev.azure.com` serves many. So what does not tell the organization, by its path or
/// by the user name that Azure's own clone addresses carry, gets nothing; nor does a connection that names none.
pub(super) fn git_subject(connection: &Connection, ask: &GitAsk<'_>) -> GitSubject {
    let host = host(&connection.base.origin);
    let place = Place::of(connection);
    if host == Host::Shared && place.organization.is_none() {
        return GitSubject::Nothing;
    }
    match (ask.path, ask.user) {
        (Some(path), _) => target_of(&connection.base, path).map_or(GitSubject::Nothing, GitSubject::Path),
        (None, Some(user)) if host == Host::Shared => GitSubject::Below(user.to_vec()),
        (None, None) if host == Host::Shared => GitSubject::Nothing,
        (None, _) => GitSubject::Anything,
    }
}

/// `acme/app/_git/repo` as root and target of a connection: `acme/app/repo`. Where project and repository share their
/// name, Azure leaves the project out: `acme/_git/app`.
pub(super) fn target_of(base: &Base, path: &[u8]) -> Option<Vec<u8>> {
    let path = decoded(path)?;
    let parts: Vec<&[u8]> = path.split(|byte| *byte == b'/').collect();
    let at = parts.iter().position(|part| *part == b"_git")?;
    let (before, after) = (&parts[..at], &parts[at + 1..]);
    let [repository] = after else { return None };
    let mut words: Vec<&[u8]> = before.to_vec();
    let above = match host(&base.origin) {
        Host::Shared => 1,
        Host::Old | Host::Server => segments(&base.root).count(),
    };
    // On the old hosts the one collection may be named or not.
    if host(&base.origin) == Host::Old && above == 0 && words.first().is_some_and(|word| *word == b"DefaultCollection")
    {
        words.remove(0);
    }
    if words.len() == above {
        words.push(repository);
    }
    words.push(repository);
    Some(words.join(&b'/'))
}

/// What belongs to the instance in the path of a remote: on a server of one's own all up to the collection.
pub(super) fn root_of_remote(origin: &Origin, path: &str) -> Option<String> {
    if host(origin) != Host::Server {
        return Some(String::new());
    }
    let (before, _) = path.split_once("/_git/")?;
    // The project is left out where its one repository has its name; a collection never is.
    let collection = before.rsplit_once('/').map_or(before, |(collection, _)| collection);
    Some(format!("/{collection}"))
}

/// `ssh.dev.azure.com:v3/acme/app/repo`.
pub(super) fn web_of_ssh(host: &str, path: &str) -> Option<(&'static str, String)> {
    let shared = matches!(host, "ssh.dev.azure.com" | "vs-ssh.visualstudio.com");
    let mut parts = path.strip_prefix("v3/").filter(|_| shared)?.split('/');
    let (organization, project, repository) = (parts.next()?, parts.next()?, parts.next()?);
    parts.next().is_none().then(|| ("dev.azure.com", format!("{organization}/{project}/_git/{repository}")))
}

/// With `%20` and the like resolved, as targets are written. What hides a slash or anything but text names nothing.
fn decoded(path: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(path.len());
    let mut bytes = path.iter();
    while let Some(byte) = bytes.next() {
        if *byte != b'%' {
            plain.push(*byte);
            continue;
        }
        let mut digit = || char::from(*bytes.next()?).to_digit(16);
        let value = u8::try_from(digit()? * 16 + digit()?).ok()?;
        if value < b' ' || matches!(value, b'/' | b'%' | 0x7f) {
            return None;
        }
        plain.push(value);
    }
    Some(plain)
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty())
}

/// Takes off what people paste along: the path of an API call or of a repository.
pub(super) fn tidy_root(path: &str) -> (String, Option<String>) {
    let root = path.trim_end_matches('/');
    match ["/_apis", "/_git", "/_settings", "/_usersSettings"].iter().filter_map(|mark| root.find(mark)).min() {
        Some(end) => {
            let remark = "what follows the organization or collection was taken off the address".to_owned();
            (root[..end].to_owned(), Some(remark))
        }
        None => (root.to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(url: &str) -> Base {
        let (origin, root) = Origin::parse_with_path(url).unwrap();
        Base { origin, root: root.trim_end_matches('/').to_owned() }
    }

    fn target(url: &str, path: &str) -> Option<String> {
        target_of(&at(url), path.as_bytes()).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn git_paths_are_read_as_targets() {
        let cases = [
            (PUBLIC_ORIGIN, "acme/app/_git/repo", Some("acme/app/repo")),
            (PUBLIC_ORIGIN, "acme/_git/app", Some("acme/app/app")),
            (PUBLIC_ORIGIN, "acme/My%20App/_git/x%20y", Some("acme/My App/x y")),
            ("https://dev.azure.com/acme", "acme/_git/app", Some("acme/app/app")),
            ("https://acme.visualstudio.com", "app/_git/repo", Some("app/repo")),
            ("https://acme.visualstudio.com", "_git/app", Some("app/app")),
            ("https://acme.visualstudio.com", "DefaultCollection/app/_git/repo", Some("app/repo")),
            ("https://tfs.example.com/tfs/Main", "tfs/Main/app/_git/repo", Some("tfs/Main/app/repo")),
            ("https://tfs.example.com/tfs/Main", "tfs/Main/_git/app", Some("tfs/Main/app/app")),
            (PUBLIC_ORIGIN, "acme/app/repo", None),
            (PUBLIC_ORIGIN, "acme/app/_git", None),
            (PUBLIC_ORIGIN, "acme/app/_git/a/b", None),
            (PUBLIC_ORIGIN, "acme%2Fother/app/_git/repo", None),
            (PUBLIC_ORIGIN, "acme/app%/_git/repo", None),
        ];
        for (url, path, expected) in cases {
            assert_eq!(target(url, path).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn only_the_cloud_has_sister_hosts() {
        for url in [PUBLIC_ORIGIN, "https://dev.azure.com/acme", "https://acme.visualstudio.com"] {
            assert_eq!(doors(&at(url)).len(), DOORS.len(), "{url}");
        }
        for url in [
            "https://tfs.example.com/tfs/Main",
            "https://dev.azure.com:8443",
            "http://acme.visualstudio.com",
            "https://a.b.visualstudio.com",
            "https://visualstudio.com",
            "https://dev.azure.com.evil.example",
        ] {
            assert!(doors(&at(url)).is_empty(), "{url}");
        }
    }

    #[test]
    fn what_is_pasted_along_is_taken_off() {
        assert_eq!(tidy_root("/acme/_git/x").0, "/acme");
        assert_eq!(tidy_root("/tfs/Main/_apis/projects").0, "/tfs/Main");
        assert_eq!(tidy_root("/acme/"), ("/acme".to_owned(), None));
    }
}
