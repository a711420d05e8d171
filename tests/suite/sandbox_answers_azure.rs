//! The sandbox's Azure DevOps against the shapes of published and recorded answers, restated in
//! `tests/schemas/azure-devops/`: what every such answer has, the sandbox's has too, and a field that none has is made up.

mod refusals;

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hallpass_sandbox::{Sandbox, Scenario};
use serde_json::{Value, json};

const CORE: &str = "dev.azure.com";
const IDENTITY: &str = "vssps.dev.azure.com";

/// Schema, where in the answer it is found, and the question: host, token and path below the organization.
/// Where the answer has a list, each of its items is such an object, and there is one at least.
const ANSWERS: &[(&str, &str, &str, &str, &str)] = &[
    ("connection_data", "", CORE, "dev", "/_apis/connectionData"),
    ("connection_data", "", CORE, "job", "/_apis/connectionData"),
    ("connection_data", "", CORE, "entra-robot", "/_apis/connectionData"),
    ("project_reference", "/value", CORE, "dev", "/_apis/projects"),
    ("project", "", CORE, "dev", "/_apis/projects/app"),
    ("team", "/value", CORE, "dev", "/_apis/teams"),
    ("team", "/value", CORE, "dev", "/_apis/projects/app/teams"),
    ("repository_reference", "/value", CORE, "dev", "/app/_apis/git/repositories"),
    ("repository", "", CORE, "dev", "/app/_apis/git/repositories/app"),
    ("repository", "", CORE, "dev", "/open/_apis/git/repositories/open"),
    ("ref", "/value", CORE, "dev", "/app/_apis/git/repositories/app/refs"),
    ("pull_request", "/value", CORE, "dev", "/app/_apis/git/pullrequests"),
    ("policy", "/value", CORE, "dev", "/app/_apis/policy/configurations"),
    ("build", "/value", CORE, "dev", "/app/_apis/build/builds"),
    ("definition", "/value", CORE, "dev", "/app/_apis/build/definitions"),
    ("artifact", "/value", CORE, "dev", "/app/_apis/build/builds/5001/artifacts"),
    ("pipeline", "/value", CORE, "dev", "/app/_apis/pipelines"),
    ("run", "/value", CORE, "dev", "/app/_apis/pipelines/12/runs"),
    ("pool", "/value", CORE, "dev", "/_apis/distributedtask/pools"),
    ("queue", "/value", CORE, "dev", "/app/_apis/distributedtask/queues"),
    ("variable_group", "/value", CORE, "dev", "/app/_apis/distributedtask/variablegroups"),
    ("task_group", "/value", CORE, "dev", "/app/_apis/distributedtask/taskgroups"),
    ("service_endpoint", "/value", CORE, "dev", "/app/_apis/serviceendpoint/endpoints"),
    ("field", "/value", CORE, "dev", "/app/_apis/wit/fields"),
    ("work_item", "", CORE, "dev", "/app/_apis/wit/workitems/1"),
    ("board", "/value", CORE, "dev", "/app/_apis/work/boards"),
    ("iteration", "/value", CORE, "dev", "/app/_apis/work/teamsettings/iterations"),
    ("wiki", "/value", CORE, "dev", "/app/_apis/wiki/wikis"),
    ("release", "/value", "vsrm.dev.azure.com", "dev", "/app/_apis/release/releases"),
    ("test_run", "/value", CORE, "dev", "/app/_apis/test/runs"),
    ("identity", "/value", IDENTITY, "dev", "/_apis/identities?searchFilter=General&filterValue=dev-1"),
    ("graph_user", "/value", IDENTITY, "dev", "/_apis/graph/users"),
    ("graph_group", "/value", IDENTITY, "dev", "/_apis/graph/groups"),
    ("security_namespace", "/value", CORE, "dev", "/_apis/securitynamespaces"),
    ("personal_access_tokens", "", IDENTITY, "entra-user", "/_apis/tokens/pats"),
    ("entitlement", "/members", "vsaex.dev.azure.com", "owner", "/_apis/userentitlements"),
    ("extension", "/value", "extmgmt.dev.azure.com", "dev", "/_apis/extensionmanagement/installedextensions"),
    ("audit_entry", "/decoratedAuditLogEntries", "auditservice.dev.azure.com", "owner", "/_apis/audit/auditlog"),
    ("hook", "/value", CORE, "dev", "/_apis/hooks/subscriptions"),
    ("notification", "/value", CORE, "dev", "/_apis/notification/subscriptions"),
    ("account", "/value", "app.vssps.visualstudio.com", "entra-user", "/_apis/accounts?memberId=me"),
];

/// The same for questions that are put with POST.
fn posted() -> Vec<(&'static str, &'static str, &'static str, Value)> {
    let evaluation = json!({ "securityNamespaceId": GIT_NAMESPACE, "token": "repoV2", "permissions": 4 });
    let title = json!([{ "op": "add", "path": "/fields/System.Title", "value": "a" }]);
    let wiql = "SELECT [System.Id] FROM WorkItems";
    vec![
        (
            "permission_evaluations",
            "",
            "/_apis/security/permissionevaluationbatch",
            json!({ "evaluations": [evaluation] }),
        ),
        ("wiql", "", "/app/_apis/wit/wiql", json!({ "query": wiql })),
        (
            "query",
            "",
            "/app/_apis/wit/queries/My%20Queries?validateWiqlOnly=true",
            json!({ "name": "a", "wiql": wiql }),
        ),
        ("work_item", "", "/app/_apis/wit/workitems/$Task?validateOnly=true", title),
        ("preview_run", "", "/app/_apis/pipelines/12/preview", json!({ "previewRun": true })),
        ("preview_run", "", "/app/_apis/pipelines/12/runs", json!({ "previewRun": true })),
    ]
}

const GIT_NAMESPACE: &str = "2e9eb7ed-3c0a-47d4-87c1-0ffdd275fd87";

/// What an Azure DevOps Server 2020 has of them.
const NOT_ON_A_SERVER_OF_2020: &[&str] = &[
    "queue",
    "variable_group",
    "task_group",
    "service_endpoint",
    "release",
    "personal_access_tokens",
    "entitlement",
    "audit_entry",
    "account",
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemas/azure-devops")
}

fn schema(name: &str) -> Value {
    let text = std::fs::read_to_string(folder().join(format!("{name}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(held, _)| held == name).map(|(_, value)| value.as_str())
    }

    fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(held, _)| held == name).map(|(_, value)| value.as_str()).collect()
    }

    fn json(&self) -> Value {
        let body = self.body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&self.body);
        serde_json::from_slice(body).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&self.body)))
    }
}

/// One request by a client of a few lines, so that what is judged is what the sandbox sent.
struct Ask<'a> {
    sandbox: &'a Sandbox,
    /// Absent: the sandbox's own address, where a Server of one's own is.
    host: Option<&'a str>,
    credential: String,
    body: Option<(&'a str, String)>,
    plain: bool,
}

impl<'a> Ask<'a> {
    fn of(sandbox: &'a Sandbox, host: Option<&'a str>, token: &str) -> Self {
        let text = sandbox.token(token);
        let credential = if token.starts_with("entra") || token.ends_with("job") {
            format!("Bearer {text}")
        } else {
            format!("Basic {}", STANDARD.encode(format!(":{text}")))
        };
        Self { sandbox, host, credential, body: None, plain: true }
    }

    fn path(&self, path: &str) -> Answer {
        let address = self.sandbox.url().trim_start_matches("http://").to_owned();
        let (address, root) = address.split_once('/').unwrap_or((address.as_str(), ""));
        let slash = if root.is_empty() { "" } else { "/" };
        let mark = if path.contains('?') { '&' } else { '?' };
        let version = if self.host.is_some() { "7.1-preview" } else { "5.0-preview" };
        let version = if path.contains("info/refs") { String::new() } else { format!("{mark}api-version={version}") };
        let method = if self.body.is_some() { "POST" } else { "GET" };
        let (kind, body) = self.body.clone().unwrap_or_default();
        let accepts = if self.plain { "Accept: application/json\r\nX-TFS-FedAuthRedirect: Suppress\r\n" } else { "" };
        let head = [
            format!("{method} {slash}{root}{path}{version} HTTP/1.1\r\nConnection: close\r\n{accepts}"),
            format!("Host: {}\r\nAuthorization: {}\r\n", self.host.unwrap_or(address), self.credential),
            if kind.is_empty() { String::new() } else { format!("Content-Type: {kind}\r\n") },
        ]
        .concat();
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        stream.write_all(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(answer[..end].to_vec()).unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap()[9..12].parse().unwrap();
        let headers = lines.filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        Answer { status, headers, body: answer[end + 4..].to_vec() }
    }
}

fn cloud() -> Sandbox {
    Sandbox::start(Scenario::named("azure").expect("shipped"))
}

fn server() -> Sandbox {
    Sandbox::start(Scenario::named("azure-server").expect("shipped"))
}

/// Where an answer is not as its schema says. `path` is for the message.
fn complaints(name: &str, place: &str, path: &str, answer: &Answer) -> Vec<String> {
    if answer.status != 200 {
        return vec![format!("{name} for {path}: {} {}", answer.status, String::from_utf8_lossy(&answer.body))];
    }
    let kind = answer.header("content-type").unwrap_or_default();
    let asked = kind.starts_with("application/json; charset=utf-8; api-version=");
    let mut wrong: BTreeSet<String> =
        if asked { BTreeSet::new() } else { BTreeSet::from([format!("it comes as `{kind}`")]) };
    let body = answer.json();
    let found = body.pointer(place).cloned().unwrap_or_default();
    let objects = match &found {
        Value::Array(list) if list.is_empty() => return vec![format!("{path}: an empty list shows nothing")],
        Value::Array(list) => list.clone(),
        other => vec![other.clone()],
    };
    if place == "/value" && body["count"] != json!(objects.len()) {
        wrong.insert("`count` is not the number of items".to_owned());
    }
    let validator = jsonschema::validator_for(&schema(name)).unwrap();
    let all = objects.iter().flat_map(|object| {
        validator.iter_errors(object).map(|error| format!("{error} at `{}`", error.instance_path())).collect::<Vec<_>>()
    });
    wrong.extend(all);
    wrong.into_iter().map(|error| format!("{name} for {path}: {error}")).collect()
}

fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

/// What is posted: dry runs and evaluations.
fn post<'a>(sandbox: &'a Sandbox, host: Option<&'a str>, path: &str, body: &Value) -> Answer {
    let kind = if body.is_array() { "application/json-patch+json" } else { "application/json" };
    Ask { body: Some((kind, body.to_string())), ..Ask::of(sandbox, host, "dev") }.path(path)
}

#[test]
fn the_cloud_answers_in_published_shapes() {
    let sandbox = cloud();
    let mut wrong = Vec::new();
    for &(name, place, host, token, path) in ANSWERS {
        // The one host that belongs to no organization.
        let organization = if host.starts_with("app.") { "" } else { "/acme" };
        let answer = Ask::of(&sandbox, Some(host), token).path(&format!("{organization}{path}"));
        wrong.extend(complaints(name, place, path, &answer));
    }
    for (name, place, path, body) in posted() {
        wrong.extend(complaints(name, place, path, &post(&sandbox, Some(CORE), &format!("/acme{path}"), &body)));
    }
    let refs = Ask::of(&sandbox, Some(CORE), "dev").path("/acme/app/_apis/git/repositories/app/refs").json();
    let commit = refs["value"][0]["objectId"].as_str().unwrap().to_owned();
    let path = format!("/acme/app/_apis/git/repositories/app/commits/{commit}/statuses");
    let statuses = Ask::of(&sandbox, Some(CORE), "code-status").path(&path);
    wrong.extend(complaints("commit_status", "/value", &path, &statuses));
    none(&wrong);
    sandbox.assert_all_planned();
}

#[test]
fn a_server_answers_in_published_shapes() {
    let sandbox = server();
    let mut wrong = Vec::new();
    let mut asked = 0;
    let there = |name: &str| !NOT_ON_A_SERVER_OF_2020.contains(&name);
    for &(name, place, _, token, path) in ANSWERS {
        if there(name) && token != "entra-robot" && !path.contains("/open/") {
            let answer = Ask::of(&sandbox, None, token).path(&format!("/DefaultCollection{path}"));
            wrong.extend(complaints(name, place, path, &answer));
            asked += 1;
        }
    }
    for (name, place, path, body) in posted() {
        let answer = post(&sandbox, None, &format!("/DefaultCollection{path}"), &body);
        wrong.extend(complaints(name, place, path, &answer));
    }
    none(&wrong);
    assert!(asked >= 25, "{asked}");
    sandbox.assert_all_planned();
}

#[test]
fn an_answer_names_the_version_that_was_asked_for() {
    let sandbox = server();
    let answer = Ask::of(&sandbox, None, "dev").path("/DefaultCollection/_apis/projects");
    assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8; api-version=5.0-preview"));
}

#[test]
fn every_shape_says_where_it_comes_from_and_is_used() {
    let mut used: BTreeSet<&str> = ANSWERS.iter().map(|(name, ..)| *name).collect();
    used.extend(posted().iter().map(|(name, ..)| *name));
    used.extend(["commit_status", "refusal"]);
    for entry in std::fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned();
        let comment = schema(&name)["$comment"].as_str().unwrap_or_default().to_owned();
        assert!(comment.contains(" at ") && comment.contains("2026-"), "{name}: {comment}");
        assert!(used.remove(name.as_str()), "{name} is not used");
    }
    assert!(used.is_empty(), "no schema: {used:?}");
}
