//! The two tables: what each REST route asks of its caller, and which routes are open to job tokens.

use std::sync::LazyLock;

use super::terms::Feature;
use super::version::Version;
use crate::table::{Parameters, Template, best, rows};

pub(super) static ROUTES: LazyLock<Vec<Route>> =
    LazyLock::new(|| rows(include_str!("../../data/gitlab-routes.csv"), Route::read));

pub(super) static JOB_ROUTES: LazyLock<Vec<JobRoute>> =
    LazyLock::new(|| rows(include_str!("../../data/gitlab-job-routes.csv"), JobRoute::read));

#[derive(Debug)]
pub(super) struct Route {
    pub(super) method: &'static str,
    pub(super) template: Template,
    pub(super) scopes: Vec<&'static str>,
    pub(super) permission: &'static str,
    pub(super) private_level: u32,
    pub(super) open_level: u32,
    pub(super) feature: Option<Feature>,
    pub(super) needs: Needs,
    pub(super) shape: &'static str,
    pub(super) flags: Vec<&'static str>,
    pub(super) since: Version,
}

#[derive(Debug)]
pub(super) enum Needs {
    All(Vec<&'static str>),
    OneOf(Vec<&'static str>),
}

impl Route {
    fn read(cells: &[&'static str]) -> Option<Self> {
        let &[method, path, scopes, permission, private, open, feature, needs, shape, flags, since] = cells else {
            return None;
        };
        let scopes = match scopes {
            "read" => vec!["api", "read_api"],
            "write" => vec!["api"],
            other => other.split(';').collect(),
        };
        let needs = match needs.strip_prefix("one-of(").and_then(|rest| rest.strip_suffix(')')) {
            Some(names) => Needs::OneOf(names.split(' ').collect()),
            None => Needs::All(needs.split_whitespace().collect()),
        };
        Some(Self {
            method,
            template: Template::new(path),
            scopes,
            permission,
            private_level: private.parse().ok()?,
            open_level: open.parse().ok()?,
            feature: if feature.is_empty() { None } else { Some(Feature::named(feature)?) },
            needs,
            shape,
            flags: flags.split(';').collect(),
            since: if since.is_empty() { Version::new(0, 0) } else { since.try_into().ok()? },
        })
    }

    pub(super) fn has(&self, flag: &str) -> bool {
        self.flags.contains(&flag)
    }

    /// The object a write is about: collection and the parameter that names it.
    pub(super) fn object(&self) -> Option<(&'static str, &'static str)> {
        self.flags.iter().find_map(|flag| flag.strip_prefix("object:")?.split_once(':'))
    }

    pub(super) fn reads(&self) -> bool {
        self.method == "GET"
    }

    pub(super) fn find(method: &str, segments: &[String]) -> Option<(&'static Route, Parameters)> {
        best(ROUTES.iter().filter(|route| route.method == method), segments, |route| &route.template)
    }
}

#[derive(Debug)]
pub(super) struct JobRoute {
    method: &'static str,
    template: Template,
    pub(super) policies: Vec<&'static str>,
    opened: Version,
    flags: Vec<&'static str>,
}

impl JobRoute {
    fn read(cells: &[&'static str]) -> Option<Self> {
        let &[method, path, policies, opened, flags] = cells else { return None };
        Some(Self {
            method,
            template: Template::new(path),
            policies: policies.split(';').filter(|policy| !policy.is_empty()).collect(),
            opened: opened.try_into().ok()?,
            flags: flags.split(';').collect(),
        })
    }

    pub(super) fn has(&self, flag: &str) -> bool {
        self.flags.contains(&flag)
    }

    /// The row for a route that a server of that version opens to job tokens.
    pub(super) fn open(method: &str, segments: &[String], version: Version) -> Option<&'static JobRoute> {
        let rows = JOB_ROUTES.iter().filter(|row| row.method == method && row.opened <= version);
        best(rows, segments, |row| &row.template).map(|(row, _)| row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segments(path: &str) -> Vec<String> {
        path.split('/').map(str::to_owned).collect()
    }

    #[test]
    fn both_tables_can_be_read_and_hold_their_rows() {
        assert!(ROUTES.len() > 140, "{}", ROUTES.len());
        assert!(JOB_ROUTES.len() >= 197, "{}", JOB_ROUTES.len());
    }

    #[test]
    fn a_literal_segment_wins_over_a_parameter() {
        let path = segments("projects/1/access_tokens/self/rotate");
        let (route, parameters) = Route::find("POST", &path).expect("a row");
        assert_eq!((route.private_level, parameters), (0, vec![("id", "1".to_owned())]));
    }

    #[test]
    fn a_generic_package_path_may_have_more_segments() {
        let path = segments("projects/1/packages/generic/tool/1.0/linux/tool.tar.gz");
        assert!(JobRoute::open("PUT", &path, Version::new(19, 0)).is_some());
    }

    #[test]
    fn a_row_is_closed_before_its_version() {
        let path = segments("projects/1/merge_requests");
        assert!(JobRoute::open("GET", &path, Version::new(18, 2)).is_none());
        assert!(JobRoute::open("GET", &path, Version::new(18, 4)).is_some());
    }
}
