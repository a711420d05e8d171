//! Answers that GitHub gave to others, recorded by the tests of three libraries: `PyGithub` (LGPL-3.0, source archive 2.10.0,
//! named by `HALLPASS_PYGITHUB`), ogr (MIT, source archive 0.61.1, `HALLPASS_OGR`) and `@octokit/fixtures` (MIT, 23.1.2,
//! `HALLPASS_OCTOKIT`). They are fetched for the run; nothing of them is kept here.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use hallpass::app::ports::Reply;
use serde_json::Value;

use super::parts;

pub(crate) struct Recorded {
    pub(crate) method: String,
    /// Below the root of the API, without a query.
    pub(crate) path: String,
    pub(crate) reply: Reply,
}

pub(crate) static PYGITHUB: LazyLock<Option<Vec<Recorded>>> = LazyLock::new(|| {
    let folder = parts::folder("HALLPASS_PYGITHUB", "the source archive of PyGithub")?;
    let mut recorded = Vec::new();
    for file in files(&folder.join("tests/ReplayData")) {
        let text = String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned();
        let lines: Vec<&str> = text.lines().collect();
        let mut at = 0;
        while at + 9 < lines.len() {
            let found = of_pygithub(&lines[at..at + 10]);
            at += if found.is_some() { 10 } else { 1 };
            recorded.extend(found);
        }
    }
    assert!(recorded.len() > 2_000, "only {} answers", recorded.len());
    Some(recorded)
});

pub(crate) static OGR: LazyLock<Option<Vec<Recorded>>> = LazyLock::new(|| {
    let folder = parts::folder("HALLPASS_OGR", "the source archive of ogr")?;
    let mut recorded = Vec::new();
    for file in files(&folder.join("tests/integration/github/test_data")) {
        let text = std::fs::read_to_string(&file).unwrap().replace("!!binary ", "");
        let unlimited = serde_yaml::options! { budget: None };
        let Ok(cassette) = serde_yaml::from_str_with_options::<Value>(&text, unlimited) else { continue };
        of_ogr(&cassette, &mut Vec::new(), &mut recorded);
    }
    assert!(recorded.len() > 900, "only {} answers", recorded.len());
    Some(recorded)
});

pub(crate) static OCTOKIT: LazyLock<Option<Vec<Recorded>>> = LazyLock::new(|| {
    let folder = parts::folder("HALLPASS_OCTOKIT", "the npm package @octokit/fixtures")?;
    let scenarios = files(&folder.join("scenarios"));
    let raw = scenarios.iter().filter(|file| file.ends_with("raw-fixture.json"));
    let lists = raw.map(|file| serde_json::from_slice::<Vec<Value>>(&std::fs::read(file).unwrap()).unwrap());
    let recorded: Vec<Recorded> = lists.flatten().map(|one| of_octokit(&one)).collect();
    assert!(recorded.len() > 120, "only {} answers", recorded.len());
    Some(recorded)
});

pub(crate) fn all() -> Vec<&'static Recorded> {
    [&*PYGITHUB, &*OGR, &*OCTOKIT].into_iter().flatten().flatten().collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

fn below_the_root(address: &str) -> String {
    let path = address.trim_start_matches("https://api.github.com").trim_start_matches(":443");
    path.trim_start_matches("/api/v3").split('?').next().unwrap().to_owned()
}

/// Scheme, method, host, port, path, head and body of the question; status, head and body of the answer; a line each.
fn of_pygithub(record: &[&str]) -> Option<Recorded> {
    let &["https" | "http", method, _, _, path, _, _, status, head, body] = record else { return None };
    let status = status.trim().parse().ok()?;
    let texts = literals(head);
    let headers = texts.chunks_exact(2).map(|pair| (pair[0].to_ascii_lowercase(), pair[1].clone())).collect();
    let reply = Reply { status, headers, body: body.as_bytes().to_vec() };
    Some(Recorded { method: method.to_owned(), path: below_the_root(path), reply })
}

/// The text literals of a line of Python, in their order.
fn literals(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = line.chars();
    while let Some(quote) = rest.find(|c| matches!(c, '\'' | '"')) {
        let mut text = String::new();
        while let Some(c) = rest.next() {
            match c {
                '\\' => text.extend(rest.next()),
                c if c == quote => break,
                c => text.push(c),
            }
        }
        found.push(text);
    }
    found
}

/// Answers stand at some depth below the address they were asked at.
fn of_ogr(value: &Value, words: &mut Vec<String>, recorded: &mut Vec<Recorded>) {
    match value {
        Value::Object(map) if map.contains_key("status_code") => {
            let address = words.iter().find(|word| word.starts_with("https://api.github.com"));
            let method = words.iter().find(|word| matches!(word.as_str(), "GET" | "POST" | "PATCH" | "PUT" | "DELETE"));
            let (Some(address), Some(method)) = (address, method) else { return };
            let headers = map["headers"].as_object().into_iter().flatten();
            let status = u16::try_from(map["status_code"].as_u64().unwrap()).unwrap();
            let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), plain(value))).collect();
            let reply = Reply { status, headers, body: plain(&map["_content"]).into_bytes() };
            recorded.push(Recorded { method: method.clone(), path: below_the_root(address), reply });
        }
        Value::Object(map) => {
            for (key, value) in map {
                words.push(key.clone());
                of_ogr(value, words, recorded);
                words.pop();
            }
        }
        Value::Array(list) => list.iter().for_each(|value| of_ogr(value, words, recorded)),
        _ => {}
    }
}

fn of_octokit(exchange: &Value) -> Recorded {
    let heads = exchange["rawHeaders"].as_array().unwrap();
    let headers = heads.chunks_exact(2).map(|pair| (plain(&pair[0]).to_ascii_lowercase(), plain(&pair[1]))).collect();
    let status = u16::try_from(exchange["status"].as_u64().unwrap()).unwrap();
    Recorded {
        method: plain(&exchange["method"]).to_ascii_uppercase(),
        path: below_the_root(&plain(&exchange["path"])),
        reply: Reply { status, headers, body: plain(&exchange["response"]).into_bytes() },
    }
}

/// A text as it is, anything else as JSON.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
