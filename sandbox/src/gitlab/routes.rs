//! The two tables: what each REST route asks of its caller, and which routes are open to job tokens.

use std::sync::LazyLock;

use super::terms::Feature;
use super::version::Version;

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

/// Values of the `:names` of a template.
pub(super) type Parameters = Vec<(&'static str, String)>;

#[derive(Debug)]
pub(super) struct Template {
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    Literal(&'static str),
    /// `:name`, or `:name.suffix`.
    One(&'static str, &'static str),
    /// `*name`: one segment or more.
    Many(&'static str),
}

impl Template {
    fn new(path: &'static str) -> Self {
        let part = |text: &'static str| match (text.strip_prefix(':'), text.strip_prefix('*')) {
            (Some(name), _) => {
                let (name, suffix) = name.find('.').map_or((name, ""), |at| name.split_at(at));
                Part::One(name, suffix)
            }
            (None, Some(name)) => Part::Many(name),
            (None, None) => Part::Literal(text),
        };
        Self { parts: path.split('/').filter(|text| !text.is_empty()).map(part).collect() }
    }

    /// Segments of a path that matches, for the tests of the table.
    #[cfg(test)]
    pub(super) fn filled(&self, value: impl Fn(&str) -> &'static str) -> Vec<String> {
        let segment = |part: &Part| match part {
            Part::Literal(text) => (*text).to_owned(),
            Part::One(name, suffix) => format!("{}{suffix}", value(name)),
            Part::Many(name) => value(name).to_owned(),
        };
        self.parts.iter().map(segment).collect()
    }

    fn matched(&self, segments: &[String]) -> Option<Parameters> {
        let mut found = Vec::new();
        matches(&self.parts, segments, &mut found).then_some(found)
    }

    /// Sorts templates that match the same path: the more literal one first.
    fn looseness(&self) -> Vec<u8> {
        let rank = |part: &Part| match part {
            Part::Literal(_) => 0,
            Part::One(_, suffix) => 2 - u8::from(!suffix.is_empty()),
            Part::Many(_) => 3,
        };
        self.parts.iter().map(rank).collect()
    }
}

fn matches(parts: &[Part], segments: &[String], found: &mut Parameters) -> bool {
    let (Some((part, parts)), Some((segment, rest))) = (parts.split_first(), segments.split_first()) else {
        return parts.is_empty() && segments.is_empty();
    };
    match part {
        Part::Literal(text) => text == segment && matches(parts, rest, found),
        Part::One(name, suffix) => {
            let Some(value) = segment.strip_suffix(suffix) else { return false };
            found.push((name, value.to_owned()));
            matches(parts, rest, found)
        }
        Part::Many(name) => (1..=segments.len()).any(|count| {
            let before = found.len();
            found.push((name, segments[..count].join("/")));
            let fits = matches(parts, &segments[count..], found);
            if !fits {
                found.truncate(before);
            }
            fits
        }),
    }
}

fn best<T>(
    rows: impl Iterator<Item = &'static T>,
    segments: &[String],
    template: impl Fn(&T) -> &Template,
) -> Option<(&'static T, Parameters)> {
    rows.filter_map(|row| Some((row, template(row).matched(segments)?)))
        .min_by_key(|(row, _)| template(row).looseness())
}

/// Reads a table, leaving out comments and the line of column names.
fn rows<T>(text: &'static str, read: impl Fn(&[&'static str]) -> Option<T>) -> Vec<T> {
    text.lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .skip(1)
        .map(|line| {
            let cells: Vec<&'static str> = line.split(',').collect();
            read(&cells).unwrap_or_else(|| panic!("the sandbox's own table has a wrong line: {line}"))
        })
        .collect()
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
