//! Behaviours of the Azure DevOps. The host name of a request says which of its services is meant.

mod credentials;
mod permissions;
mod places;
mod work;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hallpass_sandbox::azure::World;
use hallpass_sandbox::{Sandbox, Scenario};

use crate::support::{Reply, authority, connect, reply};
use std::io::{Read as _, Write as _};

pub(crate) const WHO: &str = "/acme/_apis/connectionData";
pub(crate) const TEAMS: &str = "/acme/_apis/teams";
pub(crate) const REPOSITORIES: &str = "/acme/app/_apis/git/repositories";
pub(crate) const CLOUD: &str = "dev.azure.com";
pub(crate) const GIT_NAMESPACE: &str = "2e9eb7ed-3c0a-47d4-87c1-0ffdd275fd87";

pub(crate) fn azure() -> Sandbox {
    changed(|_| ())
}

pub(crate) fn server() -> Sandbox {
    Sandbox::start(Scenario::named("azure-server").expect("shipped"))
}

pub(crate) fn changed(change: impl FnOnce(&mut World)) -> Sandbox {
    let mut scenario = Scenario::named("azure").expect("shipped");
    change(scenario.azure.as_mut().expect("an Azure DevOps"));
    Sandbox::start(scenario)
}

/// A request in the making.
pub(crate) struct Ask<'a> {
    sandbox: &'a Sandbox,
    method: &'a str,
    host: String,
    target: String,
    headers: Vec<(&'a str, String)>,
    body: String,
}

/// With the headers that a careful client sends; `target` has a version unless it names one.
pub(crate) fn ask<'a>(sandbox: &'a Sandbox, method: &'a str, target: &str) -> Ask<'a> {
    let mut target = target.to_owned();
    if !target.contains("api-version") && !target.contains("info/refs") {
        let mark = if target.contains('?') { '&' } else { '?' };
        target = format!("{target}{mark}api-version=7.1-preview");
    }
    let headers = vec![("Accept", "application/json".to_owned()), ("X-TFS-FedAuthRedirect", "Suppress".to_owned())];
    Ask { sandbox, method, host: CLOUD.to_owned(), target, headers, body: String::new() }
}

impl<'a> Ask<'a> {
    pub(crate) fn at(mut self, host: &str) -> Self {
        host.clone_into(&mut self.host);
        self
    }

    /// The host that the sandbox really has.
    pub(crate) fn plainly(mut self) -> Self {
        self.host = authority(self.sandbox);
        self
    }

    pub(crate) fn without_headers(mut self) -> Self {
        self.headers.clear();
        self
    }

    pub(crate) fn header(mut self, name: &'a str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(crate) fn body(mut self, content_type: &str, body: &str) -> Self {
        body.clone_into(&mut self.body);
        self.header("Content-Type", content_type)
    }

    pub(crate) fn json(self, body: &str) -> Self {
        self.body("application/json", body)
    }

    /// The token in the way its kind wants: Basic for personal ones, bearer for web tokens.
    pub(crate) fn with(self, token: &str) -> Reply {
        let text = self.sandbox.token(token);
        if text.starts_with("ey") { self.bearer(token) } else { self.basic("", token) }
    }

    pub(crate) fn basic(self, user: &str, token: &str) -> Reply {
        let text = STANDARD.encode(format!("{user}:{}", self.sandbox.token(token)));
        self.header("Authorization", &format!("Basic {text}")).send()
    }

    pub(crate) fn bearer(self, token: &str) -> Reply {
        let text = self.sandbox.token(token);
        self.header("Authorization", &format!("Bearer {text}")).send()
    }

    pub(crate) fn send(self) -> Reply {
        let mut text =
            format!("{} {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.method, self.target, self.host);
        for (name, value) in &self.headers {
            text.extend([name, ": ", value, "\r\n"]);
        }
        text.extend(["Content-Length: ", &self.body.len().to_string(), "\r\n\r\n", &self.body]);
        let mut stream = connect(self.sandbox).expect("a connection");
        stream.write_all(text.as_bytes()).expect("sent");
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("an answer");
        reply(&bytes).expect("HTTP")
    }
}

/// `GET` with the usual headers.
pub(crate) fn get(sandbox: &Sandbox, target: &str, token: &str) -> Reply {
    ask(sandbox, "GET", target).with(token)
}

pub(crate) fn type_key(reply: &Reply) -> String {
    let text = reply.text();
    let body: serde_json::Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap_or_default();
    body["typeKey"].as_str().unwrap_or_default().to_owned()
}

/// Every value of a header that comes more than once.
pub(crate) fn headers<'a>(reply: &'a Reply, name: &str) -> Vec<&'a str> {
    let line = |line: &'a str| line.split_once(": ").filter(|(key, _)| key.eq_ignore_ascii_case(name));
    reply.head.lines().filter_map(line).map(|(_, value)| value).collect()
}

/// Id of a repository's project and of the repository.
pub(crate) fn ids(sandbox: &Sandbox, path: &str, name: &str) -> (String, String) {
    let body = get(sandbox, &format!("{path}/_apis/git/repositories/{name}"), "owner").json();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    (text(&body["project"]["id"]), text(&body["id"]))
}
