//! What was learned about a token, each fact with its origin.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::capability::Capability;
use super::expiry::Expiry;
use super::token::Kind;
use super::verdict::{Basis, Layer, Verdict};
use super::version::Version;

/// Where a fact was learned, in words a user can check by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// `GET /job`, `env:CI_SERVER_VERSION`, `token text`, `catalogue`.
    pub request: String,
    /// The HTTP status, where there was one.
    pub status: Option<u16>,
    pub says: String,
}

impl Origin {
    pub fn new(request: impl Into<String>, status: Option<u16>, says: impl Into<String>) -> Self {
        Self { request: request.into(), status, says: says.into() }
    }
}

/// A value, why we believe it, and where it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known<T> {
    pub value: T,
    pub basis: Basis,
    pub origin: Origin,
}

impl<T> Known<T> {
    pub fn map<U>(&self, value: U) -> Known<U> {
        Known { value, basis: self.basis, origin: self.origin.clone() }
    }
}

/// One thing learned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The forge answered a question that only an accepted token gets answered.
    Alive,
    /// The token cannot be used at all; the layer says how it died.
    Dead(Layer, String),
    Kind(Kind),
    /// The id the forge gives the token.
    TokenId(String),
    /// The name its owner gave it.
    TokenName(String),
    /// The account it acts as, and that account's id.
    User(String),
    UserId(String),
    CreatedAt(jiff::Timestamp),
    Expires(Expiry),
    Scopes(BTreeSet<String>),
    Permissions(Vec<HeldPermission>),
    /// The forge was seen to honour this one scope or permission, or to miss it, where it does not say what the token holds.
    Shown(String, bool),
    /// Whether the identity is let do this on the target, by the catalogue's name for it.
    Ability(String, bool),
    Role(HeldRole),
    Target(TargetFact),
    Server(Version),
    /// Is the target the project that the job itself runs for?
    OwnTarget(bool),
    /// What the forge did when asked for one capability.
    Outcome(Capability, Outcome),
    /// An object of the target that a later question can be about: `merge_request`, `branch`.
    Sample(&'static str, String),
    /// Something that kept us from knowing.
    Trouble(Trouble),
    /// This form of token is going away: when, and how sure that is of this one.
    Retiring(String),
    /// Told to the user without judging.
    Remark(String),
    /// A word for the placeholders of fixes and links that follows from how the forge lays out its pages.
    Word(&'static str, String),
}

/// One fine-grained permission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldPermission {
    pub name: String,
    /// Does it reach the target? `None`: not known when it was read.
    pub on_target: Option<bool>,
    /// The one project it is bound to, by id, which may turn out to be the target.
    #[serde(default)]
    pub project: Option<String>,
}

/// The bearer's standing on the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldRole {
    pub level: u16,
    /// `false`: there may be more than this (the answer leaves some memberships out).
    pub exact: bool,
    /// A custom role adds abilities that its base level does not show.
    #[serde(default)]
    pub custom: bool,
}

/// A fact about the target rather than the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetFact {
    /// Not visible: absent, or hidden from this token.
    Hidden,
    /// The token is not let in, whatever it holds: by a policy of the owner, for instance.
    Barred(Barrier),
    Id(String),
    Visibility(Visibility),
    Archived(bool),
    Feature(String, FeatureState),
    Setting(String, bool),
}

/// What keeps a token from a target as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Barrier {
    pub layer: Layer,
    pub reason: String,
    /// What the answer named as missing, or the page where it is mended.
    pub missing: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Visibility {
    Private,
    Internal,
    Public,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FeatureState {
    Enabled,
    /// For members only.
    MembersOnly,
    Disabled,
}

/// What the forge did when one capability was tried by a harmless request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub verdict: Verdict,
    pub layer: Option<Layer>,
    pub reason: String,
    /// A visitor without any token might have got the same answer.
    pub anonymous_too: bool,
    /// What the answer named as missing: a scope, a policy, a permission. Fills the fix.
    pub missing: Vec<String>,
}

/// Something that kept us from knowing, as a whole or for one capability.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    pub layer: Layer,
    pub text: String,
    pub about: Option<Capability>,
}

/// Everything learned about one token on one target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    pub alive: Option<Known<()>>,
    pub dead: Option<Known<(Layer, String)>>,
    pub kind: Option<Known<Kind>>,
    pub token_id: Option<Known<String>>,
    pub token_name: Option<Known<String>>,
    pub user: Option<Known<String>>,
    pub user_id: Option<Known<String>>,
    pub created_at: Option<Known<jiff::Timestamp>>,
    pub expires: Option<Known<Expiry>>,
    pub scopes: Option<Known<BTreeSet<String>>>,
    pub permissions: Option<Known<Vec<HeldPermission>>>,
    pub shown: BTreeMap<String, Known<bool>>,
    pub abilities: BTreeMap<String, Known<bool>>,
    pub role: Option<Known<HeldRole>>,
    pub hidden: Option<Known<()>>,
    pub barred: Option<Known<Barrier>>,
    pub target_id: Option<Known<String>>,
    pub visibility: Option<Known<Visibility>>,
    pub archived: Option<Known<bool>>,
    pub features: BTreeMap<String, Known<FeatureState>>,
    pub settings: BTreeMap<String, Known<bool>>,
    pub server: Option<Known<Version>>,
    pub own_target: Option<Known<bool>>,
    pub outcomes: BTreeMap<Capability, Known<Outcome>>,
    pub samples: BTreeMap<&'static str, String>,
    pub troubles: Vec<Known<Trouble>>,
    pub retiring: Option<Known<String>>,
    pub remarks: Vec<String>,
    pub words: BTreeMap<&'static str, String>,
}

impl Evidence {
    /// Takes a fact in. Better founded facts replace weaker ones; two equally founded facts that differ are a contradiction.
    pub fn add(&mut self, fact: Known<Fact>) {
        let told = fact.map(());
        match fact.value {
            Fact::Alive => self.alive = Some(told),
            Fact::Dead(layer, text) => {
                self.dead.get_or_insert(told.map((layer, text)));
            }
            Fact::Kind(kind) => {
                // "None of those" leaves the question open; whatever comes next answers it.
                self.kind.take_if(|held| held.value == Kind::UNKNOWN);
                self.slot(told.map(kind), "kind", |evidence| &mut evidence.kind);
            }
            Fact::TokenId(id) => self.slot(told.map(id), "token id", |evidence| &mut evidence.token_id),
            Fact::TokenName(name) => self.slot(told.map(name), "token name", |evidence| &mut evidence.token_name),
            Fact::User(user) => self.slot(told.map(user), "user", |evidence| &mut evidence.user),
            Fact::UserId(id) => self.slot(told.map(id), "user id", |evidence| &mut evidence.user_id),
            Fact::CreatedAt(at) => self.slot(told.map(at), "creation time", |evidence| &mut evidence.created_at),
            Fact::Expires(expiry) => self.slot(told.map(expiry), "expiry", |evidence| &mut evidence.expires),
            Fact::Scopes(scopes) => self.slot(told.map(scopes), "scopes", |evidence| &mut evidence.scopes),
            Fact::Permissions(held) => self.slot(told.map(held), "permissions", |evidence| &mut evidence.permissions),
            Fact::Shown(name, held) => {
                self.shown.entry(name).or_insert(told.map(held));
            }
            Fact::Ability(name, let_do) => {
                self.abilities.insert(name, told.map(let_do));
            }
            Fact::Role(role) => self.add_role(told.map(role)),
            Fact::Server(version) => self.slot(told.map(version), "server version", |evidence| &mut evidence.server),
            Fact::OwnTarget(own) => self.slot(told.map(own), "own project", |evidence| &mut evidence.own_target),
            Fact::Outcome(capability, outcome) => self.add_outcome(capability, told.map(outcome)),
            Fact::Sample(name, value) => {
                self.samples.entry(name).or_insert(value);
            }
            Fact::Trouble(trouble) => self.troubles.push(told.map(trouble)),
            Fact::Retiring(text) => self.retiring = Some(told.map(text)),
            Fact::Remark(text) => self.remarks.push(text),
            Fact::Word(name, text) => {
                self.words.insert(name, text);
            }
            Fact::Target(fact) => self.add_target(&told, fact),
        }
    }

    fn add_target(&mut self, told: &Known<()>, fact: TargetFact) {
        match fact {
            TargetFact::Hidden => self.hidden = Some(told.clone()),
            TargetFact::Barred(barrier) => {
                self.barred.get_or_insert(told.map(barrier));
            }
            TargetFact::Id(id) => self.slot(told.map(id), "target id", |evidence| &mut evidence.target_id),
            TargetFact::Visibility(seen) => {
                self.slot(told.map(seen), "visibility", |evidence| &mut evidence.visibility);
            }
            TargetFact::Archived(yes) => self.slot(told.map(yes), "archived state", |evidence| &mut evidence.archived),
            TargetFact::Feature(name, state) => {
                self.features.insert(name, told.map(state));
            }
            TargetFact::Setting(name, on) => {
                self.settings.insert(name, told.map(on));
            }
        }
    }

    fn slot<T: PartialEq>(&mut self, new: Known<T>, what: &str, field: fn(&mut Self) -> &mut Option<Known<T>>) {
        let held = field(self);
        match held {
            Some(old) if old.value == new.value && old.basis <= new.basis => {}
            Some(old) if old.value != new.value && old.basis == new.basis => {
                let text = format!(
                    "two answers differ about the {what}: `{}` and `{}`",
                    old.origin.request, new.origin.request
                );
                let trouble = Trouble { layer: Layer::Contradiction, text, about: None };
                let told = new.map(trouble);
                self.troubles.push(told);
            }
            Some(old) if old.basis < new.basis => {}
            _ => *held = Some(new),
        }
    }

    /// Memberships add up: an exact answer wins, of two partial ones the higher.
    fn add_role(&mut self, new: Known<HeldRole>) {
        let replaces = match &self.role {
            None => true,
            Some(old) => match (old.value.exact, new.value.exact) {
                (false, true) => true,
                (true, false) => false,
                _ => new.value.level > old.value.level,
            },
        };
        if replaces {
            self.role = Some(new);
        }
    }

    /// A definite outcome is kept over a doubtful one; of two definite ones the first.
    fn add_outcome(&mut self, capability: Capability, new: Known<Outcome>) {
        let undecided = self.outcomes.get(&capability).is_none_or(|old| old.value.verdict == Verdict::Unknown);
        if undecided {
            self.outcomes.insert(capability, new);
        }
    }

    pub fn kind(&self) -> Kind {
        self.kind.as_ref().map_or(Kind::UNKNOWN, |known| known.value.clone())
    }

    /// The trouble that concerns this capability, or the whole run.
    pub fn trouble_about(&self, capability: &Capability) -> Option<&Known<Trouble>> {
        let own = self.troubles.iter().find(|known| known.value.about.as_ref() == Some(capability));
        own.or_else(|| self.troubles.iter().find(|known| known.value.about.is_none()))
    }
}
