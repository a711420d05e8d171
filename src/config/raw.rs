//! The file as it is written: its shape, with places, before any word in it has been checked.
//!
//! The doc comments here are read by users: the JSON Schema that completes and explains the file in editors is made
//! from these types.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use super::decode::At;
use super::error::Spot;
use crate::domain::contract::JobTokenUse;

/// # hallpass configuration
///
/// Which token goes where, what it must be able to do, and for how long. The file is `hallpass.yml` at the root of a
/// repository, or `hallpass/config.yml` in the user's configuration folder.
#[derive(Debug, JsonSchema)]
#[schemars(rename = "Configuration", deny_unknown_fields)]
pub(super) struct File {
    /// The version of this format
    #[schemars(schema_with = "version_schema")]
    #[allow(dead_code, reason = "once checked, it tells nothing more")]
    pub(super) version: (),
    /// Connections by name
    ///
    /// Each pairs a token with the one place it is meant for.
    #[schemars(with = "Option<Table<Connection>>")]
    pub(super) connections: Table<Connection>,
    /// Contracts of your own by name
    ///
    /// What a tool needs of its token, one section per forge. A name that is also built in means yours.
    #[schemars(with = "Option<Table<Table<Section>>>")]
    pub(super) contracts: Table<Table<Section>>,
    /// Findings you decided to live with
    #[schemars(with = "Option<Vec<Ignore>>")]
    pub(super) ignore: Vec<Ignore>,
}

/// # Connection
///
/// One token, the place it is meant for, and what it must be able to do there.
#[derive(Debug, JsonSchema)]
#[schemars(rename = "Connection", deny_unknown_fields)]
pub(super) struct Connection {
    /// The hosting software
    #[schemars(example = &"gitlab", example = &"github", example = &"azure-devops")]
    pub(super) forge: At<String>,
    /// Web address of the installation
    ///
    /// Default: the public instance of the forge, or the one the CI job runs on. `${VAR}` is replaced.
    #[schemars(example = &"https://gitlab.example.com")]
    pub(super) url: Option<At<String>>,
    /// Project, `owner/repo`, or `organization/project[/repository]`
    ///
    /// `${VAR}` is replaced.
    #[schemars(example = &"my-group/my-app")]
    pub(super) target: Option<At<String>>,
    /// Where the token comes from
    ///
    /// Never the token itself.
    #[schemars(with = "TokenSchema")]
    pub(super) token: At<Token>,
    /// Contract, or a list of them
    ///
    /// What the tool that uses this token needs: built in, or from `contracts` below.
    #[schemars(with = "Option<OneOrMany>", example = &"semantic-release")]
    pub(super) contract: Vec<At<String>>,
    /// Capabilities needed beside the contract
    #[schemars(with = "Option<Vec<String>>", example = json!(["git.push", "mr.create"]))]
    pub(super) needs: Vec<At<String>>,
    /// Capabilities the token must not have
    #[schemars(with = "Option<Vec<String>>", example = json!(["members.manage"]))]
    pub(super) must_not: Vec<At<String>>,
    /// Limits on the token's life
    pub(super) expiry: Option<At<Expiry>>,
    /// Who looks after the token
    ///
    /// Shown in findings. `${VAR}` is replaced.
    #[schemars(example = &"platform-team")]
    pub(super) owner: Option<At<String>>,
    /// Groups the report
    ///
    /// `${VAR}` is replaced.
    #[schemars(example = &"acme")]
    pub(super) tenant: Option<At<String>>,
    /// The user name that goes with the token
    ///
    /// Deploy tokens demand their own.
    #[schemars(example = &"gitlab+deploy-token-1")]
    pub(super) username: Option<At<String>>,
    /// A file of certificate authorities to trust for this connection, beside the system's
    #[schemars(example = &"/etc/ssl/acme.pem")]
    pub(super) ca_file: Option<At<String>>,
    /// Allow plain `http` for this connection
    pub(super) insecure: Option<At<bool>>,
    /// Answers for its whole installation when Git sends no path
    pub(super) default: Option<At<bool>>,
}

/// # Token source
///
/// Where the token comes from. Never the token itself.
#[derive(Debug, JsonSchema)]
#[schemars(rename = "TokenSource", rename_all = "kebab-case")]
pub(super) enum Token {
    /// An environment variable
    #[schemars(example = &"RELEASE_BOT_TOKEN")]
    Env(At<String>),
    /// A file that holds the token and nothing else
    ///
    /// Relative to this file; `~/` is the home folder.
    #[schemars(example = &"/run/secrets/release-bot")]
    File(At<String>),
    /// A program that prints the token, and its arguments
    ///
    /// Started without a shell. Only the first line counts.
    #[schemars(example = json!(["pass", "show", "release-bot"]))]
    Command(#[schemars(length(min = 1))] Vec<At<String>>),
    /// An entry of the system's keyring: its service, or service and account
    #[schemars(example = &"hallpass")]
    Keyring(#[schemars(with = "KeyringSchema")] Keyring),
    /// What `hallpass credential store` kept for this place
    Store(#[schemars(schema_with = "true_schema")] ()),
    /// The platform's own token: `CI_JOB_TOKEN`, `GITHUB_TOKEN`, `System.AccessToken`
    Job(#[schemars(schema_with = "true_schema")] ()),
}

#[derive(Debug)]
pub(super) struct Keyring {
    pub(super) service: At<String>,
    pub(super) account: Option<At<String>>,
}

/// # Limits on a token's life
///
/// Numbers of days (`30d`) or weeks (`4w`).
#[derive(Debug, JsonSchema)]
#[schemars(rename = "Expiry", deny_unknown_fields)]
pub(super) struct Expiry {
    /// Warn when fewer days than this are left (default `30d`)
    #[schemars(with = "Option<Days>")]
    pub(super) warn: Option<At<u32>>,
    /// Fail when fewer days than this are left (default `0d`: when it is dead)
    #[schemars(with = "Option<Days>")]
    pub(super) fail: Option<At<u32>>,
    /// The longest whole life allowed
    #[schemars(with = "Option<Days>")]
    pub(super) max: Option<At<u32>>,
    /// Must the token have an end at all?
    pub(super) required: Option<At<bool>>,
}

/// What is needed on one forge
#[derive(Debug, Default, JsonSchema)]
#[schemars(rename = "Section", deny_unknown_fields)]
pub(super) struct Section {
    /// Capabilities the tool uses
    #[schemars(with = "Option<Vec<String>>", example = json!(["mr.read", "mr.note.create"]))]
    pub(super) capabilities: Vec<At<String>>,
    /// Capabilities it uses only with some settings of its own
    #[schemars(with = "Option<Vec<String>>")]
    pub(super) optional: Vec<At<String>>,
    /// Scopes its documentation asks for
    #[schemars(with = "Option<Vec<String>>", example = json!(["api"]))]
    pub(super) scopes: Vec<At<String>>,
    /// Scopes for some kinds of token, in place of `scopes`
    #[schemars(with = "Option<BTreeMap<String, Vec<String>>>")]
    pub(super) scopes_by_kind: Vec<(At<String>, Vec<At<String>>)>,
    /// Fine-grained permissions its documentation asks for
    #[schemars(with = "Option<Vec<String>>")]
    pub(super) permissions: Vec<At<String>>,
    /// The lowest role
    #[schemars(example = &"developer")]
    pub(super) role: Option<At<String>>,
    /// Kinds of token it can work with (default: any)
    #[schemars(with = "Option<Vec<String>>", example = json!(["project", "group"]))]
    pub(super) kinds: Vec<At<String>>,
    /// Kinds to make for it, the best first
    #[schemars(with = "Option<Vec<String>>")]
    pub(super) prefer: Vec<At<String>>,
    /// Does it work with the job's own token?
    pub(super) job_token: Option<At<JobTokenUse>>,
    /// Shown with the contract
    #[schemars(with = "Option<Vec<String>>")]
    pub(super) notes: Vec<At<String>>,
}

/// A finding you decided to live with
#[derive(Debug, JsonSchema)]
#[schemars(rename = "Ignore", deny_unknown_fields)]
pub(super) struct Ignore {
    /// The rule's id
    #[schemars(example = &"token-no-expiry")]
    pub(super) rule: At<String>,
    /// Only for this connection
    #[schemars(example = &"release-bot")]
    pub(super) connection: Option<At<String>>,
    /// Only for this capability
    #[schemars(example = &"git.push")]
    pub(super) capability: Option<At<String>>,
    /// Why it is fine
    #[schemars(example = &"service account, rotated by Vault")]
    pub(super) reason: At<String>,
    /// The last day it is ignored
    #[schemars(with = "Option<Date>")]
    pub(super) until: Option<At<jiff::civil::Date>>,
}

/// The JSON Schema of the file, for editors and for `hallpass config schema`.
pub fn schema() -> Value {
    let settings = SchemaSettings::draft2020_12().with_transform(RecursiveTransform(without_null));
    settings.into_generator().into_root_schema_for::<File>().to_value()
}

/// A key may be left out; given, it has a value.
fn without_null(schema: &mut Schema) {
    let is_null = |value: &Value| value == "null" || value.get("type").is_some_and(|sort| sort == "null");
    let Some(object) = schema.as_object_mut() else { return };
    if let Some(Value::Array(sorts)) = object.get_mut("type") {
        sorts.retain(|sort| !is_null(sort));
        if let [only] = sorts.as_slice() {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(ways)) = object.get_mut("anyOf") {
        ways.retain(|way| !is_null(way));
        if let [Value::Object(only)] = ways.as_slice() {
            let only = only.clone();
            object.remove("anyOf");
            object.extend(only.into_iter().filter(|(key, _)| key != "title" && key != "description"));
        }
    }
}

/// Entries by name, in the order written.
#[derive(Debug)]
pub(super) struct Table<T>(pub(super) Vec<(At<String>, T)>);

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: JsonSchema> JsonSchema for Table<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Table_of_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let entry = generator.subschema_for::<T>();
        json_schema!({ "type": "object", "additionalProperties": entry })
    }
}

impl<T: JsonSchema> JsonSchema for At<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[allow(dead_code, reason = "only its schema is used")]
enum TokenSchema {
    Word(TokenWord),
    Source(Token),
}

/// A source without anything to name
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", inline)]
#[allow(dead_code, reason = "only its schema is used")]
enum TokenWord {
    /// The platform's own token: `CI_JOB_TOKEN`, `GITHUB_TOKEN`, `System.AccessToken`
    Job,
    /// What `hallpass credential store` kept for this place
    Store,
}

/// One word or a list of words.
#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[allow(dead_code, reason = "only its schema is used")]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[allow(dead_code, reason = "only its schema is used")]
enum KeyringSchema {
    Service(String),
    Entry(KeyringEntry),
}

#[derive(JsonSchema)]
#[schemars(inline, deny_unknown_fields)]
#[allow(dead_code, reason = "only its schema is used")]
struct KeyringEntry {
    /// The service of the entry
    service: String,
    /// Its account
    account: Option<String>,
}

fn version_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "const": 1 })
}

fn true_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "const": true })
}

/// A number of days or weeks, as text.
struct Days;

impl JsonSchema for Days {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Days".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]{1,5}[dw]$", "examples": ["30d", "4w"] })
    }
}

struct Date;

impl JsonSchema for Date {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Date".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date", "examples": ["2027-01-31"] })
    }
}

impl<T> At<T> {
    /// A value nobody wrote.
    pub(super) fn nowhere(value: T) -> Self {
        Self { value, spot: Spot::START }
    }
}
