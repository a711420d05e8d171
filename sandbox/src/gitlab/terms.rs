//! GitLab's vocabulary, as scenarios spell it.

use serde::Deserialize;

use super::version::Version;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Edition {
    Community,
    #[default]
    Enterprise,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    Minimal = 5,
    Guest = 10,
    Planner = 15,
    Reporter = 20,
    SecurityManager = 25,
    Developer = 30,
    Maintainer = 40,
    Owner = 50,
}

impl Role {
    pub const ALL: [(Role, &'static str); 8] = [
        (Role::Minimal, "minimal_access"),
        (Role::Guest, "guest"),
        (Role::Planner, "planner"),
        (Role::Reporter, "reporter"),
        (Role::SecurityManager, "security_manager"),
        (Role::Developer, "developer"),
        (Role::Maintainer, "maintainer"),
        (Role::Owner, "owner"),
    ];

    pub fn level(self) -> u32 {
        self as u32
    }

    /// The version that brought the role.
    pub(super) fn since(self) -> Version {
        match self {
            Role::Planner => Version::new(17, 7),
            Role::SecurityManager => Version::new(18, 11),
            _ => Version::new(0, 0),
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UserState {
    #[default]
    Active,
    Blocked,
    Deactivated,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    MergeRequests,
    Issues,
    Repository,
    Builds,
    Environments,
    PackageRegistry,
    ContainerRegistry,
    Releases,
    Wiki,
    Snippets,
    Infrastructure,
    FeatureFlags,
    Pages,
}

impl Feature {
    pub const ALL: [(Feature, &'static str); 13] = [
        (Feature::MergeRequests, "merge_requests"),
        (Feature::Issues, "issues"),
        (Feature::Repository, "repository"),
        (Feature::Builds, "builds"),
        (Feature::Environments, "environments"),
        (Feature::PackageRegistry, "package_registry"),
        (Feature::ContainerRegistry, "container_registry"),
        (Feature::Releases, "releases"),
        (Feature::Wiki, "wiki"),
        (Feature::Snippets, "snippets"),
        (Feature::Infrastructure, "infrastructure"),
        (Feature::FeatureFlags, "feature_flags"),
        (Feature::Pages, "pages"),
    ];

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, other)| *other == name).map(|(feature, _)| feature)
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeatureAccess {
    #[default]
    Enabled,
    Private,
    Disabled,
}

impl FeatureAccess {
    pub fn name(self) -> &'static str {
        match self {
            FeatureAccess::Enabled => "enabled",
            FeatureAccess::Private => "private",
            FeatureAccess::Disabled => "disabled",
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JobTokenPush {
    #[default]
    Off,
    /// Jobs of this project may push to it.
    Own,
    /// Jobs of projects on the allowlist too (19.1).
    Allowlisted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenKind {
    Personal,
    Project,
    Group,
    Impersonation,
    ServiceAccount,
    FineGrained,
    Oauth,
    Deploy,
    Trigger,
    Job,
}
