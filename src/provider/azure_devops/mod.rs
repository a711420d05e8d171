//! Azure DevOps: dev.azure.com, the older visualstudio.com addresses, and Azure DevOps Server.

mod abilities;
mod answers;
mod git;
mod identity;
mod job;
mod kinds;
mod observe;
mod place;
mod probes;
mod read;
mod refusal;
mod shape;

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::app::ports::{GitUser, Glance, Offhand, Probe, Provider, Reply, Task};
use crate::domain::catalogue::Catalogue;
use crate::domain::connection::{Base, Connection, SourceSpec};
use crate::domain::evidence::{Evidence, Fact, Known, Origin, Trouble};
use crate::domain::expiry::Expiry;
use crate::domain::token::{Kind, Token};
use crate::domain::verdict::{Basis, Layer};

use super::Files;
use place::{PUBLIC_ORIGIN, Place, tidy_root};
use shape::Shape;

pub const ID: &str = "azure-devops";

pub const FILES: Files = Files {
    about: include_str!("catalogue.yml"),
    capabilities: include_str!("capabilities.csv"),
    routes: "method,path,policies,since,own_only,note\n",
};

pub const OFFHAND: Offhand = Offhand {
    id: ID,
    public_origin: PUBLIC_ORIGIN,
    own_token: job::OWN_TOKEN,
    tidy_root,
    job: job::platform,
    glance,
    git_subject: Some(place::git_subject),
    shared_origin: true,
};

/// Tokens made for all organizations at once stop on this day, and none was made since the middle of March before it.
const END_OF_GLOBAL_TOKENS: Date = Date::constant(2026, 12, 1);
const LAST_MONTH_OF_GLOBAL_TOKENS: Date = Date::constant(2026, 3, 1);

pub struct AzureDevOps {
    catalogue: Catalogue,
}

impl AzureDevOps {
    pub fn new(catalogue: Catalogue) -> Self {
        Self { catalogue }
    }
}

impl Provider for AzureDevOps {
    fn offhand(&self) -> &'static Offhand {
        &OFFHAND
    }

    fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    fn offline(&self, task: &Task<'_>, now: Timestamp) -> Vec<Known<Fact>> {
        let mut facts = of_place(task);
        facts.extend(from_text(task, now));
        facts
    }

    fn next(&self, task: &Task<'_>, evidence: &Evidence, asked: &[String]) -> Vec<Probe> {
        probes::next(task, evidence, asked, &self.catalogue)
    }

    fn read(
        &self,
        task: &Task<'_>,
        evidence: &Evidence,
        probe: &Probe,
        reply: &Reply,
        _now: Timestamp,
    ) -> Vec<Known<Fact>> {
        read::read(task, evidence, probe, reply, &self.catalogue)
    }

    fn doors(&self, base: &Base) -> Vec<Base> {
        place::doors(base)
    }

    /// The service delays for up to half a minute before it refuses.
    fn patience(&self) -> Option<Duration> {
        Some(Duration::from_secs(45))
    }

    fn git_user(&self, _kind: &Kind) -> Option<&'static str> {
        None
    }

    fn serves(&self, origin: &crate::domain::origin::Origin) -> bool {
        place::is_cloud(origin)
    }

    fn usual_variables(&self) -> &'static [&'static str] {
        &[job::OWN_TOKEN, "AZURE_DEVOPS_EXT_PAT"]
    }

    fn target_of(&self, base: &Base, path: &str) -> Option<String> {
        let whole = String::from_utf8(place::target_of(base, path.as_bytes())?).ok()?;
        Some(whole.strip_prefix(base.root.trim_start_matches('/'))?.trim_start_matches('/').to_owned())
    }

    fn place_of_remote(&self, origin: &crate::domain::origin::Origin, path: &str) -> Option<(String, String)> {
        let root = place::root_of_remote(origin, path)?;
        let base = Base { origin: origin.clone(), root: root.clone() };
        Some((root, self.target_of(&base, path)?))
    }

    fn web_of_ssh(&self, host: &str, path: &str) -> Option<(&'static str, String)> {
        place::web_of_ssh(host, path)
    }
}

/// Any user name goes with any of its tokens.
fn glance(_connection: &Connection, token: &Token) -> Glance {
    let expires = match shape::read(token.expose()) {
        Shape::Jwt { kind: Some(_), expires, .. } => expires,
        _ => None,
    };
    Glance { user: GitUser::Any("hallpass"), expires }
}

/// What the address alone tells: its pages, and what is wrong with it.
fn of_place(task: &Task<'_>) -> Vec<Known<Fact>> {
    let place = Place::of(task.connection);
    let stated = |says: &str, value: Fact| Known {
        value,
        basis: Basis::Inferred,
        origin: Origin::new("configuration", None, says),
    };
    if let Some(fault) = place.fault {
        let trouble =
            Trouble { layer: Layer::UnusableAnswer, text: format!("nothing was asked: {fault}"), about: None };
        return vec![stated(fault, Fact::Trouble(trouble))];
    }
    let (organization, page) = place.pages(&task.connection.base);
    let mut facts = vec![stated("the address", Fact::Word("organization", organization))];
    facts.extend(page.map(|page| stated("the target", Fact::Word("page", page))));
    if let (Some(target), Some(project)) =
        (&task.connection.target, task.connection.job.as_ref().and_then(|job| job.project.as_ref()))
    {
        facts.push(stated("the job's own target", Fact::OwnTarget(target.eq_ignore_ascii_case(project))));
    }
    facts
}

fn from_text(task: &Task<'_>, now: Timestamp) -> Vec<Known<Fact>> {
    let inferred = |says: &str, value: Fact| Known {
        value,
        basis: Basis::Inferred,
        origin: Origin::new("token text", None, says),
    };
    match shape::read(task.token.expose()) {
        Shape::Malformed(why) => vec![inferred(why, Fact::Dead(Layer::Malformed, why.to_owned()))],
        Shape::Useless(why) => vec![inferred(&why, Fact::Dead(Layer::Kind, why.clone()))],
        Shape::Pat { made, well_formed } => {
            let checked = if well_formed { ", with a checksum that fits" } else { "" };
            let says = format!("the form of a personal access token{checked}");
            let mut facts = vec![inferred(&says, Fact::Kind(kinds::PAT))];
            facts.extend(made.map(|made| inferred("the month in its text", Fact::Remark(age(made)))));
            facts.extend(retiring(task.connection, made, now).map(|fact| inferred("its form and the date", fact)));
            facts
        }
        Shape::Jwt { kind, expires, scopes } => {
            let kind = kind.or_else(|| by_place(task.connection)).unwrap_or(kinds::ENTRA);
            let is_entra = kind == kinds::ENTRA;
            let mut facts = vec![inferred("the form of a JWT", Fact::Kind(kind))];
            for scope in scopes {
                facts.push(inferred("`scp` in its claims", Fact::Shown(scope, true)));
            }
            if let Some(instant) = expires {
                let expiry = Expiry::At { instant, date_only: false };
                facts.push(inferred("`exp` in its claims", Fact::Expires(expiry)));
                // Two minutes of skew between the clocks are nothing to die of.
                if is_entra && instant.as_second() + 120 < now.as_second() {
                    let why = format!("this token ended at {expiry}");
                    facts.push(inferred(&why, Fact::Dead(Layer::Expired, why.clone())));
                }
            }
            facts
        }
        Shape::Unrecognised => by_place(task.connection)
            .into_iter()
            .map(|kind| inferred("where it comes from", Fact::Kind(kind)))
            .collect(),
    }
}

/// A hint about age, not about expiry: extending a token keeps its text.
fn age(made: Date) -> String {
    let month = made.strftime("%B %Y");
    let last = made.saturating_add(jiff::Span::new().months(13));
    let last = last.saturating_sub(jiff::Span::new().days(1));
    format!(
        "the text of this token says that it was made in {month}; unless somebody extended it, it is dead by {last}. No answer of \
         the forge tells the end of a personal access token"
    )
}

/// Whether a token was made for all organizations shows nowhere, so this is said of every one that could have been.
fn retiring(connection: &Connection, made: Option<Date>, now: Timestamp) -> Option<Fact> {
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let could_be = made.is_none_or(|made| made <= LAST_MONTH_OF_GLOBAL_TOKENS);
    let on_cloud = Place::of(connection).is_cloud();
    (could_be && on_cloud && today < END_OF_GLOBAL_TOKENS).then(|| {
        Fact::Retiring(format!(
            "tokens made for all accessible organizations stop working on {END_OF_GLOBAL_TOKENS}; whether this is one cannot be \
             seen from here"
        ))
    })
}

/// A token without a telling text is known by where it came from.
fn by_place(connection: &Connection) -> Option<Kind> {
    match &connection.source {
        SourceSpec::Job(variable) | SourceSpec::Env(variable) if variable == job::OWN_TOKEN => Some(kinds::SYSTEM),
        _ => None,
    }
}
