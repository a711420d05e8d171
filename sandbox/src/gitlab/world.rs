//! The content of a GitLab: what a scenario's `gitlab:` section says. Plain data; `gitlab::state` gives it meaning.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;

use super::terms::{Edition, Feature, FeatureAccess, JobTokenPush, Role, TokenKind, UserState, Visibility};
use super::version::Version;
use crate::token_text::TokenText;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct World {
    pub version: Version,
    pub edition: Edition,
    pub groups: Vec<Group>,
    pub users: Vec<User>,
    pub projects: Vec<Project>,
    pub memberships: Vec<Membership>,
    pub tokens: Vec<Token>,
    /// Some classes may check the role before the parameters, nobody has measured which: true makes all candidates do.
    pub role_before_validation: bool,
    /// Impersonation tokens exist and are refused.
    pub impersonation_disabled: bool,
    /// Names of feature flags switched on, for instance `allow_push_repository_for_job_token` before 18.4.
    pub feature_flags: Vec<String>,
}

impl World {
    /// The project at `path`, for changing it in a test. Panics when there is none.
    pub fn project_mut(&mut self, path: &str) -> &mut Project {
        let found = self.projects.iter_mut().find(|project| project.path == path);
        found.unwrap_or_else(|| panic!("the scenario has no project `{path}`"))
    }

    /// The token called `name`, for changing it in a test. Panics when there is none.
    pub fn token_mut(&mut self, name: &str) -> &mut Token {
        let found = self.tokens.iter_mut().find(|token| token.name == name);
        found.unwrap_or_else(|| panic!("the scenario has no token `{name}`"))
    }
}

impl Default for World {
    fn default() -> Self {
        Self {
            version: Version::new(19, 3),
            edition: Edition::default(),
            groups: Vec::new(),
            users: Vec::new(),
            projects: Vec::new(),
            memberships: Vec::new(),
            tokens: Vec::new(),
            role_before_validation: false,
            impersonation_disabled: false,
            feature_flags: Vec::new(),
        }
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    pub id: u64,
    pub path: String,
    #[serde(default)]
    pub visibility: Visibility,
    /// Classic personal tokens are refused on what belongs to the group.
    #[serde(default)]
    pub enforce_fine_grained_tokens: bool,
    /// Address of the group's sign-in page: people without a session there cannot use Git.
    #[serde(default)]
    pub enforce_sso: Option<String>,
    /// The caller's address is not on the group's list, so nothing of the group can be seen.
    #[serde(default)]
    pub ip_restricted: bool,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    pub id: u64,
    pub username: String,
    #[serde(default)]
    pub bot: bool,
    #[serde(default)]
    pub state: UserState,
    /// The user demands proof of possession, which a plain token cannot give.
    #[serde(default)]
    pub requires_dpop: bool,
}

/// The role of a user in a project or a group; exactly one of the two is given.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Membership {
    pub user: String,
    #[serde(default)]
    pub project: Option<String>,
    #[serde(default)]
    pub group: Option<String>,
    pub role: Role,
    /// The role comes from a group that was invited: `members/all` and GraphQL know it, the `permissions` block of the
    /// project does not.
    #[serde(default)]
    pub via_invited_group: bool,
    #[serde(default)]
    pub expires_at: Option<Date>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Project {
    pub id: u64,
    pub path: String,
    /// Paths it had before it was moved.
    pub former_paths: Vec<String>,
    pub visibility: Visibility,
    pub archived: bool,
    pub default_branch: String,
    /// What is not listed is enabled.
    pub features: BTreeMap<Feature, FeatureAccess>,
    pub job_token_scope: JobTokenScope,
    pub job_token_push: JobTokenPush,
    pub content: Content,
}

impl Default for Project {
    fn default() -> Self {
        Self {
            id: 0,
            path: String::new(),
            former_paths: Vec::new(),
            visibility: Visibility::default(),
            archived: false,
            default_branch: "main".to_owned(),
            features: BTreeMap::new(),
            job_token_scope: JobTokenScope::default(),
            job_token_push: JobTokenPush::default(),
            content: Content::default(),
        }
    }
}

/// What a project holds. Names give items with ids 1, 2, 3 ... in their order. The default branch is always there.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Content {
    pub branches: Vec<String>,
    pub protected_branches: Vec<String>,
    pub tags: Vec<String>,
    /// Tag names.
    pub releases: Vec<String>,
    pub files: Vec<String>,
    pub merge_requests: Vec<MergeRequest>,
    pub issues: Vec<String>,
    pub labels: Vec<String>,
    pub milestones: Vec<String>,
    pub environments: Vec<String>,
    /// Names of the environments deployed to.
    pub deployments: Vec<String>,
    pub packages: Vec<String>,
    /// Image paths below the project's own.
    pub registry: Vec<String>,
    pub secure_files: Vec<String>,
    pub terraform_states: Vec<String>,
    pub wikis: Vec<String>,
    pub variables: Vec<String>,
    pub hooks: Vec<String>,
    pub deploy_keys: Vec<String>,
    pub schedules: Vec<String>,
    pub triggers: Vec<String>,
    pub badges: Vec<String>,
    pub pipelines: Vec<u64>,
    pub jobs: Vec<u64>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MergeRequest {
    pub iid: u64,
    #[serde(default)]
    pub title: String,
    pub source_branch: String,
    pub target_branch: String,
    #[serde(default)]
    pub author: String,
}

/// Which other projects' jobs may come in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JobTokenScope {
    pub inbound_enabled: bool,
    pub allow: Vec<Allowed>,
}

impl Default for JobTokenScope {
    fn default() -> Self {
        Self { inbound_enabled: true, allow: Vec::new() }
    }
}

/// An allowlist entry: a project or a group, with all permissions of the job's user or with chosen policies only.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowed {
    #[serde(default)]
    pub project: Option<String>,
    #[serde(default)]
    pub group: Option<String>,
    /// For instance `READ_MERGE_REQUESTS`; absent means default permissions.
    #[serde(default)]
    pub policies: Option<Vec<String>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    pub name: String,
    pub kind: TokenKind,
    /// Absent: a text of the kind's form is made.
    #[serde(default)]
    pub text: Option<TokenText>,
    /// Absent for project and group tokens: a bot user is made.
    #[serde(default)]
    pub user: Option<String>,
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Of a fine-grained token, as the user interface names them: `Merge Request: Read`.
    #[serde(default)]
    pub permissions: Vec<String>,
    /// Paths of projects and groups a fine-grained token covers; all of its user's when empty.
    #[serde(default)]
    pub covers: Vec<String>,
    /// Where a project, deploy, trigger or job token belongs.
    #[serde(default)]
    pub project: Option<String>,
    /// Where a group token, or a deploy token of a group, belongs.
    #[serde(default)]
    pub group: Option<String>,
    /// Role of the bot of a project or group token.
    #[serde(default)]
    pub role: Option<Role>,
    /// User name of a deploy token.
    #[serde(default)]
    pub username: Option<String>,
    #[serde(default)]
    pub created_at: Option<Timestamp>,
    /// The token dies at the start of that day.
    #[serde(default)]
    pub expires_at: Option<Date>,
    /// OAuth tokens live for seconds, not days; with `created_at` this decides for them.
    #[serde(default)]
    pub expires_in: Option<i64>,
    #[serde(default)]
    pub revoked: bool,
    #[serde(default)]
    pub job: Option<Job>,
}

impl Token {
    /// A token with nothing but a name, a kind and scopes, for building scenarios in code.
    pub fn new(name: &str, kind: TokenKind, scopes: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            text: None,
            user: None,
            scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
            permissions: Vec::new(),
            covers: Vec::new(),
            project: None,
            group: None,
            role: None,
            username: None,
            created_at: None,
            expires_at: None,
            expires_in: None,
            revoked: false,
            job: None,
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    pub id: u64,
    #[serde(default = "yes")]
    pub running: bool,
    #[serde(default)]
    pub environment: Option<String>,
}

fn yes() -> bool {
    true
}
