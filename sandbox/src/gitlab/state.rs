//! A world put to use: tokens with their texts, and the questions "who is this", "what may he see", "which role".

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::terms::{Feature, FeatureAccess, Role, TokenKind, UserState, Visibility};
use super::world::{Group, JobTokenScope, Membership, Project, Token, User, World};
use crate::token_text::{JobJwt, Routable, TokenText};

#[derive(Debug)]
pub(super) struct State {
    pub(super) world: World,
    pub(super) tokens: Vec<ReadyToken>,
    pub(super) now: Timestamp,
    /// Web origin with the relative URL root.
    pub(super) url: String,
}

/// A token with its text and id.
#[derive(Debug)]
pub(super) struct ReadyToken {
    pub(super) id: u64,
    pub(super) text: String,
    pub(super) token: Token,
}

/// Why a credential is worth nothing although it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dead {
    Expired,
    Revoked,
}

impl World {
    /// Whether every name used is defined.
    pub(crate) fn check(&self) -> Result<(), String> {
        for (number, token) in self.tokens.iter().enumerate() {
            let name = &token.name;
            if self.tokens[..number].iter().any(|other| other.name == *name) {
                return Err(format!("two tokens are called `{name}`"));
            }
            let bot = matches!(token.kind, TokenKind::Project | TokenKind::Group);
            match &token.user {
                Some(user) if !self.users.iter().any(|other| other.username == *user) => {
                    return Err(format!("token `{name}`: no user `{user}`"));
                }
                None if !bot && token.kind != TokenKind::Deploy => return Err(format!("token `{name}` has no user")),
                _ => {}
            }
            self.check_place(&format!("token `{name}`"), token.project.as_ref(), token.group.as_ref())?;
            if matches!(token.kind, TokenKind::Job | TokenKind::Project) && token.project.is_none() {
                return Err(format!("token `{name}` belongs to no project"));
            }
        }
        for entry in &self.memberships {
            if !self.users.iter().any(|user| user.username == entry.user) {
                return Err(format!("membership: no user `{}`", entry.user));
            }
            if entry.project.is_some() == entry.group.is_some() {
                return Err(format!("membership of `{}`: name a project or a group", entry.user));
            }
            self.check_place("membership", entry.project.as_ref(), entry.group.as_ref())?;
        }
        Ok(())
    }

    fn check_place(&self, what: &str, project: Option<&String>, group: Option<&String>) -> Result<(), String> {
        match (project, group) {
            (Some(path), _) if !self.projects.iter().any(|project| project.path == *path) => {
                Err(format!("{what}: no project `{path}`"))
            }
            (_, Some(path)) if !self.groups.iter().any(|group| group.path == *path) => {
                Err(format!("{what}: no group `{path}`"))
            }
            _ => Ok(()),
        }
    }
}

impl State {
    pub(super) fn new(mut world: World, now: Timestamp, url: &str) -> Result<Self, String> {
        world.check()?;
        add_bots(&mut world);
        let mut state = Self { tokens: Vec::new(), now, url: url.to_owned(), world };
        let tokens = state.world.tokens.clone();
        state.tokens =
            (1001..).zip(tokens).map(|(id, token)| ReadyToken { id, text: state.text_of(&token, id), token }).collect();
        Ok(state)
    }

    fn text_of(&self, token: &Token, id: u64) -> String {
        let job = token.job.as_ref().map_or(1, |job| job.id);
        let host = self.url.split('/').nth(2).unwrap_or_default();
        match &token.text {
            Some(TokenText::Literal(text)) => text.clone(),
            Some(TokenText::Routable { routable }) => routable.text(),
            Some(TokenText::JobJwt { job_jwt }) => job_jwt.text(job, host, self.now),
            None => self.usual_text(token, id, job, host),
        }
    }

    fn usual_text(&self, token: &Token, id: u64, job: u64, host: &str) -> String {
        let user = token.user.as_deref().and_then(|name| self.user(name)).map(|user| user.id);
        // Every personal, project and group token made since 18.3 is routable.
        let routable = self.world.version.at_least(18, 3);
        match token.kind {
            TokenKind::Job if self.world.version.at_least(19, 0) => JobJwt::default().text(job, host, self.now),
            TokenKind::Job => format!("glcbt-sandbox-{}", token.name),
            TokenKind::Deploy => format!("gldt-sandbox-{}", token.name),
            TokenKind::Trigger => format!("glptt-sandbox-{}", token.name),
            TokenKind::Oauth => format!("sandbox-oauth-{}", token.name),
            _ if routable => {
                let seed = u8::try_from(id % 256).unwrap_or_default();
                Routable { prefix: "glpat-".to_owned(), c: None, g: None, o: 1, p: None, u: user, seed }.text()
            }
            _ => format!("glpat-sandbox-{}", token.name),
        }
    }

    /// A time that many seconds before the clock's, as GitLab writes it.
    pub(super) fn ago(&self, seconds: i64) -> String {
        let at = Timestamp::from_second(self.now.as_second() - seconds).unwrap_or(self.now);
        at.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string()
    }

    pub(super) fn token(&self, text: &str) -> Option<&ReadyToken> {
        // So that a test may take an older version and nothing else: tokens of a later kind are unknown to it.
        let known = |token: &&ReadyToken| token.kind() != TokenKind::FineGrained || self.world.version.at_least(18, 10);
        self.tokens.iter().find(|token| token.text == text).filter(known)
    }

    pub(super) fn user(&self, username: &str) -> Option<&User> {
        self.world.users.iter().find(|user| user.username == username)
    }

    pub(super) fn user_of(&self, token: &ReadyToken) -> Option<&User> {
        self.user(token.token.user.as_deref()?)
    }

    /// By id or by full path.
    pub(super) fn project(&self, key: &str) -> Option<&Project> {
        self.world.projects.iter().find(|project| project.path == key || project.id.to_string() == key)
    }

    pub(super) fn project_at(&self, path: &str) -> Option<&Project> {
        self.world.projects.iter().find(|project| project.path == path)
    }

    pub(super) fn moved_project(&self, key: &str) -> Option<&Project> {
        self.world.projects.iter().find(|project| project.former_paths.iter().any(|path| path == key))
    }

    pub(super) fn group(&self, key: &str) -> Option<&Group> {
        self.world.groups.iter().find(|group| group.path == key || group.id.to_string() == key)
    }

    /// Groups that a project or group lies in, the group itself included.
    pub(super) fn groups_above<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a Group> {
        self.world.groups.iter().filter(move |group| is_inside(path, &group.path))
    }

    pub(super) fn memberships<'a>(&'a self, user: &'a User) -> impl Iterator<Item = &'a Membership> {
        self.world
            .memberships
            .iter()
            .filter(move |entry| entry.user == user.username && !self.is_over(entry.expires_at))
    }

    /// What the `permissions` block calls project access.
    pub(super) fn direct_role(&self, user: &User, project: &Project) -> Option<Role> {
        self.memberships(user)
            .filter(|entry| !entry.via_invited_group && entry.project.as_deref() == Some(&project.path))
            .map(|entry| entry.role)
            .max()
    }

    /// The highest role in a group above `path`.
    pub(super) fn group_role(&self, user: &User, path: &str) -> Option<Role> {
        self.memberships(user)
            .filter(|entry| {
                !entry.via_invited_group && entry.group.as_deref().is_some_and(|group| is_inside(path, group))
            })
            .map(|entry| entry.role)
            .max()
    }

    fn invited_role(&self, user: &User, path: &str) -> Option<Role> {
        let place = |entry: &Membership| match (&entry.project, &entry.group) {
            (Some(project), _) => project == path,
            (None, Some(group)) => is_inside(path, group),
            (None, None) => false,
        };
        self.memberships(user).filter(|entry| entry.via_invited_group && place(entry)).map(|entry| entry.role).max()
    }

    /// The role that counts, wherever it comes from.
    pub(super) fn role(&self, user: &User, project: &Project) -> Option<Role> {
        self.direct_role(user, project)
            .max(self.group_role(user, &project.path))
            .max(self.invited_role(user, &project.path))
    }

    pub(super) fn level(&self, user: Option<&User>, project: &Project) -> u32 {
        user.and_then(|user| self.role(user, project)).map_or(0, Role::level)
    }

    /// Whether the project exists for this caller; if not, it is masked as absent.
    pub(super) fn sees(&self, user: Option<&User>, project: &Project) -> bool {
        if self.groups_above(&project.path).any(|group| group.ip_restricted) {
            return false;
        }
        match project.visibility {
            Visibility::Public => true,
            Visibility::Internal => user.is_some(),
            Visibility::Private => self.level(user, project) >= Role::Guest.level(),
        }
    }

    /// Whether a feature of the project can be used by someone with that level.
    pub(super) fn feature_open(project: &Project, feature: Feature, level: u32) -> bool {
        match project.features.get(&feature).copied().unwrap_or_default() {
            FeatureAccess::Enabled => true,
            FeatureAccess::Private => level >= Role::Guest.level(),
            FeatureAccess::Disabled => false,
        }
    }

    pub(super) fn dead(&self, ready: &ReadyToken) -> Option<Dead> {
        let token = &ready.token;
        let lifetime_over = match (token.expires_in, token.created_at) {
            (Some(seconds), Some(born)) => self.now.as_second() >= born.as_second().saturating_add(seconds),
            _ => false,
        };
        if token.revoked {
            Some(Dead::Revoked)
        } else if self.is_over(token.expires_at) || lifetime_over {
            Some(Dead::Expired)
        } else {
            None
        }
    }

    /// A token or membership ends at the start of its day.
    fn is_over(&self, day: Option<Date>) -> bool {
        day.is_some_and(|day| self.now.to_zoned(TimeZone::UTC).date() >= day)
    }

    /// The allowlist entry that lets jobs of `source` into `target`, if the list is enforced at all.
    pub(super) fn entrance<'a>(source: &Project, target: &'a Project) -> Entrance<'a> {
        let JobTokenScope { inbound_enabled, allow } = &target.job_token_scope;
        if source.id == target.id || !inbound_enabled {
            return Entrance::Whole;
        }
        let entry = allow.iter().find(|entry| {
            entry.project.as_deref() == Some(&source.path)
                || entry.group.as_deref().is_some_and(|group| is_inside(&source.path, group))
        });
        match entry {
            None => Entrance::Closed,
            Some(entry) => entry.policies.as_deref().map_or(Entrance::Whole, Entrance::Policies),
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Entrance<'a> {
    Closed,
    /// Everything that the user of the job may do.
    Whole,
    Policies(&'a [String]),
}

impl ReadyToken {
    pub(super) fn has_scope(&self, wanted: &[&str]) -> bool {
        self.token.scopes.iter().any(|scope| wanted.contains(&scope.as_str()))
    }

    /// Personal in the widest sense: what `/personal_access_tokens/self` answers for.
    pub(super) fn is_personal_class(&self) -> bool {
        !matches!(self.token.kind, TokenKind::Oauth | TokenKind::Deploy | TokenKind::Trigger | TokenKind::Job)
    }

    pub(super) fn kind(&self) -> TokenKind {
        self.token.kind
    }

    /// Tokens of people that the enforcement of fine-grained tokens locks out.
    pub(super) fn is_classic_personal(&self) -> bool {
        matches!(self.token.kind, TokenKind::Personal | TokenKind::Impersonation)
    }

    pub(super) fn covers(&self, path: &str) -> bool {
        self.token.covers.is_empty() || self.token.covers.iter().any(|covered| is_inside(path, covered))
    }
}

pub(super) fn is_inside(path: &str, group: &str) -> bool {
    path.strip_prefix(group).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The names that GitLab gives its bots: `project_201_bot_0023`, `group_10_bot_0023`.
fn bot_name(token: &Token, projects: &[Project], groups: &[Group], number: u64) -> String {
    let (place, id) = if token.kind == TokenKind::Group {
        let group = groups.iter().find(|group| Some(&group.path) == token.group.as_ref());
        ("group", group.map_or(0, |group| group.id))
    } else {
        let project = projects.iter().find(|project| Some(&project.path) == token.project.as_ref());
        ("project", project.map_or(0, |project| project.id))
    };
    format!("{place}_{id}_bot_{number:08x}")
}

/// A project or group token is a bot with a membership of its own.
fn add_bots(world: &mut World) {
    for (number, token) in (9001..).zip(&mut world.tokens) {
        if token.user.is_some() || !matches!(token.kind, TokenKind::Project | TokenKind::Group) {
            continue;
        }
        let username = bot_name(token, &world.projects, &world.groups, number);
        world.users.push(User {
            id: number,
            username: username.clone(),
            bot: true,
            state: UserState::Active,
            requires_dpop: false,
        });
        world.memberships.push(Membership {
            user: username.clone(),
            project: if token.kind == TokenKind::Project { token.project.clone() } else { None },
            group: if token.kind == TokenKind::Group { token.group.clone() } else { None },
            role: token.role.unwrap_or(Role::Maintainer),
            via_invited_group: false,
            expires_at: None,
        });
        token.user = Some(username);
    }
}
