//! `wget`

use super::arguments::{Grammar, Item, items};
use super::{Run, header, in_address};
use crate::pipeline::model::{Act, How, Presented, Request, Value, Word};

const GRAMMAR: Grammar = Grammar {
    short: "OoaeiPtTUDlARwQBI",
    long: &[
        "header",
        "method",
        "post-data",
        "post-file",
        "body-data",
        "body-file",
        "user",
        "password",
        "http-user",
        "http-password",
        "output-document",
        "output-file",
        "directory-prefix",
        "tries",
        "timeout",
        "user-agent",
        "wait",
        "ca-certificate",
        "certificate",
        "private-key",
        "input-file",
        "level",
        "accept",
        "reject",
        "referer",
        "waitretry",
        "read-timeout",
        "connect-timeout",
        "dns-timeout",
        "limit-rate",
        "bind-address",
    ],
};

pub(super) fn acts(run: &mut Run<'_>) -> Vec<Act> {
    let mut urls: Vec<Word> = Vec::new();
    let mut method = Some("GET".to_owned());
    let mut tokens = Vec::new();
    let (mut user, mut password): (Value, Option<Word>) = (Value::new(), None);
    for item in items(run.arguments, &GRAMMAR) {
        match item {
            Item::Plain(word) => urls.push(word),
            Item::Open => method = None,
            Item::Option { name, value } => match (name.as_str(), value) {
                ("header", Some(word)) => tokens.extend(header(&word)),
                ("method", Some(word)) => method = word.text().map(|text| text.to_ascii_uppercase()),
                ("post-data" | "post-file", _) => method = Some("POST".to_owned()),
                ("spider", _) => method = Some("HEAD".to_owned()),
                ("user" | "http-user", Some(word)) => user = word.value,
                ("password" | "http-password", Some(word)) => password = Some(word),
                _ => {}
            },
        }
    }
    tokens.extend(password.map(|word| Presented { how: How::Basic { user }, value: word.value, span: word.span }));
    urls.into_iter()
        .map(|url| {
            let mut tokens = tokens.clone();
            tokens.extend(in_address(&url));
            Act::Request(Request { program: "wget", method: method.clone(), url, tokens, span: run.span })
        })
        .collect()
}
