//! `job-token-closed-endpoint`: a call with the job's token to what is not among its endpoints.

use super::{Ground, Told};
use crate::domain::catalogue::{Effect, Route, Row};
use crate::domain::finding::Severity;
use crate::domain::gates::able_kinds;
use crate::domain::version::Presence;
use crate::pipeline::gitlab::FORGE;
use crate::pipeline::gitlab::endpoint::{Address, Path, address};
use crate::pipeline::gitlab::words::{Whose, whose};
use crate::pipeline::model::{Act, How, Job, Presented, Request};
use crate::pipeline::text::Span;

const RULE: &str = "job-token-closed-endpoint";

pub(super) fn told(job: &Job, ground: &Ground<'_>) -> Vec<Told> {
    with_job_token(job).filter_map(|request| one(request, ground)).collect()
}

pub(super) fn unresolved(job: &Job) -> Vec<Span> {
    let open = |request: &&Request| match address(&request.url.value) {
        Address::Unknown => true,
        Address::Rest(_) => request.method.is_none(),
        Address::GraphQl | Address::Elsewhere => false,
    };
    let requests = with_job_token(job).filter(open).map(|request| request.span);
    let others = job.acts.iter().filter_map(|act| match act {
        Act::Open(span) => Some(*span),
        _ => None,
    });
    requests.chain(others).collect()
}

fn with_job_token(job: &Job) -> impl Iterator<Item = &Request> {
    job.acts.iter().filter_map(|act| match act {
        Act::Request(request) if request.program != "git" && request.tokens.iter().any(is_sign_in) => {
            // A second, other token may be the one that counts.
            let others = request.tokens.iter().any(|token| signs_in(&token.how) && whose(&token.value) != Whose::Job);
            (!others).then_some(request)
        }
        _ => None,
    })
}

fn is_sign_in(token: &Presented) -> bool {
    signs_in(&token.how) && whose(&token.value) == Whose::Job
}

/// Is this a way in which GitLab takes a token of any kind?
fn signs_in(how: &How) -> bool {
    match how {
        How::Header(name) => matches!(name.as_str(), "job-token" | "private-token" | "deploy-token"),
        How::Query(name) | How::Field(name) => matches!(name.as_str(), "job_token" | "private_token"),
        How::Bearer | How::Tool(_) => true,
        How::Basic { .. } | How::UserInfo { .. } | How::Scheme(_) => false,
    }
}

fn one(request: &Request, ground: &Ground<'_>) -> Option<Told> {
    let new = |message: String| Told::new(RULE, message, request.url.span, request.span);
    let path = match address(&request.url.value) {
        Address::GraphQl => {
            let message = "GraphQL is closed to the job token: what it asks is answered as to any visitor";
            return Some(
                new(message.to_owned()).weighing(Severity::Warning).needing("scope `api`, or `read_api` to read"),
            );
        }
        Address::Rest(path) => path,
        Address::Elsewhere | Address::Unknown => return None,
    };
    let method = request.method.as_deref()?;
    let routes = path.routes(method, ground.catalogue(FORGE));
    if !routes.is_empty() {
        return too_old(&path, method, &routes, ground).map(|(message, likely)| {
            let told = new(message).needing("scope `api`");
            if likely { told.likely() } else { told }
        });
    }
    let newer = ground.version.is_some_and(|version| version.major > ground.catalogue(FORGE).about.read_at.major);
    let told = match path.row(method, ground.catalogue(FORGE)) {
        Some(row) => closed(new, row, method, ground),
        None if path.is_of_a_project() && !path.is_beyond_the_table() => {
            let message = format!("`{method} {}` is not among the endpoints that the job token reaches", path.shown());
            new(message).needing("scope `api`, or `read_api` to read").likely()
        }
        None => return None,
    };
    Some(if newer { told.likely() } else { told })
}

fn closed(new: impl Fn(String) -> Told, row: &Row, method: &str, ground: &Ground<'_>) -> Told {
    let call = format!("`{method} {}`", row.path);
    // What a visitor may read is read without the token, too; that works on a public project and nowhere else.
    let open_to_visitors =
        row.effect == Effect::Read && row.role.public.surely_from <= 10 && ground.catalogue(FORGE).is_on_target(row);
    let able = able_kinds(row, ground.catalogue(FORGE));
    let told = if open_to_visitors {
        new(format!("{call} is closed to the job token: it is refused on a private project and answered as to any visitor on a public one"))
            .weighing(Severity::Warning)
    } else {
        new(format!("{call} is closed to the job token"))
    };
    Told { words: vec![("action", able.join(" or "))], ..told }.needing(&needs(row, ground))
}

/// `scope `api` and the role developer`.
fn needs(row: &Row, ground: &Ground<'_>) -> String {
    use crate::domain::catalogue::ScopeWays;
    use crate::domain::token::Kind;
    let kind = Kind::named("project");
    let scope = match row.scopes.for_kind(&kind, false) {
        ScopeWays::Ways(ways) => {
            let settled = ways.iter().filter(|way| !way.disputed);
            let weight = |scope: &String| ground.catalogue(FORGE).weight(scope);
            let least = settled.min_by_key(|way| way.all.iter().map(weight).sum::<u32>());
            least.map_or_else(String::new, |way| {
                let all = way.all.iter().map(|scope| format!("`{scope}`")).collect::<Vec<_>>();
                format!("scope {}", all.join(" and "))
            })
        }
        ScopeWays::Any => "any scope".to_owned(),
        ScopeWays::Closed => String::new(),
    };
    let role = row.role.private.surely_from;
    let role = if role > 0 { format!("the role {}", ground.catalogue(FORGE).role_name(role)) } else { String::new() };
    [scope, role].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" and ")
}

/// Every route that it can be is younger than the server.
fn too_old(path: &Path, method: &str, routes: &[&Route], ground: &Ground<'_>) -> Option<(String, bool)> {
    let version = ground.version?;
    let presences: Vec<Presence> = routes.iter().map(|route| route.since.in_version(version)).collect();
    if presences.contains(&Presence::Yes) {
        return None;
    }
    let since = routes.iter().map(|route| route.since).min_by_key(|since| since.from)?;
    let message = format!("`{method} {}` opened to the job token in {since}; the server is {version}", path.shown());
    Some((message, presences.contains(&Presence::Unsure)))
}

impl Told {
    fn needing(mut self, needed: &str) -> Self {
        if !needed.is_empty() {
            self.words.push(("needed", needed.to_owned()));
        }
        self
    }
}
