//! A client of a few lines, so that the sandbox is judged by its bytes and not by a library's reading of them.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hallpass_sandbox::{Fault, FaultPlan, Sandbox, Scenario};
use serde_json::Value;

pub(crate) fn gitlab_19() -> Sandbox {
    Sandbox::start(Scenario::named("gitlab-19").expect("shipped"))
}

pub(crate) fn gitlab_18_2() -> Sandbox {
    Sandbox::start(Scenario::named("gitlab-18.2").expect("shipped"))
}

/// A current GitLab after some change.
pub(crate) fn changed(change: impl FnOnce(&mut Scenario)) -> Sandbox {
    let mut scenario = Scenario::named("gitlab-19").expect("shipped");
    change(&mut scenario);
    Sandbox::start(scenario)
}

pub(crate) fn with_fault(fault: Fault) -> Sandbox {
    changed(|scenario| scenario.faults = vec![FaultPlan::always("*", fault)])
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {} {}", self.head, self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub(crate) fn message(&self) -> String {
        self.json()["message"].as_str().unwrap_or_default().to_owned()
    }
}

/// `GET /api/v4<path>` with a token by name in the usual header.
pub(crate) fn api(sandbox: &Sandbox, token: &str, path: &str) -> Reply {
    send(sandbox, "GET", &format!("/api/v4{path}"), &[("PRIVATE-TOKEN", &sandbox.token(token))], "")
}

/// `GET /api/v4<path>` with a job token by name.
pub(crate) fn job(sandbox: &Sandbox, token: &str, path: &str) -> Reply {
    send(sandbox, "GET", &format!("/api/v4{path}"), &[("JOB-TOKEN", &sandbox.token(token))], "")
}

pub(crate) fn anonymous(sandbox: &Sandbox, path: &str) -> Reply {
    send(sandbox, "GET", &format!("/api/v4{path}"), &[], "")
}

pub(crate) fn post(sandbox: &Sandbox, token: &str, path: &str, body: &str) -> Reply {
    write_with(sandbox, "POST", token, path, body)
}

pub(crate) fn write_with(sandbox: &Sandbox, method: &str, token: &str, path: &str, body: &str) -> Reply {
    let headers = [("PRIVATE-TOKEN", sandbox.token(token)), ("Content-Type", "application/json".to_owned())];
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    send(sandbox, method, &format!("/api/v4{path}"), &headers, body)
}

/// Git's service discovery with Basic authentication.
pub(crate) fn git(sandbox: &Sandbox, project: &str, service: &str, user: &str, token: &str) -> Reply {
    let basic = format!("Basic {}", STANDARD.encode(format!("{user}:{}", sandbox.token(token))));
    send(sandbox, "GET", &discovery(project, service), &[("Authorization", &basic)], "")
}

pub(crate) fn discovery(project: &str, service: &str) -> String {
    format!("/{project}.git/info/refs?service={service}")
}

pub(crate) fn graphql(sandbox: &Sandbox, token: &str, query: &str) -> Reply {
    let body = serde_json::json!({ "query": query }).to_string();
    let bearer = format!("Bearer {}", sandbox.token(token));
    send(sandbox, "POST", "/api/graphql", &[("Authorization", &bearer), ("Content-Type", "application/json")], &body)
}

pub(crate) fn send(sandbox: &Sandbox, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    try_send(sandbox, method, target, headers, body).expect("an answer")
}

/// `target` is below the relative URL root.
pub(crate) fn try_send(
    sandbox: &Sandbox,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> io::Result<Reply> {
    let mut stream = connect(sandbox)?;
    stream.write_all(request(sandbox, method, target, headers, body).as_bytes())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    reply(&bytes).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "no HTTP"))
}

pub(crate) fn connect(sandbox: &Sandbox) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(authority(sandbox))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    Ok(stream)
}

pub(crate) fn authority(sandbox: &Sandbox) -> String {
    sandbox.url().split('/').nth(2).unwrap_or_default().to_owned()
}

pub(crate) fn request(sandbox: &Sandbox, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> String {
    let url = sandbox.url();
    let root = url.splitn(4, '/').nth(3).map(|root| format!("/{root}")).unwrap_or_default();
    let mut text = format!("{method} {root}{target} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", authority(sandbox));
    for (name, value) in headers {
        text.extend([name, ": ", value, "\r\n"]);
    }
    text + &format!("Content-Length: {}\r\n\r\n{body}", body.len())
}

pub(crate) fn reply(bytes: &[u8]) -> Option<Reply> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Reply { status, head, body: bytes[end + 4..].to_vec() })
}
