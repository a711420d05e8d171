//! A world put to use: tokens with their texts, ids, and the questions "who is this" and "what may it do".

use jiff::Timestamp;
use serde_json::json;

use super::permissions::{self, Reach};
use super::place::{Place, Product};
use super::scopes;
use super::terms::{IdentityKind, JobScope, PatForm, Role, TokenKind, Visibility};
use super::texts;
use super::world::{Access, Identity, Organization, Project, Repository, Token, World};
use crate::token_text::jwt;

#[derive(Debug)]
pub(super) struct State {
    pub(super) world: World,
    pub(super) tokens: Vec<ReadyToken>,
    pub(super) now: Timestamp,
    /// Web origin with the relative URL root, where the Server is.
    url: String,
}

#[derive(Debug)]
pub(super) struct ReadyToken {
    pub(super) text: String,
    pub(super) token: Token,
}

/// Why a credential is worth nothing although it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dead {
    Expired,
    Revoked,
    /// Global personal access tokens all stop on one day.
    Retired,
}

/// 2026-12-01T00:00:00Z
const END_OF_GLOBAL_TOKENS: Timestamp = Timestamp::constant(1_796_083_200, 0);

impl World {
    /// Whether every name used is defined, once the build identities are there.
    fn check(&self) -> Result<(), String> {
        for (number, token) in self.tokens.iter().enumerate() {
            let what = format!("token `{}`", token.name);
            if self.tokens[..number].iter().any(|other| other.name == token.name) {
                return Err(format!("two tokens are called `{}`", token.name));
            }
            if let Some(scope) = token.scopes.iter().find(|scope| !scopes::exists(scope)) {
                return Err(format!("{what}: no scope `{scope}`"));
            }
            match &token.identity {
                Some(name) if !self.identities.iter().any(|other| other.name == *name) => {
                    return Err(format!("{what}: no identity `{name}`"));
                }
                None if token.kind != TokenKind::System => return Err(format!("{what} has no identity")),
                None if token.organization.is_none() || token.project.is_none() => {
                    return Err(format!("{what} belongs to no project"));
                }
                _ => {}
            }
            if let Some(organization) = &token.organization {
                self.check_place(&what, organization, token.project.as_ref())?;
            }
        }
        for entry in &self.access {
            let what = format!("access of `{}`", entry.identity);
            if !self.identities.iter().any(|identity| identity.name == entry.identity) {
                return Err(format!("{what}: no such identity"));
            }
            self.check_place(&what, &entry.organization, entry.project.as_ref())?;
            let mut names = entry.allow.iter().chain(&entry.deny);
            if let Some(name) = names.find(|name| !permissions::exists(name)) {
                return Err(format!("{what}: no permission `{name}`"));
            }
        }
        Ok(())
    }

    fn check_place(&self, what: &str, organization: &str, project: Option<&String>) -> Result<(), String> {
        let Some(found) = self.organizations.iter().find(|other| other.name == organization) else {
            return Err(format!("{what}: no organization `{organization}`"));
        };
        match project.filter(|name| !found.projects.iter().any(|project| project.name == **name)) {
            Some(name) => Err(format!("{what}: no project `{organization}/{name}`")),
            None => Ok(()),
        }
    }
}

impl State {
    pub(super) fn new(mut world: World, now: Timestamp, url: &str) -> Result<Self, String> {
        add_build_identities(&mut world);
        world.check()?;
        let mut state = Self { tokens: Vec::new(), now, url: url.to_owned(), world };
        let tokens = state.world.tokens.clone();
        state.tokens = tokens.into_iter().map(|token| ReadyToken { text: state.text_of(&token), token }).collect();
        Ok(state)
    }

    fn text_of(&self, token: &Token) -> String {
        match (&token.text, token.kind, token.form) {
            (Some(text), _, _) => text.clone(),
            (None, TokenKind::Pat, PatForm::Long) => texts::long_pat(&format!("sandbox{}", token.name), token.made),
            (None, TokenKind::Pat, PatForm::Short) => texts::short_pat(&format!("sandbox {}", token.name)),
            (None, TokenKind::Entra, _) => jwt(&self.entra_claims(token)),
            (None, TokenKind::System, _) => jwt(&self.job_claims(token)),
        }
    }

    fn life(&self, token: &Token) -> (i64, i64) {
        let born = self.now.as_second() - 60;
        (born, token.expires_at.map_or(born + 3600, Timestamp::as_second))
    }

    fn entra_claims(&self, token: &Token) -> serde_json::Value {
        let (born, end) = self.life(token);
        let tenant = &self.world.tenant;
        let name = token.identity.as_deref().unwrap_or_default();
        let mut claims = json!({
            "aud": "499b84ac-1321-427f-aa17-267ca6975798", "iss": format!("https://sts.windows.net/{tenant}/"),
            "iat": born, "nbf": born, "exp": end, "tid": tenant, "oid": texts::guid(name), "ver": "1.0",
            "jti": token.name,
        });
        let kind = self.identity(name).map_or(IdentityKind::User, |identity| identity.kind);
        if kind == IdentityKind::User {
            claims["upn"] = json!(name);
            claims["scp"] = json!("user_impersonation");
        } else {
            claims["appid"] = json!(texts::guid(&format!("app {name}")));
            claims["idtyp"] = json!("app");
        }
        if kind == IdentityKind::ManagedIdentity {
            let group = "/subscriptions/sandbox/resourcegroups/sandbox/providers/Microsoft.ManagedIdentity";
            claims["xms_mirid"] = json!(format!("{group}/userAssignedIdentities/{name}"));
        }
        claims
    }

    fn job_claims(&self, token: &Token) -> serde_json::Value {
        let (born, end) = self.life(token);
        let organization = texts::guid(token.organization.as_deref().unwrap_or_default());
        json!({
            "nameid": texts::guid(token.identity.as_deref().unwrap_or_default()), "scp": "app_token",
            "aui": texts::guid(&token.name), "iss": "app.vstoken.visualstudio.com",
            "aud": format!("app.vstoken.visualstudio.com|vso:{organization}"), "nbf": born, "exp": end,
        })
    }

    pub(super) fn token(&self, text: &str) -> Option<&ReadyToken> {
        self.tokens.iter().find(|token| token.text == text)
    }

    pub(super) fn identity(&self, name: &str) -> Option<&Identity> {
        self.world.identities.iter().find(|identity| identity.name == name)
    }

    pub(super) fn dead(&self, token: &Token) -> Option<Dead> {
        let global = token.kind == TokenKind::Pat && token.organization.is_none();
        if token.revoked {
            Some(Dead::Revoked)
        } else if token.expires_at.is_some_and(|end| self.now >= end) {
            Some(Dead::Expired)
        } else if global && self.now >= END_OF_GLOBAL_TOKENS {
            Some(Dead::Retired)
        } else {
            None
        }
    }

    /// An instant that many seconds after the clock's, as Azure DevOps writes it.
    pub(super) fn time(&self, seconds: i64) -> String {
        let at = Timestamp::from_second(self.now.as_second() + seconds).unwrap_or(self.now);
        at.strftime("%Y-%m-%dT%H:%M:%S.1233333Z").to_string()
    }

    /// The address of an organization, as it stands in bodies.
    pub(super) fn base(&self, place: &Place) -> String {
        match place.product {
            Product::Cloud => format!("https://dev.azure.com/{}", place.organization),
            Product::Server => format!("{}/{}", self.url, place.organization),
        }
    }

    pub(super) fn organization(&self, name: &str) -> Option<&Organization> {
        self.world.organizations.iter().find(|organization| organization.name.eq_ignore_ascii_case(name))
    }

    pub(super) fn project_id(organization: &Organization, project: &Project) -> String {
        texts::guid(&format!("project {}/{}", organization.name, project.name))
    }

    /// The root of the project's areas, which stands in security tokens about work items.
    pub(super) fn area_id(organization: &Organization, project: &Project) -> String {
        texts::guid(&format!("area {}/{}", organization.name, project.name))
    }

    pub(super) fn repository_id(organization: &Organization, project: &Project, repository: &Repository) -> String {
        texts::guid(&format!("repository {}/{}/{}", organization.name, project.name, repository.name))
    }

    /// By id or by name.
    pub(super) fn project<'a>(organization: &'a Organization, key: &str) -> Option<&'a Project> {
        organization.projects.iter().find(|project| {
            project.name.eq_ignore_ascii_case(key) || Self::project_id(organization, project).eq_ignore_ascii_case(key)
        })
    }

    /// By id or by name.
    pub(super) fn repository<'a>(
        organization: &Organization,
        project: &'a Project,
        key: &str,
    ) -> Option<&'a Repository> {
        project.repositories.iter().find(|repository| {
            let id = Self::repository_id(organization, project, repository);
            repository.name.eq_ignore_ascii_case(key) || id.eq_ignore_ascii_case(key)
        })
    }

    /// The entries that count for an identity there.
    pub(super) fn access<'a>(&'a self, identity: &'a Identity, reach: Reach<'a>) -> impl Iterator<Item = &'a Access> {
        self.world.access.iter().filter(move |entry| {
            let fits = |wanted: &Option<String>, name: Option<&str>| match wanted {
                None => true,
                Some(wanted) => name.is_some_and(|name| name == wanted),
            };
            entry.identity == identity.name
                && entry.organization == reach.organization.name
                && fits(&entry.project, reach.project.map(|project| project.name.as_str()))
                && fits(&entry.repository, reach.repository.map(|repository| repository.name.as_str()))
        })
    }

    pub(super) fn is_member(&self, identity: &Identity, organization: &Organization) -> bool {
        let here = |entry: &Access| entry.identity == identity.name && entry.organization == organization.name;
        self.world.access.iter().any(here)
    }

    /// The highest role anywhere in the organization.
    pub(super) fn role(&self, identity: &Identity, organization: &Organization) -> Option<Role> {
        let here = |entry: &&Access| entry.identity == identity.name && entry.organization == organization.name;
        self.world.access.iter().filter(here).filter_map(|entry| entry.role).max_by_key(|role| match role {
            Role::Reader => 0,
            Role::BuildService => 1,
            Role::Contributor => 2,
            Role::Administrator => 3,
        })
    }

    /// Whether the project exists for this caller.
    pub(super) fn sees(&self, identity: Option<&Identity>, organization: &Organization, project: &Project) -> bool {
        let reach = Reach { organization, project: Some(project), repository: None };
        project.visibility == Visibility::Public
            || identity.is_some_and(|identity| permissions::may(self, identity, reach, "project", "GENERIC_READ"))
    }
}

/// A job runs as the build identity of its project or of the whole collection.
fn add_build_identities(world: &mut World) {
    for token in &mut world.tokens {
        let (TokenKind::System, None, Some(organization), Some(project)) =
            (token.kind, &token.identity, &token.organization, &token.project)
        else {
            continue;
        };
        let (name, place) = match token.job_scope {
            JobScope::Project => (format!("{project} Build Service ({organization})"), Some(project.clone())),
            JobScope::Collection => (format!("Project Collection Build Service ({organization})"), None),
        };
        if !world.identities.iter().any(|identity| identity.name == name) {
            world.identities.push(Identity {
                name: name.clone(),
                kind: IdentityKind::BuildService,
                ..Identity::default()
            });
            world.access.push(Access {
                identity: name.clone(),
                organization: organization.clone(),
                project: place,
                role: Some(Role::BuildService),
                ..Access::default()
            });
        }
        token.identity = Some(name);
    }
}
