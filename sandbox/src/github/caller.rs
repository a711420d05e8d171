//! Who is asking, and how far the token as such reaches. Roles come on top.

use super::power::{self, Held};
use super::state::{ReadyToken, State};
use super::terms::{Level, Role, TokenKind, Visibility};
use super::world::{Repository, User};
use crate::forge::{Presented, Shown};
use crate::record::UNKNOWN_TOKEN;
use crate::request::Request;

/// A credential as it was sent.
#[derive(Debug, Clone)]
pub(super) struct Credential {
    pub(super) text: String,
    pub(super) way: Presented,
}

impl Credential {
    pub(super) fn find(request: &Request) -> Option<Self> {
        if let Some(text) = request.bearer() {
            return Some(Self { text: text.to_owned(), way: Presented::Bearer });
        }
        if let Some((user, password)) = request.basic() {
            // A token may also stand where the user name belongs.
            let text = if matches!(password.as_str(), "" | "x-oauth-basic") { user.clone() } else { password };
            return Some(Self { text, way: Presented::Basic(user) });
        }
        let (scheme, text) = request.header("authorization")?.split_once(' ')?;
        let text = text.trim().to_owned();
        scheme.eq_ignore_ascii_case("token").then_some(Self { text, way: Presented::Header("token") })
    }
}

/// How the record keeps the request's credential.
pub(super) fn shown(state: &State, request: &Request) -> Shown {
    match Credential::find(request) {
        None => Shown::default(),
        Some(credential) => {
            let name = state.token(&credential.text).map_or(UNKNOWN_TOKEN, |token| &token.token.name);
            Shown { token: Some(name.to_owned()), presented: credential.way }
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Caller<'a> {
    pub(super) state: &'a State,
    /// `None` is an anonymous visitor.
    pub(super) token: Option<&'a ReadyToken>,
}

/// The credential is unknown, dead, or none that can be read.
#[derive(Debug, Clone, Copy)]
pub(super) struct BadCredentials;

pub(super) fn identify<'a>(state: &'a State, request: &Request) -> Result<Caller<'a>, BadCredentials> {
    let token = match Credential::find(request) {
        None if request.header("authorization").is_some() => return Err(BadCredentials),
        None => None,
        Some(credential) => {
            let token = state.token(&credential.text).filter(|token| !token.is_dead(state.now));
            Some(token.ok_or(BadCredentials)?)
        }
    };
    Ok(Caller { state, token })
}

impl<'a> Caller<'a> {
    pub(super) fn kind(&self) -> Option<TokenKind> {
        self.token.map(ReadyToken::kind)
    }

    pub(super) fn is_anonymous(&self) -> bool {
        self.token.is_none()
    }

    pub(super) fn is_installation(&self) -> bool {
        self.kind().is_some_and(TokenKind::is_installation)
    }

    pub(super) fn has_scopes(&self) -> bool {
        self.kind().is_some_and(TokenKind::has_scopes)
    }

    /// The user that the token acts as; installations and jobs act as none.
    pub(super) fn user(&self) -> Option<&'a User> {
        self.state.user(self.token?.token.user.as_deref()?)
    }

    pub(super) fn role(&self, repository: &Repository) -> Option<Role> {
        self.state.role(self.user()?, repository)
    }

    pub(super) fn holds_scope(&self, scope: &str) -> bool {
        self.token.is_some_and(|token| power::expanded(&token.token.scopes).contains(&scope))
    }

    /// Whether the token was made to reach the repository, whatever it may do there.
    pub(super) fn reaches(&self, repository: &Repository) -> bool {
        let Some(ready) = self.token else { return false };
        let token = &ready.token;
        let chosen = token.repositories.as_ref().is_none_or(|paths| paths.contains(&repository.path));
        match token.kind {
            TokenKind::Classic | TokenKind::Oauth => true,
            TokenKind::FineGrained => self.account() == Some(repository.owner()) && chosen && !token.pending_approval,
            TokenKind::AppUser => self.installations().any(|installation| installation.covers(repository)),
            TokenKind::Installation => {
                chosen && self.state.installation_of(token).is_some_and(|it| it.covers(repository))
            }
            TokenKind::Actions => token.repository.as_deref() == Some(&repository.path),
            TokenKind::App | TokenKind::Refresh => false,
        }
    }

    /// The account that the token is bound to.
    fn account(&self) -> Option<&'a str> {
        let token = &self.token?.token;
        match token.kind {
            TokenKind::Installation => self.state.installation_of(token).map(|it| it.account.as_str()),
            TokenKind::Actions => token.repository.as_deref().and_then(|path| path.split('/').next()),
            _ => token.owner.as_deref().or(token.user.as_deref()),
        }
    }

    /// Installations of the caller's App.
    pub(super) fn installations(&self) -> impl Iterator<Item = &'a super::world::Installation> {
        let app = self.token.and_then(|token| self.state.app_of(&token.token));
        app.into_iter().flat_map(|app| &app.installations)
    }

    /// The permissions that count in a repository, or in an account's own affairs when there is none.
    pub(super) fn held(&self, repository: Option<&Repository>, account: &str) -> Held {
        let Some(ready) = self.token else { return Held::new() };
        let token = &ready.token;
        if repository.is_some_and(|repository| !self.reaches(repository)) {
            return Held::new();
        }
        let mut held = match token.kind {
            TokenKind::AppUser => {
                let installation = self.installations().find(|installation| match repository {
                    Some(repository) => installation.covers(repository),
                    None => installation.account == account,
                });
                installation.map(|it| power::with_underscores(&it.permissions)).unwrap_or_default()
            }
            TokenKind::FineGrained if token.pending_approval => Held::new(),
            // Beside repositories only the affairs of one's own account are one's own.
            _ if repository.is_none() && self.account() != Some(account) => Held::new(),
            _ => ready.held.clone(),
        };
        held.insert("metadata".to_owned(), Level::Read);
        held
    }

    /// Whether the repository exists for this caller; if not, it is masked as absent. `scoped` says that the token's
    /// scopes suffice for what is asked.
    pub(super) fn sees(&self, repository: &Repository, scoped: bool) -> bool {
        let role = self.role(repository).is_some();
        match (repository.visibility, self.kind()) {
            (Visibility::Public, _) => true,
            (_, None) => false,
            (visibility, Some(TokenKind::Classic | TokenKind::Oauth)) => {
                (role || visibility == Visibility::Internal) && (scoped || self.holds_scope("repo"))
            }
            (_, Some(TokenKind::FineGrained | TokenKind::AppUser)) => role && self.reaches(repository),
            (_, Some(_)) => self.reaches(repository),
        }
    }
}
