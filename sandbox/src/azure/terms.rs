//! Azure DevOps' vocabulary, as scenarios spell it.

use serde::Deserialize;

/// A release of Azure DevOps Server: it decides which versions of the API there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub enum Release {
    #[serde(rename = "2019")]
    V2019,
    #[serde(rename = "2020")]
    V2020,
    #[serde(rename = "2022")]
    V2022,
    #[default]
    #[serde(rename = "2022.1")]
    V2022Update1,
}

impl Release {
    /// The newest version of the API, as (major, minor).
    pub(super) fn newest_api(self) -> (u32, u32) {
        match self {
            Release::V2019 => (5, 1),
            Release::V2020 => (6, 0),
            Release::V2022 => (7, 0),
            Release::V2022Update1 => (7, 1),
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Visibility {
    #[default]
    Private,
    Public,
}

impl Visibility {
    pub(super) fn name(self) -> &'static str {
        match self {
            Visibility::Private => "private",
            Visibility::Public => "public",
        }
    }
}

/// What an identity usually may do; `data/azure-permissions.csv` has the bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    Reader,
    Contributor,
    Administrator,
    /// What a build identity has as long as nobody grants it more.
    BuildService,
}

impl Role {
    pub(super) fn letter(self) -> char {
        match self {
            Role::Reader => 'r',
            Role::Contributor => 'c',
            Role::Administrator => 'a',
            Role::BuildService => 'b',
        }
    }

    pub(super) fn feed_role(self) -> &'static str {
        match self {
            Role::Reader => "reader",
            Role::Contributor => "contributor",
            Role::Administrator => "administrator",
            Role::BuildService => "collaborator",
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IdentityKind {
    #[default]
    User,
    ServicePrincipal,
    ManagedIdentity,
    BuildService,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IdentityState {
    #[default]
    Active,
    /// Has never signed in with a browser.
    NeverSignedIn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenKind {
    /// Personal access token.
    Pat,
    /// Access token of Microsoft Entra: of a user, a service principal or a managed identity.
    Entra,
    /// `System.AccessToken` of a pipeline job.
    System,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PatForm {
    /// 84 characters, since July 2024.
    #[default]
    Long,
    /// 52 characters.
    Short,
}

/// Whose identity a job runs as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JobScope {
    #[default]
    Project,
    Collection,
}
