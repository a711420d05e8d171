//! The content of an Azure DevOps: what a scenario's `azure:` section says. Plain data; `azure::state` gives it meaning.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;

use super::terms::{IdentityKind, IdentityState, JobScope, PatForm, Release, Role, TokenKind, Visibility};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct World {
    /// Of Azure DevOps Server, which is what a caller meets at any other host name than the cloud's.
    pub release: Release,
    /// Id of the Entra tenant behind the organizations.
    pub tenant: String,
    pub sign_in: SignIn,
    /// The Server offers Windows sign-in too, which Git then tries before Basic unless it sends the header unasked.
    pub windows: bool,
    /// A 401 for a missing scope names the identity in `X-VSS-UserData`.
    pub names_identity: bool,
    /// A 401 for a dead token says why in `X-TFS-ServiceError`.
    pub explains: bool,
    /// Organizations of the cloud, collections of the Server.
    pub organizations: Vec<Organization>,
    pub identities: Vec<Identity>,
    pub access: Vec<Access>,
    pub tokens: Vec<Token>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            release: Release::default(),
            tenant: "7cfe4c9f-829b-4857-89f9-dfa21e53e1d9".to_owned(),
            sign_in: SignIn::default(),
            windows: false,
            names_identity: true,
            explains: false,
            organizations: Vec::new(),
            identities: Vec::new(),
            access: Vec::new(),
            tokens: Vec::new(),
        }
    }
}

impl World {
    /// The organization called `name`, for changing it in a test. Panics when there is none.
    pub fn organization_mut(&mut self, name: &str) -> &mut Organization {
        let found = self.organizations.iter_mut().find(|organization| organization.name == name);
        found.unwrap_or_else(|| panic!("the scenario has no organization `{name}`"))
    }

    /// The project at `organization/project`, for changing it in a test. Panics when there is none.
    pub fn project_mut(&mut self, path: &str) -> &mut Project {
        let (organization, name) = path.split_once('/').unwrap_or((path, ""));
        let found = self.organization_mut(organization).projects.iter_mut().find(|project| project.name == name);
        found.unwrap_or_else(|| panic!("the scenario has no project `{path}`"))
    }

    /// The token called `name`, for changing it in a test. Panics when there is none.
    pub fn token_mut(&mut self, name: &str) -> &mut Token {
        let found = self.tokens.iter_mut().find(|token| token.name == name);
        found.unwrap_or_else(|| panic!("the scenario has no token `{name}`"))
    }
}

/// What a caller without a usable credential gets in the cloud, unless it asks for a plain 401.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SignIn {
    /// 203 with a page, or 302 to one.
    pub code: u16,
    /// Even when the caller asks for a plain 401.
    pub insists: bool,
}

impl Default for SignIn {
    fn default() -> Self {
        Self { code: 203, insists: false }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Organization {
    pub name: String,
    /// Without Entra only personal access tokens work.
    pub entra: bool,
    /// `connectionData` answers whoever has no usable credential, with the anonymous identity.
    pub answers_anybody: bool,
    pub policy: Option<Policy>,
    pub projects: Vec<Project>,
}

impl Default for Organization {
    fn default() -> Self {
        Self { name: String::new(), entra: true, answers_anybody: false, policy: None, projects: Vec::new() }
    }
}

/// A policy that refuses what people send, jobs excepted.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// For instance `VS403463`, conditional access.
    pub code: String,
    pub message: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Project {
    pub name: String,
    pub visibility: Visibility,
    pub repositories: Vec<Repository>,
    pub builds: Vec<u64>,
    pub pipelines: Vec<u64>,
    /// Among the pipelines: those whose template has a fault.
    pub broken_pipelines: Vec<u64>,
    pub work_items: Vec<u64>,
    /// A work item cannot be created without this field.
    pub mandatory_field: Option<String>,
    /// Shapes (of `data/azure-routes.csv`) of which the project has none: `service-endpoint`.
    pub empty: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Repository {
    pub name: String,
    pub default_branch: String,
    pub branches: Vec<String>,
    pub tags: Vec<String>,
    pub pull_requests: Vec<u64>,
}

impl Default for Repository {
    fn default() -> Self {
        Self {
            name: String::new(),
            default_branch: "main".to_owned(),
            branches: Vec::new(),
            tags: Vec::new(),
            pull_requests: Vec::new(),
        }
    }
}

impl Repository {
    /// All branches, the default one first.
    pub(super) fn all_branches(&self) -> Vec<String> {
        let others = self.branches.iter().filter(|branch| **branch != self.default_branch);
        std::iter::once(&self.default_branch).chain(others).cloned().collect()
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Identity {
    pub name: String,
    pub kind: IdentityKind,
    pub state: IdentityState,
}

/// What an identity may do in an organization, one of its projects, or one repository of a project. What is denied in
/// any entry stays denied.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Access {
    pub identity: String,
    pub organization: String,
    pub project: Option<String>,
    pub repository: Option<String>,
    pub role: Option<Role>,
    /// `git:GenericContribute`, as in `data/azure-permissions.csv`.
    pub allow: Vec<String>,
    pub deny: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    pub name: String,
    pub kind: TokenKind,
    /// Absent for `system`: the build identity is made.
    #[serde(default)]
    pub identity: Option<String>,
    /// The only organization it works in. A personal access token without one is global.
    #[serde(default)]
    pub organization: Option<String>,
    /// Where the job of a `system` token runs.
    #[serde(default)]
    pub project: Option<String>,
    #[serde(default)]
    pub job_scope: JobScope,
    /// The only repositories of its project a `system` token reaches; all when empty.
    #[serde(default)]
    pub repositories: Vec<String>,
    /// Of a personal access token; `app_token` is everything.
    #[serde(default)]
    pub scopes: Vec<String>,
    #[serde(default)]
    pub form: PatForm,
    /// Its month stands in the long form.
    #[serde(default = "october")]
    pub made: Date,
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    #[serde(default)]
    pub revoked: bool,
    /// Absent: a text of the kind's form is made.
    #[serde(default)]
    pub text: Option<String>,
}

impl Token {
    /// A token with nothing but a name, a kind and an identity, for building scenarios in code.
    pub fn new(name: &str, kind: TokenKind, identity: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            identity: Some(identity.to_owned()),
            organization: None,
            project: None,
            job_scope: JobScope::default(),
            repositories: Vec::new(),
            scopes: Vec::new(),
            form: PatForm::default(),
            made: october(),
            expires_at: None,
            revoked: false,
            text: None,
        }
    }
}

fn october() -> Date {
    Date::constant(2026, 10, 1)
}
