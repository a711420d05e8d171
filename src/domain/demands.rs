//! What a connection demands of its token: contracts, needs and must-nots put together.

use std::collections::{BTreeMap, BTreeSet};

use super::capability::Capability;
use super::connection::Connection;
use super::finding::Place;
use super::token::Kind;

/// The demands of one connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Demands {
    /// Each required capability with those who require it: contract ids, or `needs`.
    pub required: BTreeMap<Capability, Vec<String>>,
    pub forbidden: BTreeSet<Capability>,
}

impl Demands {
    pub fn of(connection: &Connection) -> Self {
        let mut demands = Self { forbidden: connection.must_not.iter().cloned().collect(), ..Self::default() };
        for (id, section) in &connection.contracts {
            for capability in &section.capabilities {
                demands.require(capability, id);
            }
        }
        for capability in &connection.needs {
            demands.require(capability, "needs");
        }
        demands
    }

    fn require(&mut self, capability: &Capability, by: &str) {
        let requirers = self.required.entry(capability.clone()).or_default();
        if !requirers.iter().any(|held| held == by) {
            requirers.push(by.to_owned());
        }
    }

    /// Everything that is to be judged because the connection names it.
    pub fn named(&self) -> BTreeSet<Capability> {
        self.required.keys().chain(&self.forbidden).cloned().collect()
    }
}

/// Scopes that the contracts ask of a token of this kind, and by which contract.
pub fn scopes(connection: &Connection, kind: &Kind) -> BTreeMap<String, String> {
    let of_contract = |(id, section): &(String, super::contract::Section)| {
        section.scopes_for(kind).iter().map(|scope| (scope.clone(), id.clone())).collect::<Vec<_>>()
    };
    connection.contracts.iter().flat_map(of_contract).collect()
}

/// Where in the configuration a capability is asked for.
pub fn place(connection: &Connection, capability: &Capability) -> Option<Place> {
    let places = &connection.places;
    let clause = places.needs.get(capability).or_else(|| places.must_not.get(capability)).cloned();
    clause.or_else(|| places.clause("contract"))
}
