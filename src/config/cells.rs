//! The small grammars inside cells of the catalogue's tables.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail, ensure};

use crate::domain::capability::Capability;
use crate::domain::catalogue::{
    Effect, PermissionNeed, PermissionWays, Probing, RoleBand, RoleNeed, RouteNeed, ScopeNeed, ScopeWay, ScopeWays,
};
use crate::domain::token::Kind;

/// An empty cell is no value.
pub(super) fn optional(cell: &str) -> Option<String> {
    (!cell.is_empty()).then(|| cell.to_owned())
}

/// `api | read_api ; deploy job: none`: ways for all kinds, then ways for some. Kinds end with a colon and a space,
/// since scopes hold colons of their own.
pub(super) fn scopes(cell: &str) -> Result<ScopeNeed> {
    let (general, by_kind) = by_kind(cell, scope_ways)?;
    Ok(ScopeNeed { general, by_kind })
}

/// What holds for all kinds, then what holds for some.
fn by_kind<T: Clone>(cell: &str, read: fn(&str) -> Result<T>) -> Result<(T, BTreeMap<Kind, T>)> {
    let mut parts = cell.split(';').map(str::trim);
    let general = read(parts.next().unwrap_or_default())?;
    let mut special = BTreeMap::new();
    for part in parts {
        let (kinds, ways) = part.split_once(": ").with_context(|| format!("`{part}` names no kinds before `: `"))?;
        let ways = read(ways)?;
        ensure!(!kinds.trim().is_empty(), "`{part}` names no kinds before `: `");
        for kind in kinds.split_whitespace() {
            let twice = special.insert(Kind::new(kind), ways.clone());
            ensure!(twice.is_none(), "the kind `{kind}` is named twice");
        }
    }
    Ok((general, special))
}

fn scope_ways(text: &str) -> Result<ScopeWays> {
    match text.trim() {
        "any" => Ok(ScopeWays::Any),
        "none" => Ok(ScopeWays::Closed),
        ways => Ok(ScopeWays::Ways(ways.split('|').map(scope_way).collect::<Result<_>>()?)),
    }
}

fn scope_way(text: &str) -> Result<ScopeWay> {
    let text = text.trim();
    let (disputed, text) = match text.strip_prefix('?') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (public_only, text) = match text.strip_suffix("@public") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let all: BTreeSet<String> = match text {
        "any" if public_only => BTreeSet::new(),
        _ => text.split('+').map(word).collect::<Result<_>>()?,
    };
    Ok(ScopeWay { all, public_only, disputed })
}

/// One word: not empty, no white space inside, and none of the words that stand for a whole cell.
fn word(text: &str) -> Result<String> {
    let text = text.trim();
    ensure!(!text.is_empty(), "an empty word");
    ensure!(!text.contains(char::is_whitespace), "`{text}` is more than one word");
    ensure!(!matches!(text, "any" | "none" | "unstated"), "`{text}` stands alone or not at all");
    Ok(text.to_owned())
}

/// `contents=write+workflows=write | administration=write ; actions: contents=write`; a leading `?` where the names were
/// not verified.
pub(super) fn permission(cell: &str) -> Result<PermissionNeed> {
    let (general, by_kind) = by_kind(cell, permission_ways)?;
    Ok(PermissionNeed { general, by_kind })
}

fn permission_ways(cell: &str) -> Result<PermissionWays> {
    match cell.trim() {
        "none" => return Ok(PermissionWays::Closed),
        "any" => return Ok(PermissionWays::Any),
        "unstated" => return Ok(PermissionWays::Unstated),
        _ => {}
    }
    let (sure, names) = match cell.trim().strip_prefix('?') {
        Some(rest) => (false, rest),
        None => (true, cell),
    };
    let name = |text: &str| {
        ensure!(!text.trim().is_empty(), "an empty name");
        Ok(text.trim().to_owned())
    };
    let way = |text: &str| text.split('+').map(name).collect::<Result<Vec<_>>>();
    Ok(PermissionWays::Named { ways: names.split('|').map(way).collect::<Result<_>>()?, sure })
}

pub(super) fn roles(private: &str, public: &str) -> Result<RoleNeed> {
    Ok(RoleNeed {
        private: role_band(private).context("column role_private")?,
        public: role_band(public).context("column role_public")?,
    })
}

/// `30`, or `30..40` where settings or disputed sources decide between the two.
fn role_band(cell: &str) -> Result<RoleBand> {
    let level = |text: &str| text.trim().parse::<u16>().with_context(|| format!("`{text}` is not a role level"));
    let (first, last) = cell.split_once("..").unwrap_or((cell, cell));
    let band = RoleBand { never_below: level(first)?, surely_from: level(last)? };
    ensure!(band.never_below <= band.surely_from, "the levels are in the wrong order");
    Ok(band)
}

/// `lookup`, `none`, `since 18.2`, `own since 18.2`, `setting NAME since 17.2`.
pub(super) fn route_need(cell: &str) -> Result<RouteNeed> {
    let words: Vec<&str> = cell.split_whitespace().collect();
    match words.as_slice() {
        ["lookup"] => Ok(RouteNeed::Lookup),
        ["none"] => Ok(RouteNeed::Closed),
        ["since", since] => Ok(RouteNeed::Since { since: since.parse()?, own_only: false }),
        ["own", "since", since] => Ok(RouteNeed::Since { since: since.parse()?, own_only: true }),
        ["setting", name, "since", since] => Ok(RouteNeed::Setting { name: (*name).to_owned(), since: since.parse()? }),
        _ => bail!("`{cell}` is none of `lookup`, `none`, `since X`, `own since X`, `setting NAME since X`"),
    }
}

pub(super) fn effect(cell: &str) -> Result<Effect> {
    match cell {
        "read" => Ok(Effect::Read),
        "write" => Ok(Effect::Write),
        _ => bail!("`{cell}` is neither `read` nor `write`"),
    }
}

pub(super) fn probe(cell: &str) -> Result<Probing> {
    let words: Vec<&str> = cell.split_whitespace().collect();
    match words.as_slice() {
        ["itself"] => Ok(Probing::Itself),
        ["via", capability] => Ok(Probing::Via(Capability::new(capability))),
        ["git"] => Ok(Probing::Git),
        ["graphql", field] => Ok(Probing::Graphql((*field).to_owned())),
        ["dry-run", name] => Ok(Probing::DryRun((*name).to_owned())),
        ["impossible", name] => Ok(Probing::Impossible((*name).to_owned())),
        ["role"] => Ok(Probing::Role),
        ["none"] => Ok(Probing::Nothing),
        _ => bail!("`{cell}` is not a way of probing"),
    }
}

/// `yes`/`true` or `no`/`false`/nothing.
pub(super) fn flag(cell: &str) -> Result<bool> {
    match cell {
        "yes" | "true" => Ok(true),
        "no" | "false" | "" => Ok(false),
        _ => bail!("`{cell}` is neither `yes` nor `no`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(scopes: &[&str], disputed: bool) -> ScopeWay {
        ScopeWay { all: scopes.iter().map(|&scope| scope.to_owned()).collect(), public_only: false, disputed }
    }

    #[test]
    fn scopes_have_general_ways_and_ways_by_kind() {
        let need =
            scopes("api | read_api+read_user | ?write:packages ; deploy job: read:packages ; oauth: any").unwrap();
        let general =
            vec![way(&["api"], false), way(&["read_api", "read_user"], false), way(&["write:packages"], true)];
        assert_eq!(need.general, ScopeWays::Ways(general));
        let packages = ScopeWays::Ways(vec![way(&["read:packages"], false)]);
        assert_eq!(need.by_kind[&Kind::new("deploy")], packages);
        assert_eq!(need.by_kind[&Kind::new("job")], packages);
        assert_eq!(need.by_kind[&Kind::new("oauth")], ScopeWays::Any);
        assert_eq!(scopes("none").unwrap(), ScopeNeed::default());
        let on_public = |names: &[&str]| ScopeWay { public_only: true, ..way(names, false) };
        let ways = vec![way(&["repo"], false), on_public(&["public_repo"]), on_public(&[])];
        assert_eq!(scopes("repo | public_repo@public | any@public").unwrap().general, ScopeWays::Ways(ways));
    }

    #[test]
    fn sloppy_scope_cells_are_errors() {
        for cell in ["", "a |", "a b", "a+", "?", "any | a", "a ; b", "a ; : b", "a ; job: x ; job: y", "a ; job: "] {
            assert!(scopes(cell).is_err(), "{cell:?}");
        }
    }

    #[test]
    fn permissions_may_be_unsure_open_closed_or_unstated() {
        let named = |ways: &[&[&str]], sure| PermissionWays::Named {
            ways: ways.iter().map(|way| way.iter().map(|&name| name.to_owned()).collect()).collect(),
            sure,
        };
        let general = |cell| permission(cell).unwrap().general;
        assert_eq!(general("contents=write | issues=read"), named(&[&["contents=write"], &["issues=read"]], true));
        assert_eq!(general("contents=write+workflows=write"), named(&[&["contents=write", "workflows=write"]], true));
        assert_eq!(general("?create_tag"), named(&[&["create_tag"]], false));
        assert_eq!(general("none"), PermissionWays::Closed);
        assert_eq!(general("any"), PermissionWays::Any);
        assert_eq!(general("unstated"), PermissionWays::Unstated);
        let need = permission("Code: Push ; actions installation: none").unwrap();
        assert_eq!(need.general, named(&[&["Code: Push"]], true));
        assert_eq!(need.for_kind(&Kind::new("actions")), &PermissionWays::Closed);
        assert!(permission("").is_err());
        assert!(permission("a+").is_err());
    }

    #[test]
    fn roles_are_a_level_or_a_band() {
        let need = roles("30..40", "0").unwrap();
        assert_eq!(need.private, RoleBand { never_below: 30, surely_from: 40 });
        assert_eq!(need.public, RoleBand::NONE);
        assert!(roles("40..30", "0").is_err());
        assert!(roles("", "0").is_err());
    }

    #[test]
    fn routes_are_looked_up_closed_or_dated() {
        assert_eq!(route_need("lookup").unwrap(), RouteNeed::Lookup);
        assert_eq!(route_need("none").unwrap(), RouteNeed::Closed);
        let since = "18.2".parse().unwrap();
        assert_eq!(route_need("since 18.2").unwrap(), RouteNeed::Since { since, own_only: false });
        assert_eq!(route_need("own since 18.2").unwrap(), RouteNeed::Since { since, own_only: true });
        assert!(
            matches!(route_need("setting push since 17.2").unwrap(), RouteNeed::Setting { name, .. } if name == "push")
        );
        assert!(route_need("since").is_err());
    }

    #[test]
    fn probes_are_words() {
        assert_eq!(probe("itself").unwrap(), Probing::Itself);
        assert_eq!(probe("via pr.list").unwrap(), Probing::Via(Capability::new("mr.list")));
        assert_eq!(probe("graphql createIssue").unwrap(), Probing::Graphql("createIssue".to_owned()));
        assert_eq!(probe("dry-run notes").unwrap(), Probing::DryRun("notes".to_owned()));
        assert!(probe("guess").is_err());
    }
}
