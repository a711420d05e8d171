//! What goes wrong with a token on its way into a variable or file, whatever the forge.

/// Faults of copying, whatever the kind.
pub(crate) fn fault(text: &str) -> Option<&'static str> {
    let first = text.chars().next()?;
    if text.trim() != text {
        return Some("white space surrounds it; take it off where the token is stored");
    }
    if text.len() > 1 && ['"', '\'', '`'].contains(&first) && text.ends_with(first) {
        return Some("quotes surround it; store the token without them");
    }
    if text.starts_with("${") || (first == '$' && is_name(&text[1..])) || text.starts_with("$(") {
        return Some("it holds the name of a variable where the value should be; the variable was not expanded");
    }
    if text.chars().all(|character| character == '*') || text == "[MASKED]" || text == "[masked]" {
        return Some("it holds the mask that stands for a secret in a log, not the secret");
    }
    if text.chars().any(|character| character.is_whitespace() || character.is_control()) {
        return Some("white space or a line break stands inside it");
    }
    if !text.is_ascii() {
        return Some("it holds characters that no token has");
    }
    None
}

fn is_name(text: &str) -> bool {
    let starts = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    starts && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
