//! Routes about the caller itself: who it is, what it may do, which tokens it has.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::api_version;
use super::caller::Caller;
use super::permissions;
use super::place::Product;
use super::refusal::{self, SECURITY};
use super::rest::Call;
use super::state::State;
use super::templates::{Blanks, filled};
use super::terms::{IdentityKind, Role, TokenKind};
use super::texts;
use super::world::Identity;
use crate::reply::Reply;

/// Id of the identity that anonymous callers have.
const ANONYMOUS: &str = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa";

/// The account behind an identity: a mail address for people.
pub(super) fn account(name: &str) -> String {
    if name.contains(' ') || name.contains('@') { name.to_owned() } else { format!("{name}@example.test") }
}

/// A build service has an id in place of an account.
fn known_as(state: &State, name: &str) -> String {
    match state.identity(name).map(|identity| identity.kind) {
        Some(IdentityKind::BuildService) => texts::guid(name),
        _ => account(name),
    }
}

/// How Git's refusals name an identity.
pub(super) fn in_refusals(identity: &Identity) -> String {
    match identity.kind {
        IdentityKind::BuildService => format!("Build\\{}", texts::guid(&identity.name)),
        _ => identity.name.clone(),
    }
}

pub(super) fn descriptor(state: &State, name: &str) -> String {
    let tenant = &state.world.tenant;
    match state.identity(name).map(|identity| identity.kind) {
        Some(IdentityKind::BuildService) => {
            format!("Microsoft.TeamFoundation.ServiceIdentity;{tenant}:Build:{}", texts::guid(name))
        }
        Some(IdentityKind::ServicePrincipal | IdentityKind::ManagedIdentity) => {
            format!("Microsoft.VisualStudio.Services.Claims.AadServicePrincipal;{tenant}\\{}", texts::guid(name))
        }
        _ => format!("Microsoft.IdentityModel.Claims.ClaimsIdentity;{tenant}\\{}", account(name)),
    }
}

pub(super) fn subject(caller: Caller<'_>) -> String {
    let prefix = match caller.identity().map(|identity| identity.kind) {
        Some(IdentityKind::BuildService) => "svc",
        Some(IdentityKind::ServicePrincipal | IdentityKind::ManagedIdentity) => "aadsp",
        Some(IdentityKind::User) => "aad",
        None => "s2s",
    };
    format!("{prefix}.{}", URL_SAFE_NO_PAD.encode(texts::guid(caller.name())))
}

/// An answer names the version that it has.
pub(super) fn json_reply(call: &Call<'_>, body: &Value) -> Reply {
    let version = api_version::answered(call.request, call.place.product, call.state.world.release);
    let kind = format!("application/json; charset=utf-8; api-version={version}");
    Reply::bytes(200, &kind, body.to_string().into_bytes())
}

pub(super) fn connection_data(call: &Call<'_>) -> Reply {
    let user = match call.caller.identity() {
        Some(Identity { name, .. }) => json!({
            "id": texts::guid(name), "descriptor": descriptor(call.state, name),
            "subjectDescriptor": subject(call.caller), "providerDisplayName": name, "isActive": true,
            "properties": { "Account": { "$type": "System.String", "$value": known_as(call.state, name) } },
            "resourceVersion": 2, "metaTypeId": 0,
        }),
        None => json!({
            "id": ANONYMOUS, "descriptor": format!("System:PublicAccess;{ANONYMOUS}"),
            "subjectDescriptor": subject(call.caller), "providerDisplayName": "Anonymous", "isActive": true,
            "properties": {}, "resourceVersion": 2, "metaTypeId": 0,
        }),
    };
    let hosted = call.place.product == Product::Cloud;
    json_reply(
        call,
        &json!({
            "authenticatedUser": user, "authorizedUser": user, "instanceId": texts::guid(&call.place.organization),
            "deploymentId": texts::guid("deployment"), "deploymentType": if hosted { "hosted" } else { "onPremises" },
            "locationServiceData": {
                "serviceOwner": "00025394-6065-48ca-87d9-7f5672854ef7",
                "defaultAccessMappingMoniker": "PublicAccessMapping", "lastChangeId": 1, "lastChangeId64": 1,
            },
        }),
    )
}

fn no_namespace(id: &str) -> Reply {
    let text = format!("The security namespace {id} does not exist.");
    refusal::error(404, SECURITY, "InvalidSecurityNamespaceException", &text)
}

/// `lenient`: administrators pass, whatever is set.
fn evaluated(call: &Call<'_>, (namespace, token, bits): (&str, &str, u32), lenient: bool) -> bool {
    match (call.caller.identity(), call.organization) {
        (Some(identity), Some(organization)) => {
            (lenient && call.state.role(identity, organization) == Some(Role::Administrator))
                || permissions::evaluate(call.state, identity, organization, (namespace, token, bits))
        }
        _ => false,
    }
}

pub(super) fn permissions(call: &Call<'_>) -> Reply {
    let namespace = call.named("namespace");
    if !permissions::is_namespace(namespace) {
        return no_namespace(namespace);
    }
    let (Ok(bits), Some(tokens)) = (call.named("bits").parse(), call.request.query_value("tokens")) else {
        return refusal::bad_request("Value cannot be null. Parameter name: tokens");
    };
    let delimiter = call.request.query_value("delimiter").unwrap_or_else(|| ",".to_owned());
    let lenient = call.request.query_value("alwaysAllowAdministrators").is_some_and(|value| value == "true");
    let tokens = tokens.split(delimiter.as_str());
    let value: Vec<bool> = tokens.map(|token| evaluated(call, (namespace, token, bits), lenient)).collect();
    json_reply(call, &json!({ "count": value.len(), "value": value }))
}

/// Names of fields are read without regard to case.
fn field(body: &Value, wanted: &str) -> Value {
    let found = body.as_object().and_then(|fields| fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)));
    found.map(|(_, value)| value.clone()).unwrap_or_default()
}

pub(super) fn permission_batch(call: &Call<'_>) -> Reply {
    let body: Value = serde_json::from_slice(&call.request.body).unwrap_or_default();
    let asked = field(&body, "evaluations");
    let Some(asked) = asked.as_array() else {
        return refusal::bad_request("Value cannot be null. Parameter name: evaluations");
    };
    let lenient = field(&body, "alwaysAllowAdministrators") == true;
    let mut evaluations = Vec::new();
    for question in asked {
        let of = |name| field(question, name);
        let (namespace, token, bits) = (of("securityNamespaceId"), of("token"), of("permissions"));
        let (Some(namespace), Some(token), Some(bits)) = (namespace.as_str(), token.as_str(), bits.as_u64()) else {
            return refusal::bad_request("Value cannot be null. Parameter name: token");
        };
        if !permissions::is_namespace(namespace) {
            return no_namespace(namespace);
        }
        let value = u32::try_from(bits).is_ok_and(|bits| evaluated(call, (namespace, token, bits), lenient));
        evaluations.push(json!({
            "securityNamespaceId": namespace, "token": token, "permissions": bits, "value": value,
        }));
    }
    json_reply(call, &json!({ "evaluations": evaluations }))
}

pub(super) fn namespaces(call: &Call<'_>) -> Reply {
    let id = call.named("namespace");
    let found = permissions::described(Some(id).filter(|id| !id.is_empty()));
    if found.is_empty() {
        return no_namespace(id);
    }
    json_reply(call, &json!({ "count": found.len(), "value": found }))
}

/// The personal access tokens of the caller, without their texts. A global one has no target.
pub(super) fn pats(call: &Call<'_>) -> Reply {
    let here = |organization: &Option<String>| match organization {
        None => true,
        Some(name) => name.eq_ignore_ascii_case(&call.place.organization),
    };
    let own = call.state.tokens.iter().map(|ready| &ready.token).filter(|token| {
        token.kind == TokenKind::Pat
            && token.identity.as_deref() == Some(call.caller.name())
            && here(&token.organization)
            && call.state.dead(token).is_none()
    });
    let tokens: Vec<Value> = own
        .map(|token| {
            json!({
                "displayName": token.name, "scope": token.scopes.join(" "),
                "targetAccounts": token.organization.as_deref().map(|name| vec![texts::guid(name)]),
                "validFrom": format!("{}T08:00:00.1233333Z", token.made),
                "validTo": token.expires_at.map_or_else(|| call.state.time(30 * 86_400), |end| end.to_string()),
                "authorizationId": texts::guid(&format!("authorization {}", token.name)), "token": null,
            })
        })
        .collect();
    json_reply(call, &json!({ "continuationToken": "", "patTokens": tokens }))
}

/// The organizations that the caller belongs to.
pub(super) fn accounts(call: &Call<'_>) -> Vec<Value> {
    let Some(identity) = call.caller.identity() else { return Vec::new() };
    let organizations = call.state.world.organizations.iter();
    organizations
        .filter(|organization| call.state.is_member(identity, organization))
        .filter_map(|organization| {
            let blanks =
                Blanks::from([("org", organization.name.clone()), ("org.id", texts::guid(&organization.name))]);
            filled("account", &blanks)
        })
        .collect()
}
