//! Nodes to the file's shape: every key known, every value of its sort, places kept.

use super::decode::{At, Fields, boolean, entries, items, sort, suggest, text, texts};
use super::document::{Node, Value};
use super::error::{Complaints, Spot};
use super::raw::{Connection, Expiry, File, Ignore, Keyring, Section, Table, Token};
use crate::domain::contract::JobTokenUse;

/// Words for a token without anything to name.
const JOB: &str = "job";
const STORE: &str = "store";

pub(super) fn file(node: Node, complaints: &mut Complaints) -> Option<File> {
    let mut fields = Fields::of(node, "a configuration", complaints)?;
    version(fields.optional("version"), complaints);
    let connections =
        fields.optional("connections").map(|found| table(found.value, "`connections`", complaints, connection));
    let contracts = fields.optional("contracts").map(|found| {
        table(found.value, "`contracts`", complaints, |node, complaints| {
            Some(table(node, "a contract", complaints, section))
        })
    });
    let ignore = fields.optional("ignore").map(|found| items(found.value, complaints)).unwrap_or_default();
    let ignore = ignore.into_iter().filter_map(|item| ignored(item, complaints)).collect();
    fields.finish(complaints);
    Some(File {
        version: (),
        connections: connections.unwrap_or_default(),
        contracts: contracts.unwrap_or_default(),
        ignore,
    })
}

fn version(found: Option<At<Node>>, complaints: &mut Complaints) {
    let hint = "write `version: 1`";
    let Some(found) = found else {
        return complaints.add_with_hint(
            Spot::START,
            "the file does not say which version of the format it is in",
            hint,
        );
    };
    let spot = found.value.spot;
    match &found.value.value {
        Value::Scalar { text, plain: true } if text == "1" => {}
        Value::Scalar { text, plain: true } if text.len() < 6 && text.parse::<u32>().is_ok_and(|number| number > 1) => {
            complaints.add_with_hint(spot, "this version of the format is newer than this hallpass", "update hallpass");
        }
        _ => complaints.add_with_hint(spot, "the version of the format is the whole number 1", hint),
    }
}

fn table<T>(
    node: Node,
    what: &'static str,
    complaints: &mut Complaints,
    mut read: impl FnMut(Node, &mut Complaints) -> Option<T>,
) -> Table<T> {
    if node.is_nothing() {
        return Table::default();
    }
    let entries = entries(node, what, complaints).unwrap_or_default();
    Table(entries.into_iter().filter_map(|(name, node)| Some((name, read(node, complaints)?))).collect())
}

fn connection(node: Node, complaints: &mut Complaints) -> Option<Connection> {
    let mut fields = Fields::of(node, "a connection", complaints)?;
    let forge = fields.required("forge", complaints).and_then(|found| text(found.value, complaints));
    let token = fields.required("token", complaints).and_then(|found| token(found, complaints));
    let url = word(&mut fields, "url", complaints);
    let target = word(&mut fields, "target", complaints);
    let contract = fields.optional("contract").map(|found| one_or_many(found.value, complaints)).unwrap_or_default();
    let needs = list(&mut fields, "needs", complaints);
    let must_not = list(&mut fields, "must_not", complaints);
    let expiry = fields.optional("expiry").and_then(|found| expiry(found, complaints));
    let owner = word(&mut fields, "owner", complaints);
    let tenant = word(&mut fields, "tenant", complaints);
    let username = word(&mut fields, "username", complaints);
    let ca_file = word(&mut fields, "ca_file", complaints);
    let insecure = fields.optional("insecure").and_then(|found| boolean(&found.value, complaints));
    let default = fields.optional("default").and_then(|found| boolean(&found.value, complaints));
    fields.finish(complaints);
    Some(Connection {
        // A missing one has its complaint already; the rest of the connection is still worth checking.
        forge: forge.unwrap_or_else(|| At::nowhere(String::new())),
        token: token.unwrap_or_else(|| At::nowhere(Token::Job(()))),
        url,
        target,
        contract,
        needs,
        must_not,
        expiry,
        owner,
        tenant,
        username,
        ca_file,
        insecure,
        default,
    })
}

fn word(fields: &mut Fields, key: &'static str, complaints: &mut Complaints) -> Option<At<String>> {
    fields.optional(key).and_then(|found| text(found.value, complaints))
}

fn list(fields: &mut Fields, key: &'static str, complaints: &mut Complaints) -> Vec<At<String>> {
    fields.optional(key).map(|found| texts(found.value, complaints)).unwrap_or_default()
}

fn one_or_many(node: Node, complaints: &mut Complaints) -> Vec<At<String>> {
    match node.value {
        Value::List(_) => texts(node, complaints),
        _ => text(node, complaints).into_iter().collect(),
    }
}

fn token(found: At<Node>, complaints: &mut Complaints) -> Option<At<Token>> {
    let node = found.value;
    let spot = node.spot;
    let source = match &node.value {
        Value::Scalar { text, .. } if text == JOB => Some(Token::Job(())),
        Value::Scalar { text, .. } if text == STORE => Some(Token::Store(())),
        Value::Scalar { .. } if sort(&node) == "text" => {
            complaints.close(
                node.spot,
                "a token never stands in the file itself",
                "name where it is, such as `token: { env: MY_TOKEN }`; if this was one, revoke it",
            );
            None
        }
        Value::Scalar { .. } | Value::List(_) => {
            let message = format!("a token source is `job`, `store` or a mapping, not {}", sort(&node));
            complaints.add_with_hint(node.spot, message, "write `token: { env: MY_TOKEN }`");
            None
        }
        Value::Map(_) => source(node, complaints),
    }?;
    Some(At { value: source, spot })
}

fn source(node: Node, complaints: &mut Complaints) -> Option<Token> {
    let spot = node.spot;
    let mut fields = Fields::of(node, "a token source", complaints)?;
    let mut sources = Vec::new();
    if let Some(found) = fields.optional("env") {
        sources.push(text(found.value, complaints).map(Token::Env));
    }
    if let Some(found) = fields.optional("file") {
        sources.push(text(found.value, complaints).map(Token::File));
    }
    if let Some(found) = fields.optional("command") {
        sources.push(command(found.value, complaints).map(Token::Command));
    }
    if let Some(found) = fields.optional("keyring") {
        sources.push(keyring(found.value, complaints).map(Token::Keyring));
    }
    for (key, token) in [(STORE, Token::Store(())), (JOB, Token::Job(()))] {
        if let Some(found) = fields.optional(key) {
            let truth = boolean(&found.value, complaints);
            if truth.as_ref().is_some_and(|truth| !truth.value) {
                complaints.add(found.value.spot, "only `true` has a meaning here");
            }
            sources.push(truth.map(|_| token));
        }
    }
    let unknown = fields.left_over();
    fields.finish(complaints);
    match sources.len() {
        1 => sources.pop().flatten(),
        0 if unknown => None,
        0 => {
            complaints.add(spot, "this names no token source: `env`, `file`, `command`, `keyring`, `store` or `job`");
            None
        }
        _ => {
            complaints.add_with_hint(spot, "a connection has one token source", "make a connection for each token");
            None
        }
    }
}

fn command(node: Node, complaints: &mut Complaints) -> Option<Vec<At<String>>> {
    if !matches!(node.value, Value::List(_)) {
        complaints.add_with_hint(
            node.spot,
            "a command is a list of a program and its arguments; there is no shell",
            "write `command: [program, argument]`",
        );
        return None;
    }
    let spot = node.spot;
    let words = texts(node, complaints);
    if words.is_empty() {
        complaints.add(spot, "a command names at least a program");
        return None;
    }
    Some(words)
}

fn keyring(node: Node, complaints: &mut Complaints) -> Option<Keyring> {
    if !matches!(node.value, Value::Map(_)) {
        return Some(Keyring { service: text(node, complaints)?, account: None });
    }
    let mut fields = Fields::of(node, "a keyring entry", complaints)?;
    let service = fields.required("service", complaints).and_then(|found| text(found.value, complaints));
    let account = word(&mut fields, "account", complaints);
    fields.finish(complaints);
    Some(Keyring { service: service?, account })
}

fn expiry(found: At<Node>, complaints: &mut Complaints) -> Option<At<Expiry>> {
    let spot = found.value.spot;
    let mut fields = Fields::of(found.value, "`expiry`", complaints)?;
    let mut limit = |key| fields.optional(key).and_then(|found| days(&found.value, complaints));
    let (warn, fail, max) = (limit("warn"), limit("fail"), limit("max"));
    let required = fields.optional("required").and_then(|found| boolean(&found.value, complaints));
    fields.finish(complaints);
    Some(At { value: Expiry { warn, fail, max, required }, spot })
}

/// `30d` or `4w`, at most a hundred years.
fn days(node: &Node, complaints: &mut Complaints) -> Option<At<u32>> {
    let spot = node.spot;
    let read = |text: &str| {
        let (digits, unit) = match (text.strip_suffix('d'), text.strip_suffix('w')) {
            (Some(digits), _) => (digits, 1),
            (_, Some(digits)) => (digits, 7),
            _ => return None,
        };
        let plain = !digits.is_empty() && digits.len() <= 5 && digits.bytes().all(|byte| byte.is_ascii_digit());
        let days = digits.parse::<u32>().ok().filter(|_| plain)? * unit;
        (days <= 36_525).then_some(days)
    };
    let value = match &node.value {
        Value::Scalar { text, .. } => read(text),
        _ => None,
    };
    if value.is_none() {
        complaints.add(spot, "expected a number of days or weeks such as `30d` or `4w`, up to a hundred years");
    }
    Some(At { value: value?, spot })
}

fn section(node: Node, complaints: &mut Complaints) -> Option<Section> {
    let mut fields = Fields::of(node, "a contract's section", complaints)?;
    let by_kind =
        fields.optional("scopes_by_kind").and_then(|found| entries(found.value, "`scopes_by_kind`", complaints));
    let by_kind = by_kind.unwrap_or_default();
    let section = Section {
        capabilities: list(&mut fields, "capabilities", complaints),
        optional: list(&mut fields, "optional", complaints),
        scopes: list(&mut fields, "scopes", complaints),
        scopes_by_kind: by_kind.into_iter().map(|(kind, node)| (kind, texts(node, complaints))).collect(),
        permissions: list(&mut fields, "permissions", complaints),
        role: word(&mut fields, "role", complaints),
        kinds: list(&mut fields, "kinds", complaints),
        prefer: list(&mut fields, "prefer", complaints),
        job_token: word(&mut fields, "job_token", complaints).and_then(|word| job_token(&word, complaints)),
        notes: list(&mut fields, "notes", complaints),
    };
    fields.finish(complaints);
    Some(section)
}

fn job_token(word: &At<String>, complaints: &mut Complaints) -> Option<At<JobTokenUse>> {
    let value = match word.value.as_str() {
        "yes" => JobTokenUse::Yes,
        "part" => JobTokenUse::Part,
        "no" => JobTokenUse::No,
        other => {
            let message = "expected `yes`, `part` or `no`".to_owned();
            suggest(complaints, word.spot, message, other, ["yes", "part", "no"]);
            return None;
        }
    };
    Some(At { value, spot: word.spot })
}

fn ignored(node: Node, complaints: &mut Complaints) -> Option<Ignore> {
    let mut fields = Fields::of(node, "an entry of `ignore`", complaints)?;
    let rule = fields.required("rule", complaints).and_then(|found| text(found.value, complaints));
    let reason = fields.required("reason", complaints).and_then(|found| text(found.value, complaints));
    let connection = word(&mut fields, "connection", complaints);
    let capability = word(&mut fields, "capability", complaints);
    let until = word(&mut fields, "until", complaints).and_then(|word| date(&word, complaints));
    fields.finish(complaints);
    Some(Ignore { rule: rule?, connection, capability, reason: reason?, until })
}

fn date(word: &At<String>, complaints: &mut Complaints) -> Option<At<jiff::civil::Date>> {
    let read = word.value.parse().ok().filter(|_| word.value.len() == "2027-01-31".len());
    if read.is_none() {
        complaints.add(word.spot, "expected a date such as `2027-01-31`");
    }
    Some(At { value: read?, spot: word.spot })
}
