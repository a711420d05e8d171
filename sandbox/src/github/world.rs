//! The content of a GitHub: what a scenario's `github:` section says. Plain data; `github::state` gives it meaning.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use super::terms::{ExpiryLayout, Feature, Level, Product, Role, Standing, TokenKind, Visibility, WorkflowDefault};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct World {
    pub product: Product,
    /// Of a `ghe.com` tenant.
    pub subdomain: String,
    /// Of a server of one's own.
    pub version: String,
    pub organizations: Vec<Organization>,
    pub users: Vec<User>,
    pub repositories: Vec<Repository>,
    pub apps: Vec<App>,
    pub tokens: Vec<Token>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            product: Product::default(),
            subdomain: "octo".to_owned(),
            version: "3.19.0".to_owned(),
            organizations: Vec::new(),
            users: Vec::new(),
            repositories: Vec::new(),
            apps: Vec::new(),
            tokens: Vec::new(),
        }
    }
}

impl World {
    /// The repository at `path`, for changing it in a test. Panics when there is none.
    pub fn repository_mut(&mut self, path: &str) -> &mut Repository {
        let found = self.repositories.iter_mut().find(|repository| repository.path == path);
        found.unwrap_or_else(|| panic!("the scenario has no repository `{path}`"))
    }

    /// The organization called `login`, for changing it in a test. Panics when there is none.
    pub fn organization_mut(&mut self, login: &str) -> &mut Organization {
        let found = self.organizations.iter_mut().find(|organization| organization.login == login);
        found.unwrap_or_else(|| panic!("the scenario has no organization `{login}`"))
    }

    /// The token called `name`, for changing it in a test. Panics when there is none.
    pub fn token_mut(&mut self, name: &str) -> &mut Token {
        let found = self.tokens.iter_mut().find(|token| token.name == name);
        found.unwrap_or_else(|| panic!("the scenario has no token `{name}`"))
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Organization {
    pub id: u64,
    pub login: String,
    pub members: BTreeMap<String, Standing>,
    /// Members whose membership everyone may see.
    pub public_members: Vec<String>,
    /// Role of every member in every repository.
    pub base_role: Option<Role>,
    /// SAML single sign-on is enforced: user tokens must be authorised for the organization.
    pub sso: bool,
    /// The caller's address is not on the organization's list.
    pub ip_restricted: bool,
    /// Kinds of personal tokens that may not be used.
    pub forbids: Vec<TokenKind>,
    /// Longest life of a personal token, in days, by kind.
    pub max_lifetime_days: BTreeMap<TokenKind, i64>,
    pub teams: Vec<String>,
    pub secrets: Vec<String>,
    pub variables: Vec<String>,
    pub hooks: Vec<String>,
    /// Container packages.
    pub packages: Vec<String>,
    /// Titles of projects.
    pub projects: Vec<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    pub id: u64,
    pub login: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Repository {
    pub id: u64,
    /// `owner/name`.
    pub path: String,
    pub visibility: Visibility,
    pub archived: bool,
    pub default_branch: String,
    /// Of users, beside what their organization gives them. The owner is an admin.
    pub roles: BTreeMap<String, Role>,
    /// What is not listed is on.
    pub features: BTreeMap<Feature, bool>,
    pub workflow_default: WorkflowDefault,
    pub content: Content,
}

impl Default for Repository {
    fn default() -> Self {
        Self {
            id: 0,
            path: String::new(),
            visibility: Visibility::default(),
            archived: false,
            default_branch: "main".to_owned(),
            roles: BTreeMap::new(),
            features: BTreeMap::new(),
            workflow_default: WorkflowDefault::default(),
            content: Content::default(),
        }
    }
}

/// What a repository holds. Names give items with ids 1, 2, 3 ... in their order. The default branch is always there.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Content {
    pub branches: Vec<String>,
    pub protected_branches: Vec<String>,
    pub tags: Vec<String>,
    /// Tag names.
    pub releases: Vec<String>,
    pub files: Vec<String>,
    pub pulls: Vec<Pull>,
    /// Titles. Numbers are shared with pull requests, so they start at 101 here.
    pub issues: Vec<String>,
    pub labels: Vec<String>,
    /// File names below `.github/workflows`.
    pub workflows: Vec<String>,
    pub runs: Vec<u64>,
    pub artifacts: Vec<String>,
    pub secrets: Vec<String>,
    pub variables: Vec<String>,
    pub environments: Vec<String>,
    /// Names of the environments deployed to.
    pub deployments: Vec<String>,
    pub hooks: Vec<String>,
    pub keys: Vec<String>,
    /// Names of check runs of every commit.
    pub checks: Vec<String>,
    /// Contexts of statuses of every commit.
    pub statuses: Vec<String>,
    /// Rule ids of code-scanning alerts.
    pub code_scanning_alerts: Vec<String>,
    /// Package names of Dependabot alerts.
    pub dependabot_alerts: Vec<String>,
    /// Kinds of secrets found.
    pub secret_scanning_alerts: Vec<String>,
    pub rulesets: Vec<String>,
    pub runners: Vec<String>,
    /// Titles of discussions.
    pub discussions: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pull {
    pub number: u64,
    #[serde(default)]
    pub title: String,
    pub head: String,
    pub base: String,
    #[serde(default)]
    pub author: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct App {
    pub id: u64,
    pub slug: String,
    #[serde(default)]
    pub installations: Vec<Installation>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Installation {
    pub id: u64,
    /// Organization or user.
    pub account: String,
    pub permissions: BTreeMap<String, Level>,
    /// Paths of the repositories chosen; absent: all of the account.
    #[serde(default)]
    pub repositories: Option<Vec<String>>,
}

/// A map of permissions, or `read-all`, `write-all`.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Permissions {
    Each(BTreeMap<String, Level>),
    All(AllPermissions),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AllPermissions {
    ReadAll,
    WriteAll,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    pub name: String,
    pub kind: TokenKind,
    /// Absent: a text of the kind's form is made, with a right checksum where the kind has one.
    #[serde(default)]
    pub text: Option<String>,
    /// Of installation and job tokens: the long form of 2026. Absent: as the product does it.
    #[serde(default)]
    pub stateless: Option<bool>,
    #[serde(default)]
    pub user: Option<String>,
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Of a fine-grained token; of an installation token when it was narrowed; of a job token what the workflow declares,
    /// absent meaning the repository's default.
    #[serde(default)]
    pub permissions: Option<Permissions>,
    /// Whom a fine-grained token is bound to; its user when absent.
    #[serde(default)]
    pub owner: Option<String>,
    /// Repositories chosen for a fine-grained token, or to narrow an installation token; absent: all, empty: public
    /// ones only.
    #[serde(default)]
    pub repositories: Option<Vec<String>>,
    /// Of an App user token and an App's own.
    #[serde(default)]
    pub app: Option<u64>,
    #[serde(default)]
    pub installation: Option<u64>,
    /// Where a job runs.
    #[serde(default)]
    pub repository: Option<String>,
    /// The job belongs to a pull request from a fork, or to one of Dependabot: every write becomes a read.
    #[serde(default)]
    pub lowered: bool,
    #[serde(default)]
    pub created_at: Option<Timestamp>,
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    #[serde(default)]
    pub expiry_layout: Option<ExpiryLayout>,
    #[serde(default)]
    pub revoked: bool,
    /// Organizations with single sign-on that the token is authorised for. Absent: none for a classic token, all for the
    /// others, which are authorised as they are made.
    #[serde(default)]
    pub sso_authorized: Option<Vec<String>>,
    /// An organization has not approved the fine-grained token yet.
    #[serde(default)]
    pub pending_approval: bool,
}

impl Token {
    /// A token with nothing but a name, a kind and a user, for building scenarios in code.
    pub fn new(name: &str, kind: TokenKind, user: Option<&str>) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            text: None,
            stateless: None,
            user: user.map(str::to_owned),
            scopes: Vec::new(),
            permissions: None,
            owner: None,
            repositories: None,
            app: None,
            installation: None,
            repository: None,
            lowered: false,
            created_at: None,
            expires_at: None,
            expiry_layout: None,
            revoked: false,
            sso_authorized: None,
            pending_approval: false,
        }
    }
}
