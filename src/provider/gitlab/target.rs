//! Answers about the target, and the token's standing there.

use serde_json::Value;

use super::answers::{number, object, side, text};
use super::identity::user_name;
use super::read::Teller;
use super::refusal::{self, Told};
use crate::app::ports::{Reply, Task};
use crate::domain::evidence::{Evidence, Fact, FeatureState, HeldRole, TargetFact, Visibility};
use crate::domain::verdict::{Basis, Layer};
use crate::provider::json;

/// `GET /projects/:id`
pub(super) fn of_project(teller: &mut Teller<'_>, reply: &Reply, evidence: &Evidence) {
    if reply.status == 403 {
        return refused(teller, reply, evidence);
    }
    let Some(answer) = object(teller, reply, evidence, "the project") else { return };
    let Some(id) = number(&answer, "id") else {
        teller.trouble(Layer::UnusableAnswer, "the answer about the project lacks its id", None);
        return;
    };
    teller.say(Basis::Declared, format!("project {id}"), Fact::Target(TargetFact::Id(id.to_string())));
    target_facts(teller, &answer);
    let level = |key: &str| answer.pointer(&format!("/permissions/{key}/access_level")).and_then(Value::as_u64);
    let level = level("project_access").max(level("group_access")).and_then(|level| u16::try_from(level).ok());
    if let Some(level) = level {
        // Roles that come through invited groups may not be in this answer.
        let role = HeldRole { level, exact: false, custom: false };
        teller.say(Basis::Declared, format!("access level {level}"), Fact::Role(role));
    }
}

/// A fine-grained token may lack this one permission and hold those that matter; a classic one may not be let in at all.
fn refused(teller: &mut Teller<'_>, reply: &Reply, evidence: &Evidence) {
    match refusal::read(reply, evidence) {
        Told::Denied { layer: layer @ (Layer::Kind | Layer::Policy | Layer::Sso), reason, .. } => {
            teller.trouble(layer, reason, None);
        }
        told @ (Told::Dead(..) | Told::Doubt { .. }) => teller.told(told),
        _ => {}
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
    if reply.status == 404 && refusal::read(reply, evidence) == Told::Nothing && !refusal::no_such_route(reply) {
        // No member; an administrator is none either and may do everything, so this is not the whole truth.
        let role = HeldRole { level: 0, exact: false, custom: false };
        return teller.say(Basis::Declared, "no member of the project", Fact::Role(role));
    }
    let Some(answer) = side(teller, reply, evidence, "the membership") else { return };
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
    let Some(answer) = side(teller, reply, evidence, "the memberships") else { return };
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
