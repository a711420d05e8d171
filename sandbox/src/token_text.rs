//! Makes token strings that have the form of real ones and are none.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

/// How a token of a scenario gets its text.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum TokenText {
    Literal(String),
    Routable { routable: Routable },
    JobJwt { job_jwt: JobJwt },
}

/// A routable token with a right checksum. The keys of the routing part are cell, group, organization, project, user.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Routable {
    #[serde(default = "personal_prefix")]
    pub prefix: String,
    #[serde(default)]
    pub c: Option<u64>,
    #[serde(default)]
    pub g: Option<u64>,
    #[serde(default = "first_organization")]
    pub o: u64,
    #[serde(default)]
    pub p: Option<u64>,
    #[serde(default)]
    pub u: Option<u64>,
    /// Stands for the random part: two tokens of one user differ by it.
    #[serde(default)]
    pub seed: u8,
}

/// A job token of the JWT form. Its signature is filler.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobJwt {
    /// Seconds that a job may run; the token's `exp` is five minutes later.
    #[serde(default)]
    pub job_timeout: Option<i64>,
}

fn personal_prefix() -> String {
    "glpat-".to_owned()
}

fn first_organization() -> u64 {
    1
}

const RANDOM_BYTES: u8 = 16;

impl Routable {
    pub fn text(&self) -> String {
        let keys = [("c", self.c), ("g", self.g), ("o", Some(self.o)), ("p", self.p), ("u", self.u)];
        let lines: BTreeMap<&str, String> =
            keys.into_iter().filter_map(|(key, value)| Some((key, base36(value?)))).collect();
        let routing = lines.iter().map(|(key, value)| format!("{key}:{value}")).collect::<Vec<_>>().join("\n");
        let mut payload = routing.into_bytes();
        payload.extend((0..RANDOM_BYTES).map(|at| at ^ self.seed));
        payload.push(RANDOM_BYTES);
        let payload = URL_SAFE_NO_PAD.encode(payload);
        let length = u64::try_from(payload.len()).unwrap_or(u64::MAX);
        let unchecked = format!("{}{payload}.01.{:0>2}", self.prefix, base36(length));
        let checksum = base36(u64::from(crc32(unchecked.as_bytes())));
        format!("{unchecked}{checksum:0>7}")
    }
}

impl JobJwt {
    pub(crate) fn text(&self, job: u64, host: &str, now: Timestamp) -> String {
        let at = now.as_second();
        let life = self.job_timeout.unwrap_or(3600).max(60) + 300;
        let claims = json!({
            "version": "0.1.0", "iss": host, "aud": "gitlab-authz-token", "sub": format!("gid://gitlab/Ci::Build/{job}"),
            "iat": at, "nbf": at, "exp": at + life, "jti": format!("sandbox-{job}"),
        });
        format!("glcbt-{}", jwt(&claims))
    }
}

/// A JWT that nobody signed: clients are not meant to check it.
pub(crate) fn jwt(claims: &Value) -> String {
    let header = json!({"alg": "RS256", "typ": "JWT", "kid": "sandbox"});
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{}", part(&header), part(claims), URL_SAFE_NO_PAD.encode("no signature"))
}

/// A text of the 40-character family: prefix, body, and the body's checksum in base 62. `seed` decides the body.
pub(crate) fn github_checked(prefix: &str, length: usize, seed: &str) -> String {
    let body = filler(length - 6, seed);
    let checksum = base62(crc32(body.as_bytes()));
    format!("{prefix}{body}{checksum:0>6}")
}

/// A fine-grained token: its checksum, if it has one, is not documented.
pub(crate) fn github_fine_grained(seed: &str) -> String {
    format!("github_pat_{}_{}", filler(22, seed), filler(59, &format!("{seed} again")))
}

/// The long form that installation and job tokens have since 2026: App, then a web token. Its claims are filler.
pub(crate) fn github_stateless(app: u64, now: Timestamp, seed: &str) -> String {
    let claims = json!({
        "iss": "sandbox", "iat": now.as_second(), "exp": now.as_second() + 3600, "jti": filler(32, seed),
        "padding": filler(235, seed),
    });
    format!("ghs_{app}_{}", jwt(&claims))
}

/// Letters and digits that depend on nothing but the seed.
fn filler(length: usize, seed: &str) -> String {
    let mut state = seed
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let digit = |state: &mut u64| {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(BASE62[usize::try_from((*state >> 33) % 62).unwrap_or(0)])
    };
    (0..length).map(|_| digit(&mut state)).collect()
}

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

fn base62(value: u32) -> String {
    in_base(BASE62, u64::from(value))
}

fn base36(value: u64) -> String {
    in_base(b"0123456789abcdefghijklmnopqrstuvwxyz", value)
}

fn in_base(alphabet: &[u8], mut value: u64) -> String {
    let base = u64::try_from(alphabet.len()).unwrap_or(u64::MAX);
    let mut digits = Vec::new();
    loop {
        digits.push(alphabet[usize::try_from(value % base).unwrap_or(0)]);
        value /= base;
        if value == 0 {
            break;
        }
    }
    digits.iter().rev().map(|digit| char::from(*digit)).collect()
}

pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |register, byte| {
        (0..8).fold(register ^ u32::from(*byte), |register, _| {
            if register & 1 == 1 { register >> 1 ^ 0xedb8_8320 } else { register >> 1 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_routable_token_equals_the_published_vector() {
        let token = Routable { prefix: personal_prefix(), c: None, g: None, o: 1, p: None, u: Some(100), seed: 0 };
        let expected = ["glpat-", "bzoxCnU6MnMAAQIDBAUGBwgJCgsMDQ4PEA", ".01.", "0y", "0f1b977"].concat();
        assert_eq!(token.text(), expected);
    }

    #[test]
    fn a_job_token_names_its_job_and_dies_after_the_timeout() {
        let text = JobJwt { job_timeout: Some(600) }.text(77, "forge.test", Timestamp::UNIX_EPOCH);
        let claims = text.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
        let claims: Value = serde_json::from_slice(&claims.unwrap_or_default()).unwrap_or_default();
        assert_eq!((claims["sub"].as_str(), claims["exp"].as_i64()), (Some("gid://gitlab/Ci::Build/77"), Some(900)));
    }

    #[test]
    fn checksums_of_github_tokens_equal_the_published_vectors() {
        for (body, checksum) in [
            ("HallpassFakeTokenDoNotUse00000", "2Tv2R0"),
            ("000000000000000000000000000000", "2C8GjS"),
            ("HallpassFakeTokenPadCase000003", "0wDhfE"),
        ] {
            assert_eq!(format!("{:0>6}", base62(crc32(body.as_bytes()))), checksum);
        }
    }

    #[test]
    fn github_tokens_have_the_lengths_of_real_ones() {
        assert_eq!(github_checked("ghp_", 36, "a").len(), 40);
        assert_eq!(github_checked("ghr_", 76, "a").len(), 80);
        assert_eq!(github_fine_grained("a").len(), 93);
        let long = github_stateless(15_368, Timestamp::UNIX_EPOCH, "a").len();
        assert!((480..560).contains(&long), "{long}");
    }
}
