//! What Git is answered: built and checked in memory, then written at once.

use std::io::{self, Write};

use zeroize::Zeroizing;

use super::{Capabilities, Secret};

/// A whole answer. It never names a protocol or a host: Git would take them over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub proof: Proof,
    /// Seconds since 1970.
    pub expires: Option<i64>,
    pub refresh: Option<Secret>,
    /// No other helper is to keep it. Said only to a caller that understands it.
    pub ephemeral: bool,
    pub stage: Option<Stage>,
}

/// How one shows who one is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    Password {
        username: Vec<u8>,
        password: Secret,
    },
    /// The `Authorization` header itself, for callers that offered `authtype`.
    Header {
        username: Option<Vec<u8>>,
        authtype: String,
        credential: Secret,
    },
}

/// There is more to give, should this be refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// What Git hands back when it asks again.
    pub state: String,
}

/// Why nothing is written. The texts name no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unwritable {
    #[error("the {0} is empty")]
    Empty(&'static str),
    #[error("the {0} holds a line break or a NUL byte")]
    Broken(&'static str),
    #[error("the expiry is not a time after 1970")]
    Expiry,
    #[error("the caller understands neither `{0}` nor what depends on it")]
    NotOffered(&'static str),
}

impl Reply {
    /// Writes the whole answer, or nothing. The outer error is ours, the inner one that of the output.
    pub fn write(&self, offered: Capabilities, out: &mut dyn Write) -> Result<io::Result<()>, Unwritable> {
        let bytes = self.bytes(offered)?;
        Ok(out.write_all(&bytes).and_then(|()| out.flush()))
    }

    pub fn bytes(&self, offered: Capabilities) -> Result<Zeroizing<Vec<u8>>, Unwritable> {
        let Self { proof, expires, refresh, ephemeral, stage } = self;
        let ephemeral = *ephemeral && offered.authtype;
        let mut lines = Lines::with_room_for(proof, refresh.as_ref(), stage.as_ref());
        if ephemeral || matches!(proof, Proof::Header { .. }) {
            lines.say("capability[]", b"authtype")?;
        }
        if stage.is_some() {
            lines.say("capability[]", b"state")?;
        }
        match proof {
            // Some servers' single sign-on wants both empty, and only that is kept by anyone.
            Proof::Password { username, password } if username.is_empty() && password.expose().is_empty() => {
                lines.0.extend_from_slice(b"username=\npassword=\n");
            }
            Proof::Password { username, password } => {
                lines.say("username", username)?;
                lines.say("password", password.expose())?;
            }
            Proof::Header { .. } if !offered.authtype => return Err(Unwritable::NotOffered("authtype")),
            Proof::Header { username, authtype, credential } => {
                if let Some(username) = username {
                    lines.say("username", username)?;
                }
                lines.say("authtype", authtype.as_bytes())?;
                lines.say("credential", credential.expose())?;
            }
        }
        if let Some(expires) = expires {
            let seconds = u64::try_from(*expires).map_err(|_| Unwritable::Expiry)?;
            lines.say("password_expiry_utc", seconds.to_string().as_bytes())?;
        }
        if let Some(refresh) = refresh {
            lines.say("oauth_refresh_token", refresh.expose())?;
        }
        if ephemeral {
            lines.say("ephemeral", b"1")?;
        }
        match stage {
            Some(_) if !offered.state => return Err(Unwritable::NotOffered("state")),
            Some(Stage { state }) => {
                lines.say("state[]", state.as_bytes())?;
                lines.say("continue", b"1")?;
            }
            None => {}
        }
        Ok(lines.0)
    }
}

/// The lines so far, each of them checked.
struct Lines(Zeroizing<Vec<u8>>);

impl Lines {
    /// All keys and numbers together are shorter than this.
    const KEYS: usize = 256;

    /// With so much room that the buffer never grows: growing would leave an unwiped copy behind.
    fn with_room_for(proof: &Proof, refresh: Option<&Secret>, stage: Option<&Stage>) -> Self {
        let proof = match proof {
            Proof::Password { username, password } => username.len() + password.expose().len(),
            Proof::Header { username, authtype, credential } => {
                username.as_ref().map_or(0, Vec::len) + authtype.len() + credential.expose().len()
            }
        };
        let refresh = refresh.map_or(0, |refresh| refresh.expose().len());
        let state = stage.map_or(0, |stage| stage.state.len());
        Self(Zeroizing::new(Vec::with_capacity(proof + refresh + state + Self::KEYS)))
    }

    fn say(&mut self, key: &'static str, value: &[u8]) -> Result<(), Unwritable> {
        if value.is_empty() {
            return Err(Unwritable::Empty(key));
        }
        if value.iter().any(|byte| matches!(byte, b'\n' | b'\r' | 0)) {
            return Err(Unwritable::Broken(key));
        }
        self.0.extend_from_slice(key.as_bytes());
        self.0.push(b'=');
        self.0.extend_from_slice(value);
        self.0.push(b'\n');
        Ok(())
    }
}
