//! What the text of a GitLab token tells without asking anybody.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;

use super::kinds;
use crate::domain::elsewhere;
use crate::domain::routable;
use crate::domain::token::Kind;
use crate::provider::pasting::fault;

/// What was read off the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// It cannot be a token as it stands.
    Malformed(&'static str),
    /// It is a token, and of a sort that does not work here.
    Useless(String),
    /// A JWT job token: `expires` is an upper bound, the job id is a claim.
    JobJwt { expires: Option<Timestamp>, job: Option<String> },
    /// Looks like this kind; prefixes are hints, not proof.
    Hint(Kind),
    /// Nothing can be told.
    Unrecognised,
}

/// Prefixes of things that are secrets of GitLab and no use for calling it.
const USELESS: &[(&str, &str)] = &[
    ("glrt-", "a runner authentication token: it lets a runner fetch jobs and opens nothing else"),
    ("glrtr-", "a runner authentication token: it lets a runner fetch jobs and opens nothing else"),
    ("gloas-", "the secret of an OAuth application, not an access token"),
    ("glft-", "a feed token: it opens RSS and calendar feeds only"),
    ("glimt-", "an incoming mail token: it only lets mail create issues"),
    ("glagent-", "a Kubernetes agent token: it connects a cluster and opens nothing else"),
    ("glwt-", "a workspace token: it belongs to a workspace and opens nothing else"),
    ("glsoat-", "a SCIM token: it synchronises users and opens nothing else"),
    ("glffct-", "a feature flags client token: it reads feature flags only"),
    ("_gitlab_session=", "a session cookie, not a token"),
];

pub(super) fn read(text: &str) -> Shape {
    if let Some(fault) = fault(text) {
        return Shape::Malformed(fault);
    }
    if let Some((_, what)) = USELESS.iter().find(|(prefix, _)| text.starts_with(prefix)) {
        return Shape::Useless(format!("this is {what}"));
    }
    if let Some(what) = elsewhere::of_another_forge(text, super::ID) {
        return Shape::Useless(format!("{what}; GitLab does not know it"));
    }
    kind_of(text)
}

fn kind_of(text: &str) -> Shape {
    if let Some(rest) = text.strip_prefix("glcbt-") {
        return job(rest);
    }
    if text.starts_with("gldt-") {
        return Shape::Hint(kinds::DEPLOY);
    }
    if text.starts_with("glptt-") {
        return Shape::Hint(kinds::TRIGGER);
    }
    if let Some(fault) = routable::fault(text) {
        return Shape::Malformed(fault);
    }
    if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Shape::Hint(kinds::OAUTH);
    }
    Shape::Unrecognised
}

fn job(rest: &str) -> Shape {
    let parts: Vec<&str> = rest.split('.').collect();
    let [_, claims, _] = parts[..] else {
        let looks_cut = parts[0].starts_with("eyJ");
        return if looks_cut {
            Shape::Malformed("it is cut short: a job token of this form has two dots")
        } else {
            Shape::Hint(kinds::JOB)
        };
    };
    let decoded = URL_SAFE_NO_PAD.decode(claims).ok();
    let claims: Option<serde_json::Value> = decoded.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let Some(claims) = claims else {
        return Shape::Malformed("the middle part of this job token cannot be read; it was cut or changed");
    };
    let expires =
        claims.get("exp").and_then(serde_json::Value::as_i64).and_then(|exp| Timestamp::from_second(exp).ok());
    let job = claims.get("sub").and_then(serde_json::Value::as_str).and_then(|sub| sub.rsplit_once("Ci::Build/"));
    let job = job.map(|(_, id)| id).filter(|id| id.bytes().all(|byte| byte.is_ascii_digit()));
    Shape::JobJwt { expires, job: job.map(str::to_owned) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAYLOAD: &str = "bzoxCnU6MnMAAQIDBAUGBwgJCgsMDQ4PEA";

    fn routable() -> String {
        format!("{}{PAYLOAD}.01.0y0f1b977", "glpat-")
    }

    #[test]
    fn a_routable_token_with_its_checksum_is_no_fault() {
        assert_eq!(read(&routable()), Shape::Unrecognised);
        assert_eq!(read(&format!("{}{PAYLOAD}.0y1q9dfpw", "glpat-")), Shape::Unrecognised);
    }

    #[test]
    fn a_changed_character_breaks_the_checksum() {
        let changed = routable().replace("0f1b977", "0f1b978");
        assert!(matches!(read(&changed), Shape::Malformed(why) if why.contains("checksum")));
    }

    #[test]
    fn a_token_cut_at_the_first_dot_is_told() {
        let whole = routable();
        let cut = whole.split('.').next().unwrap();
        assert!(matches!(read(cut), Shape::Malformed(why) if why.contains("first dot")));
    }

    #[test]
    fn a_legacy_token_is_not_judged_by_a_checksum_it_does_not_have() {
        assert_eq!(read(&format!("{}{}", "glpat-", "a".repeat(20))), Shape::Unrecognised);
    }

    #[test]
    fn a_custom_prefix_is_part_of_the_checksum() {
        let moved = routable().replace("glpat-", "acme-glpat-");
        assert!(matches!(read(&moved), Shape::Malformed(_)));
    }

    #[test]
    fn faults_of_copying_are_told_apart() {
        let told = |text: &str| match read(text) {
            Shape::Malformed(why) => why,
            other => panic!("{other:?}"),
        };
        assert!(told(" glpat-x").contains("white space surrounds"));
        assert!(told("\"glpat-x\"").contains("quotes"));
        assert!(told("$GITLAB_TOKEN").contains("variable"));
        assert!(told("${GITLAB_TOKEN}").contains("variable"));
        assert!(told("[MASKED]").contains("mask"));
        assert!(told("glpat-a b").contains("inside"));
        assert!(told("glpat-ä").contains("characters"));
    }

    #[test]
    fn runner_and_feed_tokens_are_named_and_refused() {
        assert!(matches!(read("glrt-abc"), Shape::Useless(why) if why.contains("runner")));
        assert!(matches!(read("glft-abc"), Shape::Useless(why) if why.contains("feed")));
        assert!(
            matches!(read(&format!("{}{}", "ghp_", "a".repeat(36))), Shape::Useless(why) if why.contains("GitHub"))
        );
    }

    #[test]
    fn the_claims_of_a_job_token_are_read() {
        let claims = URL_SAFE_NO_PAD.encode(r#"{"exp":1800000000,"sub":"gid://gitlab/Ci::Build/77"}"#);
        let shape = read(&format!("glcbt-eyJ0.{claims}.c2ln"));
        let expires = Timestamp::from_second(1_800_000_000).ok();
        assert_eq!(shape, Shape::JobJwt { expires, job: Some("77".to_owned()) });
    }
}
