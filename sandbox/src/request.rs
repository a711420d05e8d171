//! One HTTP request, as a forge wants to read it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// As sent, still percent-encoded, without query and without the relative URL root.
    pub(crate) path: String,
    pub(crate) query: String,
    /// Names in lower case, in the order they came.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The host that the client means, in lower case and without a port.
    pub(crate) fn host(&self) -> String {
        let host = self.header("host").unwrap_or_default().to_ascii_lowercase();
        match host.rsplit_once(':') {
            Some((name, port)) if port.chars().all(|letter| letter.is_ascii_digit()) => name.to_owned(),
            _ => host,
        }
    }

    /// Path segments with their percent-encoding removed: `acme%2Fapp` is one segment, `acme/app`.
    pub(crate) fn segments(&self) -> Vec<String> {
        self.path.split('/').filter(|segment| !segment.is_empty()).map(percent_decoded).collect()
    }

    pub(crate) fn query_pairs(&self) -> Vec<(String, String)> {
        form_pairs(&self.query)
    }

    pub(crate) fn query_value(&self, name: &str) -> Option<String> {
        self.query_pairs().into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// What a forge sees as parameters: the query, then a JSON or form body, which wins.
    pub(crate) fn parameters(&self) -> BTreeMap<String, String> {
        let mut found: BTreeMap<String, String> = self.query_pairs().into_iter().collect();
        let kind = self.header("content-type").unwrap_or_default();
        if kind.starts_with("application/json") {
            if let Ok(Value::Object(fields)) = serde_json::from_slice::<Value>(&self.body) {
                found.extend(fields.into_iter().map(|(key, value)| (key, json_text(&value))));
            }
        } else if kind.starts_with("application/x-www-form-urlencoded") {
            found.extend(form_pairs(&String::from_utf8_lossy(&self.body)));
        }
        found
    }

    pub(crate) fn bearer(&self) -> Option<&str> {
        let (scheme, rest) = self.header("authorization")?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| rest.trim())
    }

    /// User name and password of Basic authentication.
    pub(crate) fn basic(&self) -> Option<(String, String)> {
        let (scheme, rest) = self.header("authorization")?.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let text = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
        let (user, password) = text.split_once(':')?;
        Some((user.to_owned(), password.to_owned()))
    }
}

pub(crate) fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let pair = bytes.get(at + 1..at + 3).and_then(|pair| std::str::from_utf8(pair).ok());
        match (bytes[at], pair.and_then(|pair| u8::from_str_radix(pair, 16).ok())) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn form_pairs(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            (percent_decoded(&key.replace('+', " ")), percent_decoded(&value.replace('+', " ")))
        })
        .collect()
}

fn json_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoded_slash_stays_inside_its_segment() {
        let request = Request { path: "/api/v4/projects/acme%2Fapp".to_owned(), ..Request::default() };
        assert_eq!(request.segments(), ["api", "v4", "projects", "acme/app"]);
    }

    #[test]
    fn broken_percent_encoding_is_kept_as_it_came() {
        assert_eq!(percent_decoded("%zz%4"), "%zz%4");
    }

    #[test]
    fn a_json_body_overrules_the_query() {
        let request = Request {
            query: "title=a&n=1".to_owned(),
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: br#"{"title":"b"}"#.to_vec(),
            ..Request::default()
        };
        let parameters = request.parameters();
        assert_eq!((parameters["title"].as_str(), parameters["n"].as_str()), ("b", "1"));
    }
}
