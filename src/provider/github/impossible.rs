//! Requests that cannot succeed. GitHub looks at the permission before it looks at the content or for the object, so what
//! it complains about shows whether the permission is there. The names and numbers are ones that no object can have: a
//! label is at most 50 characters long, a commit has another hash, a number this large was never given out.

use super::observe::send;
use super::probes::repository;
use crate::app::ports::{Effect, Method, Probe, Task};

const LARGE: &str = "9007199254740991";
const COMMIT: &str = "0000000000000000000000000000000000000000";
const LABEL: &str = "hallpass-none-hallpass-none-hallpass-none-hallpass-none-hallpass-none";
const NAME: &str = "HALLPASS_NONE";

pub(super) fn probe(name: &str, task: &Task<'_>) -> Option<Probe> {
    let empty = "{}";
    let (method, path, body) = match name {
        // Without a head, a base, a name, a ref or a summary nothing can be made.
        "pulls" => (Method::Post, "/pulls".to_owned(), empty),
        "check-run" => (Method::Post, "/check-runs".to_owned(), empty),
        "deployment" => (Method::Post, "/deployments".to_owned(), empty),
        "advisories" => (Method::Post, "/security-advisories".to_owned(), empty),
        // Without a value nothing is set.
        "secret" => (Method::Put, format!("/actions/secrets/{NAME}"), empty),
        // Of something that is not there nothing is changed, and nothing is asked to change.
        "variable" => (Method::Patch, format!("/actions/variables/{NAME}"), empty),
        "label" => (Method::Patch, format!("/labels/{LABEL}"), empty),
        "hook" => (Method::Patch, format!("/hooks/{LARGE}"), empty),
        "code-scanning-alert" => (Method::Patch, format!("/code-scanning/alerts/{LARGE}"), r#"{"state":null}"#),
        "dependabot-alert" => (Method::Patch, format!("/dependabot/alerts/{LARGE}"), r#"{"state":null}"#),
        "dispatch" => (Method::Post, "/actions/workflows/0/dispatches".to_owned(), empty),
        "pages-cancel" => (Method::Post, format!("/pages/deployments/{LARGE}/cancel"), empty),
        "status" => (Method::Post, format!("/statuses/{COMMIT}"), r#"{"state":"pending","context":"hallpass"}"#),
        _ => return None,
    };
    Some(send(task, method, &format!("{}{path}", repository(task)?), body.to_owned(), Effect::Write))
}
