//! Refusals of the sandbox's Azure DevOps against the forms that refusals were recorded in.

use hallpass_sandbox::{Sandbox, Scenario};
use serde_json::json;

use super::{Answer, Ask, CORE, IDENTITY, cloud, none, post, schema};

/// Forms that refusals were recorded in; the sandbox has no others, but for the page of an organization that is not there,
/// which nobody recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// The service's error as JSON, without a version, and the identity beside it.
    Error,
    /// A 401 to a password: the one challenge, no type and no body.
    EmptyBasic,
    /// A 401 to a bearer token: the error behind a byte order mark, and in a header.
    RefusedBearer,
    /// A page for people, where an answer was due.
    SignInPage,
    /// What Git gets: one line that starts with a code.
    GitsLine,
}

fn fits(form: Form, answer: &Answer) -> Result<(), String> {
    let kind = answer.header("content-type");
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    let need = |fine: bool, what: &str| if fine { Ok(()) } else { Err(format!("{what}: {:?} {text}", answer.headers)) };
    need(answer.header("activityid").is_some() && answer.header("x-vss-e2eid").is_some(), "marks of the service")?;
    need(answer.header("x-tfs-processid").is_some(), "marks of the service")?;
    match form {
        Form::Error | Form::RefusedBearer => {
            let validator = jsonschema::validator_for(&schema("refusal")).unwrap();
            let body = answer.json();
            need(validator.is_valid(&body), "the error's shape")?;
            let (name, key) = (body["typeName"].as_str().unwrap(), body["typeKey"].as_str().unwrap());
            need(name.split(',').next().unwrap().ends_with(&format!(".{key}")), "the error's type")?;
            if form == Form::RefusedBearer {
                need(answer.body.starts_with(b"\xEF\xBB\xBF"), "the mark in front")?;
                return need(
                    answer.header("x-tfs-serviceerror").is_some_and(|held| held.contains("TF400813")),
                    "the header",
                );
            }
            need(kind == Some("application/json; charset=utf-8"), "the type")?;
            // Who has no account yet, or is kept out by a policy, is refused before anybody is named.
            let unnamed = answer.status == 401 || text.contains("TF401444") || text.contains("VS403463");
            need(unnamed || answer.header("x-vss-userdata").is_some(), "the identity")
        }
        Form::EmptyBasic => {
            let offers = answer.all("www-authenticate");
            need(offers.len() == 1 && offers[0].starts_with("Basic realm=\"https://tfsprod"), "the challenge")?;
            need(answer.body.is_empty() && kind.is_none(), "nothing in it")
        }
        Form::SignInPage => {
            need(kind.is_some_and(|kind| kind.starts_with("text/html")), "a page")?;
            need(
                answer.status == 203 || answer.header("location").is_some_and(|to| to.contains("/_signin?realm=")),
                "where to",
            )
        }
        Form::GitsLine => {
            need(kind.is_some_and(|kind| kind.starts_with("text/plain")), "a line of text")?;
            need(text.starts_with("TF") && !text.contains('\n'), "a code")
        }
    }
}

const REFUSALS: &[(Form, u16, &str, &str)] = &[
    (Form::EmptyBasic, 401, "expired", "/acme/_apis/connectionData"),
    (Form::EmptyBasic, 401, "revoked", "/acme/_apis/connectionData"),
    (Form::EmptyBasic, 401, "dev-other", "/acme/_apis/connectionData"),
    (Form::EmptyBasic, 401, "code-read", "/acme/_apis/teams"),
    (Form::EmptyBasic, 401, "code-status", "/acme/app/_apis/git/repositories"),
    (Form::EmptyBasic, 401, "work-read", "/acme/app/_apis/build/builds"),
    (Form::EmptyBasic, 401, "work-read", "/acme/app/_git/app/info/refs?service=git-upload-pack"),
    (Form::RefusedBearer, 401, "entra-expired", "/acme/_apis/connectionData"),
    (Form::Error, 401, "outsider", "/acme/_apis/connectionData"),
    (Form::Error, 403, "newcomer", "/acme/_apis/connectionData"),
    (Form::Error, 403, "fenced", "/fenced/_apis/connectionData"),
    (Form::Error, 404, "dev", "/acme/_apis/projects/secret"),
    (Form::Error, 404, "dev", "/acme/_apis/projects/nothing"),
    (Form::Error, 404, "dev", "/acme/secret/_apis/git/repositories"),
    (Form::Error, 400, "dev", "/acme/secret/_apis/build/builds"),
    (Form::Error, 400, "dev", "/acme/nothing/_apis/build/definitions"),
    (Form::Error, 404, "dev", "/acme/app/_apis/git/repositories/nothing"),
    (Form::Error, 404, "dev", "/acme/app/_apis/wit/workitems/99"),
    (Form::Error, 404, "dev", "/acme/_apis/securitynamespaces/00000000-0000-0000-0000-000000000000"),
    (Form::Error, 500, "dev", "/acme/app/_apis/pipelines/99/runs"),
    (Form::Error, 403, "dev", "/acme/_apis/tokenadmin/personalaccesstokens/aad.x"),
    (Form::GitsLine, 403, "reader", "/acme/app/_git/app/info/refs?service=git-receive-pack"),
    (Form::GitsLine, 404, "dev", "/acme/secret/_git/secret/info/refs?service=git-upload-pack"),
    (Form::GitsLine, 401, "expired", "/acme/app/_git/app/info/refs?service=git-upload-pack"),
];

#[test]
fn each_refusal_of_the_cloud_has_a_recorded_form() {
    let sandbox = cloud();
    let mut wrong = Vec::new();
    for &(form, status, token, path) in REFUSALS {
        let host = if path.contains("tokenadmin") { IDENTITY } else { CORE };
        let answer = Ask::of(&sandbox, Some(host), token).path(path);
        if answer.status != status {
            wrong.push(format!("{token} {path}: {}, not {status}", answer.status));
        }
        wrong.extend(fits(form, &answer).err().map(|what| format!("{form:?} for {token} {path}: {what}")));
    }
    none(&wrong);
}

#[test]
fn each_refusal_of_a_dry_run_has_a_recorded_form() {
    let sandbox = cloud();
    let title = json!([{ "op": "add", "path": "/fields/System.Description", "value": "a" }]);
    let asked = [
        (400, "/acme/app/_apis/wit/workitems/$Task?validateOnly=true", title),
        (400, "/acme/app/_apis/pipelines/13/runs", json!({ "previewRun": true })),
        (400, "/acme/_apis/security/permissionevaluationbatch", json!({})),
    ];
    for (status, path, body) in asked {
        let answer = post(&sandbox, Some(CORE), path, &body);
        assert_eq!(answer.status, status, "{path}");
        fits(Form::Error, &answer).unwrap();
    }
}

#[test]
fn who_does_not_ask_for_an_answer_gets_a_page_in_its_place() {
    for code in [203, 302] {
        let mut scenario = Scenario::named("azure").expect("shipped");
        scenario.azure.as_mut().unwrap().sign_in.code = code;
        let sandbox = Sandbox::start(scenario);
        let ask = Ask { plain: false, ..Ask::of(&sandbox, Some(CORE), "expired") };
        let answer = ask.path("/acme/_apis/projects");
        assert_eq!(answer.status, code);
        fits(Form::SignInPage, &answer).unwrap();
    }
}
