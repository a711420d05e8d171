//! What `doctor` found, in every format: JSON of schema `hallpass.doctor.v1` and text for people say all of it, the other
//! formats its findings.

use schemars::JsonSchema;
use serde::Serialize;

use super::escape::json::inert;
use super::human::doctor as human;
use super::{Format, Options, json};
use crate::domain::diagnosis::{Answer, Diagnosis, Exposed, Kept, Link, Rewritten, Way};
use crate::domain::report::Report;

pub fn render(format: &Format, diagnosis: &Diagnosis, report: &Report, options: &Options) -> Vec<u8> {
    match format.name {
        "human" => human::render(diagnosis, report, options),
        "json" => {
            let document = Document::new(diagnosis, report, options);
            let text = serde_json::to_string_pretty(&document).expect("plain structs with text keys always serialise");
            (inert(&text) + "\n").into_bytes()
        }
        _ => (format.render)(report, options),
    }
}

/// The JSON Schema of what [`render`] writes as JSON; shipped as `schemas/doctor.v1.json`.
pub fn schema() -> serde_json::Value {
    let mut schema = schemars::generate::SchemaSettings::draft2020_12().for_serialize().into_generator();
    schema.root_schema_for::<Document>().into()
}

/// Who answers Git for one address. Secrets are shown as `***`; members that nobody could tell are null.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "hallpass doctor, version 1", deny_unknown_fields)]
struct Document<'a> {
    schema: SchemaName,
    address: &'a str,
    /// The remote whose address it is.
    remote: Option<&'a str>,
    /// One for fetch and push, or one for each.
    ways: Vec<JsonWay<'a>>,
    /// What hallpass keeps for these origins.
    kept: Vec<JsonKept<'a>>,
    /// Other places where tokens lie in plain text.
    exposed: Vec<JsonExposed<'a>>,
    notes: &'a [String],
    /// Status, findings, and what the token that answers may do.
    report: json::Document<'a>,
}

#[derive(Serialize, JsonSchema)]
enum SchemaName {
    #[serde(rename = "hallpass.doctor.v1")]
    V1,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Way", deny_unknown_fields)]
struct JsonWay<'a> {
    /// `fetch and push`, `fetch` or `push`.
    uses: &'a str,
    /// After the rewrite.
    address: &'a str,
    /// Over SSH and from folders, nobody is asked.
    over_http: bool,
    rewrite: Option<JsonRewrite<'a>>,
    /// Does Git tell helpers the path?
    tells_path: bool,
    /// The user name that helpers are asked for.
    user: Option<&'a str>,
    /// The link that answers; null where nobody does or nobody knows.
    answer: Option<&'a str>,
    /// `by`, `perhaps` (one before it was not asked), `not-known` or `nobody`.
    certainty: &'a str,
    /// The server lets everybody fetch, so Git asks nobody.
    public: Option<bool>,
    /// In Git's order.
    chain: Vec<JsonLink<'a>>,
    /// Helpers that an empty entry took out.
    dropped: Vec<JsonLink<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Rewrite", deny_unknown_fields)]
struct JsonRewrite<'a> {
    /// `insteadOf` or `pushInsteadOf`.
    key: &'a str,
    base: &'a str,
    place: &'a str,
    with_token: bool,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Link", deny_unknown_fields)]
struct JsonLink<'a> {
    /// `header`, `address`, `netrc`, `helper` or `hallpass`.
    sort: &'a str,
    name: &'a str,
    place: &'a str,
    program: Option<&'a str>,
    /// `has`, `empty`, `unknown` or `absent`.
    state: &'a str,
    user: Option<&'a str>,
    says: &'a [String],
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Kept", deny_unknown_fields)]
struct JsonKept<'a> {
    origin: &'a str,
    user: Option<&'a str>,
    path: Option<&'a str>,
    expires_at: Option<String>,
    dead: bool,
    /// The store gives this one here.
    given: bool,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Exposed", deny_unknown_fields)]
struct JsonExposed<'a> {
    what: &'a str,
    place: &'a str,
    fix: &'a str,
}

impl<'a> Document<'a> {
    fn new(diagnosis: &'a Diagnosis, report: &'a Report, options: &'a Options) -> Self {
        let Diagnosis { address, remote, ways, kept, exposed, notes } = diagnosis;
        Self {
            schema: SchemaName::V1,
            address,
            remote: remote.as_deref(),
            ways: ways.iter().map(JsonWay::new).collect(),
            kept: kept.iter().map(JsonKept::new).collect(),
            exposed: exposed.iter().map(JsonExposed::new).collect(),
            notes,
            report: json::Document::new(report, &options.version),
        }
    }
}

impl<'a> JsonWay<'a> {
    fn new(way: &'a Way) -> Self {
        let (certainty, answer) = match way.answer() {
            Answer::By(link) => ("by", Some(link)),
            Answer::Perhaps(link) => ("perhaps", Some(link)),
            Answer::NotKnown => ("not-known", None),
            Answer::Nobody => ("nobody", None),
        };
        Self {
            uses: way.uses.as_str(),
            address: &way.address,
            over_http: way.over_http,
            rewrite: way.rewrite.as_ref().map(JsonRewrite::new),
            tells_path: way.tells_path,
            user: way.user.as_ref().map(|(user, _)| user.as_str()),
            answer: answer.map(|link| link.name.as_str()),
            certainty,
            public: way.public,
            chain: way.links.iter().map(JsonLink::new).collect(),
            dropped: way.dropped.iter().map(JsonLink::new).collect(),
        }
    }
}

impl<'a> JsonRewrite<'a> {
    fn new(rewrite: &'a Rewritten) -> Self {
        let Rewritten { key, base, place, with_token, way_out: _ } = rewrite;
        Self { key, base, place, with_token: *with_token }
    }
}

impl<'a> JsonLink<'a> {
    fn new(link: &'a Link) -> Self {
        let Link { sort, name, place, program, state, user, says, fix: _ } = link;
        Self {
            sort: sort.as_str(),
            name,
            place,
            program: program.as_deref(),
            state: state.as_str(),
            user: user.as_deref(),
            says,
        }
    }
}

impl<'a> JsonKept<'a> {
    fn new(kept: &'a Kept) -> Self {
        let Kept { origin, user, path, expires, dead, given } = kept;
        Self {
            origin,
            user: user.as_deref(),
            path: path.as_deref(),
            expires_at: expires.map(|end| end.to_string()),
            dead: *dead,
            given: *given,
        }
    }
}

impl<'a> JsonExposed<'a> {
    fn new(exposed: &'a Exposed) -> Self {
        let Exposed { what, place, fix, in_address: _ } = exposed;
        Self { what, place, fix }
    }
}
