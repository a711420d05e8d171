//! A world put to use: tokens with their texts and powers, and the questions "who is this", "which role".

use jiff::Timestamp;

use super::power::{self, Held};
use super::terms::{Product, Role, Standing, TokenKind};
use super::world::{App, Installation, Organization, Permissions, Repository, Token, User, World};
use crate::token_text::{github_checked, github_fine_grained, github_stateless, jwt};

/// The App that jobs act as.
pub(super) const ACTIONS_APP: u64 = 15_368;
pub(super) const ACTIONS_LOGIN: &str = "github-actions[bot]";

#[derive(Debug)]
pub(super) struct State {
    pub(super) world: World,
    pub(super) tokens: Vec<ReadyToken>,
    pub(super) now: Timestamp,
    /// The sandbox's own web origin.
    pub(super) url: String,
}

/// A token with its text, its id and what it holds.
#[derive(Debug)]
pub(super) struct ReadyToken {
    pub(super) id: u64,
    pub(super) text: String,
    pub(super) token: Token,
    /// Empty for tokens with scopes.
    pub(super) held: Held,
}

impl World {
    /// Whether every name used is defined.
    pub(crate) fn check(&self) -> Result<(), String> {
        for (number, token) in self.tokens.iter().enumerate() {
            if self.tokens[..number].iter().any(|other| other.name == token.name) {
                return Err(format!("two tokens are called `{}`", token.name));
            }
            self.check_token(token).map_err(|what| format!("token `{}`: {what}", token.name))?;
            power::check(token)?;
        }
        for repository in &self.repositories {
            let path = &repository.path;
            let owner = path.split_once('/').map(|(owner, _)| owner);
            let Some(owner) = owner else { return Err(format!("repository `{path}`: write owner/name")) };
            if !self.is_account(owner) {
                return Err(format!("repository `{path}`: no organization or user `{owner}`"));
            }
            self.check_users(&format!("repository `{path}`"), repository.roles.keys())?;
        }
        for organization in &self.organizations {
            self.check_users(&format!("organization `{}`", organization.login), organization.members.keys())?;
        }
        for installation in self.apps.iter().flat_map(|app| &app.installations) {
            if !self.is_account(&installation.account) {
                return Err(format!("installation {}: no account `{}`", installation.id, installation.account));
            }
        }
        Ok(())
    }

    fn check_token(&self, token: &Token) -> Result<(), String> {
        let user_needed = !(token.kind.is_installation() || token.kind == TokenKind::App);
        match &token.user {
            Some(login) if !self.users.iter().any(|user| user.login == *login) => {
                return Err(format!("no user `{login}`"));
            }
            None if user_needed => return Err("it has no user".to_owned()),
            _ => {}
        }
        if let Some(owner) = token.owner.as_deref().filter(|owner| !self.is_account(owner)) {
            return Err(format!("no organization or user `{owner}`"));
        }
        let named = token.repositories.iter().flatten().chain(&token.repository);
        if let Some(path) = named.into_iter().find(|path| !self.repositories.iter().any(|it| it.path == **path)) {
            return Err(format!("no repository `{path}`"));
        }
        match token.kind {
            TokenKind::Actions if token.repository.is_none() => Err("it belongs to no repository".to_owned()),
            TokenKind::Installation if token.installation.and_then(|id| self.installation(id)).is_none() => {
                Err("it belongs to no installation".to_owned())
            }
            TokenKind::AppUser | TokenKind::App if token.app.and_then(|id| self.app(id)).is_none() => {
                Err("it belongs to no App".to_owned())
            }
            _ => Ok(()),
        }
    }

    fn check_users<'a>(&self, what: &str, mut logins: impl Iterator<Item = &'a String>) -> Result<(), String> {
        let unknown = logins.find(|login| !self.users.iter().any(|user| user.login == **login));
        unknown.map_or(Ok(()), |login| Err(format!("{what}: no user `{login}`")))
    }

    fn is_account(&self, login: &str) -> bool {
        self.organizations.iter().any(|it| it.login == login) || self.users.iter().any(|it| it.login == login)
    }

    fn app(&self, id: u64) -> Option<&App> {
        self.apps.iter().find(|app| app.id == id)
    }

    fn installation(&self, id: u64) -> Option<&Installation> {
        self.apps.iter().flat_map(|app| &app.installations).find(|installation| installation.id == id)
    }
}

impl State {
    pub(super) fn new(world: World, now: Timestamp, url: &str) -> Result<Self, String> {
        world.check()?;
        let mut state = Self { tokens: Vec::new(), now, url: url.to_owned(), world };
        let tokens = state.world.tokens.clone();
        let ready = |(id, token): (u64, Token)| ReadyToken {
            id,
            text: state.text_of(&token),
            held: state.held_by(&token),
            token,
        };
        state.tokens = (12_001..).zip(tokens).map(ready).collect();
        Ok(state)
    }

    fn text_of(&self, token: &Token) -> String {
        if let Some(text) = &token.text {
            return text.clone();
        }
        let seed = token.name.as_str();
        match token.kind {
            TokenKind::Classic => github_checked("ghp_", 36, seed),
            TokenKind::FineGrained => github_fine_grained(seed),
            TokenKind::Oauth => github_checked("gho_", 36, seed),
            TokenKind::AppUser => github_checked("ghu_", 36, seed),
            TokenKind::Refresh => github_checked("ghr_", 76, seed),
            TokenKind::App => {
                let at = self.now.as_second();
                jwt(&serde_json::json!({ "iss": token.app, "iat": at - 60, "exp": at + 540, "jti": seed }))
            }
            TokenKind::Installation | TokenKind::Actions => {
                let app = self.app_of(token).map_or(ACTIONS_APP, |app| app.id);
                if token.stateless.unwrap_or(self.world.product != Product::Server) {
                    github_stateless(app, self.now, seed)
                } else {
                    github_checked("ghs_", 36, seed)
                }
            }
        }
    }

    fn held_by(&self, token: &Token) -> Held {
        let declared = match &token.permissions {
            Some(Permissions::Each(permissions)) => Some(power::with_underscores(permissions)),
            Some(Permissions::All(_)) | None => None,
        };
        match token.kind {
            TokenKind::FineGrained => declared.unwrap_or_default(),
            TokenKind::Installation => {
                let installed = self.installation_of(token).map(|it| power::with_underscores(&it.permissions));
                let installed = installed.unwrap_or_default();
                match declared {
                    None => installed,
                    // Nothing can be added to what the installation has.
                    Some(narrowed) => narrowed
                        .into_iter()
                        .filter_map(|(name, level)| Some((name.clone(), level.min(*installed.get(&name)?))))
                        .collect(),
                }
            }
            TokenKind::Actions => {
                let default = token.repository.as_deref().and_then(|path| self.repository(path));
                power::of_job(token, default.map(|it| it.workflow_default).unwrap_or_default())
            }
            TokenKind::Classic | TokenKind::Oauth | TokenKind::AppUser | TokenKind::App | TokenKind::Refresh => {
                Held::new()
            }
        }
    }

    pub(super) fn token(&self, text: &str) -> Option<&ReadyToken> {
        self.tokens.iter().find(|token| token.text == text)
    }

    pub(super) fn user(&self, login: &str) -> Option<&User> {
        self.world.users.iter().find(|user| user.login.eq_ignore_ascii_case(login))
    }

    pub(super) fn organization(&self, login: &str) -> Option<&Organization> {
        self.world.organizations.iter().find(|organization| organization.login.eq_ignore_ascii_case(login))
    }

    /// Names of owners and repositories do not heed case.
    pub(super) fn repository(&self, path: &str) -> Option<&Repository> {
        self.world.repositories.iter().find(|repository| repository.path.eq_ignore_ascii_case(path))
    }

    pub(super) fn app_of(&self, token: &Token) -> Option<&App> {
        match (token.app, token.installation) {
            (Some(id), _) => self.world.app(id),
            (None, Some(id)) => self.world.apps.iter().find(|app| app.installations.iter().any(|it| it.id == id)),
            (None, None) => None,
        }
    }

    pub(super) fn installation_of(&self, token: &Token) -> Option<&Installation> {
        self.world.installation(token.installation?)
    }

    /// What a user may do in a repository, by any way to a role.
    pub(super) fn role(&self, user: &User, repository: &Repository) -> Option<Role> {
        let given = repository.roles.get(&user.login).copied();
        let organization = self.organization(repository.owner());
        let by_standing = organization.and_then(|it| match it.members.get(&user.login)? {
            Standing::Owner => Some(Role::Admin),
            Standing::Member => it.base_role,
        });
        let owner = (repository.owner() == user.login).then_some(Role::Admin);
        given.max(by_standing).max(owner)
    }

    /// A time that many seconds before the clock's, as GitHub writes it.
    pub(super) fn ago(&self, seconds: i64) -> String {
        Timestamp::from_second(self.now.as_second() - seconds).unwrap_or(self.now).to_string()
    }
}

impl Repository {
    pub(super) fn owner(&self) -> &str {
        self.path.split('/').next().unwrap_or_default()
    }

    pub(super) fn name(&self) -> &str {
        self.path.split('/').nth(1).unwrap_or_default()
    }
}

impl Installation {
    pub(super) fn covers(&self, repository: &Repository) -> bool {
        self.account == repository.owner()
            && self.repositories.as_ref().is_none_or(|chosen| chosen.contains(&repository.path))
    }
}

impl ReadyToken {
    pub(super) fn kind(&self) -> TokenKind {
        self.token.kind
    }

    /// Expired or revoked, or no credential for the API at all.
    pub(super) fn is_dead(&self, now: Timestamp) -> bool {
        let over = self.token.expires_at.is_some_and(|end| now >= end);
        self.token.revoked || over || self.kind() == TokenKind::Refresh
    }
}
