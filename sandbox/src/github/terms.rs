//! GitHub's vocabulary, as scenarios spell it.

use serde::Deserialize;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum Product {
    /// API at `api.github.com`, Git at `github.com`.
    #[default]
    #[serde(rename = "github.com")]
    Com,
    /// Data residency: API at `api.SUB.ghe.com`, Git at `SUB.ghe.com`.
    #[serde(rename = "ghe.com")]
    Residency,
    /// A server of one's own: API at `/api/v3` of the host.
    #[serde(rename = "ghes")]
    Server,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Visibility {
    #[default]
    Private,
    Internal,
    Public,
}

impl Visibility {
    pub fn name(self) -> &'static str {
        match self {
            Visibility::Private => "private",
            Visibility::Internal => "internal",
            Visibility::Public => "public",
        }
    }
}

/// A user's role in a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    Read,
    Triage,
    Write,
    Maintain,
    Admin,
}

impl Role {
    /// From low to high, with the names that the `permissions` block of a repository uses.
    pub const ALL: [(Role, &'static str); 5] = [
        (Role::Read, "pull"),
        (Role::Triage, "triage"),
        (Role::Write, "push"),
        (Role::Maintain, "maintain"),
        (Role::Admin, "admin"),
    ];

    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "read" => Role::Read,
            "triage" => Role::Triage,
            "write" => Role::Write,
            "maintain" => Role::Maintain,
            "admin" => Role::Admin,
            _ => return None,
        })
    }
}

/// A user's standing in an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    Member,
    Owner,
}

/// How much of a permission a token holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    #[default]
    None,
    Read,
    Write,
    Admin,
}

impl Level {
    pub fn name(self) -> &'static str {
        match self {
            Level::None => "none",
            Level::Read => "read",
            Level::Write => "write",
            Level::Admin => "admin",
        }
    }
}

/// What a repository can have switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Feature {
    Issues,
    Pages,
    CodeScanning,
    SecretScanning,
    DependabotAlerts,
    Discussions,
}

impl Feature {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "issues" => Feature::Issues,
            "pages" => Feature::Pages,
            "code-scanning" => Feature::CodeScanning,
            "secret-scanning" => Feature::SecretScanning,
            "dependabot-alerts" => Feature::DependabotAlerts,
            "discussions" => Feature::Discussions,
            _ => return None,
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenKind {
    Classic,
    FineGrained,
    Oauth,
    /// Of a user through an App, `ghu_`.
    AppUser,
    Installation,
    /// `GITHUB_TOKEN` of a job.
    Actions,
    /// The App itself, as a JSON web token.
    App,
    /// Good for refreshing an App user token and nothing else.
    Refresh,
}

impl TokenKind {
    /// Whether scopes say what it may do; permissions do for the others.
    pub(super) fn has_scopes(self) -> bool {
        matches!(self, TokenKind::Classic | TokenKind::Oauth)
    }

    /// An App acting as itself in an installation; Actions is such an App.
    pub(super) fn is_installation(self) -> bool {
        matches!(self, TokenKind::Installation | TokenKind::Actions)
    }
}

/// How the expiry header writes a date: both ways have been seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExpiryLayout {
    /// `2027-01-31 00:00:00 UTC`
    Utc,
    /// `2027-01-31 02:00:00 +0200`
    Offset,
}

/// What a job's token may do where no workflow says it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WorkflowDefault {
    #[default]
    Restricted,
    Permissive,
}
