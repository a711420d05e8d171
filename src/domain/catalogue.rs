//! What each kind of token can do on one forge, as data: the prior that live answers overrule.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::Deserialize;

use super::capability::Capability;
use super::job_permissions::Keys;
use super::token::Kind;
use super::version::{Since, Version};

/// Everything known beforehand about one forge.
#[derive(Debug)]
pub struct Catalogue {
    pub about: About,
    pub rows: BTreeMap<Capability, Row>,
    /// Endpoints open to kinds whose power is a list of routes (`CI_JOB_TOKEN`).
    pub routes: Vec<Route>,
}

/// The forge's own words: kinds, scopes, roles, links, and when all this was read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    pub forge: String,
    pub title: String,
    /// The server version the tables were read at.
    pub read_at: Version,
    pub read_on: Date,
    pub source: String,
    /// Role names and levels.
    pub roles: BTreeMap<String, u16>,
    pub kinds: BTreeMap<Kind, KindRow>,
    pub scopes: BTreeMap<String, ScopeRow>,
    /// Named page addresses with placeholders such as `{url}/{target}/-/settings/access_tokens`.
    pub links: BTreeMap<String, String>,
    /// Where a token for jobs is kept.
    #[serde(default)]
    pub kept: Option<Kept>,
    /// How the paths begin that are about the target.
    pub target_paths: Vec<String>,
    /// Grades of a fine-grained permission, the weakest first: `contents=write` covers `contents=read`.
    #[serde(default)]
    pub permission_grades: Vec<String>,
    /// What a pipeline file can give its job's token.
    #[serde(default)]
    pub job_permissions: Keys,
    /// Capabilities that `check` lists when nothing is required, and that `compare` starts from.
    pub usual: Vec<Capability>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is one plain yes or no of the catalogue's file")]
pub struct KindRow {
    pub title: String,
    pub power: Power,
    /// Smaller is less powerful; orders kinds when looking for the least token that suffices.
    pub rank: u16,
    /// `true`: it can do nothing but the rows that name it.
    #[serde(default)]
    pub only_listed: bool,
    /// `true`: it belongs to a person, not to a machine.
    #[serde(default)]
    pub personal: bool,
    /// `true`: it is no member of anything, so roles do not limit it.
    #[serde(default)]
    pub roleless: bool,
    /// `true`: it lives for hours and whoever holds it renews it.
    #[serde(default)]
    pub short_lived: bool,
    /// Does it live for one job only?
    #[serde(default)]
    pub of_a_job: bool,
    /// How a step of the job comes by it.
    #[serde(default)]
    pub handed: Option<String>,
    /// Of a token of a job: what another target than the job's own takes; `None`: nothing more.
    #[serde(default)]
    pub elsewhere: Option<Elsewhere>,
    /// What works and yet surprises: a capability, and the rule that tells of it.
    #[serde(default)]
    pub traps: BTreeMap<Capability, String>,
    /// The page where one is made: a key of `links`.
    pub made_at: Option<String>,
    /// That page with its form filled in: an address with `{scopes}` in it.
    #[serde(default)]
    pub prefilled: Option<String>,
    /// How it looks, what it is for; shown by `explain`.
    #[serde(default)]
    pub note: Option<String>,
}

/// What becomes of a job's own token away from home.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Elsewhere {
    pub reaches: bool,
    /// What it takes, or why it does not reach it.
    pub text: String,
}

/// Where jobs find a token that somebody made.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    pub text: String,
    /// The page for it: a key of `links`.
    #[serde(default)]
    pub link: Option<String>,
    /// How a step comes by the one called `NAME`, where that takes a word.
    #[serde(default)]
    pub handed: Option<String>,
}

/// How the power of a kind is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Power {
    Scopes,
    Permissions,
    Routes,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScopeRow {
    pub opens: String,
    /// Orders scopes when looking for the smallest that suffices.
    pub weight: u16,
    #[serde(default)]
    pub implies: Vec<String>,
    /// Kinds for which the implication is disputed by the sources, with what is disputed.
    #[serde(default)]
    pub disputed: BTreeMap<Kind, Vec<String>>,
}

/// What one capability needs.
#[derive(Clone, Debug)]
pub struct Row {
    pub capability: Capability,
    pub method: String,
    pub path: String,
    /// Ways to hold it by scope, for all kinds and for some.
    pub scopes: ScopeNeed,
    pub permission: PermissionNeed,
    pub role: RoleNeed,
    /// What the token's identity must be let do on the target, where the forge can be asked for that by name.
    pub ability: Option<String>,
    pub routes: RouteNeed,
    /// A setting of the target that must be on for tokens of these kinds.
    pub settings: BTreeMap<Kind, String>,
    /// The feature of the target that must be on.
    pub feature: Option<String>,
    pub effect: Effect,
    pub probe: Probing,
    /// First server version that has it at all.
    pub since: Option<Version>,
    pub role_note: Option<String>,
    pub note: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    Read,
    Write,
}

/// Alternatives, any of which is enough; each names scopes that are all needed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScopeNeed {
    pub general: ScopeWays,
    pub by_kind: BTreeMap<Kind, ScopeWays>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ScopeWays {
    /// No scope of this kind opens it.
    #[default]
    Closed,
    /// Any live token of the kind will do.
    Any,
    Ways(Vec<ScopeWay>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeWay {
    pub all: BTreeSet<String>,
    /// Good for public targets alone.
    pub public_only: bool,
    /// The sources contradict each other about this way.
    pub disputed: bool,
}

/// The permissions that open it, for all kinds and for some.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PermissionNeed {
    pub general: PermissionWays,
    pub by_kind: BTreeMap<Kind, PermissionWays>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PermissionWays {
    /// No fine-grained permission opens it.
    #[default]
    Closed,
    /// None needed.
    Any,
    /// Any of these ways, each with names that are all needed; `sure` is false where the names were not verified.
    Named { ways: Vec<Vec<String>>, sure: bool },
    /// The source does not say.
    Unstated,
}

/// Role levels by visibility of the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoleNeed {
    pub private: RoleBand,
    pub public: RoleBand,
}

/// Below `never_below` it is refused, from `surely_from` on it is granted; between, settings or disputed sources decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoleBand {
    pub never_below: u16,
    pub surely_from: u16,
}

/// How a kind with a list of routes reaches a capability.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RouteNeed {
    /// Look the row's method and path up in the routes.
    Lookup,
    /// Never.
    Closed,
    /// Outside the table, open since then; `own_only`: for the job's own project alone.
    Since { since: Since, own_only: bool },
    /// Outside the table, open since then where a setting of the target is on.
    Setting { name: String, since: Since },
}

/// How the capability can be tried without changing anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probing {
    /// The row's own request only reads.
    Itself,
    /// Another row's request tells.
    Via(Capability),
    /// Git's service discovery.
    Git,
    /// A field of the GraphQL query about the caller's permissions.
    Graphql(String),
    /// A documented dry run or token exchange, by name.
    DryRun(String),
    /// A request that cannot succeed, by name.
    Impossible(String),
    /// Only by comparing roles.
    Role,
    Nothing,
}

/// One endpoint of the route table.
#[derive(Clone, Debug)]
pub struct Route {
    pub method: String,
    pub path: String,
    pub policies: Vec<String>,
    pub since: Since,
    pub own_only: bool,
    pub note: Option<String>,
}

impl Catalogue {
    pub fn row(&self, capability: &Capability) -> Option<&Row> {
        self.rows.get(capability)
    }

    pub fn kind(&self, kind: &Kind) -> Option<&KindRow> {
        self.about.kinds.get(kind)
    }

    /// Is the row about the connection's target, rather than the token, its user or the instance?
    pub fn is_on_target(&self, row: &Row) -> bool {
        self.about.target_paths.iter().any(|start| row.path.starts_with(start.as_str()))
    }

    pub fn kind_title(&self, kind: &Kind) -> String {
        match self.kind(kind) {
            Some(row) => row.title.clone(),
            None if *kind == Kind::UNKNOWN => "access token".to_owned(),
            None => format!("{} token", kind.as_str()),
        }
    }

    pub fn role_level(&self, name: &str) -> Option<u16> {
        self.about.roles.get(name).copied()
    }

    /// The name of a level, or of the highest role at or below it.
    pub fn role_name(&self, level: u16) -> String {
        let below = self.about.roles.iter().filter(|(_, held)| **held <= level).max_by_key(|(_, held)| **held);
        below.map_or_else(|| "no role".to_owned(), |(name, _)| name.clone())
    }

    /// The endpoint of the route table that serves this method and path template, whatever its parameters are called.
    pub fn route(&self, method: &str, path: &str) -> Option<&Route> {
        self.routes.iter().find(|route| route.method == method && same_template(&route.path, path))
    }

    /// Does holding the permission `held` mean holding `needed`? The same name does, and so does a higher grade of it.
    pub fn covers(&self, held: &str, needed: &str) -> bool {
        let graded = |name: &str| {
            let (resource, grade) = name.split_once('=')?;
            let grade = self.about.permission_grades.iter().position(|known| known == grade)?;
            Some((permission_key(resource), grade))
        };
        match (graded(held), graded(needed)) {
            (Some((held, high)), Some((needed, low))) => held == needed && high >= low,
            _ => permission_key(held) == permission_key(needed),
        }
    }

    /// Orders scopes by what they open. One that nobody described may open anything.
    pub fn weight(&self, scope: &str) -> u32 {
        self.about.scopes.get(scope).map_or(1_000, |row| u32::from(row.weight))
    }

    /// The held scopes and everything they imply for a token of this kind; disputed implications are left out.
    pub fn implied(&self, held: &BTreeSet<String>, kind: &Kind) -> BTreeSet<String> {
        let mut all = held.clone();
        let mut open: Vec<&str> = held.iter().map(String::as_str).collect();
        while let Some(scope) = open.pop() {
            let Some(row) = self.about.scopes.get(scope) else { continue };
            let disputed = row.disputed.get(kind);
            for implied in &row.implies {
                let settled = disputed.is_none_or(|names| !names.contains(implied));
                if settled && all.insert(implied.clone()) {
                    open.push(implied);
                }
            }
        }
        all
    }
}

impl ScopeNeed {
    /// The ways for one kind; a kind that is served only where it is named gets nothing from the general ones.
    pub fn for_kind(&self, kind: &Kind, only_listed: bool) -> &ScopeWays {
        match self.by_kind.get(kind) {
            Some(ways) => ways,
            None if only_listed => &ScopeWays::Closed,
            None => &self.general,
        }
    }
}

impl PermissionNeed {
    pub fn for_kind(&self, kind: &Kind) -> &PermissionWays {
        self.by_kind.get(kind).unwrap_or(&self.general)
    }
}

impl RoleBand {
    pub const NONE: Self = Self { never_below: 0, surely_from: 0 };
}

/// `/projects/:id/merge_requests/:iid` and `/projects/:id/merge_requests/:merge_request_iid` are the same template.
fn same_template(left: &str, right: &str) -> bool {
    let mut left = left.split('/');
    let mut right = right.split('/');
    loop {
        match (left.next(), right.next()) {
            (None, None) => return true,
            (Some(one), Some(other)) if one == other || (one.starts_with(':') && other.starts_with(':')) => {}
            _ => return false,
        }
    }
}

/// `Merge Request: Read` in a settings page is `read_merge_request` in an answer.
pub fn permission_key(name: &str) -> String {
    let snake = |text: &str| text.trim().to_ascii_lowercase().replace([' ', '-'], "_");
    match name.split_once(": ") {
        Some((resource, action)) => format!("{}_{}", snake(action), snake(resource)),
        None => snake(name),
    }
}
