//! From jobs to what they do with which token. Nothing is guessed: what the files do not tell is said to be untold.

mod address;
mod parts;

pub use address::{HOLE, OWN, base, git_aim, one, spelt};

use super::files::Files;
use super::model::{Act, GitRun, GitVerb, How, Job, Part, Presented, Request, ToolRun, Value, split_once};
use super::rules::{Ground, tools};
use super::text::Span;
use crate::domain::capability::Capability;
use crate::domain::catalogue::Catalogue;
use crate::domain::usage::{Aim, Deed, Holder, Use, Where};

/// How the pipelines of one forge speak of tokens, of addresses and of their own place.
pub struct Tongue {
    pub forge: &'static str,
    /// Whose token a value is; `None` where it is not that of one variable.
    pub holder: fn(&[Part]) -> Option<Holder>,
    /// What a variable stands for in an address, [`OWN`] being the job's own host or project.
    pub stands_for: fn(&str) -> Option<&'static str>,
    /// What a request does; `None` where it is not for this forge.
    pub call: fn(&Request, &Catalogue) -> Option<Call>,
    /// Does a token sign in there in this way?
    pub signs_in: fn(&Presented) -> bool,
    /// The forge's client, whose commands have names.
    pub client: Option<&'static str>,
    /// Its public instance.
    pub public: &'static str,
    /// What the settings hold reaches every script without a word in the file, and Git is signed in by the runner.
    pub from_settings: bool,
}

/// What a request does.
pub struct Call {
    pub aim: Aim,
    pub deed: Result<Capability, &'static str>,
}

/// All that a job does with tokens.
pub fn of_job(job: &Job, files: &Files, tongues: &[Tongue], ground: &Ground<'_>) -> Vec<Use> {
    let Some(tongue) = tongues.iter().find(|tongue| tongue.forge == job.forge) else { return Vec::new() };
    let mut uses = Vec::new();
    for act in &job.acts {
        let seen: Vec<Seen> = match act {
            Act::Request(request) if request.program == "git" => {
                git_address(request, job, tongue).into_iter().collect()
            }
            Act::Request(request) => of_request(request, tongue, tongues, ground).into_iter().collect(),
            Act::Git(run) => push(run, job.whole, tongue).into_iter().collect(),
            Act::Tool(run) => of_tool(run, files, tongue, ground).into_iter().collect(),
            Act::Client(run) => parts::of_client(run, tongue, tongues, ground),
            Act::Action(run) => parts::of_action(run, job, tongue, ground),
            // What cannot be followed is not known to have a token, and a called workflow has jobs of its own.
            Act::Unset(..) | Act::Open(_) | Act::Call(_) | Act::Opaque(_) => Vec::new(),
        };
        uses.extend(seen.into_iter().map(|seen| Use {
            forge: seen.forge,
            job: job.name.clone(),
            holder: seen.holder,
            aim: seen.aim,
            deed: seen.deed,
            place: files.place(seen.span),
        }));
    }
    uses
}

struct Seen {
    forge: Option<&'static str>,
    holder: Holder,
    aim: Aim,
    deed: Deed,
    span: Span,
}

fn of_request(request: &Request, own: &Tongue, tongues: &[Tongue], ground: &Ground<'_>) -> Option<Seen> {
    // The interface of another forge is told by its address; what is unknown is left to the job's own.
    let others = tongues.iter().filter(|tongue| tongue.forge != own.forge);
    let spoken = others.map(|tongue| (tongue, (tongue.call)(request, ground.catalogue(tongue.forge))));
    let mut spoken =
        spoken.filter(|(_, call)| call.as_ref().is_some_and(|call| matches!(call.aim.base, Where::Named(_))));
    let (tongue, call) = match spoken.next() {
        Some((tongue, Some(call))) => (tongue, call),
        _ => (own, (own.call)(request, ground.catalogue(own.forge))?),
    };
    let mut tokens = request.tokens.iter().filter(|token| (tongue.signs_in)(token));
    let holder = tokens.find_map(|token| (own.holder)(&token.value))?;
    let deed = call.deed.map_or_else(Deed::Untold, Deed::Capability);
    Some(Seen { forge: Some(tongue.forge), holder, aim: call.aim, deed, span: request.span })
}

/// An address with a token in it. What is done with it stands in another act where that is a push.
fn git_address(request: &Request, job: &Job, tongue: &Tongue) -> Option<Seen> {
    let same = |run: &GitRun| run.verb == GitVerb::Push && run.remote.as_ref() == Some(&request.url.value);
    if job.acts.iter().any(|act| matches!(act, Act::Git(run) if same(run))) {
        return None;
    }
    let holder = request.tokens.iter().find(|token| matches!(token.how, How::UserInfo { .. }))?;
    let holder = (tongue.holder)(&holder.value)?;
    of_git(&request.url.value, holder, "git.clone", request.span, tongue)
}

fn of_git(url: &Value, holder: Holder, capability: &str, span: Span, tongue: &Tongue) -> Option<Seen> {
    let aim = git_aim(&spelt(url, tongue.stands_for))?;
    let forge = (aim.base == Where::Own).then_some(tongue.forge);
    Some(Seen { forge, holder, aim, deed: Deed::Capability(Capability::new(capability)), span })
}

fn push(run: &GitRun, whole: bool, tongue: &Tongue) -> Option<Seen> {
    if run.verb != GitVerb::Push {
        return None;
    }
    let Some(remote) = &run.remote else {
        // Without an address of its own it goes where the checkout came from, signed in as that was.
        let origin = run.named.as_ref().is_none_or(|word| word.text().as_deref() == Some("origin"));
        let by_runner = || tongue.from_settings.then_some(Holder::Own);
        let left = run.left.as_ref().map_or_else(by_runner, |left| (tongue.holder)(left));
        let holder = left.filter(|_| whole && !run.own_sign_in && origin)?;
        let deed = Deed::Capability(Capability::new("git.push"));
        return Some(Seen { forge: Some(tongue.forge), holder, aim: Aim::OWN, deed, span: run.span });
    };
    let holder = match remote.as_slice() {
        [Part::Variable(name)] if (tongue.stands_for)(name).is_some() => Some(Holder::Own),
        _ => (tongue.holder)(&password(remote)?),
    };
    of_git(remote, holder?, "git.push", run.span, tongue)
}

/// What stands between the user name and the host.
fn password(remote: &Value) -> Option<Value> {
    let (before, _) = split_once(remote, '@')?;
    let (_, rest) = split_once(&before, ':')?;
    Some(split_once(&rest, ':').map_or_else(|| rest.clone(), |(_, password)| password))
}

fn of_tool(run: &ToolRun, files: &Files, tongue: &Tongue, ground: &Ground<'_>) -> Option<Seen> {
    let (contract, how) = tools::of(run, ground.contracts)?;
    contract.forges.get(tongue.forge)?;
    let spared = how.unless_file.as_ref().is_some_and(|wanted| files.hold(wanted));
    if spared || how.where_file.as_ref().is_some_and(|wanted| !files.hold(wanted)) {
        return None;
    }
    let of_variable = |name: &String| {
        let set = run.environment.iter().find(|(held, ..)| held == name);
        set.map(|(_, value, _)| (tongue.holder)(value))
    };
    let of_option = |option: &String| tools::after(run, option).map(|(_, value)| (tongue.holder)(&value));
    let given = how.tokens.iter().find_map(of_variable).or_else(|| how.options.iter().find_map(of_option));
    let usual = || {
        let name = how.tokens.first().filter(|_| tongue.from_settings)?;
        (tongue.holder)(&[Part::Variable(name.clone())])
    };
    let holder = given.unwrap_or_else(usual)?;
    let deed = Deed::Contract(contract.id.clone());
    Some(Seen { forge: Some(tongue.forge), holder, aim: Aim::OWN, deed, span: run.span })
}
