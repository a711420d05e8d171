//! Where a connection points: variables replaced, the address and the target in their one spelling.

use super::decode::{At, shown};
use super::error::Complaints;
use super::secret::looks_like_a_secret;
use super::vocabulary::ForgeWords;
use crate::app::ports::Environment;
use crate::domain::connection::Base;
use crate::domain::origin::{NotAnOrigin, Origin, Scheme};

const MAX_ADDRESS: usize = 512;

/// Replaces every `${VAR}`. A variable that seems to hold a secret is refused: what is made here ends up in reports.
pub(super) fn expand(
    text: At<String>,
    environment: &dyn Environment,
    complaints: &mut Complaints,
) -> Option<At<String>> {
    let At { value, spot } = text;
    let mut expanded = String::with_capacity(value.len());
    let mut rest = value.as_str();
    while let Some((before, after)) = rest.split_once("${") {
        expanded.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            complaints.add(spot, "a `${` is opened and never closed");
            return None;
        };
        if !is_variable(name) {
            complaints.add(spot, "between `${` and `}` stands the name of a variable and nothing else");
            return None;
        }
        let word = shown(name).map_or_else(|| "this variable".to_owned(), |name| format!("the variable `{name}`"));
        match environment.get(name) {
            _ if names_a_secret(name) => {
                complaints.add_with_hint(
                    spot,
                    format!("{word} seems to hold a secret, which must not end up in an address or a report"),
                    "secrets belong under `token`",
                );
                return None;
            }
            Some(held) if !looks_like_a_secret(&held) && !held.chars().any(char::is_control) => {
                expanded.push_str(&held);
            }
            Some(_) => {
                complaints.add(spot, format!("{word} holds a text that cannot be used here"));
                return None;
            }
            None => {
                complaints.add(spot, format!("{word} is not set"));
                return None;
            }
        }
        rest = after;
    }
    expanded.push_str(rest);
    Some(At { value: expanded, spot })
}

/// A name that a shell would take for a variable.
pub(super) fn is_variable(name: &str) -> bool {
    let starts_well = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    starts_well && name.len() <= 128 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn names_a_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let telling = ["TOKEN", "SECRET", "PASSW", "CREDENTIAL", "PRIVATE"];
    telling.iter().any(|word| name.contains(word)) || name.split('_').any(|part| matches!(part, "PAT" | "KEY" | "AUTH"))
}

/// The address in its parts, and remarks on what was mended.
pub(super) fn base(
    url: &At<String>,
    forge: &ForgeWords<'_>,
    insecure: bool,
    complaints: &mut Complaints,
) -> Option<(Base, Option<String>)> {
    let At { value: url, spot } = url;
    let mut refuse = |message: &str, hint: Option<&str>| {
        match hint {
            Some(hint) => complaints.add_with_hint(*spot, message, hint),
            None => complaints.add(*spot, message),
        }
        None
    };
    if url.contains('*') {
        return refuse("a wildcard names no host; a token is bound to one", Some("make a connection for each host"));
    }
    if url.len() > MAX_ADDRESS {
        return refuse("this address is longer than 512 characters", None);
    }
    if url.contains(['?', '#']) {
        return refuse("an address ends before `?` and `#`", None);
    }
    let (origin, path) = match Origin::parse_with_path(url) {
        Ok(parts) => parts,
        Err(error @ NotAnOrigin::Scheme) => {
            return refuse(&error.to_string(), Some("write the whole address, such as `https://git.example.com`"));
        }
        Err(error) => return refuse(&error.to_string(), None),
    };
    if origin.scheme_of() == Scheme::Http && !insecure {
        return refuse(
            "a token would travel unencrypted over `http`",
            Some("use `https`, or add `insecure: true` to this connection"),
        );
    }
    let path = path.trim_end_matches('/');
    if !path.is_empty() && !path[1..].split('/').all(is_root_segment) {
        return refuse("the path of this address is not one of a web server", None);
    }
    let (root, remark) = (forge.tidy_root)(path);
    Some((Base { origin, root: root.trim_end_matches('/').to_owned() }, remark))
}

fn is_root_segment(segment: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    !segment.is_empty() && !is_dots(segment) && (segment.bytes().all(plain) || is_encoded(segment))
}

/// Collections of Azure DevOps Server may hold spaces, written `%20`.
fn is_encoded(segment: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    segment.replace("%20", "-").bytes().all(plain)
}

fn is_dots(segment: &str) -> bool {
    segment.bytes().all(|byte| byte == b'.')
}

/// A path of segments without slashes around it. It is encoded where it is used, so it is written plainly here.
pub(super) fn target(target: &At<String>, complaints: &mut Complaints) -> Option<String> {
    let At { value, spot } = target;
    let path = value.trim_matches('/');
    let (problem, hint) = if path.contains("://") {
        ("a target is a path without the address in front", Some("the address belongs under `url`"))
    } else if path.len() > MAX_ADDRESS {
        ("this target is longer than 512 characters", None)
    } else if path.contains(['?', '#', '\\', '*', ':', '<', '>', '|', '"']) {
        ("this target holds a character that no project name has", None)
    } else if path.contains('%') {
        ("this target is percent-encoded", Some("write it as the forge shows it"))
    } else if path.split('/').any(|segment| segment.trim() != segment || segment.is_empty()) {
        ("a part of this target is empty or has white space around it", None)
    } else if path.split('/').any(is_dots) {
        ("`.` and `..` have no meaning in a target", None)
    } else if path.to_ascii_lowercase().ends_with(".git") {
        ("a target is named without `.git`", Some("take `.git` off"))
    } else {
        return Some(path.to_owned());
    };
    match hint {
        Some(hint) => complaints.add_with_hint(*spot, problem, hint),
        None => complaints.add(*spot, problem),
    }
    None
}
