//! Texts that are tokens: told by their form, and by their checksum where the form has one.

use crate::domain::{azure_pat, routable};

pub use super::rules::Literal;

const ACCESS: &str = "a GitLab access token";

/// GitLab's prefixes, with what follows one of them.
const GITLAB: &[(&str, &str)] = &[
    ("glpat-", ACCESS),
    ("gldt-", "a GitLab deploy token"),
    ("glptt-", "a GitLab pipeline trigger token"),
    ("glrt-", "a GitLab runner authentication token"),
    ("gloas-", "the secret of a GitLab OAuth application"),
    ("glimt-", "a GitLab incoming mail token"),
    ("glsoat-", "a GitLab SCIM token"),
];
const GITLAB_LENGTH: usize = 20;

const GITHUB: &[(&str, &str)] = &[
    ("ghp_", "a GitHub personal access token"),
    ("gho_", "a GitHub OAuth token"),
    ("ghu_", "a GitHub user token of an App"),
    ("ghs_", "a GitHub installation token"),
    ("ghr_", "a GitHub refresh token"),
];
pub const AZURE: &str = "an Azure DevOps personal access token";
const GITHUB_CHECKSUM: usize = 6;
const GITHUB_FINE: &str = "github_pat_";

/// What a word is, if it is a token.
pub fn judge(word: &str) -> Option<Literal> {
    let certain = |title| Some(Literal { title, certain: true });
    let likely = |title| Some(Literal { title, certain: false });
    if word.len() > 40 && routable::is_whole(word) {
        return certain(ACCESS);
    }
    if let Some((body, title)) = after(word, GITLAB) {
        let fits = body.len() == GITLAB_LENGTH && !body.contains('.');
        return if fits && looks_random(body) { likely(title) } else { None };
    }
    if let Some((body, title)) = after(word, GITHUB) {
        return if github_checksum_fits(body) { certain(title) } else { None };
    }
    // What stands behind the first 52 characters is much the same in all of them.
    if azure_pat::is_long(word) && looks_random(&word[..52]) {
        return if azure_pat::long_fits(word) { certain(AZURE) } else { likely(AZURE) };
    }
    // Nothing but its checksum tells the older form from other texts of that length.
    if word.len() == 52 && azure_pat::short_fits(word) && !repeats(word) {
        return certain(AZURE);
    }
    let fine = word.strip_prefix(GITHUB_FINE)?;
    let (first, second) = fine.split_once('_')?;
    let alphanumeric = fine.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let fits = first.len() == 22 && second.len() == 59 && !second.contains('_') && alphanumeric && looks_random(fine);
    if fits { likely("a fine-grained GitHub token") } else { None }
}

/// Has the word the beginning of a token, and enough behind it that it may be one?
pub fn begins_like_one(word: &str) -> bool {
    const ENOUGH: usize = 12;
    let of_gitlab = GITLAB.iter().chain([&("glcbt-", ""), &("glft-", ""), &("glagent-", ""), &("glrtr-", "")]);
    let begins = |prefix: &str| word.find(prefix).is_some_and(|at| word.len() - at - prefix.len() >= ENOUGH);
    of_gitlab.chain(GITHUB).any(|(prefix, _)| begins(prefix)) || begins(GITHUB_FINE)
}

fn after<'w>(word: &'w str, prefixes: &[(&str, &'static str)]) -> Option<(&'w str, &'static str)> {
    prefixes.iter().find_map(|(prefix, title)| Some((word.strip_prefix(prefix)?, *title)))
}

/// The last six characters are the CRC-32 of those before, in base 62.
fn github_checksum_fits(body: &str) -> bool {
    const LENGTHS: std::ops::RangeInclusive<usize> = 36..=80;
    if !LENGTHS.contains(&body.len()) || !body.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return false;
    }
    let (random, checksum) = body.split_at(body.len() - GITHUB_CHECKSUM);
    base62(crc32fast::hash(random.as_bytes())) == checksum && looks_random(random)
}

fn base62(mut number: u32) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut text = [b'0'; GITHUB_CHECKSUM];
    for digit in text.iter_mut().rev() {
        *digit = DIGITS[(number % 62) as usize];
        number /= 62;
    }
    text.iter().map(|byte| char::from(*byte)).collect()
}

/// Examples repeat themselves, count up, or say what they are.
fn looks_random(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "example",
        "token",
        "secret",
        "xxxx",
        "your",
        "test",
        "fake",
        "dummy",
        "sample",
        "redact",
        "abcd",
        "1234",
        "0000",
        "replace",
        "change",
        "insert",
        "placeholder",
    ];
    let lower = text.to_ascii_lowercase();
    let has = |kind: fn(&u8) -> bool| text.as_bytes().iter().any(kind);
    let distinct = text.bytes().collect::<std::collections::BTreeSet<_>>().len();
    has(u8::is_ascii_digit)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_uppercase)
        && distinct >= 10
        && !repeats(text)
        && !WORDS.iter().any(|word| lower.contains(word))
}

fn repeats(text: &str) -> bool {
    text.as_bytes().windows(4).any(|four| four.iter().all(|byte| *byte == four[0]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(word: &str) -> Option<bool> {
        judge(word).map(|literal| literal.certain)
    }

    #[test]
    fn checksums_decide_where_there_is_one() {
        assert_eq!(base62(907_060_870), "0zNvy2");
        assert_eq!(is(&format!("{}{}", "glpat-", "bzoxCnU6MnMAAQIDBAUGBwgJCgsMDQ4PEA.01.0y0f1b977")), Some(true));
        assert_eq!(is(&format!("{}{}", "glpat-", "bzoxCnU6MnMAAQIDBAUGBwgJCgsMDQ4PEA.01.0y0f1b978")), None);
        let body = "q7Zt2LmW9xKc4VbN8pRf3HsJ6dGy1A";
        let whole = format!("{}{body}{}", "ghp_", base62(crc32fast::hash(body.as_bytes())));
        assert_eq!(is(&whole), Some(true));
        assert_eq!(is(&format!("{}{}", "ghp_", "q7Zt2LmW9xKc4VbN8pRf3HsJ6dGy1A000000")), None);
    }

    #[test]
    fn tokens_of_azure_devops_are_told_by_their_marks_or_their_checksum() {
        let older = ["nbqz63dmobqsxa3tomqgmyllmuq", "hi33lmvxd4iden4qg433ueb2q"].concat();
        assert_eq!(judge(&older), Some(Literal { title: AZURE, certain: true }));
        assert_eq!(is(&older.replace("nbqz", "nbqx")), None);
        let body = "q7Zt2LmW9xKc4VbN8pRf3HsJ6dGy1Aq7Zt2LmW9xKc4VbN8pRf3H";
        let newer = [body, "JQQJ99CKACAAAAAAAAAAAAASAZDO", "zzzz"].concat();
        assert_eq!(is(&newer), Some(false));
        assert_eq!(is(&newer.replace(body, &"a".repeat(52))), None);
    }

    #[test]
    fn examples_are_no_tokens() {
        for text in ["xxxxxxxxxxxxxxxxxxxx", "YOUR-TOKEN-GOES-HERE", "aBcD1234567890123456", "short"] {
            assert_eq!(is(&format!("{}{text}", "glpat-")), None, "{text}");
        }
        assert_eq!(is(&format!("{}{}", "glpat-", "q7Zt2LmW9xKc4VbN8pRf")), Some(false));
    }
}
