//! Security namespaces, and what an identity may do in them.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::state::State;
use super::terms::Role;
use super::world::{Identity, Organization, Project, Repository};
use crate::table::rows;

static BITS: LazyLock<Vec<Bit>> = LazyLock::new(|| rows(include_str!("../../data/azure-permissions.csv"), Bit::read));

#[derive(Debug)]
struct Bit {
    namespace: &'static str,
    id: &'static str,
    title: &'static str,
    value: u32,
    name: &'static str,
    action: &'static str,
    /// Letters of the roles that hold it.
    roles: &'static str,
}

impl Bit {
    fn read(cells: &[&'static str]) -> Option<Self> {
        let &[namespace, id, title, value, name, action, roles] = cells else { return None };
        Some(Self { namespace, id, title, value: value.parse().ok()?, name, action, roles })
    }
}

/// What a permission is about: the whole organization, a project, or one of its repositories.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reach<'a> {
    pub(super) organization: &'a Organization,
    pub(super) project: Option<&'a Project>,
    pub(super) repository: Option<&'a Repository>,
}

impl<'a> Reach<'a> {
    /// What a security token such as `repoV2/<project id>/<repository id>` is about; `None` when it names a project or a
    /// repository that is not there.
    fn of_token(organization: &'a Organization, token: &str) -> Option<Self> {
        let token = token.to_ascii_lowercase();
        let ids: Vec<&str> = token.split(['/', ':', '\\']).filter(|part| is_guid(part)).collect();
        let mut reach = Self { organization, project: None, repository: None };
        if let Some(id) = ids.first() {
            let area = |project: &&Project| State::area_id(organization, project) == *id;
            let project = State::project(organization, id).or_else(|| organization.projects.iter().find(area));
            reach.project = Some(project?);
        }
        if let (Some(id), Some(project)) = (ids.get(1), reach.project)
            && token.starts_with("repov2/")
        {
            reach.repository = Some(State::repository(organization, project, id)?);
        }
        Some(reach)
    }
}

fn is_guid(text: &str) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    let parts: Vec<&str> = text.split('-').collect();
    parts.len() == lengths.len()
        && parts
            .iter()
            .zip(lengths)
            .all(|(part, length)| part.len() == length && part.chars().all(|letter| letter.is_ascii_hexdigit()))
}

pub(super) fn is_namespace(id: &str) -> bool {
    BITS.iter().any(|bit| bit.id.eq_ignore_ascii_case(id))
}

/// Whether `namespace:name` is one that the sandbox knows.
pub(super) fn exists(permission: &str) -> bool {
    permission.split_once(':').is_some_and(|(namespace, name)| find(namespace, name).is_some())
}

fn find(namespace: &str, name: &str) -> Option<&'static Bit> {
    BITS.iter().find(|bit| bit.namespace == namespace && bit.name == name)
}

pub(super) fn title(namespace: &str, name: &str) -> &'static str {
    find(namespace, name).map_or("", |bit| bit.action)
}

/// Whether the identity holds the permission called `namespace:name`.
pub(super) fn may(state: &State, identity: &Identity, reach: Reach<'_>, namespace: &str, name: &str) -> bool {
    find(namespace, name).is_some_and(|bit| held(state, identity, reach, bit))
}

/// Whether the identity holds all `bits` on what the security token names. The caller has looked the namespace up.
pub(super) fn evaluate(
    state: &State,
    identity: &Identity,
    organization: &Organization,
    (namespace, token, bits): (&str, &str, u32),
) -> bool {
    let Some(reach) = Reach::of_token(organization, token) else { return false };
    let wanted: Vec<&Bit> =
        BITS.iter().filter(|bit| bit.id.eq_ignore_ascii_case(namespace) && bits & bit.value != 0).collect();
    let known = wanted.iter().fold(0, |sum, bit| sum | bit.value);
    bits != 0 && known == bits && wanted.iter().all(|bit| held(state, identity, reach, bit))
}

fn held(state: &State, identity: &Identity, reach: Reach<'_>, bit: &Bit) -> bool {
    let listed = |names: &[String]| names.iter().any(|name| name.split_once(':') == Some((bit.namespace, bit.name)));
    let mut allowed = false;
    for entry in state.access(identity, reach) {
        if listed(&entry.deny) {
            return false;
        }
        let by_role = entry.role.is_some_and(|role: Role| bit.roles.contains(role.letter()));
        allowed |= by_role || listed(&entry.allow);
    }
    allowed
}

/// The namespaces as the API describes them: all of them, or the one with that id.
pub(super) fn described(id: Option<&str>) -> Vec<Value> {
    let mut found: Vec<Value> = Vec::new();
    for bit in BITS.iter().filter(|bit| id.is_none_or(|id| bit.id.eq_ignore_ascii_case(id))) {
        let action = json!({ "bit": bit.value, "name": bit.name, "displayName": bit.action, "namespaceId": bit.id });
        match found.iter_mut().find(|namespace| namespace["namespaceId"] == bit.id) {
            Some(namespace) => {
                if let Some(actions) = namespace["actions"].as_array_mut() {
                    actions.push(action);
                }
            }
            None => found.push(json!({
                "namespaceId": bit.id, "name": bit.title, "displayName": bit.title, "separatorValue": "/",
                "elementLength": -1, "writePermission": 0, "readPermission": 0, "dataspaceCategory": "Default",
                "actions": [action], "structureValue": 1, "extensionType": null, "isRemotable": false,
                "useTokenTranslator": false,
            })),
        }
    }
    found
}
