//! The configuration in force, and questions about it.

use std::fmt;
use std::path::PathBuf;

use super::address::Address;
use super::urlmatch::{Match, Pattern};
use crate::domain::token::Token;

/// Every setting in Git's own order: the later ones rule.
#[derive(Debug)]
pub struct Configuration {
    settings: Vec<Setting>,
    /// Who read it.
    pub seen_by: SeenBy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeenBy {
    Git,
    /// Not `git -c`, and not what the environment adds.
    Library,
}

/// `section[.subsection].name = value`. Section and name in lower case.
#[derive(Clone)]
pub struct Setting {
    pub section: String,
    pub subsection: Option<Token>,
    pub name: String,
    /// `None` where there is not even a `=`.
    pub value: Option<Token>,
    pub place: Where,
}

/// Where a setting stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Where {
    pub scope: Scope,
    /// `None`: on the command line, in the environment, or not known.
    pub file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    System,
    Global,
    Local,
    Worktree,
    /// `git -c`, or variables of the environment.
    Command,
    Unknown,
}

impl Scope {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Global => "global",
            Self::Local => "local",
            Self::Worktree => "worktree",
            Self::Command => "command",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Where {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.file, self.scope) {
            (Some(file), _) => write!(formatter, "{}", file.display()),
            (None, Scope::Command) => formatter.write_str("the command line or the environment"),
            (None, scope) => write!(formatter, "the {} configuration", scope.as_str()),
        }
    }
}

impl fmt::Debug for Setting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { section, name, place, subsection: _, value: _ } = self;
        formatter.debug_struct("Setting").field("key", &(section, name)).field("place", place).finish_non_exhaustive()
    }
}

/// The helpers that Git asks, in order, and those that an empty entry took out again.
#[derive(Debug, Default)]
pub struct Chain {
    pub asked: Vec<Helper>,
    pub dropped: Vec<Helper>,
}

/// One entry of `credential.helper`.
#[derive(Clone, Debug)]
pub struct Helper {
    value: Token,
    pub place: Where,
    /// The address it is limited to, as a report may show it.
    pub only_for: Option<String>,
}

/// How Git starts a helper. A line of shell may hold a secret; so may the arguments of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Helps<'a> {
    /// After the `!`.
    Shell(&'a str),
    /// An absolute path with arguments.
    Path(&'a str),
    /// `git credential-<name>` with arguments.
    Name(&'a str),
}

impl Helper {
    /// As it stands in the configuration.
    pub fn line(&self) -> &Token {
        &self.value
    }

    pub fn helps(&self) -> Helps<'_> {
        let text = self.value.expose();
        match text.strip_prefix('!') {
            Some(line) => Helps::Shell(line),
            None if std::path::Path::new(text).is_absolute() || text.starts_with('/') => Helps::Path(text),
            None => Helps::Name(text),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Fetch,
    Push,
}

/// `url.<base>.insteadOf`, where it is the one that is used.
#[derive(Clone, Debug)]
pub struct Rewrite {
    /// What stands in the place of the beginning.
    pub base: Token,
    /// The address after it.
    pub result: Token,
    /// `insteadOf` or `pushInsteadOf`.
    pub key: &'static str,
    pub place: Where,
}

/// A remote's addresses as configured, before any rewrite.
#[derive(Debug)]
pub struct Remote {
    pub name: String,
    pub addresses: Vec<(Token, Where)>,
    pub push_addresses: Vec<(Token, Where)>,
}

impl Configuration {
    pub fn new(settings: Vec<Setting>, seen_by: SeenBy) -> Self {
        Self { settings, seen_by }
    }

    pub fn settings(&self) -> &[Setting] {
        &self.settings
    }

    /// Every `<section>.<name>` and `<section>.*.<name>`, in order.
    pub fn named(&self, section: &'static str, name: &'static str) -> impl Iterator<Item = &Setting> {
        self.settings.iter().filter(move |one| one.section == section && one.name == name)
    }

    /// `credential.helper` and `credential.<address>.helper`, in the order in which Git asks.
    pub fn helpers(&self, address: &Address) -> Chain {
        let mut chain = Chain::default();
        for setting in self.credential("helper", address) {
            let Some(value) = &setting.value else { continue };
            if value.expose().is_empty() {
                chain.dropped.append(&mut chain.asked);
                continue;
            }
            let only_for = setting.subsection.as_ref().map(|pattern| shown_pattern(pattern.expose()));
            chain.asked.push(Helper { value: value.clone(), place: setting.place.clone(), only_for });
        }
        chain
    }

    /// The user name that Git adds, unless the address has one.
    pub fn credential_username<'a>(&'a self, address: &Address) -> Option<&'a Setting> {
        self.credential("username", address).into_iter().rfind(|setting| setting.value.is_some())
    }

    /// Does Git tell helpers the path?
    pub fn use_http_path(&self, address: &Address) -> bool {
        self.credential("usehttppath", address).last().is_some_and(|setting| setting.is_true())
    }

    fn credential<'a>(&'a self, name: &'static str, address: &Address) -> Vec<&'a Setting> {
        let speaks = |setting: &&Setting| {
            setting.subsection.as_ref().is_none_or(|pattern| Pattern::read(pattern.expose()).helps(address))
        };
        self.named("credential", name).filter(speaks).collect()
    }

    /// `http.<name>` and `http.<address>.<name>` as far as they are in force: none that is broader than one before it.
    pub fn http<'a>(&'a self, name: &'static str, address: &Address) -> Vec<&'a Setting> {
        let mut best = Match::default();
        let mut first = true;
        let mut found = Vec::new();
        for setting in self.named("http", name) {
            let matched = match &setting.subsection {
                None => Some(Match::default()),
                Some(pattern) => Pattern::read(pattern.expose()).matches(address),
            };
            if let Some(matched) = matched.filter(|matched| first || *matched >= best) {
                (best, first) = (matched, false);
                found.push(setting);
            }
        }
        found
    }

    /// The headers that Git adds to every request. An empty entry takes out those before it.
    pub fn extra_headers<'a>(&'a self, address: &Address) -> Vec<&'a Setting> {
        let all = self.http("extraheader", address);
        let after_reset =
            all.iter().rposition(|setting| setting.text().is_some_and(str::is_empty)).map_or(0, |at| at + 1);
        all.into_iter().skip(after_reset).filter(|setting| setting.value.is_some()).collect()
    }

    /// What Git makes of this address. The longest beginning wins, and of equal ones the first.
    pub fn rewrite(&self, address: &str, direction: Direction) -> Option<Rewrite> {
        let by = |name, key| self.longest(name, key, address);
        match direction {
            Direction::Push => by("pushinsteadof", "pushInsteadOf").or_else(|| by("insteadof", "insteadOf")),
            Direction::Fetch => by("insteadof", "insteadOf"),
        }
    }

    fn longest(&self, name: &'static str, key: &'static str, address: &str) -> Option<Rewrite> {
        let mut longest: Option<(usize, &Token, &Setting)> = None;
        for setting in self.named("url", name) {
            let (Some(base), Some(beginning)) = (&setting.subsection, setting.text()) else { continue };
            if address.starts_with(beginning) && longest.is_none_or(|(length, ..)| beginning.len() > length) {
                longest = Some((beginning.len(), base, setting));
            }
        }
        let (length, base, setting) = longest?;
        let result = Token::new(format!("{}{}", base.expose(), &address[length..]));
        Some(Rewrite { base: base.clone(), result, key, place: setting.place.clone() })
    }

    /// Remotes in the order of their first mention.
    pub fn remotes(&self) -> Vec<Remote> {
        let mut remotes: Vec<Remote> = Vec::new();
        for setting in self.settings.iter().filter(|one| one.section == "remote") {
            let (Some(name), Some(value)) = (&setting.subsection, &setting.value) else { continue };
            if !matches!(setting.name.as_str(), "url" | "pushurl") {
                continue;
            }
            let known = remotes.iter().position(|remote| remote.name == name.expose());
            let place = known.unwrap_or_else(|| {
                let name = name.expose().to_owned();
                remotes.push(Remote { name, addresses: Vec::new(), push_addresses: Vec::new() });
                remotes.len() - 1
            });
            let remote = &mut remotes[place];
            let list = if setting.name == "url" { &mut remote.addresses } else { &mut remote.push_addresses };
            if value.expose().is_empty() {
                list.clear();
            } else {
                list.push((value.clone(), setting.place.clone()));
            }
        }
        remotes
    }
}

impl Setting {
    /// `http.https://github.com/.extraheader` without what may be a secret, and whether something was left out.
    pub fn shown_key(&self) -> (String, bool) {
        let Some(subsection) = &self.subsection else { return (format!("{}.{}", self.section, self.name), false) };
        let subsection = subsection.expose();
        let cut = subsection.contains('@');
        let shown = if cut { shown_pattern(subsection) } else { subsection.to_owned() };
        (format!("{}.{shown}.{}", self.section, self.name), cut)
    }

    pub fn text(&self) -> Option<&str> {
        self.value.as_ref().map(Token::expose)
    }

    /// As Git reads a boolean. What is none counts as false.
    pub fn is_true(&self) -> bool {
        let Some(text) = self.text() else { return true };
        let word = |word: &&str| text.eq_ignore_ascii_case(word);
        ["true", "yes", "on"].iter().any(word) || text.parse::<i64>().is_ok_and(|number| number != 0)
    }
}

/// A section's address without what may be a secret.
fn shown_pattern(pattern: &str) -> String {
    match Pattern::read(pattern) {
        Pattern::Whole(address) => address.shown(),
        Pattern::Partial(_) => super::address::shown(pattern.rsplit_once('@').map_or(pattern, |(_, host)| host)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configuration(settings: &[(&str, &str)]) -> Configuration {
        let mut listing = Vec::new();
        for (key, value) in settings {
            listing.extend(format!("local\0file:.git/config\0{key}\n{value}\0").into_bytes());
        }
        Configuration::new(super::super::listing::parse(&listing, std::path::Path::new("/work")), SeenBy::Git)
    }

    fn address() -> Address {
        Address::read("https://git.example.com/group/app.git").unwrap()
    }

    fn texts(settings: Vec<&Setting>) -> Vec<&str> {
        settings.into_iter().filter_map(Setting::text).collect()
    }

    #[test]
    fn helpers_come_in_order_and_an_empty_one_takes_out_those_before_it() {
        let configuration = configuration(&[
            ("credential.helper", "first"),
            ("credential.https://other.example.com.helper", "other"),
            ("credential.https://git.example.com.helper", ""),
            ("credential.https://git.example.com.helper", "!echo password=canary"),
            ("credential.helper", "/usr/bin/second --flag"),
        ]);
        let Chain { asked, dropped } = configuration.helpers(&address());
        let helps: Vec<_> = asked.iter().map(Helper::helps).collect();
        assert_eq!(helps, [Helps::Shell("echo password=canary"), Helps::Path("/usr/bin/second --flag")]);
        assert_eq!(dropped.iter().map(Helper::helps).collect::<Vec<_>>(), [Helps::Name("first")]);
        assert_eq!(asked[0].only_for.as_deref(), Some("https://git.example.com"));
        assert!(!format!("{asked:?}").contains("canary"));
    }

    #[test]
    fn the_last_user_name_rules_however_broad() {
        let configuration = configuration(&[
            ("credential.https://git.example.com.username", "narrow"),
            ("credential.username", "broad"),
            ("credential.https://git.example.com.usehttppath", "yes"),
        ]);
        assert_eq!(configuration.credential_username(&address()).and_then(Setting::text), Some("broad"));
        assert!(configuration.use_http_path(&address()));
    }

    #[test]
    fn a_broader_http_section_after_a_narrower_one_counts_for_nothing() {
        let configuration = configuration(&[
            ("http.extraheader", "X-One: 1"),
            ("http.https://git.example.com/.extraheader", "X-Two: 2"),
            ("http.extraheader", "X-Three: 3"),
        ]);
        assert_eq!(texts(configuration.extra_headers(&address())), ["X-One: 1", "X-Two: 2"]);
        let reset = super::tests::configuration(&[
            ("http.extraheader", "X-One: 1"),
            ("http.extraheader", ""),
            ("http.extraheader", "X-Two: 2"),
        ]);
        assert_eq!(texts(reset.extra_headers(&address())), ["X-Two: 2"]);
    }

    #[test]
    fn the_longest_beginning_is_rewritten() {
        let configuration = configuration(&[
            ("url.https://gitlab-ci-token:canary@git.example.com.insteadof", "https://git.example.com"),
            ("url.https://mirror.example.com/.insteadof", "https://git.example.com/group/"),
            ("url.ssh://git@git.example.com/.pushinsteadof", "https://git.example.com/"),
        ]);
        let to = |address: &str, direction| {
            configuration.rewrite(address, direction).map(|rewrite| rewrite.result.expose().to_owned())
        };
        let app = "https://git.example.com/group/app.git";
        assert_eq!(to(app, Direction::Fetch).as_deref(), Some("https://mirror.example.com/app.git"));
        assert_eq!(to(app, Direction::Push).as_deref(), Some("ssh://git@git.example.com/group/app.git"));
        assert_eq!(
            to("https://git.example.com/x", Direction::Fetch).as_deref(),
            Some("https://gitlab-ci-token:canary@git.example.com/x")
        );
        assert_eq!(to("https://example.com/x", Direction::Fetch), None);
    }

    #[test]
    fn remotes_have_all_their_addresses() {
        let configuration = configuration(&[
            ("remote.origin.url", "https://a"),
            ("remote.up.stream.url", "https://b"),
            ("remote.origin.pushurl", "https://c"),
        ]);
        let remotes = configuration.remotes();
        let read: Vec<_> = remotes
            .iter()
            .map(|remote| (remote.name.as_str(), remote.addresses.len(), remote.push_addresses.len()))
            .collect();
        assert_eq!(read, [("origin", 1, 1), ("up.stream", 1, 0)]);
    }
}
