//! What Azure DevOps says when it says no. A `typeKey` and a leading code tell the reason, the text is for people.

use serde_json::{Value, json};

use super::place::Product;
use super::world::{Identity, Policy, World};
use crate::reply::Reply;
use crate::request::Request;

const SIGN_IN_PAGE: &str = "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\" \
\"http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd\">\n<html lang=\"en-US\">\n<head><title>\n            \
Azure DevOps Services | Sign In\n</title></head>\n<body></body>\n</html>\n";

const NOT_FOUND_PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Azure DevOps Services</title></head>\
<body>404 - The resource cannot be found.</body></html>\n";

const FRAMEWORK: &str = "Microsoft.TeamFoundation.Framework.Server";
const GIT: &str = "Microsoft.TeamFoundation.Git.Server";
const CORE: &str = "Microsoft.TeamFoundation.Core.WebApi";
const COMMON: &str = "Microsoft.VisualStudio.Services.Common";
const WEB_API: &str = "Microsoft.VisualStudio.Services.WebApi";
const PIPELINES: &str = "Microsoft.Azure.Pipelines.WebApi";
const WORK: &str = "Microsoft.TeamFoundation.WorkItemTracking.Server";
pub(super) const SECURITY: &str = "Microsoft.VisualStudio.Services.Security";

fn error_body(module: &str, key: &str, message: &str) -> Value {
    let event = if module == WORK { 3200 } else { 3000 };
    json!({
        "$id": "1", "innerException": null, "message": message, "typeName": format!("{module}.{key}, {module}"),
        "typeKey": key, "errorCode": 0, "eventId": event,
    })
}

pub(super) fn error(status: u16, module: &str, key: &str, message: &str) -> Reply {
    let body = error_body(module, key, message).to_string();
    Reply::bytes(status, "application/json; charset=utf-8", body.into_bytes())
}

/// What a refused request came with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Came {
    Bare,
    WithBasic,
    WithBearer,
}

/// No credential, or one that is worth nothing here.
#[derive(Debug)]
pub(super) struct Unauthenticated<'a> {
    pub(super) product: Product,
    /// Zeros for an organization without Entra.
    pub(super) tenant: &'a str,
    pub(super) came: Came,
    /// The Server offers Windows sign-in.
    pub(super) windows: bool,
    /// Sent in a header where the world explains itself.
    pub(super) why: Option<&'static str>,
}

impl Unauthenticated<'_> {
    pub(super) fn reply(&self, world: &World, request: &Request) -> Reply {
        let browses = world.sign_in.insists || !wants_plain_answer(request);
        if self.product == Product::Cloud && browses && shows_pages(request) {
            return self.sign_in(world, request);
        }
        let reply = self.challenged(if self.came == Came::WithBearer { bearer_refused() } else { Reply::empty(401) });
        match self.why.filter(|_| world.explains) {
            Some(why) => reply.with("X-TFS-ServiceError", encoded(why)),
            None => reply,
        }
    }

    fn sign_in(&self, world: &World, request: &Request) -> Reply {
        let reply = Reply::bytes(world.sign_in.code, "text/html; charset=utf-8", SIGN_IN_PAGE.into());
        if world.sign_in.code == 203 {
            return reply;
        }
        let host = request.header("host").unwrap_or_default();
        let there =
            format!("https://spsprodcus1.vssps.visualstudio.com/_signin?realm={host}&reply_to=https%3A%2F%2F{host}");
        self.challenged(reply).with("Location", there)
    }

    /// Git gets a plain 401 whatever headers it sends.
    pub(super) fn git_reply(&self) -> Reply {
        let text = "TF400813: Resource not available for anonymous access. Client authentication required.";
        self.challenged(Reply::text(401, text))
    }

    /// Several challenges are several lines. A password that is no good is asked for again, and nothing else is.
    pub(super) fn challenged(&self, mut reply: Reply) -> Reply {
        let basic = "Basic realm=\"https://tfsprodcus1.visualstudio.com/\"".to_owned();
        let challenges = match self.product {
            Product::Cloud if self.came == Came::WithBasic => vec![basic],
            Product::Cloud => vec![
                format!("Bearer authorization_uri=https://login.microsoftonline.com/{}", self.tenant),
                basic,
                "TFS-Federated".to_owned(),
            ],
            Product::Server => {
                let windows = ["Negotiate", "NTLM"].into_iter().filter(|_| self.windows);
                ["Bearer", "Basic realm=\"sandbox\""].into_iter().chain(windows).map(str::to_owned).collect()
            }
        };
        let lines = challenges.into_iter().map(|value| ("WWW-Authenticate".to_owned(), value));
        reply.headers.extend(lines);
        reply
    }
}

/// One and the same dead token was seen to get a page for these methods and a 401 for PATCH.
fn shows_pages(request: &Request) -> bool {
    matches!(request.method.as_str(), "GET" | "HEAD" | "POST")
}

fn wants_plain_answer(request: &Request) -> bool {
    let suppressed =
        request.header("x-tfs-fedauthredirect").is_some_and(|value| value.eq_ignore_ascii_case("suppress"));
    suppressed && request.header("accept").is_some_and(|accept| accept.contains("application/json"))
}

/// A refused bearer is told so in a body that starts with a byte order mark.
fn bearer_refused() -> Reply {
    let text = "TF400813: The user is not authorized to access this resource. ";
    let body = format!("\u{feff}{}", error_body(FRAMEWORK, "InvalidIdentityException", text));
    Reply::bytes(401, "application/json", body.into_bytes()).with("X-TFS-ServiceError", encoded(text))
}

fn encoded(text: &str) -> String {
    text.replace(':', "%3A").replace(' ', "%20")
}

pub(super) fn not_a_member(identity: &Identity) -> Reply {
    let text = format!("TF400813: The user '{}' is not authorized to access this resource.", identity.name);
    error(401, FRAMEWORK, "UnauthorizedRequestException", &text).with("X-TFS-ServiceError", encoded(&text))
}

/// The code and its words are known, the status is not.
pub(super) fn never_signed_in(tenant: &str, identity: &Identity) -> Reply {
    let text = format!(
        "TF401444: Please sign-in at least once as {tenant}\\{} in a web browser to enable access to the service.",
        identity.name
    );
    error(403, FRAMEWORK, "UnauthorizedRequestException", &text)
}

/// The code and its words are known, the status is not.
pub(super) fn policy(policy: &Policy) -> Reply {
    error(403, COMMON, "VssServiceException", &format!("{}: {}", policy.code, policy.message))
}

/// For an organization or a route that is not there. What the service really answers is not documented.
pub(super) fn not_found_page() -> Reply {
    Reply::bytes(404, "text/html; charset=utf-8", NOT_FOUND_PAGE.into())
}

/// The build service calls it a bad request, the others say that it is not there.
fn no_project(builds: bool) -> u16 {
    if builds { 400 } else { 404 }
}

pub(super) fn project_by_name(name: &str, builds: bool) -> Reply {
    let text = format!(
        "TF200016: The following project does not exist: {name}. Verify that the name of the project is correct and \
         that the project exists on the specified Azure DevOps Server."
    );
    error(no_project(builds), CORE, "ProjectDoesNotExistWithNameException", &text)
}

pub(super) fn project_by_id(id: &str, builds: bool) -> Reply {
    let text = format!(
        "VS800075: The project with id 'vstfs:///Classification/TeamProject/{id}' does not exist, or you do not have \
         permission to access it."
    );
    error(no_project(builds), CORE, "ProjectDoesNotExistException", &text)
}

pub(super) fn repository_message(key: &str) -> String {
    format!(
        "TF401019: The Git repository with name or identifier {key} does not exist or you do not have permissions for \
         the operation you are attempting."
    )
}

pub(super) fn repository(key: &str) -> Reply {
    error(404, GIT, "GitRepositoryNotFoundException", &repository_message(key))
}

pub(super) fn git_permission_message(name: &str, identity: &str) -> String {
    format!(
        "TF401027: You need the Git '{name}' permission to perform this action. Details: identity '{identity}', scope \
         'repository'."
    )
}

pub(super) fn git_permission(name: &str, identity: &str) -> Reply {
    error(403, GIT, "GitNeedsPermissionException", &git_permission_message(name, identity))
}

pub(super) fn permission(title: &str, identity: &str) -> Reply {
    let text = format!(
        "TF50309: The following account does not have sufficient permissions to complete the operation: {identity}. \
         The following permissions are needed to perform this operation: {title}."
    );
    error(403, FRAMEWORK, "UnauthorizedAccessException", &text)
}

/// Something that a route is about is not there. Only the pipeline's answer is documented.
pub(super) fn object(parameter: &str, value: &str) -> Reply {
    match parameter {
        // A pipeline that is not there is a fault of the server, it says.
        "pipeline" => error(500, PIPELINES, "PipelineNotFoundException", &format!("Pipeline {value} not found.")),
        "item" => {
            let text =
                format!("TF401232: Work item {value} does not exist, or you do not have permissions to read it.");
            error(404, WORK, "WorkItemUnauthorizedAccessException", &text)
        }
        _ => {
            let text = format!("The requested {parameter} {value} could not be found.");
            error(404, COMMON, "VssServiceException", &text)
        }
    }
}

pub(super) fn template_fault() -> Reply {
    let text = "/azure-pipelines.yml (Line: 1, Col: 1): Unexpected value 'stepz'";
    error(400, PIPELINES, "PipelineValidationException", text)
}

pub(super) fn mandatory_field(field: &str) -> Reply {
    let text = format!("TF401320: Rule Error for field {field}. Error code: Required, InvalidEmpty.");
    error(400, WORK, "RuleValidationException", &text)
}

pub(super) fn bad_request(text: &str) -> Reply {
    error(400, COMMON, "VssPropertyValidationException", text)
}

pub(super) fn version_out_of_range(asked: &str, newest: (u32, u32)) -> Reply {
    let text = format!(
        "The requested REST API version of {asked} is out of range for this server. The latest REST API version this \
         server supports is {}.{}.",
        newest.0, newest.1
    );
    error(400, WEB_API, "VssVersionOutOfRangeException", &text)
}

pub(super) fn version_missing(method: &str) -> Reply {
    let text = format!(
        "No api-version was supplied for the \"{method}\" request. The version must be supplied either as part of the \
         Accept header (e.g. \"application/json; api-version=1.0\") or as a query parameter (e.g. \"?api-version=1.0\")."
    );
    error(400, WEB_API, "VssVersionNotSpecifiedException", &text)
}

pub(super) fn version_under_preview(asked: &str) -> Reply {
    let text = format!(
        "The requested version \"{asked}\" of the resource is under preview. The -preview flag must be supplied in the \
         api-version for such requests. For example: \"{asked}-preview\""
    );
    error(400, WEB_API, "VssInvalidPreviewVersionException", &text)
}

pub(super) fn throttled(seconds: i64) -> Reply {
    let text = "TF400733: The request has been canceled: Request was blocked due to exceeding usage of resource \
                'Concurrency' in namespace 'User'.";
    error(429, FRAMEWORK, "RequestBlockedException", text).with("Retry-After", seconds.to_string())
}
