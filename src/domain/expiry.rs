//! When a token dies, and what its owner wants to hear about it.

use jiff::Timestamp;

/// What the forge says of a token's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// It dies at this instant. `date_only`: the forge gave a bare date, which means midnight UTC at its start.
    At { instant: Timestamp, date_only: bool },
    /// The forge states that there is none.
    Never,
    /// The forge said something that is not a date.
    Unreadable,
}

impl Expiry {
    /// Reads `YYYY-MM-DD` as midnight UTC at the start of that day (R13).
    pub fn from_date(text: &str) -> Self {
        let date: Result<jiff::civil::Date, _> = text.parse();
        let midnight = date.and_then(|date| date.to_zoned(jiff::tz::TimeZone::UTC));
        match midnight {
            Ok(zoned) if text.len() == 10 => Self::At { instant: zoned.timestamp(), date_only: true },
            _ => Self::Unreadable,
        }
    }

    pub fn instant(&self) -> Option<Timestamp> {
        match self {
            Self::At { instant, .. } => Some(*instant),
            Self::Never | Self::Unreadable => None,
        }
    }
}

impl std::fmt::Display for Expiry {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::At { instant, date_only: true } => write!(formatter, "{}", instant.strftime("%Y-%m-%d")),
            Self::At { instant, date_only: false } => write!(formatter, "{}", instant.strftime("%Y-%m-%dT%H:%M:%SZ")),
            Self::Never => formatter.write_str("never"),
            Self::Unreadable => formatter.write_str("unreadable"),
        }
    }
}

/// Limits on a token's life, in days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpiryPolicy {
    pub warn: u32,
    pub fail: u32,
    pub max: Option<u32>,
    pub required: bool,
}

impl Default for ExpiryPolicy {
    fn default() -> Self {
        Self { warn: 30, fail: 0, max: None, required: false }
    }
}

/// What a policy says of a life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpiryVerdict {
    /// Dies soon; `too_soon`: closer than the limit that fails the run.
    Expiring {
        days_left: i64,
        too_soon: bool,
    },
    NoExpiry {
        required: bool,
    },
    /// The whole lifetime is longer than allowed; `days` from creation, or from now where the creation is not known.
    TooLong {
        days: i64,
        max: u32,
    },
    /// Nobody can say, because the date is unreadable.
    Unreadable,
}

/// Whole days until the token dies; negative once it is dead.
pub fn days_left(instant: Timestamp, now: Timestamp) -> i64 {
    (instant.as_second() - now.as_second()).div_euclid(86_400)
}

/// Judges a life against its policy.
pub fn judge(expiry: Expiry, created: Option<Timestamp>, now: Timestamp, policy: &ExpiryPolicy) -> Vec<ExpiryVerdict> {
    let instant = match expiry {
        Expiry::Unreadable => return vec![ExpiryVerdict::Unreadable],
        Expiry::Never if policy.required || policy.max.is_some() => {
            return vec![ExpiryVerdict::NoExpiry { required: true }];
        }
        Expiry::Never => return vec![ExpiryVerdict::NoExpiry { required: false }],
        Expiry::At { instant, .. } => instant,
    };
    let mut verdicts = Vec::new();
    let left = days_left(instant, now);
    if left < i64::from(policy.fail) || left < i64::from(policy.warn) {
        verdicts.push(ExpiryVerdict::Expiring { days_left: left, too_soon: left < i64::from(policy.fail) });
    }
    if let Some(max) = policy.max {
        // A creation time carries hours; a life of exactly `max` days must not count as longer.
        let days = days_left(instant, created.unwrap_or(now));
        if days > i64::from(max) {
            verdicts.push(ExpiryVerdict::TooLong { days, max });
        }
    }
    verdicts
}
