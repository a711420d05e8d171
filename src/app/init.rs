//! What a repository does with tokens, as connections to begin with. What is not known is told and not made up.

use std::collections::{BTreeMap, BTreeSet};

use super::ports::Provider;
use crate::domain::catalogue::About;
use crate::domain::origin::Origin;
use crate::domain::outline::{Demand, Home, Outline, Row};
use crate::domain::usage::{Deed, Doings, Holder, Sight, Survey, ToolFound, Use, Where, gathered};

/// One place that a token is used at, its forge known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Site {
    pub forge: String,
    pub url: String,
    /// Leaves room for what is about no project.
    pub target: Option<String>,
}

/// Where a use leads, as far as that is known.
pub fn site(one: &Use, home: &Home, forges: &[Box<dyn Provider>]) -> Result<Site, &'static str> {
    let (forge, url) = match software(one, home, forges) {
        Some(known) => known?,
        None => return Err("which instance it is about is not known"),
    };
    let target = match &one.aim.target {
        Where::Own => home.target.clone(),
        Where::Named(target) => Some(target.clone()),
        Where::Unknown => return Err("which project it is about is not known"),
    };
    Ok(Site { forge, url, target })
}

/// The forge and the address of the instance that a use leads to; `None`: nobody knows which it is.
pub fn software(
    one: &Use,
    home: &Home,
    forges: &[Box<dyn Provider>],
) -> Option<Result<(String, String), &'static str>> {
    match &one.aim.base {
        Where::Own => Some(Ok((home.forge.clone(), home.url.clone()))),
        Where::Named(url) if *url == home.url => Some(Ok((home.forge.clone(), home.url.clone()))),
        Where::Named(url) => {
            let origin = Origin::parse_with_path(url).ok().map(|(origin, _)| origin);
            let serves = |provider: &&dyn Provider| origin.as_ref().is_some_and(|origin| provider.serves(origin));
            let public = forges.iter().map(AsRef::as_ref).find(serves).map(Provider::id);
            let forge = public.or(one.forge).ok_or("which software runs there is not known");
            Some(forge.map(|forge| (forge.to_owned(), url.clone())))
        }
        Where::Unknown => None,
    }
}

/// Puts everything together, in an order that does not change from run to run.
pub fn outline(survey: &Survey, tools: &[ToolFound], home: Home, forges: &[Box<dyn Provider>]) -> Outline {
    let mut left_out = BTreeSet::new();
    let mut kept = Vec::new();
    // Permissions of parts have no words in a configuration.
    let demands = survey.uses.iter().filter(|one| !matches!(one.deed, Deed::Permission(_)));
    for one in demands {
        match site(one, &home, forges) {
            Ok(_) => kept.push(one.clone()),
            Err(why) => _ = left_out.insert(format!("{} at {}: {why}", token(&one.holder), seen(one))),
        }
    }
    let here = Site { forge: home.forge.clone(), url: home.url.clone(), target: home.target.clone() };
    let mut groups: BTreeMap<(Holder, Site), (Doings, Vec<ToolFound>)> = BTreeMap::new();
    let key = |one: &Use| (one.holder.clone(), site(one, &home, forges).unwrap_or_else(|_| here.clone()));
    for (key, doings) in gathered(&kept, key) {
        groups.entry(key).or_default().0 = doings;
    }
    for tool in tools {
        // A call shows best whose token the tool is given.
        let called = groups.iter_mut().find(|(_, (doings, _))| doings.contracts.contains_key(&tool.contract));
        match called {
            Some((_, (_, files))) => files.push(tool.clone()),
            None => groups.entry((tool.holder.clone(), here.clone())).or_default().1.push(tool.clone()),
        }
    }
    if groups.is_empty() {
        groups.insert((Holder::Own, here), (Doings::default(), Vec::new()));
    }
    let pipelines = forges.iter().find(|provider| provider.id() == home.forge).map(|provider| provider.catalogue());
    let hand = Hand(pipelines.map(|catalogue| &catalogue.about));
    let mut names = BTreeSet::new();
    let rows = groups.into_iter().map(|((holder, site), (doings, tools))| {
        let comes = hand.words(&holder);
        row((holder, comes), site, &doings, &tools, &mut names)
    });
    Outline {
        files: survey.files.clone(),
        jobs: survey.jobs,
        rows: rows.collect(),
        home,
        left_out: left_out.into_iter().collect(),
    }
}

/// How the steps of these pipelines come by tokens.
struct Hand<'a>(Option<&'a About>);

impl Hand<'_> {
    fn words(&self, holder: &Holder) -> Option<String> {
        let about = self.0?;
        match holder {
            Holder::Own => about.kinds.values().find(|kind| kind.of_a_job)?.handed.clone(),
            Holder::Variable(name) => Some(about.kept.as_ref()?.handed.as_ref()?.replace("NAME", name)),
        }
    }
}

/// `token`: whose it is, and in words how a step comes by it.
fn row(
    token: (Holder, Option<String>),
    site: Site,
    doings: &Doings,
    tools: &[ToolFound],
    names: &mut BTreeSet<String>,
) -> Row {
    let (holder, comes) = token;
    let mut contracts: BTreeMap<&str, Demand> = BTreeMap::new();
    for (id, sights) in &doings.contracts {
        contracts.insert(id, Demand { id: id.clone(), sights: sights.clone(), files: Vec::new() });
    }
    for tool in tools {
        let demand = || Demand { id: tool.contract.clone(), sights: Vec::new(), files: Vec::new() };
        contracts.entry(&tool.contract).or_insert_with(demand).files.push(tool.file.clone());
    }
    let need = |(capability, sights): (&crate::domain::capability::Capability, &Vec<Sight>)| Demand {
        id: capability.as_str().to_owned(),
        sights: sights.clone(),
        files: Vec::new(),
    };
    let called = match &holder {
        Holder::Own => "The job's own token".to_owned(),
        Holder::Variable(name) => format!("The token in `{name}`"),
    };
    let mut about = vec![comes.map_or_else(|| format!("{called}."), |comes| format!("{called}: {comes}."))];
    if doings.first().is_none() && tools.is_empty() {
        about.push("No pipeline file or tool was found here that uses a token.".to_owned());
    }
    let untold = doings.untold.iter().map(|(sight, why)| format!("Not in `needs`: {sight}: {why}."));
    about.extend(untold);
    Row {
        name: name(&holder, &site, names),
        forge: site.forge,
        url: site.url,
        target: site.target,
        token: holder,
        about,
        contracts: contracts.into_values().collect(),
        needs: doings.capabilities.iter().map(need).collect(),
    }
}

/// `gitlab-token` of `GITLAB_TOKEN`; where that is taken, with the last word of the target, and with a number.
fn name(holder: &Holder, site: &Site, names: &mut BTreeSet<String>) -> String {
    let first = match holder {
        Holder::Own => "job".to_owned(),
        Holder::Variable(name) => plain(name),
    };
    let last = site.target.as_deref().and_then(|target| target.rsplit('/').next()).map(plain).unwrap_or_default();
    let longer = format!("{first}-{last}");
    let numbered = (2..).map(|number| format!("{first}-{number}"));
    let free = [first.clone(), longer]
        .into_iter()
        .chain(numbered)
        .find(|name| name.len() <= LONGEST_NAME && !name.ends_with('-') && !names.contains(name));
    let free = free.unwrap_or(first);
    names.insert(free.clone());
    free
}

const LONGEST_NAME: usize = 64;

/// Letters, digits and hyphens, the first a letter or digit, and short enough for a number behind it.
fn plain(text: &str) -> String {
    let text = text.to_ascii_lowercase();
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let joined = words.collect::<Vec<_>>().join("-");
    let short: String = joined.chars().take(LONGEST_NAME - 8).collect();
    if short.is_empty() { "token".to_owned() } else { short.trim_end_matches('-').to_owned() }
}

fn token(holder: &Holder) -> String {
    match holder {
        Holder::Own => "the job's own token".to_owned(),
        Holder::Variable(name) => format!("`{name}`"),
    }
}

fn seen(one: &Use) -> String {
    Sight { place: one.place.clone(), job: one.job.clone() }.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_and_each_is_taken_once() {
        let mut names = BTreeSet::new();
        let site = |target: &str| Site { forge: String::new(), url: String::new(), target: Some(target.to_owned()) };
        let bot = Holder::Variable("_RELEASE__BOT".to_owned());
        let made: Vec<String> =
            ["a/app", "a/tools", "b/tools"].iter().map(|target| name(&bot, &site(target), &mut names)).collect();
        assert_eq!(made, ["release-bot", "release-bot-tools", "release-bot-2"]);
        let long = Holder::Variable("A".repeat(128));
        assert_eq!(name(&long, &site("x"), &mut names).len(), LONGEST_NAME - 8);
        assert_eq!(name(&Holder::Variable("___".to_owned()), &site("x"), &mut names), "token");
    }
}
