//! What the token that answers may do: by the judge where the forge is known, else by Git's own discovery alone.

use std::path::PathBuf;

use super::super::args::Probe;
use super::super::process::Process;
use super::super::selection::{Wanted, completed};
use super::super::session::Said;
use super::ways::{Bearers, origin};
use super::{Bearer, Secret, View};
use crate::app::check::{Listing, Means, ask, report as judge};
use crate::app::discovery::{Door, knock};
use crate::app::ports::Presentation;
use crate::domain::capability::Capability;
use crate::domain::connection::{Base, Connection, SourceSpec};
use crate::domain::diagnosis::{Answer, Diagnosis, Uses, Way};
use crate::domain::finding::{Finding, Severity};
use crate::domain::origin::{Origin, Scheme};
use crate::domain::report::{ConnectionReport, Report, Status, TokenReport};
use crate::domain::token::Token;
use crate::domain::verdict::Verdict;
use crate::wiring::Library;
use crate::wiring::git::Address;

const FETCH: &str = "git.clone";
const PUSH: &str = "git.push";

/// What connections are completed with.
pub(super) struct Setting<'a, 'p> {
    pub(super) process: &'a Process<'p>,
    pub(super) said: &'a Said<'a>,
    pub(super) library: &'a Library,
}

/// One question about one way.
pub(super) struct Order {
    way: usize,
    uses: Uses,
    name: String,
    what: What,
}

enum What {
    Judge(Box<Connection>),
    Knock(Box<Door>),
    /// Does the server let everybody in?
    Visit(Box<Door>),
}

/// Every token that was found, by its name, and what else is not to be printed.
pub(super) fn tokens(bearers: &Bearers, others: Vec<Token>) -> Vec<(String, Token)> {
    let all = bearers.iter().flatten().flatten();
    let named = all.filter_map(|bearer| match &bearer.secret {
        Secret::Password(name, token) | Secret::Bearer(name, token) => Some((name.clone(), token.clone())),
        Secret::Connection(_) | Secret::Unreadable => None,
    });
    named.chain(others.into_iter().map(|other| (String::new(), other))).collect()
}

pub(super) fn orders(
    diagnosis: &Diagnosis,
    addresses: &[Option<Address>],
    bearers: &Bearers,
    view: &View<'_>,
    setting: &Setting<'_, '_>,
) -> Result<Vec<Order>, String> {
    let said = setting.said;
    let mut orders = Vec::new();
    if said.run.offline || said.run.probe == Probe::None {
        return Ok(orders);
    }
    for (index, (way, address)) in diagnosis.ways.iter().zip(addresses).enumerate() {
        let Some(address) = address else { continue };
        let Some(at) = Spot::of(address, view, said) else { continue };
        let order = |name: &str, what| Order { way: index, uses: way.uses, name: name.to_owned(), what };
        if way.bypass().is_none() && way.uses.fetches() {
            orders.push(order("visitor", What::Visit(Box::new(at.door(None, vec![Capability::new(FETCH)])))));
        }
        let (Answer::By(link) | Answer::Perhaps(link)) = way.answer() else { continue };
        let place = way.links.iter().position(|one| std::ptr::eq(one, link));
        let Some(bearer) = place.and_then(|place| bearers[index][place].as_ref()) else { continue };
        let what = at.what(bearer, way, view, setting)?;
        orders.extend(what.map(|what| order(&link.name, what)));
    }
    Ok(orders)
}

/// Where a repository is.
struct Spot {
    base: Base,
    /// As Git tells it: decoded, without slashes around it.
    path: String,
    /// As the address has it: percent-encoded, with its first slash.
    encoded: String,
    ca_file: Option<PathBuf>,
    insecure: bool,
    forge: Option<String>,
}

impl Spot {
    /// `None` where the address names no repository.
    fn of(address: &Address, view: &View<'_>, said: &Said<'_>) -> Option<Self> {
        let origin = origin(address)?;
        let path = String::from_utf8(address.told_path()).ok().filter(|path| !path.is_empty())?;
        let (forge, root) =
            view.hallpass.forge_at(&origin).map_or((None, String::new()), |(forge, root)| (Some(forge), root));
        let ca_file = view.configuration.http("sslcainfo", address).last().and_then(|setting| setting.text());
        let variable = view.variables.get_os("GIT_SSL_CAINFO").map(PathBuf::from);
        let agreed = |text: &String| Origin::parse(text.trim_end_matches('/')).as_ref() == Ok(&origin);
        let insecure = origin.scheme_of() == Scheme::Http && said.run.allow_http.iter().any(agreed);
        Some(Self {
            path,
            encoded: address.path().to_owned(),
            ca_file: variable.or_else(|| Some(in_home(ca_file?, view))),
            insecure,
            forge,
            base: Base { origin, root },
        })
    }

    fn door(&self, shown: Option<(Presentation, Token)>, capabilities: Vec<Capability>) -> Door {
        Door {
            base: Base { origin: self.base.origin.clone(), root: String::new() },
            path: self.encoded.clone(),
            ca_file: self.ca_file.clone(),
            insecure: self.insecure,
            shown,
            capabilities,
        }
    }

    fn what(
        &self,
        bearer: &Bearer,
        way: &Way,
        view: &View<'_>,
        setting: &Setting<'_, '_>,
    ) -> Result<Option<What>, String> {
        let user = bearer.user.clone().unwrap_or_default();
        let (connection, shown) = match &bearer.secret {
            Secret::Unreadable => return Ok(None),
            Secret::Connection(connection) => (Some((**connection).clone()), None),
            Secret::Bearer(_, token) => (None, Some((Presentation::Bearer, token.clone()))),
            Secret::Password(name, token) => {
                let source = SourceSpec::Found(name.clone());
                let draft = |forge: &String| view.hallpass.draft(forge, &self.base.to_string(), source, Some(&user));
                (self.forge.as_ref().and_then(draft), Some((Presentation::Basic(user.clone()), token.clone())))
            }
        };
        if let Some(connection) = connection {
            let Setting { process, said, library } = setting;
            let Said { names, adhoc, run, common: _, manner } = **said;
            let wanted = Wanted { config: None, names, adhoc, run, manner };
            let connection = self.aimed(connection, &user, way.uses);
            let connection = completed(connection, &wanted, process, library)?;
            return Ok(Some(What::Judge(Box::new(connection))));
        }
        Ok(shown.map(|shown| What::Knock(Box::new(self.door(Some(shown), asked(way.uses))))))
    }

    /// The connection, about this repository and about Git alone.
    fn aimed(&self, connection: Connection, user: &str, uses: Uses) -> Connection {
        let root = connection.base.root.trim_matches('/');
        let path = self.path.strip_prefix(root).unwrap_or(&self.path).trim_matches('/');
        let target = path.strip_suffix(".git").unwrap_or(path);
        Connection {
            target: Some(target.to_owned()),
            username: Some(user.to_owned()).filter(|user| !user.is_empty()),
            needs: if uses.fetches() { vec![Capability::new(FETCH)] } else { Vec::new() },
            contracts: Vec::new(),
            must_not: Vec::new(),
            ca_file: connection.ca_file.clone().or_else(|| self.ca_file.clone()),
            insecure: connection.insecure || self.insecure,
            ..connection
        }
    }
}

/// As Git reads paths in its configuration.
fn in_home(path: &str, view: &View<'_>) -> PathBuf {
    let below = path.strip_prefix("~/").and_then(|rest| Some(view.home.as_ref()?.join(rest)));
    below.unwrap_or_else(|| path.into())
}

fn asked(uses: Uses) -> Vec<Capability> {
    let fetch = uses.fetches().then(|| Capability::new(FETCH));
    fetch.into_iter().chain(uses.pushes().then(|| Capability::new(PUSH))).collect()
}

/// Asks, and fills in what the diagnosis could not know.
pub(super) fn report(orders: &[Order], diagnosis: &mut Diagnosis, means: &Means<'_>) -> Report {
    let mut whole = Report::at(means.setting.now);
    for order in orders {
        match &order.what {
            What::Judge(connection) => {
                let connections = [(**connection).clone()];
                let audited = ask(&connections, &Listing::Observe(asked(order.uses)), means);
                let judged = judge(&audited, means);
                whole.connections.extend(judged.connections);
                whole.findings.extend(judged.findings);
            }
            What::Knock(door) => knocked(order, door, means, &mut whole),
            What::Visit(door) => {
                let told = knock(door, &|id| means.setting.title(id), means.transport);
                let verdict = told.capabilities.first().map(|one| one.verdict);
                let heard = verdict.filter(|verdict| *verdict != Verdict::Unknown);
                diagnosis.ways[order.way].public = heard.map(|verdict| verdict == Verdict::Allowed);
            }
        }
    }
    whole
}

fn knocked(order: &Order, door: &Door, means: &Means<'_>, whole: &mut Report) {
    let told = knock(door, &|id| means.setting.title(id), means.transport);
    let fetch = told.capabilities.iter().find(|one| one.id.as_str() == FETCH);
    let status = match fetch.map(|one| one.verdict) {
        Some(Verdict::Denied) => Status::Fail,
        Some(Verdict::Unknown) => Status::Unknown,
        Some(Verdict::Allowed) | None => Status::Pass,
    };
    let failing = fetch.filter(|one| one.verdict != Verdict::Allowed);
    whole.findings.extend(failing.map(|one| {
        let rule = one.layer.map_or("capability-unknown", crate::domain::verdict::Layer::rule);
        let about = means.setting.rules.get(rule);
        let severity = match one.verdict {
            Verdict::Denied => Severity::Error,
            _ => about.map_or(Severity::Warning, |rule| rule.severity).min(Severity::Warning),
        };
        Finding {
            rule: rule.to_owned(),
            severity,
            connection: Some(order.name.clone()),
            capability: Some(one.id.clone()),
            layer: one.layer,
            message: one.reason.clone(),
            fix: None,
            link: None,
            place: None,
            excerpt: None,
        }
    }));
    whole.connections.push(ConnectionReport {
        name: order.name.clone(),
        status,
        forge: "git".to_owned(),
        url: door.base.to_string(),
        target: Some(door.path.trim_matches('/').to_owned()),
        tenant: None,
        owner: None,
        source: order.name.clone(),
        contracts: Vec::new(),
        token: TokenReport::default(),
        requests: told.requests,
        capabilities: told.capabilities,
        trace: told.trace,
        remarks: vec!["which software runs there is not known, so only Git's own discovery was asked".to_owned()],
    });
}
