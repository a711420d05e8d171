//! From jobs to what they do with which token. Nothing is guessed: what the files do not tell is said to be untold.

use super::files::Files;
use super::model::{Act, GitRun, GitVerb, How, Job, Part, Presented, Request, ToolRun, Value, split_once};
use super::rules::tools;
use super::text::Span;
use crate::domain::capability::Capability;
use crate::domain::catalogue::Catalogue;
use crate::domain::contract::Contract;
use crate::domain::origin::Origin;
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
    /// The tokens of a request that sign in there.
    pub signs_in: fn(&Presented) -> bool,
}

/// What a request does.
pub struct Call {
    pub aim: Aim,
    pub deed: Result<Capability, &'static str>,
}

/// Stands for the job's own host or project in an address that was spelt out.
pub const OWN: char = '\u{2}';
/// Stands for what is known only when it runs.
pub const HOLE: char = '\u{0}';

/// What everything is set against.
pub struct Known<'a> {
    pub tongues: &'a [Tongue],
    /// One for each forge.
    pub catalogues: Vec<&'a Catalogue>,
    pub contracts: &'a [Contract],
}

/// All that a job does with tokens.
pub fn of_job(job: &Job, files: &Files, known: &Known<'_>) -> Vec<Use> {
    let Some(tongue) = known.tongues.iter().find(|tongue| tongue.forge == job.forge) else { return Vec::new() };
    let catalogue = known.catalogues.iter().find(|catalogue| catalogue.about.forge == job.forge);
    let Some(catalogue) = catalogue else { return Vec::new() };
    let mut uses = Vec::new();
    for act in &job.acts {
        let seen = match act {
            Act::Request(request) if request.program == "git" => git_address(request, job, tongue),
            Act::Request(request) => of_request(request, tongue, catalogue),
            Act::Git(run) => push(run, job.whole, tongue),
            Act::Tool(run) => of_tool(run, files, known.contracts, tongue),
            Act::Client(_) | Act::Unset(..) | Act::Open(_) | Act::Action(_) | Act::Call(_) | Act::Opaque(_) => None,
        };
        uses.extend(seen.map(|seen| Use {
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

fn of_request(request: &Request, tongue: &Tongue, catalogue: &Catalogue) -> Option<Seen> {
    let mut tokens = request.tokens.iter().filter(|token| (tongue.signs_in)(token));
    let holder = tokens.find_map(|token| (tongue.holder)(&token.value))?;
    let call = (tongue.call)(request, catalogue)?;
    let deed = call.deed.map_or_else(Deed::Untold, Deed::Capability);
    Some(Seen { forge: Some(tongue.forge), holder, aim: call.aim, deed, span: request.span })
}

/// An address with a token in it. What is done with it stands in another act where that is a push.
fn git_address(request: &Request, job: &Job, tongue: &Tongue) -> Option<Seen> {
    let is_push =
        |act: &Act| matches!(act, Act::Git(run) if run.verb == GitVerb::Push && same(run, &request.url.value));
    if job.acts.iter().any(is_push) {
        return None;
    }
    let holder = request.tokens.iter().find(|token| matches!(token.how, How::UserInfo { .. }))?;
    let holder = (tongue.holder)(&holder.value)?;
    of_git(&request.url.value, holder, "git.clone", request.span, tongue)
}

fn same(run: &GitRun, url: &Value) -> bool {
    run.remote.as_ref() == Some(url)
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
        // Without an address of its own it goes where the runner cloned from, with the job's own token in front.
        let origin = run.named.as_ref().is_none_or(|word| word.text().as_deref() == Some("origin"));
        let deed = Deed::Capability(Capability::new("git.push"));
        let seen = Seen { forge: Some(tongue.forge), holder: Holder::Own, aim: Aim::OWN, deed, span: run.span };
        return (whole && !run.own_sign_in && origin).then_some(seen);
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

fn of_tool(run: &ToolRun, files: &Files, contracts: &[Contract], tongue: &Tongue) -> Option<Seen> {
    let (contract, how) = tools::of(run, contracts)?;
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
    // Where no file sets the variable, the settings do.
    let usual = || (tongue.holder)(&[Part::Variable(how.tokens.first()?.clone())]);
    let holder = given.unwrap_or_else(usual)?;
    let deed = Deed::Contract(contract.id.clone());
    Some(Seen { forge: Some(tongue.forge), holder, aim: Aim::OWN, deed, span: run.span })
}

/// An address as one text.
pub fn spelt(value: &[Part], stands_for: fn(&str) -> Option<&'static str>) -> String {
    let mut text = String::new();
    for part in value {
        match part {
            Part::Text(known) => text.extend(known.chars().filter(|character| !character.is_control())),
            Part::Variable(name) => match stands_for(name) {
                Some(known) => text.push_str(known),
                None => text.push(HOLE),
            },
            Part::Unknown => text.push(HOLE),
        }
    }
    text
}

/// Instance and project of an address of Git's.
fn git_aim(spelt: &str) -> Option<Aim> {
    let (scheme, rest) = spelt.split_once("://")?;
    let (authority, path) = rest.split_once('/')?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let path = path.trim_end_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    Some(Aim { base: base(&format!("{scheme}://{host}")), target: one(path) })
}

/// An instance as it was written: the job's own, one by name, or nobody knows which.
pub fn base(text: &str) -> Where {
    let host = text.split_once("://").map_or(text, |(_, rest)| rest);
    match Origin::parse_with_path(text) {
        Ok((origin, path)) => Where::Named(format!("{origin}{}", path.trim_end_matches('/'))),
        Err(_) if host.split([':', '/']).next() == Some("\u{2}") => Where::Own,
        Err(_) => Where::Unknown,
    }
}

/// The same for a project.
pub fn one(text: &str) -> Where {
    match text {
        "\u{2}" => Where::Own,
        text if text.is_empty() || text.contains([OWN, HOLE]) => Where::Unknown,
        text => Where::Named(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_git_are_taken_apart() {
        let aim = |text: &str| git_aim(text).unwrap();
        assert_eq!(aim("https://oauth2:\u{0}@\u{2}/\u{2}.git"), Aim::OWN);
        let named = Aim { base: Where::Named("https://a.test:8443".into()), target: Where::Named("b/c".into()) };
        assert_eq!(aim("https://x:\u{0}@a.test:8443/b/c.git/"), named);
        assert_eq!(aim("https://x:\u{0}@\u{0}/\u{0}/c"), Aim::UNKNOWN);
        assert_eq!(git_aim("git@a.test:b/c"), None);
    }

    #[test]
    fn a_control_character_in_a_text_stands_for_nothing() {
        let value = vec![Part::Text("https://\u{2}/\u{0}x".into())];
        assert_eq!(spelt(&value, |_| None), "https:///x");
    }
}
