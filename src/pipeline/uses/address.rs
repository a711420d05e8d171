//! Addresses as one text, and the instance and the project in them.

use crate::domain::origin::Origin;
use crate::domain::usage::{Aim, Where};
use crate::pipeline::model::Part;

/// Stands for the job's own host or project.
pub const OWN: char = '\u{2}';
/// Stands for what is known only when it runs.
pub const HOLE: char = '\u{0}';

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
pub fn git_aim(spelt: &str) -> Option<Aim> {
    let (scheme, rest) = spelt.split_once("://")?;
    let (authority, path) = rest.split_once('/')?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let path = path.trim_matches('/');
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
