//! What a request of a workflow does, to which repository, and with whose token.

use super::FORGE;
use super::endpoint::{Address, address};
use super::words::is_own_token;
use crate::domain::catalogue::Catalogue;
use crate::domain::usage::{Aim, Holder, Where};
use crate::pipeline::model::{How, Part, Presented, Request};
use crate::pipeline::uses::{Call, Tongue, base, one, spelt};

pub const TONGUE: Tongue = Tongue {
    forge: FORGE,
    holder,
    stands_for,
    call,
    signs_in,
    client: Some("gh"),
    public: "https://github.com",
    from_settings: false,
};

fn holder(value: &[Part]) -> Option<Holder> {
    match value {
        _ if is_own_token(value) => Some(Holder::Own),
        [Part::Variable(name)] => name.strip_prefix("secrets.").map(|name| Holder::Variable(name.to_owned())),
        _ => None,
    }
}

fn stands_for(variable: &str) -> Option<&'static str> {
    Some(match variable {
        "GITHUB_API_URL" => "https://\u{2}/api/v3",
        "GITHUB_GRAPHQL_URL" => "https://\u{2}/api/graphql",
        "GITHUB_SERVER_URL" => "https://\u{2}",
        "GITHUB_REPOSITORY" => "\u{2}",
        _ => return None,
    })
}

fn signs_in(token: &Presented) -> bool {
    matches!(&token.how, How::Bearer | How::Scheme("token") | How::Basic { .. } | How::Tool(_))
}

fn call(request: &Request, catalogue: &Catalogue) -> Option<Call> {
    let spelt = spelt(&request.url.value, stands_for);
    let text = spelt.split(['?', '#']).next().unwrap_or_default();
    let (base, rest) = parted(text);
    let aim = |target| Aim { base: base.clone(), target };
    let untold = |why| Some(Call { aim: aim(Where::Unknown), deed: Err(why) });
    let path = match address(&request.url.value) {
        Address::Unknown if request.tokens.iter().any(|token| is_own_token(&token.value)) => {
            return untold("its address is known only when it runs");
        }
        Address::Elsewhere | Address::Unknown => return None,
        Address::GraphQl => return untold("what a GraphQL query asks for is not read"),
        Address::Rest(path) => path,
    };
    let Some(method) = request.method.as_deref() else { return untold("its method is known only when it runs") };
    let rows = path.rows(method, catalogue);
    let of_workflows = |capability: &str| capability == "workflow_file.push";
    let row = rows.into_iter().find(|row| of_workflows(row.capability.as_str()) == path.is_workflow_file());
    let deed = row.map(|row| row.capability.clone()).ok_or("it is no capability that hallpass knows");
    Some(Call { aim: aim(repository(rest)), deed })
}

/// The instance, and what stands behind the root of its interface.
fn parted(text: &str) -> (Where, &str) {
    if let Some((before, rest)) = text.split_once("/api/v3").or_else(|| text.split_once("/api/graphql")) {
        return (base(before), rest);
    }
    let Some((host, rest)) = text.strip_prefix("https://").map(|rest| rest.split_once('/').unwrap_or((rest, "")))
    else {
        return (Where::Unknown, text);
    };
    let web = host.strip_prefix("api.").or_else(|| host.strip_prefix("uploads.")).unwrap_or(host);
    (base(&format!("https://{web}")), rest)
}

fn repository(path: &str) -> Where {
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    if segments.next() != Some("repos") {
        return Where::Own;
    }
    match (segments.next(), segments.next()) {
        (Some("\u{2}"), _) => Where::Own,
        (Some(owner), Some(name)) => one(&format!("{owner}/{name}")),
        _ => Where::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instance_and_repository_are_told_from_the_address() {
        let named = |text: &str| Where::Named(text.to_owned());
        for (text, at, repo) in [
            ("https://\u{2}/api/v3/repos/\u{2}/issues", Where::Own, Where::Own),
            ("https://api.github.com/repos/acme/app/issues", named("https://github.com"), named("acme/app")),
            ("https://api.acme.ghe.com/repos/acme/\u{0}", named("https://acme.ghe.com"), Where::Unknown),
            ("https://git.example.com/api/v3/user", named("https://git.example.com"), Where::Own),
        ] {
            let (base, rest) = parted(text);
            assert_eq!((base, repository(rest)), (at, repo), "{text:?}");
        }
    }
}
