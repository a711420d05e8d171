//! Answers about the token, its account and its target.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use super::kinds;
use super::read::Teller;
use super::refusal::{self, Told};
use crate::app::ports::{Reply, Task};
use crate::domain::catalogue::Catalogue;
use crate::domain::evidence::{Evidence, Fact, FeatureState, HeldPermission, HeldRole, TargetFact, Visibility};
use crate::domain::expiry::Expiry;
use crate::domain::token::Kind;
use crate::domain::verdict::{Basis, Layer};
use crate::provider::json;

/// The answer as a JSON object, or the trouble with it.
fn object(teller: &mut Teller<'_>, reply: &Reply, evidence: &Evidence) -> Option<Value> {
    if reply.status != 200 {
        let told = refusal::read(reply, evidence);
        if told == Told::Nothing {
            teller.trouble(
                Layer::UnusableAnswer,
                format!("the forge answers {} where an answer about the token was due", reply.status),
                None,
            );
        }
        teller.told(told);
        return None;
    }
    let page = reply.header("content-type").is_some_and(|kind| kind.to_ascii_lowercase().contains("html"));
    match json::parse(&reply.body) {
        Ok(value) if value.is_object() => Some(value),
        _ if page => {
            let text =
                "a web page came where an answer was due: a sign-in page, a proxy, or not the address of a GitLab";
            teller.trouble(Layer::UnusableAnswer, text, None);
            None
        }
        Ok(_) => {
            teller.trouble(Layer::UnusableAnswer, "the answer is JSON, but not an object", None);
            None
        }
        Err(why) => {
            teller.trouble(Layer::UnusableAnswer, format!("the answer cannot be read: {why}"), None);
            None
        }
    }
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

fn number(value: &Value, key: &str) -> Option<u64> {
    value.get(key).and_then(Value::as_u64)
}

/// A list of words, or nothing where it is anything else.
fn words(value: &Value, key: &str) -> Option<BTreeSet<String>> {
    value.get(key)?.as_array()?.iter().map(|word| word.as_str().map(str::to_owned)).collect()
}

/// `GET /personal_access_tokens/self`: personal, project, group, impersonation and service-account tokens look alike here.
pub(super) fn of_access_token(teller: &mut Teller<'_>, reply: &Reply, evidence: &Evidence, now: Timestamp) {
    if reply.status == 400 {
        // The forge knows the token, and it is of another kind: an OAuth token.
        teller.say(Basis::Observed, "it is no access token", Fact::Kind(kinds::OAUTH));
        return;
    }
    if refusal::asks_for_permission(reply) {
        // Classic tokens are answered whatever their scopes; only a fine-grained one can lack the permission to see itself.
        teller.say(Basis::Observed, "refused for a permission", Fact::Kind(kinds::FINE_GRAINED));
        return teller.say(Basis::Observed, "accepted, but may not read itself", Fact::Alive);
    }
    let Some(answer) = object(teller, reply, evidence) else { return };
    let (Some(id), Some(scopes)) = (number(&answer, "id"), words(&answer, "scopes")) else {
        teller.trouble(Layer::UnusableAnswer, "the answer about the token lacks its id or its scopes", None);
        return;
    };
    let revoked = answer.get("revoked").and_then(Value::as_bool);
    let active = answer.get("active").and_then(Value::as_bool);
    match (active, revoked) {
        (Some(true), Some(false)) => teller.say(Basis::Observed, "active", Fact::Alive),
        (Some(false), Some(true)) => dead(teller, Layer::Revoked, "the forge says the token was revoked"),
        (Some(false), Some(false)) => inactive(teller, &answer, now),
        (Some(true), Some(true)) => {
            teller.trouble(
                Layer::Contradiction,
                "the forge says that the token is active and that it was revoked",
                None,
            );
            return;
        }
        _ => {
            teller.trouble(Layer::UnusableAnswer, "the answer about the token does not say whether it is active", None);
            return;
        }
    }
    teller.say(Basis::Declared, format!("id {id}"), Fact::TokenId(id.to_string()));
    if let Some(name) = text(&answer, "name") {
        teller.say(Basis::Declared, "its name", Fact::TokenName(shorten(name)));
    }
    if let Some(user) = number(&answer, "user_id") {
        teller.say(Basis::Declared, format!("user {user}"), Fact::UserId(user.to_string()));
    }
    if let Some(created) = text(&answer, "created_at").and_then(|text| text.parse().ok()) {
        teller.say(Basis::Declared, "created_at", Fact::CreatedAt(created));
    }
    expires(teller, answer.get("expires_at"));
    scopes_and_kind(teller, &answer, scopes);
}

fn dead(teller: &mut Teller<'_>, layer: Layer, why: &str) {
    teller.say(Basis::Observed, why, Fact::Dead(layer, why.to_owned()));
}

fn inactive(teller: &mut Teller<'_>, answer: &Value, now: Timestamp) {
    let past =
        text(answer, "expires_at").and_then(|date| Expiry::from_date(date).instant()).is_some_and(|end| end <= now);
    if past {
        dead(teller, Layer::Expired, "the forge says the token has expired");
    } else {
        dead(teller, Layer::Rejected, "the forge says the token is not active, and not why");
    }
}

fn scopes_and_kind(teller: &mut Teller<'_>, answer: &Value, scopes: BTreeSet<String>) {
    let listed = scopes.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let said = if listed.is_empty() { "no scopes".to_owned() } else { format!("scopes: {}", shorten(&listed)) };
    if scopes.contains("granular") {
        teller.say(Basis::Observed, "scopes: granular", Fact::Kind(kinds::FINE_GRAINED));
        if let Some(held) = granular(answer) {
            teller.say(Basis::Declared, "granular_scopes", Fact::Permissions(held));
        }
    } else if scopes.contains("read_user") {
        // Project and group tokens cannot have this scope.
        teller.say(Basis::Declared, "scope read_user, which only tokens of people have", Fact::Kind(kinds::PERSONAL));
    }
    teller.say(Basis::Declared, said, Fact::Scopes(scopes));
}

/// `granular_scopes`: which permissions within which boundary. Boundaries other than one project cannot be resolved
/// from here.
fn granular(answer: &Value) -> Option<Vec<HeldPermission>> {
    let mut held = Vec::new();
    for entry in answer.get("granular_scopes")?.as_array()? {
        let project = number(entry, "project_id").map(|id| id.to_string());
        for name in words(entry, "permissions")? {
            held.push(HeldPermission { name: shorten(&name), on_target: None, project: project.clone() });
        }
    }
    Some(held)
}

/// A missing key is not "never": only a stated null is (R13).
fn expires(teller: &mut Teller<'_>, stated: Option<&Value>) {
    let expiry = match stated {
        None => return,
        Some(Value::Null) => Expiry::Never,
        Some(Value::String(date)) => Expiry::from_date(date),
        Some(_) => Expiry::Unreadable,
    };
    teller.say(Basis::Declared, format!("expires_at: {expiry}"), Fact::Expires(expiry));
}

/// `GET /oauth/token/info`
pub(super) fn of_oauth_token(teller: &mut Teller<'_>, reply: &Reply, evidence: &Evidence, now: Timestamp) {
    let Some(answer) = object(teller, reply, evidence) else { return };
    let Some(scopes) = words(&answer, "scope") else {
        teller.trouble(Layer::UnusableAnswer, "the answer about the OAuth token lacks its scopes", None);
        return;
    };
    teller.say(Basis::Observed, "an OAuth token", Fact::Kind(kinds::OAUTH));
    teller.say(Basis::Observed, "accepted", Fact::Alive);
    let listed = scopes.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    teller.say(Basis::Declared, format!("scopes: {}", shorten(&listed)), Fact::Scopes(scopes));
    if let Some(owner) = number(&answer, "resource_owner_id") {
        teller.say(Basis::Declared, format!("user {owner}"), Fact::UserId(owner.to_string()));
    }
    match answer.get("expires_in") {
        Some(Value::Null) => teller.say(Basis::Declared, "expires_in: null", Fact::Expires(Expiry::Never)),
        Some(Value::Number(seconds)) => {
            let end =
                seconds.as_i64().and_then(|seconds| Timestamp::from_second(now.as_second().checked_add(seconds)?).ok());
            let expiry = end.map_or(Expiry::Unreadable, |instant| Expiry::At { instant, date_only: false });
            teller.say(Basis::Declared, format!("expires_in: {seconds}"), Fact::Expires(expiry));
        }
        _ => {}
    }
}

/// `GET /user`
pub(super) fn of_user(teller: &mut Teller<'_>, reply: &Reply, evidence: &Evidence) {
    let Some(answer) = (reply.status == 200).then(|| json::parse(&reply.body).ok()).flatten() else {
        return refuse_quietly(teller, reply, evidence);
    };
    user_name(teller, text(&answer, "username"), evidence);
}

/// A side question that failed costs only what it would have told, unless the token died of it.
fn refuse_quietly(teller: &mut Teller<'_>, reply: &Reply, evidence: &Evidence) {
    let told = refusal::read(reply, evidence);
    if matches!(told, Told::Dead(layer, _) if layer != Layer::Rejected) || matches!(told, Told::Doubt { .. }) {
        teller.told(told);
    }
}

fn user_name(teller: &mut Teller<'_>, name: Option<&str>, evidence: &Evidence) {
    let Some(name) = name else { return };
    teller.say(Basis::Declared, format!("user {}", shorten(name)), Fact::User(shorten(name)));
    let settled = evidence.kind.as_ref().is_some_and(|known| known.basis == Basis::Observed);
    if !settled {
        teller.say(Basis::Declared, format!("user {}", shorten(name)), Fact::Kind(kinds::by_user_name(name)));
    }
}

/// `GET /job`: only a live job token is answered.
pub(super) fn of_job(teller: &mut Teller<'_>, reply: &Reply, evidence: &Evidence, task: &Task<'_>) {
    let unknown_here = reply.status == 401 && matches!(refusal::read(reply, evidence), Told::Dead(Layer::Rejected, _));
    let other_kind = reply.status == 404 && matches!(refusal::read(reply, evidence), Told::Nothing);
    let by_prefix = task.token.expose().starts_with("glcbt-");
    if unknown_here && by_prefix {
        let why = "the forge does not accept this job token: its job has ended, or it belongs to another instance";
        return dead(teller, Layer::Rejected, why);
    }
    if unknown_here || other_kind {
        // Only its place made it a job token; it may be a token of another kind, which has another door.
        return teller.say(Basis::Observed, "no job token", Fact::Kind(Kind::UNKNOWN));
    }
    let Some(answer) = object(teller, reply, evidence) else { return };
    let Some(id) = number(&answer, "id") else {
        teller.trouble(Layer::UnusableAnswer, "the answer about the job lacks its id", None);
        return;
    };
    teller.say(Basis::Observed, "a running job", Fact::Kind(kinds::JOB));
    teller.say(Basis::Observed, "a running job", Fact::Alive);
    teller.say(Basis::Declared, format!("job {id}"), Fact::TokenId(id.to_string()));
    if let Some(user) = answer.get("user").and_then(|user| text(user, "username")) {
        teller.say(Basis::Declared, format!("user {}", shorten(user)), Fact::User(shorten(user)));
    }
    if evidence.own_target.is_none() {
        own_target_by_address(teller, &answer, task);
    }
}

/// The job's page address holds its project's path.
fn own_target_by_address(teller: &mut Teller<'_>, answer: &Value, task: &Task<'_>) {
    let Some(target) = &task.connection.target else { return };
    let base = task.connection.base.to_string();
    let path = text(answer, "web_url").and_then(|url| url.strip_prefix(&base)?.strip_prefix('/')?.split_once("/-/"));
    if let Some((project, _)) = path {
        let own = target.eq_ignore_ascii_case(project);
        teller.say(Basis::Declared, format!("runs for {}", shorten(project)), Fact::OwnTarget(own));
    }
}

/// `GET /job/allowed_agents` names every role up to the job user's own in the job's project.
pub(super) fn of_job_roles(
    teller: &mut Teller<'_>,
    reply: &Reply,
    evidence: &Evidence,
    task: &Task<'_>,
    catalogue: &Catalogue,
) {
    let Some(answer) = (reply.status == 200).then(|| json::parse(&reply.body).ok()).flatten() else {
        return refuse_quietly(teller, reply, evidence);
    };
    let project = answer.pointer("/project/id").and_then(Value::as_u64).map(|id| id.to_string());
    let own = match (&evidence.own_target, &evidence.target_id, &project) {
        (Some(own), ..) => own.value,
        (None, Some(target), Some(project)) => target.value == *project,
        _ => task.connection.target == project,
    };
    if let (None, Some(project)) = (&evidence.own_target, &project)
        && own
    {
        teller.say(Basis::Declared, format!("runs for project {project}"), Fact::OwnTarget(true));
    }
    let roles = answer.pointer("/user/roles_in_project").and_then(Value::as_array);
    let Some(roles) = roles.filter(|_| own) else { return };
    let known = roles.iter().filter_map(|role| catalogue.role_level(&role.as_str()?.replace('_', "-")));
    if let Some(level) = known.max() {
        let role = HeldRole { level, exact: true, custom: false };
        teller.say(Basis::Declared, format!("role {}", catalogue.role_name(level)), Fact::Role(role));
    }
}

/// `GET /projects/:id`
pub(super) fn of_project(teller: &mut Teller<'_>, reply: &Reply, evidence: &Evidence) {
    if reply.status == 403 {
        // A fine-grained token may lack this one permission and hold those that matter.
        return refuse_quietly(teller, reply, evidence);
    }
    let Some(answer) = object(teller, reply, evidence) else { return };
    let Some(id) = number(&answer, "id") else {
        teller.trouble(Layer::UnusableAnswer, "the answer about the project lacks its id", None);
        return;
    };
    teller.say(Basis::Declared, format!("project {id}"), Fact::Target(TargetFact::Id(id.to_string())));
    target_facts(teller, &answer);
    let level = |key: &str| answer.pointer(&format!("/permissions/{key}/access_level")).and_then(Value::as_u64);
    let level = level("project_access").max(level("group_access")).and_then(|level| u16::try_from(level).ok());
    if let Some(level) = level {
        // Roles that come through invited groups are not in this answer.
        let role = HeldRole { level, exact: false, custom: false };
        teller.say(Basis::Declared, format!("access level {level}"), Fact::Role(role));
    }
}

fn target_facts(teller: &mut Teller<'_>, answer: &Value) {
    let visibility = match text(answer, "visibility") {
        Some("private") => Some(Visibility::Private),
        Some("internal") => Some(Visibility::Internal),
        Some("public") => Some(Visibility::Public),
        _ => None,
    };
    if let Some(visibility) = visibility {
        teller.say(
            Basis::Declared,
            text(answer, "visibility").unwrap_or_default(),
            Fact::Target(TargetFact::Visibility(visibility)),
        );
    }
    if let Some(archived) = answer.get("archived").and_then(Value::as_bool) {
        teller.say(Basis::Declared, format!("archived: {archived}"), Fact::Target(TargetFact::Archived(archived)));
    }
    if let Some(on) = answer.get(PUSH_SETTING).and_then(Value::as_bool) {
        teller.say(
            Basis::Declared,
            format!("{PUSH_SETTING}: {on}"),
            Fact::Target(TargetFact::Setting(PUSH_SETTING.to_owned(), on)),
        );
    }
    for (key, value) in answer.as_object().into_iter().flatten() {
        let Some(feature) = key.strip_suffix("_access_level") else { continue };
        let state = match value.as_str() {
            Some("enabled" | "public") => FeatureState::Enabled,
            Some("private") => FeatureState::MembersOnly,
            Some("disabled") => FeatureState::Disabled,
            _ => continue,
        };
        let word = value.as_str().unwrap_or_default();
        teller.say(
            Basis::Declared,
            format!("{feature}: {word}"),
            Fact::Target(TargetFact::Feature(feature.to_owned(), state)),
        );
    }
}

const PUSH_SETTING: &str = "ci_push_repository_for_job_token_allowed";

/// `GET /projects/:id/members/all/:user_id`: the effective role, invited groups included.
pub(super) fn of_member(teller: &mut Teller<'_>, reply: &Reply, evidence: &Evidence) {
    if reply.status == 404 {
        // No member; an administrator is none either and may do everything, so this is not the whole truth.
        let role = HeldRole { level: 0, exact: false, custom: false };
        return teller.say(Basis::Declared, "no member of the project", Fact::Role(role));
    }
    let Some(answer) = (reply.status == 200).then(|| json::parse(&reply.body).ok()).flatten() else {
        return refuse_quietly(teller, reply, evidence);
    };
    user_name(teller, text(&answer, "username"), evidence);
    let level = number(&answer, "access_level").and_then(|level| u16::try_from(level).ok());
    if let Some(level) = level {
        let custom = answer.get("member_role").is_some_and(|role| !role.is_null());
        teller.say(
            Basis::Declared,
            format!("access level {level}"),
            Fact::Role(HeldRole { level, exact: true, custom }),
        );
    }
}

/// `GET /personal_access_tokens/self/associations`: the only role lookup for a token that may not read the API.
pub(super) fn of_associations(teller: &mut Teller<'_>, reply: &Reply, evidence: &Evidence, task: &Task<'_>) {
    let Some(answer) = (reply.status == 200).then(|| json::parse(&reply.body).ok()).flatten() else {
        return refuse_quietly(teller, reply, evidence);
    };
    let Some(target) = &task.connection.target else { return };
    let is_target = |project: &&Value| {
        let path = text(project, "path_with_namespace").is_some_and(|path| path.eq_ignore_ascii_case(target));
        path || number(project, "id").is_some_and(|id| id.to_string() == *target)
    };
    let projects = answer.get("projects").and_then(Value::as_array);
    let Some(project) = projects.and_then(|projects| projects.iter().find(is_target)) else { return };
    target_facts(teller, project);
    let levels = project
        .get("access_levels")
        .map(|levels| number(levels, "project_access_level").max(number(levels, "group_access_level")));
    if let Some(level) = levels.flatten().and_then(|level| u16::try_from(level).ok()) {
        let role = HeldRole { level, exact: false, custom: false };
        teller.say(Basis::Declared, format!("access level {level}"), Fact::Role(role));
    }
}

/// `GET /projects/:id` as a visitor: 200 means public, 404 that it is not.
pub(super) fn of_visitor(teller: &mut Teller<'_>, reply: &Reply) {
    if reply.status == 200 {
        let answer = json::parse(&reply.body).ok();
        if let Some(answer) = answer.filter(|answer| number(answer, "id").is_some()) {
            target_facts(teller, &answer);
        }
    } else if reply.status == 404 && json::parse(&reply.body).is_ok_and(|body| text(&body, "message").is_some()) {
        // Internal projects are hidden from visitors too; what matters here is that a visitor sees nothing.
        teller.say(Basis::Declared, "hidden from visitors", Fact::Target(TargetFact::Visibility(Visibility::Private)));
    }
}

/// Names come from strangers; a report is no place for a megabyte of them.
fn shorten(text: &str) -> String {
    const LONGEST: usize = 200;
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
