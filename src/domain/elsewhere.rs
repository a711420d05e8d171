//! What is recognised without being known how to ask: tokens and hosts of other forges, told by their looks alone.

/// Forges that hallpass can name and not ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unserved {
    pub id: &'static str,
    pub title: &'static str,
    /// Its public instances.
    pub hosts: &'static [&'static str],
}

pub const UNSERVED: &[Unserved] = &[
    Unserved { id: "bitbucket", title: "Bitbucket", hosts: &["bitbucket.org", "api.bitbucket.org"] },
    Unserved { id: "gitea", title: "Gitea", hosts: &["gitea.com"] },
    Unserved { id: "forgejo", title: "Forgejo", hosts: &["codeberg.org"] },
];

/// The beginning of a text that gives a token away, the forge it is of, and what it is.
struct Look {
    prefix: &'static str,
    forge: &'static str,
    what: &'static str,
}

const fn look(prefix: &'static str, forge: &'static str, what: &'static str) -> Look {
    Look { prefix, forge, what }
}

const LOOKS: &[Look] = &[
    look("ATBB", "bitbucket", "this is an app password of Bitbucket; all of them stopped working on 2026-07-28"),
    look("ATATT", "bitbucket", "this looks like an API token of an Atlassian account, for Bitbucket Cloud"),
    look("ATCTT", "bitbucket", "this looks like an access token of a Bitbucket repository, project or workspace"),
    look("BBDC-", "bitbucket", "this looks like an HTTP access token of Bitbucket Data Center"),
    look("glpat-", "gitlab", "this looks like a token of GitLab"),
    look("glcbt-", "gitlab", "this looks like a job token of GitLab"),
    look("gldt-", "gitlab", "this looks like a deploy token of GitLab"),
    look("ghp_", "github", "this looks like a token of GitHub"),
    look("github_pat_", "github", "this looks like a token of GitHub"),
    look("gho_", "github", "this looks like a token of GitHub"),
    look("ghu_", "github", "this looks like a token of GitHub"),
    look("ghs_", "github", "this looks like a token of GitHub"),
    look("ghr_", "github", "this looks like a token of GitHub"),
];

/// The forge whose tokens look like this one, and what it is.
pub fn by_token(text: &str) -> Option<(&'static str, &'static str)> {
    if text.len() == 84 && text.get(76..80) == Some("AZDO") {
        return Some(("azure-devops", "this looks like a token of Azure DevOps"));
    }
    LOOKS.iter().find(|look| text.starts_with(look.prefix)).map(|look| (look.forge, look.what))
}

/// What this token is, where it is of another forge than the one it is meant for.
pub fn of_another_forge(text: &str, forge: &str) -> Option<String> {
    let (of, what) = by_token(text).filter(|(of, _)| *of != forge)?;
    Some(match unserved(of) {
        Some(forge) => format!("{what}, and hallpass has no engine for {}", forge.title),
        None => what.to_owned(),
    })
}

pub fn unserved(id: &str) -> Option<&'static Unserved> {
    UNSERVED.iter().find(|forge| forge.id == id)
}

pub fn unserved_at(host: &str) -> Option<&'static Unserved> {
    UNSERVED.iter().find(|forge| forge.hosts.iter().any(|held| held.eq_ignore_ascii_case(host)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_told_by_their_beginning() {
        for (text, forge) in [
            ("ATBBxyz", "bitbucket"),
            ("ATATTxyz", "bitbucket"),
            ("ATCTTxyz", "bitbucket"),
            ("BBDC-xyz", "bitbucket"),
            ("glpat-xyz", "gitlab"),
            ("ghs_xyz", "github"),
        ] {
            assert_eq!(by_token(text).map(|(forge, _)| forge), Some(forge), "{text}");
            assert_eq!(of_another_forge(text, forge), None);
        }
        assert_eq!(by_token("0123456789abcdef0123456789abcdef01234567"), None);
    }

    #[test]
    fn an_app_password_is_dead_whatever_it_says() {
        assert!(of_another_forge("ATBBxyz", "gitlab").unwrap().contains("2026-07-28"));
    }

    #[test]
    fn public_instances_are_known_by_their_host() {
        assert_eq!(unserved_at("Bitbucket.org").map(|forge| forge.id), Some("bitbucket"));
        assert_eq!(unserved_at("codeberg.org").map(|forge| forge.id), Some("forgejo"));
        assert_eq!(unserved_at("codeberg.org.evil.example"), None);
    }
}
