//! What a request of a pipeline of Azure DevOps does, to which project, and with whose token.

use super::FORGE;
use super::words::{self, Whose, environment_name, whose};
use crate::domain::catalogue::{Catalogue, Row};
use crate::domain::usage::{Aim, Holder, Where};
use crate::pipeline::model::{How, Part, Presented, Request};
use crate::pipeline::uses::{Call, HOLE, OWN, Tongue, spelt};

pub const TONGUE: Tongue = Tongue {
    forge: FORGE,
    holder,
    stands_for,
    call,
    signs_in,
    client: Some("az"),
    public: "https://dev.azure.com",
    from_settings: false,
};

fn holder(value: &[Part]) -> Option<Holder> {
    match value {
        _ if whose(value) == Whose::Job => Some(Holder::Own),
        [Part::Variable(name)] => Some(Holder::Variable(environment_name(name))),
        _ => None,
    }
}

fn stands_for(variable: &str) -> Option<&'static str> {
    Some(match environment_name(variable).as_str() {
        "SYSTEM_COLLECTIONURI" | "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI" | "SYSTEM_TEAMFOUNDATIONSERVERURI" => {
            "https://\u{2}/"
        }
        "SYSTEM_TEAMPROJECT" | "SYSTEM_TEAMPROJECTID" | "BUILD_REPOSITORY_ID" | "BUILD_REPOSITORY_NAME" => "\u{2}",
        _ => return None,
    })
}

fn signs_in(token: &Presented) -> bool {
    matches!(&token.how, How::Bearer | How::Basic { .. } | How::Tool(_) | How::Scheme(_))
}

fn call(request: &Request, catalogue: &Catalogue) -> Option<Call> {
    if !words::is_ours(&request.url.value) {
        return None;
    }
    let spelt = spelt(&request.url.value, stands_for);
    let text = spelt.split(['?', '#']).next().unwrap_or_default();
    let place = placed(text)?;
    let aim = Aim { base: place.base.clone(), target: place.target() };
    let Some(method) = request.method.as_deref() else {
        return Some(Call { aim, deed: Err("its method is known only when it runs") });
    };
    let row = row(&place.rest, method, catalogue);
    let deed = row.map(|row| row.capability.clone()).ok_or("it is no capability that hallpass knows");
    Some(Call { aim, deed })
}

/// An address in its parts.
struct Place<'t> {
    base: Where,
    /// On the shared host, where it is not the job's own.
    organization: Option<&'t str>,
    project: Option<&'t str>,
    /// From `_apis` on.
    rest: Vec<&'t str>,
}

fn placed(text: &str) -> Option<Place<'_>> {
    let (host, path) = text.split_once("://")?.1.split_once('/')?;
    let mut before: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let at = before.iter().position(|segment| matches!(*segment, "_apis" | "_packaging"))?;
    let rest = before.split_off(at);
    let mut before = before.into_iter();
    let (base, organization) = match host {
        "\u{2}" => (Where::Own, None),
        "dev.azure.com" => (Where::Named("https://dev.azure.com".to_owned()), Some(before.next()?)),
        // Hosts of services beside the project's own have tables of their own.
        _ => return None,
    };
    Some(Place { base, organization, project: before.next(), rest })
}

impl Place<'_> {
    fn target(&self) -> Where {
        let known = |text: &str| !text.contains([OWN, HOLE]);
        match (self.organization, self.project) {
            (None, None) | (_, Some("\u{2}")) => Where::Own,
            (Some(organization), Some(project)) if known(organization) && known(project) => {
                Where::Named(format!("{organization}/{}", project.replace("%20", " ")))
            }
            (Some(organization), None) if known(organization) => Where::Named(organization.to_owned()),
            _ => Where::Unknown,
        }
    }
}

/// The capability that this call is: every word of the template stands in the address, and holes for placeholders alone.
fn row<'c>(path: &[&str], method: &str, catalogue: &'c Catalogue) -> Option<&'c Row> {
    let fits = |row: &&Row| {
        let template = row.path.split('?').next().unwrap_or_default();
        let words = template.split('/').filter(|piece| !piece.is_empty()).skip_while(|piece| *piece == ":project");
        let words: Vec<&str> = words.collect();
        let same = |(word, segment): (&&str, &&str)| word.contains(':') || word.eq_ignore_ascii_case(segment);
        template.starts_with('/') && words.len() == path.len() && words.iter().zip(path).all(same)
    };
    let mut rows: Vec<&Row> = catalogue.rows.values().filter(|row| row.method == method).filter(fits).collect();
    rows.sort_by_key(|row| row.path.matches(':').count());
    rows.into_iter().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn organization_and_project_are_told_from_the_address() {
        let target = |text: &str| placed(text).map(|place| (place.base.clone(), place.target()));
        let shared = Where::Named("https://dev.azure.com".to_owned());
        let named = |text: &str| Where::Named(text.to_owned());
        assert_eq!(target("https://\u{2}/\u{2}/_apis/build/builds"), Some((Where::Own, Where::Own)));
        assert_eq!(target("https://dev.azure.com/acme/my%20app/_apis/x"), Some((shared.clone(), named("acme/my app"))));
        assert_eq!(target("https://dev.azure.com/acme/_apis/projects"), Some((shared.clone(), named("acme"))));
        assert_eq!(target("https://dev.azure.com/acme/\u{0}/_apis/x"), Some((shared, Where::Unknown)));
        assert_eq!(target("https://vssps.dev.azure.com/acme/_apis/x"), None);
    }
}
