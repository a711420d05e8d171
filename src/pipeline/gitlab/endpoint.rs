//! Addresses of GitLab's interface, set against the table of routes.

use super::words::{HOLE, rendered};
use crate::domain::catalogue::{Catalogue, Route, Row};
use crate::pipeline::interface::{self, Segment, segments};
use crate::pipeline::model::Value;

/// What an address leads to.
pub type Address = interface::Address<Path>;

/// A path below `/api/v4`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path(Vec<Segment>);

pub fn address(url: &Value) -> Address {
    let text = rendered(url);
    let text = text.split(['?', '#']).next().unwrap_or_default();
    if text.trim_end_matches('/').ends_with("/api/graphql") {
        return Address::GraphQl;
    }
    let rest = match text.find("/api/v4") {
        Some(at) => &text[at + "/api/v4".len()..],
        None if text.starts_with(HOLE) || text.is_empty() => return Address::Unknown,
        None => return Address::Elsewhere,
    };
    if rest == HOLE.to_string() || (!rest.is_empty() && !rest.starts_with('/')) {
        return Address::Unknown;
    }
    segments(rest).map_or(Address::Unknown, |segments| Address::Rest(Path(segments)))
}

impl Path {
    fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// Routes of the table that this may be. A hole at the end may be longer than one segment.
    pub fn routes<'c>(&self, method: &str, catalogue: &'c Catalogue) -> Vec<&'c Route> {
        let method = if method == "HEAD" { "GET" } else { method };
        let of_method = catalogue.routes.iter().filter(|route| route.method == method);
        of_method.filter(|route| may_be(self.segments(), &route.path)).collect()
    }

    /// The capability that this call is, where exactly one fits.
    pub fn row<'c>(&self, method: &str, catalogue: &'c Catalogue) -> Option<&'c Row> {
        let method = if method == "HEAD" { "GET" } else { method };
        let mut rows: Vec<&Row> = catalogue
            .rows
            .values()
            .filter(|row| row.method == method && surely_is(self.segments(), row.path.split('?').next().unwrap_or("")))
            .collect();
        // The one with the most words of its own says it best.
        rows.sort_by_key(|row| row.path.split('/').filter(|segment| segment.starts_with(':')).count());
        rows.into_iter().next()
    }

    /// Served by code of its own, which the table of routes says nothing about.
    pub fn is_beyond_the_table(&self) -> bool {
        const BEYOND: &[&str] = &[
            "packages",
            "terraform",
            "dependency_proxy",
            "virtual_registries",
            "internal",
            "feature_flags",
            "unleash",
            "lfs",
            "alert_management",
            "error_tracking",
            "container_registry",
            "runners",
            "jobs",
            "templates",
            "-",
            "catalog",
            "registry",
            "debian",
            "npm",
            "maven",
            "composer",
            "conan",
            "pypi",
            "nuget",
            "helm",
            "rubygems",
        ];
        self.0.iter().any(|segment| matches!(segment, Segment::Text(text) if BEYOND.contains(&text.as_str())))
    }

    /// Below `/projects/:id`, with a resource that has a name.
    pub fn is_of_a_project(&self) -> bool {
        let is = |at: usize, wanted: &str| matches!(self.0.get(at), Some(Segment::Text(text)) if text == wanted);
        let named = |at: usize| match self.0.get(at) {
            Some(Segment::Text(text)) => text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'),
            Some(Segment::Hole | Segment::One) => false,
            None => true,
        };
        is(0, "projects") && self.0.len() > 1 && named(2)
    }

    /// The path as a template: words of the interface stay, everything else is a placeholder.
    pub fn shown(&self) -> String {
        let is_word =
            |text: &str| text.len() < 32 && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        let after_id =
            |at: usize| at == 1 && matches!(&self.0[0], Segment::Text(text) if text == "projects" || text == "groups");
        let shown = self.0.iter().enumerate().map(|(at, segment)| match segment {
            Segment::Text(text) if is_word(text) && !after_id(at) => text.clone(),
            _ => ":id".to_owned(),
        });
        format!("/{}", shown.collect::<Vec<_>>().join("/"))
    }
}

/// One piece of a template such as `/projects/:id/packages/generic/:name/*version/(*path/):file`.
enum Piece<'t> {
    Text(&'t str),
    One,
    /// One or more; `true`: or none.
    Many(bool),
}

fn pieces(template: &str) -> Vec<Piece<'_>> {
    // The optional parts are always whole runs of segments.
    let template = template.split('/').filter(|segment| !segment.is_empty());
    let mut pieces = Vec::new();
    for segment in template {
        let bare = segment.trim_matches(['(', ')']);
        if segment.contains('*') {
            pieces.push(Piece::Many(segment.contains('(') || segment.contains(')')));
            if let Some((_, rest)) = segment.split_once(')')
                && rest.starts_with(':')
            {
                pieces.push(Piece::One);
            }
        } else if bare.starts_with(':') {
            pieces.push(Piece::One);
        } else if let Some((text, _)) = bare.split_once('(') {
            pieces.push(Piece::Text(text));
        } else if segment.contains(':') {
            // `:module_version.zip` and the like.
            pieces.push(Piece::One);
        } else {
            pieces.push(Piece::Text(bare));
        }
    }
    pieces
}

fn may_be(path: &[Segment], template: &str) -> bool {
    fit(path, &pieces(template), true)
}

/// Every segment is what the template says; holes stand only where it has a placeholder.
fn surely_is(path: &[Segment], template: &str) -> bool {
    fit(path, &pieces(template), false)
}

/// `loose`: a hole may be any text, and at the end of the path any number of segments.
fn fit(path: &[Segment], template: &[Piece<'_>], loose: bool) -> bool {
    match (path, template) {
        ([], []) => true,
        ([], [Piece::Many(true), rest @ ..]) => fit(path, rest, loose),
        (_, []) | ([], _) => false,
        ([Segment::Hole], [_, ..]) if loose => true,
        ([first, more @ ..], [piece, rest @ ..]) => match piece {
            Piece::Text(wanted) => match first {
                Segment::Text(text) => text == wanted && fit(more, rest, loose),
                Segment::One => false,
                Segment::Hole => loose && fit(more, rest, loose),
            },
            Piece::One => fit(more, rest, loose),
            Piece::Many(none) => {
                fit(more, rest, loose) || fit(more, template, loose) || (*none && fit(path, rest, loose))
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::model::Part;

    fn path(text: &str) -> Path {
        let mut value = vec![Part::Variable("CI_API_V4_URL".into())];
        for (index, part) in text.split('$').enumerate() {
            if index > 0 {
                value.push(Part::Unknown);
            }
            value.push(Part::Text(part.into()));
        }
        match address(&value) {
            Address::Rest(path) => path,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn templates_take_one_segment_or_many() {
        let generic = "/projects/:id/packages/generic/:package_name/*package_version/(*path/):file_name";
        assert!(may_be(path("/projects/$/packages/generic/app/1.0/app.tgz").segments(), generic));
        assert!(may_be(path("/projects/$/packages/generic/app/1.0/a/b/app.tgz").segments(), generic));
        assert!(!may_be(path("/projects/$/packages/generic/app").segments(), generic));
        let permalink = "/projects/:id/releases/permalink/latest(/)(*suffix_path)";
        assert!(may_be(path("/projects/1/releases/permalink/latest").segments(), permalink));
        assert!(may_be(path("/projects/1/releases/permalink/latest/a").segments(), permalink));
    }

    #[test]
    fn a_hole_is_one_segment_except_at_the_end() {
        assert!(may_be(path("/projects/$/$").segments(), "/projects/:id/merge_requests/:iid"));
        assert!(!may_be(path("/projects/$/labels").segments(), "/projects/:id/jobs/:job_id/labels"));
        assert!(!may_be(
            path("/projects/$/merge_requests/$/discussions").segments(),
            "/projects/:id/merge_requests/:iid/notes"
        ));
    }

    #[test]
    fn addresses_are_told_apart() {
        let text = |text: &str| address(&vec![Part::Text(text.into())]);
        assert!(matches!(text("https://gitlab.example.com/api/v4/projects/1?a=b"), Address::Rest(_)));
        assert_eq!(text("https://gitlab.example.com/api/graphql"), Address::GraphQl);
        assert_eq!(text("https://example.com/projects"), Address::Elsewhere);
        assert_eq!(address(&vec![Part::Unknown, Part::Text("/x".into())]), Address::Unknown);
        assert_eq!(
            address(&vec![Part::Variable("CI_API_V4_URL".into()), Part::Text("/".into()), Part::Unknown]),
            Address::Unknown
        );
    }

    #[test]
    fn a_shown_path_holds_nothing_but_words_of_the_interface() {
        assert_eq!(path("/projects/secret/merge_requests/$/notes").shown(), "/projects/:id/merge_requests/:id/notes");
    }
}
