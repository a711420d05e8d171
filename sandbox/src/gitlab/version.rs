//! Server versions: which behaviour a scenario gets.

use std::fmt;

use serde::Deserialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Version {
    pub major: u32,
    pub minor: u32,
    pub patch: u32,
}

impl Version {
    pub const fn new(major: u32, minor: u32) -> Self {
        Self { major, minor, patch: 0 }
    }

    pub fn at_least(self, major: u32, minor: u32) -> bool {
        self >= Self::new(major, minor)
    }
}

impl TryFrom<String> for Version {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.as_str().try_into()
    }
}

impl TryFrom<&str> for Version {
    type Error = String;

    fn try_from(text: &str) -> Result<Self, String> {
        let wrong = |_| format!("`{text}` is no version like 19.3.0");
        let mut parts = text.split('.').map(str::parse::<u32>);
        let (Some(major), Some(minor)) = (parts.next(), parts.next()) else {
            return Err(format!("`{text}` is no version like 19.3.0"));
        };
        let patch = parts.next().unwrap_or(Ok(0));
        Ok(Self { major: major.map_err(wrong)?, minor: minor.map_err(wrong)?, patch: patch.map_err(wrong)? })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}
