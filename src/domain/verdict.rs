//! Verdicts, why we believe them, and what refused.

use serde::{Deserialize, Serialize};

/// Of one capability for one token. `Unknown` is never rounded to either side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Allowed,
    Denied,
    Unknown,
}

impl Verdict {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Denied => "denied",
            Self::Unknown => "unknown",
        }
    }
}

/// Why a verdict or a fact is believed, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// This run saw the forge do or refuse it.
    Observed,
    /// The forge states scopes and role, and the catalogue says what they give.
    Declared,
    /// From the token's kind or shape, or the job's environment alone.
    Inferred,
}

impl Basis {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Observed => "observed",
            Self::Declared => "declared",
            Self::Inferred => "inferred",
        }
    }

    /// A conclusion is as weak as its weakest support.
    pub fn weaker(self, other: Self) -> Self {
        self.max(other)
    }
}

/// What refused, or what kept us from knowing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    Missing,
    Malformed,
    Expired,
    Revoked,
    Rejected,
    BlockedUser,
    Kind,
    Scope,
    Permission,
    Role,
    Allowlist,
    Policy,
    Feature,
    Archived,
    Visibility,
    Sso,
    NetworkPolicy,
    LifetimePolicy,
    RateLimit,
    Unreachable,
    UnusableAnswer,
    Contradiction,
}

impl Layer {
    pub const ALL: [Self; 22] = [
        Self::Missing,
        Self::Malformed,
        Self::Expired,
        Self::Revoked,
        Self::Rejected,
        Self::BlockedUser,
        Self::Kind,
        Self::Scope,
        Self::Permission,
        Self::Role,
        Self::Allowlist,
        Self::Policy,
        Self::Feature,
        Self::Archived,
        Self::Visibility,
        Self::Sso,
        Self::NetworkPolicy,
        Self::LifetimePolicy,
        Self::RateLimit,
        Self::Unreachable,
        Self::UnusableAnswer,
        Self::Contradiction,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Malformed => "malformed",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Rejected => "rejected",
            Self::BlockedUser => "blocked-user",
            Self::Kind => "kind",
            Self::Scope => "scope",
            Self::Permission => "permission",
            Self::Role => "role",
            Self::Allowlist => "allowlist",
            Self::Policy => "policy",
            Self::Feature => "feature",
            Self::Archived => "archived",
            Self::Visibility => "visibility",
            Self::Sso => "sso",
            Self::NetworkPolicy => "network-policy",
            Self::LifetimePolicy => "lifetime-policy",
            Self::RateLimit => "rate-limit",
            Self::Unreachable => "unreachable",
            Self::UnusableAnswer => "unusable-answer",
            Self::Contradiction => "contradiction",
        }
    }

    /// The finding that tells a denial or a doubt of this layer. One table, so that no format needs its own.
    pub fn rule(self) -> &'static str {
        match self {
            Self::Missing => "token-missing",
            Self::Malformed => "token-malformed",
            Self::Expired => "token-expired",
            Self::Revoked => "token-revoked",
            Self::Rejected | Self::BlockedUser => "token-rejected",
            Self::Kind => "kind-cannot",
            Self::Scope => "scope-missing",
            Self::Permission => "permission-missing",
            Self::Role => "role-too-low",
            Self::Allowlist => "allowlist-missing",
            Self::Policy => "policy-missing",
            Self::Feature => "feature-disabled",
            Self::Archived => "capability-denied",
            Self::Visibility => "target-not-visible",
            Self::Sso => "sso-required",
            Self::NetworkPolicy => "network-policy",
            Self::LifetimePolicy => "lifetime-policy",
            Self::RateLimit => "rate-limited",
            Self::Unreachable => "host-unreachable",
            Self::UnusableAnswer => "answer-unusable",
            Self::Contradiction => "contradiction",
        }
    }

    /// Is the token itself dead or absent, whatever it is asked to do?
    pub fn ends_the_token(self) -> bool {
        matches!(
            self,
            Self::Missing | Self::Malformed | Self::Expired | Self::Revoked | Self::Rejected | Self::BlockedUser
        )
    }
}
