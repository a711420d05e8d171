//! Git's service discovery over HTTP: `<path>.git/info/refs?service=...`.
//!
//! GitLab answers in plain text. "... code." is about the token's scope, "... to this project." about the user's role.

use super::Outcome;
use super::caller::deploy_token_reaches;
use super::content::branches;
use super::job_token;
use super::refusal::{self, Boundary, GIT_DENIED, GIT_NOT_FOUND};
use super::state::{Entrance, ReadyToken, State};
use super::terms::{Feature, JobTokenPush, Role, TokenKind, UserState, Visibility};
use super::world::{Project, User};
use crate::refs::Refs;
use crate::reply::Reply;
use crate::request::Request;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Service {
    Fetch,
    Push,
}

impl Service {
    fn scopes(self) -> &'static [&'static str] {
        match self {
            Service::Fetch => &["api", "read_api", "read_repository", "write_repository"],
            Service::Push => &["api", "write_repository"],
        }
    }

    fn permission(self) -> &'static str {
        match self {
            Service::Fetch => "Code: Download",
            Service::Push => "Code: Push",
        }
    }

    fn scope_refusal(self) -> Reply {
        forbidden(match self {
            Service::Fetch => "You are not allowed to download code.",
            Service::Push => "You are not allowed to upload code.",
        })
    }
}

pub(super) fn discovery(state: &State, request: &Request) -> Outcome {
    let service = match request.query_value("service").as_deref() {
        Some("git-upload-pack") => Service::Fetch,
        Some("git-receive-pack") => Service::Push,
        _ => return Outcome::Unplanned("service discovery without a service".to_owned()),
    };
    match request.method.as_str() {
        "GET" => {}
        "HEAD" => return forbidden("").into(),
        _ => return Outcome::Unplanned("service discovery is asked for with GET".to_owned()),
    }
    let segments = request.segments();
    let path = segments[..segments.len() - 2].join("/");
    let project = path.strip_suffix(".git").and_then(|path| state.project_at(path));
    checked(state, request, service, project).unwrap_or_else(|refusal| refusal).into()
}

fn checked(state: &State, request: &Request, service: Service, project: Option<&Project>) -> Result<Reply, Reply> {
    let Some((user_name, text)) = request.basic() else {
        return match (request.header("authorization"), project) {
            // Anonymous access is tried only when no credential at all is sent.
            (None, Some(project)) if service == Service::Fetch && open_to_all(state, project) => {
                Ok(advertisement(project, service))
            }
            _ => Err(denied()),
        };
    };
    let token = state.token(&text).filter(|token| state.dead(token).is_none() && !user_name.is_empty());
    let token = token.ok_or_else(denied)?;
    let absent = || Reply::text(404, GIT_NOT_FOUND);
    match token.kind() {
        TokenKind::Job if user_name == job_token::USER_NAME => {
            let (_, user, source) = job_token::alive(state, token).ok_or_else(denied)?;
            let project = project.ok_or_else(absent)?;
            check_job(state, user, source, project, service)?;
            Ok(advertisement(project, service))
        }
        TokenKind::Deploy if token.token.username.as_deref() == Some(&user_name) => {
            let project = project.filter(|project| deploy_token_reaches(token, project)).ok_or_else(denied)?;
            if service == Service::Push || !token.has_scope(&["read_repository"]) {
                return Err(service.scope_refusal());
            }
            Ok(advertisement(project, service))
        }
        TokenKind::Job | TokenKind::Deploy | TokenKind::Trigger => Err(denied()),
        _ => {
            let user = state.user_of(token).ok_or_else(denied)?;
            let project = project.filter(|project| state.sees(Some(user), project)).ok_or_else(|| {
                // A bot that cannot read the project counts as a wrong credential.
                if matches!(token.kind(), TokenKind::Project | TokenKind::Group) { denied() } else { absent() }
            })?;
            check_token(state, token, user, project, service)?;
            check_role(state, user, project, service)?;
            Ok(advertisement(project, service))
        }
    }
}

fn check_token(
    state: &State,
    token: &ReadyToken,
    user: &User,
    project: &Project,
    service: Service,
) -> Result<(), Reply> {
    if user.state != UserState::Active {
        return Err(forbidden("Your account has been blocked."));
    }
    let mut groups = state.groups_above(&project.path);
    let person = !user.bot;
    if let Some(url) = groups.find_map(|group| group.enforce_sso.as_ref()).filter(|_| person) {
        return Err(forbidden(&format!("Cannot find valid SSO session. Please login via your group's SSO at {url}")));
    }
    let enforced = state.groups_above(&project.path).any(|group| group.enforce_fine_grained_tokens);
    let lacks_permission = match token.kind() {
        TokenKind::FineGrained => {
            let held = token.token.permissions.iter().any(|held| held == service.permission());
            let public_read = service == Service::Fetch && project.visibility == Visibility::Public;
            !(public_read || held && token.covers(&project.path))
        }
        _ => enforced && token.is_classic_personal(),
    };
    if lacks_permission {
        let boundary = Boundary::Project(&project.path);
        return Err(forbidden(&refusal::granular_sentence(service.permission(), boundary, state.world.version)));
    }
    if token.kind() == TokenKind::FineGrained || token.has_scope(service.scopes()) {
        Ok(())
    } else {
        Err(service.scope_refusal())
    }
}

fn check_role(state: &State, user: &User, project: &Project, service: Service) -> Result<(), Reply> {
    let level = state.level(Some(user), project);
    let repository = State::feature_open(project, Feature::Repository, level);
    match service {
        Service::Fetch => {
            let enough = project.visibility != Visibility::Private || level >= Role::Reporter.level();
            let text = "You are not allowed to download code from this project.";
            if enough && repository { Ok(()) } else { Err(forbidden(text)) }
        }
        Service::Push if project.archived => Err(forbidden("You can't push code to an archived project.")),
        Service::Push => {
            // A security manager stands between reporter and developer and may not push: the level says so already.
            let text = "You are not allowed to push code to this project.";
            if level >= Role::Developer.level() && repository { Ok(()) } else { Err(forbidden(text)) }
        }
    }
}

fn check_job(state: &State, user: &User, source: &Project, target: &Project, service: Service) -> Result<(), Reply> {
    if service == Service::Push && !job_push_allowed(state, source, target) {
        return Err(service.scope_refusal());
    }
    let public = target.visibility != Visibility::Private && service == Service::Fetch;
    if !state.sees(Some(user), target) {
        return Err(forbidden(&job_token::not_allowed(state, source, target)));
    }
    let policy = match service {
        Service::Fetch => "READ_REPOSITORIES",
        Service::Push => "ADMIN_REPOSITORIES",
    };
    match State::entrance(source, target) {
        _ if public => {}
        Entrance::Whole => {}
        Entrance::Closed => return Err(forbidden(&job_token::not_allowed(state, source, target))),
        Entrance::Policies(held) if held.iter().any(|other| other == policy) => {}
        Entrance::Policies(_) => return Err(forbidden(&job_token::lacks_policies(target, &[policy]))),
    }
    check_role(state, user, target, service)
}

fn job_push_allowed(state: &State, source: &Project, target: &Project) -> bool {
    let version = state.world.version;
    let flag = |name: &str| state.world.feature_flags.iter().any(|other| other == name);
    let own = version.at_least(18, 4) || (version.at_least(17, 2) && flag("allow_push_repository_for_job_token"));
    let others = version.at_least(19, 1) || (version.at_least(19, 0) && flag("allow_push_to_allowlisted_projects"));
    match target.job_token_push {
        JobTokenPush::Off => false,
        JobTokenPush::Own => own && source.id == target.id,
        JobTokenPush::Allowlisted => own && (source.id == target.id || others),
    }
}

fn open_to_all(state: &State, project: &Project) -> bool {
    project.visibility == Visibility::Public
        && state.sees(None, project)
        && State::feature_open(project, Feature::Repository, 0)
}

fn denied() -> Reply {
    Reply::text(401, GIT_DENIED).with("Www-Authenticate", "Basic realm=\"GitLab\"")
}

fn forbidden(text: &str) -> Reply {
    Reply::text(403, text)
}

fn advertisement(project: &Project, service: Service) -> Reply {
    let refs =
        Refs { default_branch: &project.default_branch, branches: &branches(project), tags: &project.content.tags };
    refs.advertised(service == Service::Push)
}
