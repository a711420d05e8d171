//! A configuration that is still to be written: its connections, each with the reason why it is there.

use super::usage::{Holder, Sight};

/// Where the repository one stands in has its home.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    pub forge: String,
    /// The instance, as `https://gitlab.example.com`.
    pub url: String,
    pub target: Option<String>,
    /// How that is known, in a sentence each.
    pub known_by: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// What was read, for the head of the file.
    pub files: Vec<String>,
    pub jobs: usize,
    pub home: Home,
    pub rows: Vec<Row>,
    /// What is not in the rows, and why.
    pub left_out: Vec<String>,
}

/// One connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub name: String,
    pub forge: String,
    pub url: String,
    pub target: Option<String>,
    pub token: Holder,
    /// Told above it.
    pub about: Vec<String>,
    pub contracts: Vec<Demand>,
    pub needs: Vec<Demand>,
}

/// A contract or a capability, and where it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    pub id: String,
    pub sights: Vec<Sight>,
    /// Files of a tool that show it.
    pub files: Vec<String>,
}
