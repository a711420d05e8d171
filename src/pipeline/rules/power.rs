//! The most that a job could do with its own token, as far as its file shows.

use std::collections::BTreeMap;

use super::Ground;
use super::own_token::{IDENTITY, Ways, of_command, of_rows, rows_of, ways_of};
use crate::domain::connection::Given;
use crate::domain::job_permissions::Grade;
use crate::domain::parts::Action;
use crate::pipeline::github::FORGE;
use crate::pipeline::github::endpoint::{Address, address};
use crate::pipeline::github::words::is_own_token;
use crate::pipeline::model::{Act, ClientToken, Job, Part, Request};

#[derive(Debug, Default)]
pub(super) struct Power {
    /// Anything at all.
    pub(super) all: bool,
    pub(super) keys: BTreeMap<String, Grade>,
}

impl Power {
    pub(super) fn add(&mut self, key: &str, grade: Grade) {
        let held = self.keys.entry(key.to_owned()).or_insert(grade);
        *held = (*held).max(grade);
    }

    fn add_ways(&mut self, ways: &Ways) {
        match ways {
            Ways::Free | Ways::Closed(_) => {}
            Ways::Unknown => self.all = true,
            Ways::Named(ways) => ways.iter().flatten().for_each(|(key, grade)| self.add(key, *grade)),
        }
    }

    pub(super) fn of(job: &Job, ground: &Ground<'_>) -> Self {
        let mut power = Self::default();
        for act in &job.acts {
            power.take(act, ground);
        }
        power
    }

    fn take(&mut self, act: &Act, ground: &Ground<'_>) {
        match act {
            Act::Opaque(opaque) => {
                self.all |= opaque.token;
                self.add(IDENTITY, Grade::Write);
                if opaque.git {
                    self.add("contents", Grade::Write);
                }
            }
            Act::Request(request) => self.take_request(request, ground),
            Act::Git(_) => self.add("contents", Grade::Write),
            Act::Client(run) => {
                let own = match &run.token {
                    ClientToken::Given(presented) => {
                        is_own_token(&presented.value) || presented.value.contains(&Part::Unknown)
                    }
                    ClientToken::NotSeen => true,
                    ClientToken::Missing => false,
                };
                if own {
                    self.add_ways(&of_command(run, ground));
                }
            }
            Act::Action(run) => {
                let entries: Vec<&Action> = ground.parts.actions(&run.name).collect();
                self.all |= entries.is_empty() || entries.iter().any(|action| action.anything);
                for need in entries.iter().flat_map(|action| action.needs.iter().chain(&action.may)) {
                    self.add_ways(&Ways::Named(ways_of(need)));
                }
            }
            Act::Call(run) => match &run.asks {
                Given::All(_) => self.all = true,
                Given::Each(each) => {
                    for (key, grade) in each {
                        if let Some(grade) = Grade::named(grade) {
                            self.add(key, grade);
                        }
                    }
                }
            },
            // Behind a request that cannot be followed stands an opaque act too.
            Act::Tool(_) | Act::Unset(..) | Act::Open(_) => {}
        }
    }

    fn take_request(&mut self, request: &Request, ground: &Ground<'_>) {
        let may_carry =
            request.tokens.iter().any(|token| is_own_token(&token.value) || token.value.contains(&Part::Unknown));
        if request.program == "git" {
            self.add("contents", Grade::Write);
            return;
        }
        if !may_carry && request.program != "gh" {
            return;
        }
        match (address(&request.url.value), &request.method) {
            (Address::Rest(path), Some(method)) => {
                let ways = of_rows(&rows_of(&path, method, ground));
                let reads = matches!(method.as_str(), "GET" | "HEAD");
                // What is read without a row may be any key's.
                if ways == Ways::Unknown && reads {
                    let keys = ground.catalogue(FORGE).about.job_permissions.keys();
                    keys.filter(|key| *key != IDENTITY).for_each(|key| self.add(key, Grade::Read));
                } else {
                    self.add_ways(&ways);
                }
            }
            (Address::Elsewhere, _)
                if request.program != "gh" && !request.tokens.iter().any(|token| is_own_token(&token.value)) => {}
            _ => self.all = true,
        }
    }
}
