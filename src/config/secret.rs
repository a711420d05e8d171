//! Tells texts that look like secrets, so that they can be refused without being shown.

/// Beginnings that forges give their tokens (GitLab, GitHub), and the least that must follow.
const PREFIXES: &[&str] = &[
    "glpat-",
    "gldt-",
    "glcbt-",
    "gloas-",
    "glrt-",
    "glrtr-",
    "glptt-",
    "glft-",
    "glimt-",
    "glagent-",
    "glsoat-",
    "glffct-",
    "glwt-",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
];
const LEAST_AFTER_PREFIX: usize = 12;

/// Other texts that are secrets wherever they stand.
const MARKS: &[&str] = &["AGE-SECRET-KEY-1", "PRIVATE KEY-----"];

/// Does the text hold something with the shape of a token?
pub fn looks_like_a_secret(text: &str) -> bool {
    MARKS.iter().any(|mark| text.contains(mark))
        || has_prefixed(text)
        || has_password(text)
        || text.split(is_break).any(is_shaped)
}

/// An address with a password before its host.
fn has_password(text: &str) -> bool {
    text.split("://").skip(1).any(|rest| {
        let authority = rest.split(['/', '?', '#', ' ']).next().unwrap_or_default();
        let user_info = authority.rsplit_once('@').map_or("", |(user_info, _)| user_info);
        user_info.split_once(':').is_some_and(|(_, password)| !password.is_empty())
    })
}

/// A known beginning, wherever it stands.
fn has_prefixed(text: &str) -> bool {
    PREFIXES.iter().any(|prefix| {
        text.match_indices(prefix).any(|(start, _)| {
            let rest = text[start + prefix.len()..].bytes();
            let body = rest.take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
            body.count() >= LEAST_AFTER_PREFIX
        })
    })
}

fn is_break(character: char) -> bool {
    !(character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.'))
}

fn is_shaped(word: &str) -> bool {
    is_azure(word) || is_jwt(word)
}

/// Azure DevOps: 84 characters with `AZDO` before the last four; the older ones are 52 of base32.
fn is_azure(word: &str) -> bool {
    let alphanumeric = word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let base32 = |byte: u8| byte.is_ascii_lowercase() || (b'2'..=b'7').contains(&byte);
    (word.len() == 84 && alphanumeric && word[76..].starts_with("AZDO"))
        || (word.len() == 52 && word.bytes().all(base32))
}

/// Three parts of base64url, of which the first begins as every JSON object does.
fn is_jwt(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    let base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    parts.len() == 3
        && parts[0].starts_with("eyJ")
        && parts[1].starts_with("eyJ")
        && parts.iter().all(|part| part.bytes().all(base64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c11_tokens_of_every_forge_are_told_by_their_shape() {
        let azure = format!("{}AZDO1234", "a".repeat(76));
        let secrets = [
            format!("glpat-{}", "x".repeat(20)),
            format!("glcbt-64_{}", "x".repeat(20)),
            format!("ghp_{}", "A".repeat(36)),
            format!("github_pat_{}_{}", "A".repeat(22), "b".repeat(59)),
            format!("https://oauth2:gldt-{}@gitlab.com/a.git", "x".repeat(20)),
            format!("--header=Authorization: Basic {azure}"),
            "a2".repeat(26),
            "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.".to_owned(),
            "AGE-SECRET-KEY-1QQQ".to_owned(),
            "https://bot:hunter2@git.example.com/a".to_owned(),
        ];
        for (index, secret) in secrets.iter().enumerate() {
            assert!(looks_like_a_secret(secret), "number {index}");
        }
    }

    #[test]
    fn names_of_variables_paths_and_tools_are_no_secrets() {
        let plain = [
            "RELEASE_BOT_TOKEN",
            "ghp_TOKEN",
            "https://gitlab.example.com/group/project",
            "semantic-release",
            "0123456789abcdef0123456789abcdef01234567",
            "a.b.c",
            "rotated every 30 days, see https://wiki.example.com/glpat-policy",
        ];
        for text in plain {
            assert!(!looks_like_a_secret(text), "{text}");
        }
    }
}
