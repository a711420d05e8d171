//! The sandbox's table of GitHub's routes, for comparing it with what others say of them.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

pub(crate) struct Route {
    pub(crate) method: String,
    pub(crate) path: String,
    /// What `X-Accepted-OAuth-Scopes` is to say.
    pub(crate) said: String,
    pub(crate) permissions: String,
    pub(crate) flags: Vec<String>,
}

pub(crate) fn routes() -> Vec<Route> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("sandbox/data/github-routes.csv");
    let text = std::fs::read_to_string(file).unwrap();
    let rows = text.lines().filter(|line| !line.starts_with('#')).skip(1);
    rows.map(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        assert_eq!(cells.len(), 11, "{line}");
        Route {
            method: cells[0].to_owned(),
            path: cells[1].to_owned(),
            said: cells[3].replace(' ', ", "),
            permissions: cells[4].to_owned(),
            flags: cells[10].split(';').map(str::to_owned).collect(),
        }
    })
    .collect()
}

impl Route {
    pub(crate) fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|other| other == flag)
    }

    /// A path with things that the scenario `github.com` has.
    pub(crate) fn example(&self) -> String {
        let commits = self.path.contains("/commits/");
        let value = |name: &str| -> &'static str {
            match name {
                "owner" | "org" => "acme",
                "repo" | "package_name" => "app",
                "branch" | "sha" => "main",
                "ref" if commits => "main",
                "ref" => "heads%2Fmain",
                "path" => "README.md",
                "basehead" => "main...next",
                "pull_number" => "7",
                "issue_number" => "101",
                "run_id" => "5001",
                "username" => "dev-1",
                "tag" => "v1.0.0",
                "package_type" => "container",
                "subject_digest" => "sha256:0",
                "name" => "bug",
                _ => "1",
            }
        };
        let part =
            |part: &str| part.strip_prefix([':', '*']).map_or_else(|| part.to_owned(), |name| value(name).to_owned());
        self.path.split('/').map(part).collect::<Vec<_>>().join("/")
    }

    /// A token of the scenario `github.com` that the route is for.
    pub(crate) fn token(&self) -> &'static str {
        match () {
            () if self.has("jwt") => "app-jwt",
            () if self.has("apps-only") => "installation",
            () if self.has("app-user") => "app-user",
            () => "owner",
        }
    }

    /// How many of its parts are parameters, or `None` where it is not the route of that path.
    pub(crate) fn fit(&self, method: &str, path: &str) -> Option<usize> {
        let (wanted, given): (Vec<&str>, Vec<&str>) = (self.path.split('/').collect(), path.split('/').collect());
        let open = wanted.last().is_some_and(|last| last.starts_with('*'));
        if self.method != method || (wanted.len() != given.len() && !(open && given.len() > wanted.len())) {
            return None;
        }
        let parameter = |part: &str| part.starts_with([':', '*']);
        let fits =
            wanted.iter().zip(&given).all(|(wanted, given)| parameter(wanted) && !given.is_empty() || wanted == given);
        fits.then(|| wanted.iter().filter(|part| parameter(part)).count())
    }
}

pub(crate) fn best<'a>(routes: &'a [Route], method: &str, path: &str) -> Option<&'a Route> {
    let fitting = routes.iter().filter_map(|route| Some((route.fit(method, path)?, route)));
    fitting.min_by_key(|(parameters, _)| *parameters).map(|(_, route)| route)
}

/// Status and body of an answer, from a client of a few lines so that what is judged is what was sent.
pub(crate) fn ask(origin: &str, method: &str, path: &str, token: Option<&str>, body: &str) -> (u16, String) {
    let address = origin.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let authorization = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    let head = format!(
        "{method} /api/v3{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nUser-Agent: test\r\nAccept: \
         application/vnd.github+json\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{authorization}\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}
