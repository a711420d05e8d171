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

fn base36(mut value: u64) -> String {
    let mut digits = Vec::new();
    loop {
        digits.push(b"0123456789abcdefghijklmnopqrstuvwxyz"[usize::try_from(value % 36).unwrap_or(0)]);
        value /= 36;
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
}
