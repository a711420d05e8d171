//! The table of REST routes: what each asks of its caller.

use std::sync::LazyLock;

use super::caller::Caller;
use super::power::Held;
use super::terms::{Feature, Level, Role, Standing};
use crate::table::{Parameters, Template, best, rows};

pub(super) static ROUTES: LazyLock<Vec<Route>> =
    LazyLock::new(|| rows(include_str!("../../data/github-routes.csv"), Route::read));

#[derive(Debug)]
pub(super) struct Route {
    pub(super) method: &'static str,
    pub(super) template: Template,
    pub(super) scopes: Scopes,
    /// As `X-Accepted-OAuth-Scopes` lists them, which is not always what is asked for.
    pub(super) said_scopes: String,
    /// `None`: not for tokens with permissions.
    pub(super) permissions: Option<Permissions>,
    pub(super) public: bool,
    pub(super) role: Needed,
    pub(super) feature: Option<Feature>,
    pub(super) needs: Vec<&'static str>,
    pub(super) shape: &'static str,
    pub(super) flags: Vec<&'static str>,
}

#[derive(Debug)]
pub(super) enum Scopes {
    Any,
    /// Not for tokens with scopes.
    Closed,
    /// One of these sets; the flag says that it is good for public repositories only.
    OneOf(Vec<(Vec<&'static str>, bool)>),
}

/// Sets of permissions of which one is enough.
pub(super) type Permissions = Vec<Vec<(&'static str, Level)>>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needed {
    Nothing,
    Role(Role),
    Standing(Standing),
}

impl Route {
    fn read(cells: &[&'static str]) -> Option<Self> {
        let &[method, path, scopes, said, permissions, public, role, feature, needs, shape, flags] = cells else {
            return None;
        };
        Some(Self {
            method,
            template: Template::new(path),
            scopes: Scopes::read(scopes),
            said_scopes: said.split_whitespace().collect::<Vec<_>>().join(", "),
            permissions: match permissions {
                "-" => None,
                "any" => Some(vec![Vec::new()]),
                sets => Some(sets.split('|').map(permission_set).collect::<Option<_>>()?),
            },
            public: public == "yes",
            role: match role {
                "none" => Needed::Nothing,
                "member" => Needed::Standing(Standing::Member),
                "owner" => Needed::Standing(Standing::Owner),
                other => Needed::Role(Role::named(other)?),
            },
            feature: if feature.is_empty() { None } else { Some(Feature::named(feature)?) },
            needs: needs.split_whitespace().collect(),
            shape,
            flags: flags.split(';').collect(),
        })
    }

    pub(super) fn has(&self, flag: &str) -> bool {
        self.flags.contains(&flag)
    }

    /// The object a write is about: collection, the parameter that names it, and the status when it is not there.
    pub(super) fn object(&self) -> Option<(&'static str, &'static str, u16)> {
        let rest = self.flags.iter().find_map(|flag| flag.strip_prefix("object:"))?;
        let mut parts = rest.split(':');
        let (collection, name) = (parts.next()?, parts.next()?);
        Some((collection, name, parts.next().and_then(|status| status.parse().ok()).unwrap_or(404)))
    }

    pub(super) fn reads(&self) -> bool {
        self.method == "GET"
    }

    pub(super) fn find(method: &str, segments: &[String], uploads: bool) -> Option<(&'static Route, Parameters)> {
        let rows = ROUTES.iter().filter(|route| route.method == method && route.has("uploads") == uploads);
        best(rows, segments, |route| &route.template)
    }

    /// As `X-Accepted-GitHub-Permissions` lists them.
    pub(super) fn accepted_permissions(&self) -> Option<String> {
        let set = |set: &Vec<(&str, Level)>| {
            set.iter().map(|(name, level)| format!("{name}={}", level.name())).collect::<Vec<_>>().join(",")
        };
        let sets: Vec<String> = self.permissions.as_ref()?.iter().map(set).collect();
        let text = sets.join("; ");
        // What needs no permission at all says so.
        Some(if text.is_empty() { "allows_permissionless_access=true".to_owned() } else { text })
    }

    pub(super) fn permitted(&self, held: &Held) -> bool {
        let holds = |(name, level): &(&str, Level)| held.get(*name).is_some_and(|held| held >= level);
        self.permissions.as_ref().is_some_and(|sets| sets.iter().any(|set| set.iter().all(holds)))
    }

    /// Whether the caller's scopes are enough; `public` says that the repository is.
    pub(super) fn scoped(&self, caller: &Caller<'_>, public: bool) -> bool {
        match &self.scopes {
            Scopes::Any => true,
            Scopes::Closed => false,
            Scopes::OneOf(sets) => sets.iter().any(|(set, only_public)| {
                (public || !only_public) && set.iter().all(|scope| caller.holds_scope(scope))
            }),
        }
    }
}

impl Scopes {
    fn read(text: &'static str) -> Self {
        match text {
            "any" => Scopes::Any,
            "-" => Scopes::Closed,
            sets => Scopes::OneOf(sets.split('|').map(scope_set).collect()),
        }
    }
}

fn scope_set(text: &'static str) -> (Vec<&'static str>, bool) {
    let names = text.strip_suffix("@public");
    (names.unwrap_or(text).split('+').collect(), names.is_some())
}

fn permission_set(text: &'static str) -> Option<Vec<(&'static str, Level)>> {
    text.split('+')
        .map(|one| {
            let (name, level) = one.split_once(':')?;
            let level = match level {
                "read" => Level::Read,
                "write" => Level::Write,
                "admin" => Level::Admin,
                _ => return None,
            };
            Some((name, level))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(method: &str, path: &str) -> &'static Route {
        let segments: Vec<String> = path.split('/').map(str::to_owned).collect();
        Route::find(method, &segments, false).expect("a row").0
    }

    #[test]
    fn the_table_can_be_read_and_holds_its_rows() {
        assert!(ROUTES.len() > 120, "{}", ROUTES.len());
    }

    #[test]
    fn accepted_permissions_are_written_as_github_writes_them() {
        let header = |method, path| route(method, path).accepted_permissions();
        assert_eq!(header("POST", "repos/o/r/forks").as_deref(), Some("administration=write,contents=read"));
        assert_eq!(header("PATCH", "repos/o/r/labels/a").as_deref(), Some("issues=write; pull_requests=write"));
        assert_eq!(header("GET", "rate_limit").as_deref(), Some("allows_permissionless_access=true"));
    }

    #[test]
    fn a_write_names_its_object_and_the_status_of_its_absence() {
        assert_eq!(route("POST", "repos/o/r/statuses/1").object(), Some(("commits", "sha", 422)));
        assert_eq!(route("PATCH", "repos/o/r/labels/1").object(), Some(("labels", "name", 404)));
    }
}
