//! Addresses of GitHub's interface, and the capabilities behind them.

use super::words::{HOLE, rendered};
use crate::domain::catalogue::{Catalogue, Row};
use crate::pipeline::interface::{self, Segment, segments};
use crate::pipeline::model::Value;

/// Where a request goes.
pub type Address = interface::Address<Path>;

/// The segments behind the interface's root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path(Vec<Segment>);

pub fn address(url: &Value) -> Address {
    let text = rendered(url);
    let text = text.split(['?', '#']).next().unwrap_or_default();
    let rest = match text.find("://").map(|at| &text[at + 3..]) {
        Some(rest) => rest,
        None if text.starts_with(HOLE) || text.is_empty() => return Address::Unknown,
        None => text,
    };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = host.rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
    let is_public = matches!(host.as_str(), "api.github.com" | "uploads.github.com")
        || host.strip_prefix("api.").is_some_and(|rest| rest.ends_with(".ghe.com"));
    let path = if is_public {
        path
    } else if let Some(path) = path.strip_prefix("api/v3/").or_else(|| path.strip_prefix("api/uploads/")) {
        path
    } else if path == "api/graphql" {
        return Address::GraphQl;
    } else {
        return if host.contains(HOLE) { Address::Unknown } else { Address::Elsewhere };
    };
    if path == "graphql" {
        return Address::GraphQl;
    }
    segments(path).map_or(Address::Unknown, |segments| Address::Rest(Path(segments)))
}

impl Path {
    /// Capabilities that this call is. Where a hole leaves open which, none.
    pub fn rows<'c>(&self, method: &str, catalogue: &'c Catalogue) -> Vec<&'c Row> {
        let method = if method == "HEAD" { "GET" } else { method };
        let of_method = catalogue.rows.values().filter(|row| row.method == method);
        of_method.filter(|row| fits(&self.0, row.path.split('?').next().unwrap_or_default())).collect()
    }

    /// Does it name a file below the workflows?
    pub fn is_workflow_file(&self) -> bool {
        let texts: Vec<&str> = self
            .0
            .iter()
            .skip(4)
            .map(|segment| match segment {
                Segment::Text(text) => text.as_str(),
                _ => "",
            })
            .collect();
        matches!(self.0.get(3), Some(Segment::Text(text)) if text == "contents")
            && texts.starts_with(&[".github", "workflows"])
    }

    /// The path as a template: words of the interface stay, everything else is a placeholder.
    pub fn shown(&self) -> String {
        let is_word = |text: &str| {
            text.len() < 32 && text.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'_'))
        };
        let of_repository = matches!(&self.0[0], Segment::Text(text) if text == "repos");
        let shown = self.0.iter().enumerate().map(|(at, segment)| match segment {
            _ if of_repository && at == 1 => "{owner}".to_owned(),
            _ if of_repository && at == 2 => "{repo}".to_owned(),
            Segment::Text(text) if is_word(text) => text.clone(),
            _ => "{}".to_owned(),
        });
        format!("/{}", shown.collect::<Vec<_>>().join("/"))
    }
}

/// Placeholders that stand for a whole path.
const MANY: &[&str] = &["{path}", "{ref}"];

fn fits(path: &[Segment], template: &str) -> bool {
    let pieces: Vec<&str> = template.split('/').filter(|piece| !piece.is_empty()).collect();
    let many = pieces.last().is_some_and(|last| MANY.contains(last));
    let enough = if many { path.len() >= pieces.len() } else { path.len() == pieces.len() };
    enough
        && pieces.iter().zip(path).all(|(piece, segment)| match segment {
            _ if piece.starts_with('{') => true,
            Segment::Text(text) => text == piece,
            Segment::One | Segment::Hole => false,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::model::Part;

    fn text(text: &str) -> Address {
        address(&vec![Part::Text(text.into())])
    }

    fn path(address: Address) -> Path {
        match address {
            Address::Rest(path) => path,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn servers_of_every_kind_are_told_apart() {
        for server in ["https://api.github.com", "https://api.octo.ghe.com", "https://git.example.com/api/v3"] {
            assert_eq!(path(text(&format!("{server}/repos/a/b/issues?x=1"))).shown(), "/repos/{owner}/{repo}/issues");
        }
        assert_eq!(text("https://api.github.com/graphql"), Address::GraphQl);
        assert_eq!(text("https://git.example.com/api/graphql"), Address::GraphQl);
        assert_eq!(text("https://github.com/a/b"), Address::Elsewhere);
        assert_eq!(address(&vec![Part::Unknown, Part::Text("/repos".into())]), Address::Unknown);
    }

    #[test]
    fn holes_stand_for_placeholders_and_for_nothing_else() {
        let issue = |last: Part| {
            let variable = |name: &str| Part::Variable(name.into());
            let text = |text: &str| Part::Text(text.into());
            let repository = variable("GITHUB_REPOSITORY");
            path(address(&vec![variable("GITHUB_API_URL"), text("/repos/"), repository, text("/issues/"), last]))
        };
        assert!(fits(&issue(Part::Unknown).0, "/repos/{owner}/{repo}/issues/{issue_number}"));
        assert!(!fits(&issue(Part::Unknown).0, "/repos/{owner}/{repo}/issues/comments"));
        assert!(fits(
            &path(text("https://api.github.com/repos/a/b/contents/x/y")).0,
            "/repos/{owner}/{repo}/contents/{path}"
        ));
        assert!(path(text("https://api.github.com/repos/a/b/contents/.github/workflows/x.yml")).is_workflow_file());
    }
}
