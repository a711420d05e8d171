//! Answers about a running job, for its own token.

use serde_json::Value;

use super::answers::{number, object, shorten, side, text};
use super::identity::dead;
use super::kinds;
use super::read::Teller;
use super::refusal::{self, Told};
use crate::app::ports::{Reply, Task};
use crate::domain::catalogue::Catalogue;
use crate::domain::evidence::{Evidence, Fact, HeldRole};
use crate::domain::token::Kind;
use crate::domain::verdict::{Basis, Layer};

/// `GET /job`: only a live job token is answered.
pub(super) fn of_job(teller: &mut Teller<'_>, reply: &Reply, evidence: &Evidence, task: &Task<'_>) {
    let unknown_here = reply.status == 401 && matches!(refusal::read(reply, evidence), Told::Dead(Layer::Rejected, _));
    let other_kind = reply.status == 404 && matches!(refusal::read(reply, evidence), Told::Nothing);
    let by_prefix = task.token.expose().starts_with("glcbt-");
    if unknown_here && by_prefix {
        let why = "the forge does not accept this job token: its job has ended, or it belongs to another instance";
        return dead(teller, Layer::Rejected, why);
    }
    if (unknown_here || other_kind) && !by_prefix {
        // Only its place made it a job token; it may be a token of another kind, which has another door.
        return teller.say(Basis::Observed, "no job token", Fact::Kind(Kind::UNKNOWN));
    }
    let Some(answer) = object(teller, reply, evidence, "the job") else { return };
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
    // A target given by its id is settled by the job's other answer.
    let by_path = |target: &&String| !target.bytes().all(|byte| byte.is_ascii_digit());
    let Some(target) = task.connection.target.as_ref().filter(by_path) else { return };
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
    let Some(answer) = side(teller, reply, evidence, "the job's roles") else { return };
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
