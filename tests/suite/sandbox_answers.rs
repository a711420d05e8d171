//! The sandbox's answers against the shapes of GitLab's own, restated in `tests/schemas/gitlab/`: tests that talk to the
//! sandbox are worth what the sandbox is.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hallpass_sandbox::{Sandbox, Scenario};
use serde_json::Value;

/// Schema, token by its name in the scenario, and path below `/api/v4`. An answer that is a list must not be empty.
const ANSWERS: &[(&str, &str, &str)] = &[
    ("personal_access_token", "dev", "/personal_access_tokens/self"),
    ("personal_access_token", "project-bot", "/personal_access_tokens/self"),
    ("personal_access_token", "fine-grained", "/personal_access_tokens/self"),
    ("personal_access_token", "endless", "/personal_access_tokens/self"),
    ("user", "dev", "/user"),
    ("user", "project-bot", "/user"),
    ("job", "job", "/job"),
    ("job_agents", "job", "/job/allowed_agents"),
    ("job_agents", "guest-job", "/job/allowed_agents"),
    ("project", "dev", "/projects/acme%2Fapp"),
    ("project", "owner", "/projects/acme%2Fapp"),
    ("project", "invited", "/projects/acme%2Fapp"),
    ("project", "dev", "/projects/acme%2Fopen"),
    ("member", "dev", "/projects/acme%2Fapp/members/all"),
    ("member", "dev", "/projects/acme%2Fapp/members/all/101"),
    ("member", "owner", "/projects/acme%2Fapp/members/all/100"),
    ("metadata", "dev", "/metadata"),
    ("merge_request", "dev", "/projects/acme%2Fapp/merge_requests"),
    ("merge_request", "dev", "/projects/acme%2Fapp/merge_requests/7"),
    ("branch", "dev", "/projects/acme%2Fapp/repository/branches"),
    ("commit", "dev", "/projects/acme%2Fapp/repository/commits/main"),
    ("tag", "dev", "/projects/acme%2Fapp/repository/tags"),
    ("release", "dev", "/projects/acme%2Fapp/releases"),
    ("issue", "dev", "/projects/acme%2Fapp/issues"),
    ("environment", "dev", "/projects/acme%2Fapp/environments"),
    ("deployment", "dev", "/projects/acme%2Fapp/deployments"),
    ("package", "dev", "/projects/acme%2Fapp/packages"),
    ("pipeline", "dev", "/projects/acme%2Fapp/pipelines"),
    ("job", "dev", "/projects/acme%2Fapp/jobs"),
    ("deploy_token", "owner", "/projects/acme%2Fapp/deploy_tokens"),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemas/gitlab")
}

fn schema(name: &str) -> Value {
    let text = std::fs::read_to_string(folder().join(format!("{name}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The body of a 200; a client of a few lines, so that what is judged is what the sandbox sent.
fn ask(sandbox: &Sandbox, token: &str, path: &str) -> Value {
    let address = sandbox.url().trim_start_matches("http://").to_owned();
    let header = if token.ends_with("job") { "JOB-TOKEN" } else { "PRIVATE-TOKEN" };
    let mut stream = TcpStream::connect(&address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let text = sandbox.token(token);
    let head =
        format!("GET /api/v4{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{header}: {text}\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{token} {path}: {head}");
    serde_json::from_str(body).unwrap()
}

fn complaints(sandbox: &Sandbox, &(name, token, path): &(&str, &str, &str)) -> Vec<String> {
    let validator = jsonschema::validator_for(&schema(name)).unwrap();
    let answer = ask(sandbox, token, path);
    let objects = match answer {
        Value::Array(list) if list.is_empty() => return vec![format!("{token} {path}: an empty list shows nothing")],
        Value::Array(list) => list,
        other => vec![other],
    };
    let first = objects.iter().flat_map(|object| validator.iter_errors(object).map(|error| error.to_string()));
    first.collect::<BTreeSet<_>>().into_iter().map(|error| format!("{name} for {token} {path}: {error}")).collect()
}

#[test]
fn the_sandbox_answers_in_gitlabs_shapes() {
    let sandbox = Sandbox::start(Scenario::named("gitlab-19").expect("shipped"));
    let wrong: Vec<String> = ANSWERS.iter().flat_map(|answer| complaints(&sandbox, answer)).collect();
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_shape_says_where_it_comes_from_and_is_used() {
    let used: BTreeSet<&str> = ANSWERS.iter().map(|(name, ..)| *name).collect();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned();
        let comment = schema(&name)["$comment"].as_str().unwrap_or_default().to_owned();
        assert!(comment.contains(" at ") && comment.contains("2026-"), "{name}: {comment}");
        assert!(used.contains(name.as_str()), "{name} is not used");
    }
}
