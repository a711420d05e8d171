//! `curl`

use super::arguments::{Grammar, Item, items};
use super::{Run, basic, field, header, in_address};
use crate::pipeline::model::{Act, How, Presented, Request, Value, Word, split_once};

const GRAMMAR: Grammar = Grammar {
    short: "AbcCdDeEFHhKmoPQrtTuUwxXyYz",
    long: &[
        "abstract-unix-socket",
        "alt-svc",
        "aws-sigv4",
        "cacert",
        "capath",
        "cert",
        "cert-type",
        "ciphers",
        "config",
        "connect-timeout",
        "connect-to",
        "continue-at",
        "cookie",
        "cookie-jar",
        "create-file-mode",
        "crlfile",
        "curves",
        "data",
        "data-ascii",
        "data-binary",
        "data-raw",
        "data-urlencode",
        "delegation",
        "dns-interface",
        "dns-ipv4-addr",
        "dns-ipv6-addr",
        "dns-servers",
        "doh-url",
        "dump-header",
        "egd-file",
        "engine",
        "etag-compare",
        "etag-save",
        "expand-url",
        "expect100-timeout",
        "form",
        "form-string",
        "ftp-account",
        "ftp-port",
        "happy-eyeballs-timeout-ms",
        "haproxy-clientip",
        "header",
        "hostpubmd5",
        "hsts",
        "interface",
        "ipfs-gateway",
        "json",
        "keepalive-time",
        "key",
        "key-type",
        "krb",
        "libcurl",
        "limit-rate",
        "local-port",
        "login-options",
        "max-filesize",
        "max-redirs",
        "max-time",
        "netrc-file",
        "noproxy",
        "oauth2-bearer",
        "output",
        "output-dir",
        "parallel-max",
        "pass",
        "pinnedpubkey",
        "preproxy",
        "proto",
        "proto-default",
        "proto-redir",
        "proxy",
        "proxy-header",
        "proxy-user",
        "proxy1.0",
        "pubkey",
        "quote",
        "random-file",
        "range",
        "rate",
        "referer",
        "request",
        "request-target",
        "resolve",
        "retry",
        "retry-delay",
        "retry-max-time",
        "service-name",
        "socks4",
        "socks4a",
        "socks5",
        "socks5-hostname",
        "speed-limit",
        "speed-time",
        "stderr",
        "telnet-option",
        "tftp-blksize",
        "time-cond",
        "tls-max",
        "tls13-ciphers",
        "trace",
        "trace-ascii",
        "trace-config",
        "unix-socket",
        "upload-file",
        "url",
        "url-query",
        "user",
        "user-agent",
        "variable",
        "write-out",
    ],
};

/// One request of a command line; `--next` begins another.
#[derive(Default)]
struct Building {
    urls: Vec<Word>,
    method: Method,
    /// Words that nobody knows may say anything.
    open: bool,
    tokens: Vec<Presented>,
}

/// What decides on the method, the stronger the later.
#[derive(Default, PartialEq, Eq, PartialOrd, Ord)]
enum Method {
    #[default]
    Usual,
    Body,
    Upload,
    AsQuery,
    Head,
    /// By `-X`, as far as its word is known.
    Stated(Option<String>),
}

impl Building {
    fn asks_for(&mut self, method: Method) {
        if method >= self.method {
            self.method = method;
        }
    }
}

pub(super) fn acts(run: &mut Run<'_>) -> Vec<Act> {
    let mut done = Vec::new();
    let mut building = Building::default();
    for item in items(run.arguments, &GRAMMAR) {
        match item {
            Item::Option { name, value: None } if name == ":" || name == "next" => {
                finish(std::mem::take(&mut building), run, &mut done);
            }
            Item::Option { name, value } => option(&name, value, &mut building),
            Item::Plain(word) => building.urls.push(word),
            Item::Open => building.open = true,
        }
    }
    // A variable alone may be the address.
    if building.urls.is_empty() && building.open {
        building.urls.extend(run.arguments.iter().rfind(|word| word.is_open()).cloned());
    }
    finish(building, run, &mut done);
    done
}

fn option(name: &str, value: Option<Word>, building: &mut Building) {
    match (name, value) {
        ("X" | "request", Some(word)) => building.asks_for(Method::Stated(word.text())),
        ("H" | "header", Some(word)) => match header(&word) {
            Some(presented) => building.tokens.push(presented),
            None => building.open |= word.is_open() && word.value.len() == 1,
        },
        ("u" | "user", Some(word)) => building.tokens.extend(basic(&word.value, word.span)),
        ("oauth2-bearer", Some(word)) => {
            building.tokens.push(Presented { how: How::Bearer, value: word.value, span: word.span });
        }
        ("url", Some(word)) => building.urls.push(word),
        (
            "d" | "data" | "data-ascii" | "data-binary" | "data-raw" | "data-urlencode" | "F" | "form" | "form-string",
            Some(word),
        ) => {
            building.asks_for(Method::Body);
            building.tokens.extend(fields(&word));
        }
        ("json", Some(_)) => building.asks_for(Method::Body),
        ("T" | "upload-file", Some(_)) => building.asks_for(Method::Upload),
        ("I" | "head", _) => building.asks_for(Method::Head),
        ("G" | "get", _) => building.asks_for(Method::AsQuery),
        ("K" | "config", _) => building.open = true,
        _ => {}
    }
}

/// The token among `a=1&token=x`.
fn fields(word: &Word) -> Vec<Presented> {
    let mut found = Vec::new();
    let mut rest: Option<Value> = Some(word.value.clone());
    while let Some(value) = rest {
        let (pair, more) = split_once(&value, '&').map_or((value.clone(), None), |(pair, more)| (pair, Some(more)));
        found.extend(field(&pair, word.span, How::Field));
        rest = more;
    }
    found
}

fn finish(building: Building, run: &Run<'_>, done: &mut Vec<Act>) {
    let method = match building.method {
        Method::Stated(stated) => stated.map(|method| method.to_ascii_uppercase()),
        _ if building.open => None,
        Method::Head => Some("HEAD".to_owned()),
        Method::AsQuery | Method::Usual => Some("GET".to_owned()),
        Method::Upload => Some("PUT".to_owned()),
        Method::Body => Some("POST".to_owned()),
    };
    for url in building.urls {
        let mut tokens = building.tokens.clone();
        tokens.extend(in_address(&url));
        done.push(Act::Request(Request { program: "curl", method: method.clone(), url, tokens, span: run.span }));
    }
}
