//! Which section `<section>.<address>.<key>` speaks of which address, by Git's rules.

use super::address::Address;

/// How narrow a section is. Compared in this order, as Git does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Match {
    host: usize,
    path: usize,
    user: bool,
}

/// The address in the name of a section.
pub enum Pattern {
    Whole(Address),
    /// Something else, which `credential` takes in parts: `example.com`, or a scheme alone.
    Partial(Parts),
}

/// What the parts must equal, where they are given.
#[derive(Default)]
pub struct Parts {
    scheme: Option<String>,
    host: Option<String>,
    path: Option<String>,
    user: Option<String>,
}

impl Pattern {
    pub fn read(text: &str) -> Self {
        Address::pattern(text).map_or_else(|| Self::Partial(Parts::read(text)), Self::Whole)
    }

    /// Does `http.<pattern>` speak of the address, and how narrowly?
    pub fn matches(&self, address: &Address) -> Option<Match> {
        match self {
            Self::Whole(pattern) => whole(pattern, address),
            Self::Partial(_) => None,
        }
    }

    /// Does `credential.<pattern>` speak of the address? There the narrower is no better.
    pub fn helps(&self, address: &Address) -> bool {
        match self {
            Self::Whole(pattern) => address.for_credential().is_some_and(|address| whole(pattern, &address).is_some()),
            Self::Partial(parts) => parts.equal(address),
        }
    }
}

fn whole(pattern: &Address, address: &Address) -> Option<Match> {
    let user_fits = pattern.user().is_none() || pattern.user() == address.user();
    let same = pattern.scheme() == address.scheme() && pattern.port() == address.port();
    if !same || !user_fits || !hosts(pattern.host(), address.host()) {
        return None;
    }
    let path = path(pattern.path(), address.path())?;
    Some(Match { host: pattern.host().len(), path, user: pattern.user().is_some() })
}

/// Label by label; a `*` is any one label.
fn hosts(pattern: &str, host: &str) -> bool {
    let (pattern, host): (Vec<&str>, Vec<&str>) = (pattern.split('.').collect(), host.split('.').collect());
    pattern.len() == host.len() && pattern.iter().zip(&host).all(|(pattern, label)| *pattern == "*" || pattern == label)
}

/// The whole path or whole segments at its beginning.
fn path(pattern: &str, path: &str) -> Option<usize> {
    let prefix = pattern.strip_suffix('/').unwrap_or(pattern);
    let rest = path.strip_prefix(prefix)?;
    (rest.is_empty() || rest.starts_with('/')).then_some(prefix.len() + 1)
}

impl Parts {
    fn read(text: &str) -> Self {
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme), rest),
            None => (None, text),
        };
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (user, host) = match authority.split_once('@') {
            Some((user, host)) => (user.split(':').next(), host),
            None => (None, authority),
        };
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Self {
            scheme: scheme.and_then(given),
            host: given(host),
            path: given(path.trim_matches('/')),
            user: user.and_then(given),
        }
    }

    fn equal(&self, address: &Address) -> bool {
        let equal = |wanted: &Option<String>, held: Option<&[u8]>| {
            wanted.as_ref().is_none_or(|wanted| held.is_some_and(|held| held == wanted.as_bytes()))
        };
        equal(&self.scheme, Some(address.scheme().as_bytes()))
            && equal(&self.host, Some(address.told_host().as_bytes()))
            && equal(&self.path, Some(&address.told_path()))
            && equal(&self.user, address.told_user().as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, address: &str) -> Option<Match> {
        Pattern::read(pattern).matches(&Address::read(address).unwrap())
    }

    #[test]
    fn a_section_speaks_of_its_host_and_whole_segments_below_its_path() {
        let address = "https://me@git.example.com/group/app.git";
        for pattern in [
            "https://git.example.com",
            "https://GIT.example.com:443/",
            "https://*.example.com",
            "https://git.example.com/group",
            "https://git.example.com/group/",
            "https://me@git.example.com/group/app.git",
        ] {
            assert!(matches(pattern, address).is_some(), "{pattern}");
        }
        for pattern in [
            "http://git.example.com",
            "https://example.com",
            "https://*.com",
            "https://git.example.com:8443",
            "https://git.example.com/gro",
            "https://you@git.example.com",
            "git.example.com",
        ] {
            assert!(matches(pattern, address).is_none(), "{pattern}");
        }
    }

    #[test]
    fn the_narrower_is_greater() {
        let address = "https://me@git.example.com/group/app.git";
        let order = [
            "https://*.example.com/group/app.git",
            "https://git.example.com",
            "https://git.example.com/group",
            "https://me@git.example.com/group",
        ];
        assert!(order.map(|pattern| matches(pattern, address).unwrap()).is_sorted());
    }

    #[test]
    fn credential_takes_parts() {
        let address = Address::read("https://git.example.com/group/app").unwrap();
        for (pattern, expected) in
            [("git.example.com", true), ("https://", true), ("git.example.com/group/app", true), ("example.com", false)]
        {
            assert_eq!(Pattern::read(pattern).helps(&address), expected, "{pattern}");
        }
    }
}
