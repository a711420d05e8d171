//! From the address as asked to the ways that Git goes, with everybody who may answer there.

use super::asked::Asked;
use super::{Bearer, View, before, chain, quoted};
use crate::domain::diagnosis::{Diagnosis, Exposed, Kept, Link, Rewritten, Sort, State, Uses, Way};
use crate::domain::origin::Origin;
use crate::domain::token::Token;
use crate::wiring::git::{Address, Direction, Rewrite, SeenBy, may_be_a_token, shown};

/// What the links of each way answer with, in their order.
pub(super) type Bearers = Vec<Vec<Option<Bearer>>>;

/// What was found on the way: the diagnosis, the address of each way over HTTP, and what its links answer with.
pub(super) struct Walked {
    pub(super) diagnosis: Diagnosis,
    pub(super) addresses: Vec<Option<Address>>,
    pub(super) bearers: Bearers,
    /// User names that may be tokens.
    pub(super) secrets: Vec<Token>,
}

pub(super) fn diagnose(asked: &Asked, view: &View<'_>) -> Walked {
    let mut ways = Vec::new();
    let mut addresses = Vec::new();
    let mut bearers = Vec::new();
    let mut kept: Vec<Kept> = Vec::new();
    let mut secrets = Vec::new();
    for (uses, original, rewrite) in directions(asked, view) {
        let target = rewrite.as_ref().map_or(original, |rewrite| &rewrite.result);
        let Some(address) = Address::read(target.expose()).filter(Address::is_http) else {
            ways.push(elsewhere(uses, target, rewrite.as_ref(), view));
            bearers.push(Vec::new());
            addresses.push(None);
            continue;
        };
        let place = rewrite.as_ref().map_or_else(|| asked.place.clone(), |rewrite| view.place(&rewrite.place));
        let mut found = before::links(&address, &place, asked, view);
        let walk = chain::walk(&address, view);
        found.extend(walk.found);
        for entry in walk.kept {
            if !kept
                .iter()
                .any(|held| (&held.origin, &held.user, &held.path) == (&entry.origin, &entry.user, &entry.path))
            {
                kept.push(entry);
            }
        }
        let told_user = address.told_user().and_then(|user| String::from_utf8(user).ok());
        secrets.extend(told_user.filter(|user| may_be_a_token(user)).map(Token::new));
        for (link, _) in &mut found {
            hide(&mut link.user, &mut secrets);
        }
        let (links, held): (Vec<Link>, Vec<Option<Bearer>>) = found.into_iter().unzip();
        bearers.push(held.into_iter().map(|bearer| bearer.map(|bearer| bearer.on(uses))).collect());
        ways.push(Way {
            uses,
            address: address.shown(),
            origin: origin(&address).map(|origin| origin.to_string()),
            rewrite: rewrite.as_ref().map(|rewrite| rewritten(rewrite, original, view)),
            over_http: true,
            tells_path: view.configuration.use_http_path(&address),
            user: user(&address, view),
            links,
            dropped: walk.dropped,
            public: None,
        });
        addresses.push(Some(address));
    }
    for kept in &mut kept {
        hide(&mut kept.user, &mut secrets);
    }
    let exposed = exposed(&ways, view);
    let shown = Address::read(asked.fetch.expose()).map_or_else(|| shown(asked.fetch.expose()), |read| read.shown());
    let notes = notes(asked, view);
    let diagnosis = Diagnosis { address: shown, remote: asked.remote.clone(), ways, kept, exposed, notes };
    Walked { diagnosis, addresses, bearers, secrets }
}

/// What may be a token is no name to be shown.
fn hide(user: &mut Option<String>, secrets: &mut Vec<Token>) {
    if user.as_deref().is_some_and(may_be_a_token) {
        secrets.extend(user.take().map(Token::new));
    }
}

/// The direction, the address before, and its rewrite.
fn directions<'a>(asked: &'a Asked, view: &View<'_>) -> Vec<(Uses, &'a Token, Option<Rewrite>)> {
    let rewrite = |address: &Token, direction| view.configuration.rewrite(address.expose(), direction);
    let fetch = rewrite(&asked.fetch, Direction::Fetch);
    let (pushed, push) = match &asked.push {
        Some(own) => (own, rewrite(own, Direction::Fetch)),
        None => (&asked.fetch, rewrite(&asked.fetch, Direction::Push)),
    };
    let result = |original: &Token, rewrite: &Option<Rewrite>| {
        rewrite.as_ref().map_or_else(|| original.clone(), |rewrite| rewrite.result.clone())
    };
    if result(&asked.fetch, &fetch).is(&result(pushed, &push)) {
        return vec![(Uses::Both, &asked.fetch, fetch)];
    }
    vec![(Uses::Fetch, &asked.fetch, fetch), (Uses::Push, pushed, push)]
}

/// Over SSH, or from a folder.
fn elsewhere(uses: Uses, target: &Token, rewrite: Option<&Rewrite>, view: &View<'_>) -> Way {
    Way {
        uses,
        address: Address::read(target.expose()).map_or_else(|| shown(target.expose()), |address| address.shown()),
        origin: None,
        rewrite: rewrite.map(|rewrite| rewritten(rewrite, target, view)),
        over_http: false,
        tells_path: false,
        user: None,
        links: Vec::new(),
        dropped: Vec::new(),
        public: None,
    }
}

pub(super) fn origin(address: &Address) -> Option<Origin> {
    Origin::from_protocol(address.scheme(), address.told_host()).ok()
}

fn rewritten(rewrite: &Rewrite, original: &Token, view: &View<'_>) -> Rewritten {
    let base = Address::read(rewrite.base.expose());
    let with_token = base.as_ref().is_some_and(|base| base.password().is_some());
    Rewritten {
        key: rewrite.key,
        base: base.map_or_else(|| shown(rewrite.base.expose()), |base| base.shown()),
        place: view.place(&rewrite.place),
        with_token,
        way_out: with_token.then(|| way_out(rewrite, original)).flatten(),
    }
}

/// The longest beginning wins, so a longer one that leads to itself leaves the address as it is.
fn way_out(rewrite: &Rewrite, original: &Token) -> Option<String> {
    let address = Address::read(original.expose()).filter(|address| address.user().is_none() && address.is_http())?;
    let root = format!("{}://{}/", address.scheme(), address.told_host());
    let beginning = original.expose().len() + rewrite.base.expose().len() - rewrite.result.expose().len();
    let longer = if root.len() > beginning && original.expose().starts_with(&root) {
        root
    } else {
        original.expose().to_owned()
    };
    let name = format!("url.{longer}.{}", rewrite.key);
    (longer.len() > beginning).then(|| format!("git config --global {} {}", quoted(&name), quoted(&longer)))
}

fn user(address: &Address, view: &View<'_>) -> Option<(String, String)> {
    if let Some(user) = address.told_user() {
        // With a password beside it, nobody is asked; without one, it may be a token by itself.
        let shown = Some(String::from_utf8_lossy(&user).into_owned()).filter(|_| !address.shown().contains("***"));
        return shown.map(|user| (user, "the address".to_owned()));
    }
    let setting = view.configuration.credential_username(address)?;
    let (key, _) = setting.shown_key();
    let text = setting.text().filter(|user| !may_be_a_token(user))?;
    Some((text.to_owned(), format!("`{key}` in {}", view.place(&setting.place))))
}

/// Tokens in addresses that are not the ones that answer on these ways.
fn exposed(ways: &[Way], view: &View<'_>) -> Vec<Exposed> {
    let mut exposed = before::files(ways, view);
    for remote in view.configuration.remotes() {
        for ((address, place), key) in remote
            .addresses
            .iter()
            .map(|one| (one, "url"))
            .chain(remote.push_addresses.iter().map(|one| (one, "pushurl")))
        {
            let Some(address) = Address::read(address.expose()).filter(holds_a_token) else {
                continue;
            };
            let push = if key == "pushurl" { "--push " } else { "" };
            exposed.push(Exposed {
                what: format!("remote.{}.{key}", remote.name),
                place: view.place(place),
                fix: format!("git remote set-url {push}{} {}", quoted(&remote.name), quoted(&address.bare())),
                in_address: true,
            });
        }
    }
    let used = |base: &str| ways.iter().filter_map(|way| way.rewrite.as_ref()).any(|rewrite| rewrite.base == base);
    for setting in view.configuration.named("url", "insteadof").chain(view.configuration.named("url", "pushinsteadof"))
    {
        let base = setting.subsection.as_ref().and_then(|base| Address::read(base.expose()));
        if base.is_some_and(|base| base.password().is_some() && !used(&base.shown())) {
            exposed.push(Exposed {
                what: setting.shown_key().0,
                place: view.place(&setting.place),
                fix: "take the section out of that file, and let a credential helper answer".to_owned(),
                in_address: true,
            });
        }
    }
    exposed
}

fn holds_a_token(address: &Address) -> bool {
    address.password().is_some() || address.user().is_some_and(may_be_a_token)
}

fn notes(asked: &Asked, view: &View<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    if view.configuration.seen_by == SeenBy::Library {
        notes.push(
            "Git itself could not be asked (is it in PATH?): what `git -c` and GIT_CONFIG_COUNT set is not seen, and no file is named"
                .to_owned(),
        );
    }
    let Some(address) = Address::read(asked.fetch.expose()) else { return notes };
    if let Some(proxy) = view.configuration.http("proxy", &address).last() {
        let place = view.place(&proxy.place);
        notes.push(format!(
            "Git goes through the proxy of `http.proxy` in {place}; hallpass through that of the environment"
        ));
    }
    if let Some(verify) = view.configuration.http("sslverify", &address).last().filter(|setting| !setting.is_true()) {
        let place = view.place(&verify.place);
        notes.push(format!("Git does not check certificates here (`http.sslVerify` in {place}); hallpass does"));
    }
    notes
}

/// A link with nothing behind it.
pub(super) fn link(sort: Sort, name: impl Into<String>, place: String, state: State) -> Link {
    Link { sort, name: name.into(), place, program: None, state, user: None, says: Vec::new(), fix: None }
}
