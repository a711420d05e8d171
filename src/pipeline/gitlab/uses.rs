//! What a request of a GitLab pipeline does, to which project, and with whose token.

use super::endpoint::{Address, address};
use super::words::{Whose, variable, whose};
use super::{FORGE, words};
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
    client: None,
    public: "https://gitlab.com",
    from_settings: true,
};

fn holder(value: &[Part]) -> Option<Holder> {
    match (whose(value), variable(value)) {
        (Whose::Job, Some(_)) => Some(Holder::Own),
        (_, Some(name)) => Some(Holder::Variable(name.to_owned())),
        (_, None) => None,
    }
}

fn stands_for(variable: &str) -> Option<&'static str> {
    Some(match variable {
        "CI_API_V4_URL" => "https://\u{2}/api/v4",
        "CI_API_GRAPHQL_URL" => "https://\u{2}/api/graphql",
        "CI_SERVER_URL" => "https://\u{2}",
        "CI_PROJECT_URL" => "https://\u{2}/\u{2}",
        "CI_REPOSITORY_URL" => "https://gitlab-ci-token:\u{0}@\u{2}/\u{2}.git",
        "CI_SERVER_HOST" | "CI_SERVER_FQDN" | "CI_PROJECT_ID" | "CI_PROJECT_PATH" => "\u{2}",
        "CI_SERVER_PROTOCOL" => "https",
        _ => return None,
    })
}

fn signs_in(token: &Presented) -> bool {
    match &token.how {
        How::Header(name) => is_ours(name),
        How::Query(_) | How::Field(_) | How::Bearer | How::Tool(_) | How::Basic { .. } => true,
        How::Scheme(_) | How::UserInfo { .. } => false,
    }
}

fn is_ours(header: &str) -> bool {
    matches!(header, "job-token" | "private-token" | "deploy-token")
}

fn call(request: &Request, catalogue: &Catalogue) -> Option<Call> {
    let spelt = spelt(&request.url.value, stands_for);
    let text = spelt.split(['?', '#']).next().unwrap_or_default();
    let untold = |why| Call { aim: Aim { base: root(text), target: Where::Unknown }, deed: Err(why) };
    let path = match address(&request.url.value) {
        Address::Unknown if request.tokens.iter().any(is_surely_ours) => {
            return Some(untold("its address is known only when it runs"));
        }
        Address::Elsewhere | Address::Unknown => return None,
        Address::GraphQl => return Some(untold("what a GraphQL query asks for is not read")),
        Address::Rest(path) => path,
    };
    let Some(method) = request.method.as_deref() else { return Some(untold("its method is known only when it runs")) };
    let aim = Aim { base: root(text), target: project(text) };
    let row = path.row(method, catalogue);
    Some(Call { aim, deed: row.map(|row| row.capability.clone()).ok_or("it is no capability that hallpass knows") })
}

/// Is this token for GitLab, wherever the request goes?
fn is_surely_ours(token: &Presented) -> bool {
    let by_header = matches!(&token.how, How::Header(name) if is_ours(name));
    by_header || words::whose(&token.value) != Whose::Unknown
}

/// What stands before the interface.
fn root(text: &str) -> Where {
    let end = text.find("/api/v4").or_else(|| text.find("/api/graphql"));
    end.map_or(Where::Unknown, |end| base(&text[..end]))
}

fn project(text: &str) -> Where {
    let Some((_, rest)) = text.split_once("/api/v4/projects/") else { return Where::Own };
    let named = rest.split('/').next().unwrap_or_default();
    one(&named.replace("%2F", "/").replace("%2f", "/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_project_is_the_jobs_own_a_named_one_or_nobody_knows() {
        assert_eq!(project("https://\u{2}/api/v4/projects/\u{2}/releases"), Where::Own);
        let named = Where::Named("acme/app".into());
        assert_eq!(project("https://\u{2}/api/v4/projects/acme%2Fapp/releases"), named);
        assert_eq!(project("https://\u{2}/api/v4/projects/\u{0}/releases"), Where::Unknown);
        assert_eq!(project("https://\u{2}/api/v4/user"), Where::Own);
    }

    #[test]
    fn the_instance_is_what_stands_before_the_interface() {
        assert_eq!(root("https://\u{2}/api/v4/user"), Where::Own);
        assert_eq!(root("https://a.test/gitlab/api/v4/user"), Where::Named("https://a.test/gitlab".into()));
        assert_eq!(root("https://\u{0}/api/v4/user"), Where::Unknown);
    }
}
