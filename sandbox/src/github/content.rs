//! The things inside a repository or organization, as JSON.

use serde_json::{Value, json};

use super::objects::{account_of, node_id};
use super::repository_body::{api_url, minimal, web_url, without_permissions};
use super::rest::Call;
use super::tree;
use super::world::{Organization, Pull, Repository};
use crate::refs::commit_id;

const DAY: i64 = 24 * 3600;

/// One thing: what a path calls it, and its body.
pub(super) type Item = (String, Value);

/// The first number of an issue: pull requests count in the same row.
const FIRST_ISSUE: u64 = 101;

pub(super) fn items(call: &Call<'_>, it: &Repository, collection: &str) -> Option<Vec<Item>> {
    let content = &it.content;
    let (api, web, at) = (api_url(call, it), web_url(call, it), call.state.ago(DAY));
    Some(match collection {
        "branches" => branches(it).into_iter().map(|name| (name.clone(), branch(call, it, &name))).collect(),
        "refs" => refs(it).into_iter().map(|name| (name.clone(), reference(&api, &name))).collect(),
        "commits" => branches(it).into_iter().map(|name| (commit_id(&name), commit(call, it, &name))).collect(),
        "tags" => each(&content.tags, |id, name| named(name, tag(&api, &web, id, name))),
        "releases" => each(&content.releases, |id, name| named(name, release(call, it, id, name))),
        "files" => each(&content.files, |_, path| named(path, json!({ "path": path }))),
        "root" => tree::root(call, it),
        "pulls" => content.pulls.iter().map(|pull| (pull.number.to_string(), self::pull(call, it, pull))).collect(),
        "issues" => (FIRST_ISSUE..)
            .zip(&content.issues)
            .map(|(number, title)| (number.to_string(), issue(call, it, number, title)))
            .collect(),
        "numbered" => [items(call, it, "pulls")?, items(call, it, "issues")?].concat(),
        "labels" => each(&content.labels, |id, name| {
            named(
                name,
                json!({
                    "id": id, "node_id": node_id("LA", id), "url": format!("{api}/labels/{name}"), "name": name,
                    "color": "ededed", "default": false, "description": Value::Null,
                }),
            )
        }),
        "workflows" => each(&content.workflows, |id, name| numbered(id, workflow(&api, &web, &at, id, name))),
        "workflow_runs" => content.runs.iter().map(|id| (id.to_string(), run(call, it, *id))).collect(),
        "artifacts" => each(&content.artifacts, |id, name| numbered(id, artifact(call, &api, id, name))),
        // Neither lasts: a scenario holds none of them.
        "actions_caches" | "pages_deployments" => Vec::new(),
        "secrets" => {
            each(&content.secrets, |_, name| named(name, json!({ "name": name, "created_at": at, "updated_at": at })))
        }
        "variables" => each(&content.variables, |_, name| {
            named(name, json!({ "name": name, "value": "a value", "created_at": at, "updated_at": at }))
        }),
        "environments" => each(&content.environments, |id, name| {
            named(
                name,
                json!({
                    "id": id, "node_id": node_id("EN", id), "name": name, "url": format!("{api}/environments/{name}"),
                    "html_url": format!("{web}/deployments/activity_log?environments_filter={name}"),
                    "created_at": at, "updated_at": at, "protection_rules": [], "deployment_branch_policy": Value::Null,
                }),
            )
        }),
        "deployments" => each(&content.deployments, |id, name| numbered(id, deployment(call, it, id, name))),
        "hooks" => each(&content.hooks, |id, url| numbered(id, hook(&api, &at, id, url, true))),
        "keys" => each(&content.keys, |id, title| {
            numbered(
                id,
                json!({
                    "id": id, "key": "ssh-ed25519 AAAAsandbox", "url": format!("{api}/keys/{id}"), "title": title,
                    "verified": true, "created_at": at, "read_only": true,
                }),
            )
        }),
        "check_runs" => each(&content.checks, |id, name| numbered(id, check_run(call, it, id, name))),
        "statuses" => each(&content.statuses, |id, context| numbered(id, status(call, it, id, context))),
        "code_scanning_alerts" => {
            each(&content.code_scanning_alerts, |id, rule| numbered(id, code_scanning_alert(call, it, id, rule)))
        }
        "dependabot_alerts" => {
            each(&content.dependabot_alerts, |id, package| numbered(id, dependabot_alert(call, it, id, package)))
        }
        "secret_scanning_alerts" => each(&content.secret_scanning_alerts, |id, kind| {
            numbered(
                id,
                json!({
                    "number": id, "created_at": at, "url": format!("{api}/secret-scanning/alerts/{id}"),
                    "html_url": format!("{web}/security/secret-scanning/{id}"), "state": "open", "secret_type": kind,
                    "locations_url": format!("{api}/secret-scanning/alerts/{id}/locations"),
                }),
            )
        }),
        "rulesets" => each(&content.rulesets, |id, name| {
            numbered(
                id,
                json!({
                    "id": id, "name": name, "target": "branch", "source_type": "Repository", "source": it.path,
                    "enforcement": "active", "node_id": node_id("RRS", id), "created_at": at, "updated_at": at,
                }),
            )
        }),
        "runners" => each(&content.runners, |id, name| numbered(id, runner(id, name))),
        _ => return None,
    })
}

pub(super) fn item(call: &Call<'_>, it: &Repository, collection: &str, key: &str) -> Option<Value> {
    let by_name = |item: &Item| {
        let also = match collection {
            // A commit goes by its branch too, a workflow by its file.
            "commits" => branches(it).iter().any(|branch| branch == key && commit_id(branch) == item.0),
            "workflows" => item.1["path"].as_str().is_some_and(|path| path.ends_with(&format!("/{key}"))),
            _ => false,
        };
        item.0 == key || also
    };
    items(call, it, collection)?.into_iter().find(by_name).map(|(_, body)| body)
}

pub(super) fn of_organization(call: &Call<'_>, it: &Organization, collection: &str) -> Option<Vec<Item>> {
    let url = format!("{}/orgs/{}", call.bases.api, it.login);
    let at = call.state.ago(DAY);
    Some(match collection {
        "teams" => each(&it.teams, |id, slug| {
            let team = format!("{}/organizations/{}/team/{id}", call.bases.api, it.id);
            named(
                slug,
                json!({
                    "id": id, "node_id": node_id("T", id), "name": slug, "slug": slug, "description": Value::Null,
                    "privacy": "closed", "notification_setting": "notifications_enabled", "url": team,
                    "html_url": format!("{}/orgs/{}/teams/{slug}", call.bases.web, it.login),
                    "members_url": format!("{team}/members{{/member}}"), "repositories_url": format!("{team}/repos"),
                    "type": "organization", "organization_id": it.id, "permission": "pull", "parent": Value::Null,
                }),
            )
        }),
        "secrets" => each(&it.secrets, |_, name| {
            named(name, json!({ "name": name, "created_at": at, "updated_at": at, "visibility": "all" }))
        }),
        "variables" => each(&it.variables, |_, name| {
            named(
                name,
                json!({ "name": name, "value": "a value", "created_at": at, "updated_at": at, "visibility": "all" }),
            )
        }),
        "hooks" => each(&it.hooks, |id, address| numbered(id, hook(&url, &at, id, address, false))),
        "runners" => Vec::new(),
        "dependabot_alerts" => {
            let inside = call.state.world.repositories.iter().filter(|repository| repository.owner() == it.login);
            inside.flat_map(|repository| alerts_with_place(call, repository)).collect()
        }
        _ => return None,
    })
}

fn alerts_with_place(call: &Call<'_>, it: &Repository) -> Vec<Item> {
    let mut alerts = items(call, it, "dependabot_alerts").unwrap_or_default();
    for (_, body) in &mut alerts {
        body["repository"] = minimal(call, it);
    }
    alerts
}

/// The default branch first, then the others.
pub(super) fn branches(it: &Repository) -> Vec<String> {
    let others = it.content.branches.iter().filter(|name| **name != it.default_branch);
    std::iter::once(&it.default_branch).chain(others).cloned().collect()
}

fn refs(it: &Repository) -> Vec<String> {
    let heads = branches(it).into_iter().map(|name| format!("heads/{name}"));
    heads.chain(it.content.tags.iter().map(|name| format!("tags/{name}"))).collect()
}

fn each(names: &[String], body: impl Fn(u64, &str) -> Item) -> Vec<Item> {
    (1..).zip(names).map(|(id, name)| body(id, name)).collect()
}

fn named(name: &str, body: Value) -> Item {
    (name.to_owned(), body)
}

fn numbered(id: u64, body: Value) -> Item {
    (id.to_string(), body)
}

fn branch(call: &Call<'_>, it: &Repository, name: &str) -> Value {
    let protected = it.content.protected_branches.iter().any(|other| other == name);
    let (api, sha) = (api_url(call, it), commit_id(name));
    let url = format!("{api}/branches/{name}/protection");
    let one = call.route.shape.starts_with("one:");
    // A list of branches tells little of their commits.
    let mut body = json!({
        "name": name, "protected": protected,
        "commit": if one { commit(call, it, name) } else { json!({ "sha": sha, "url": format!("{api}/commits/{sha}") }) },
    });
    if one {
        body["protection"] = json!({ "enabled": protected });
        body["protection_url"] = json!(url);
        let page = format!("{}/tree/{name}", web_url(call, it));
        body["_links"] = json!({ "self": format!("{api}/branches/{name}"), "html": page });
    }
    body
}

fn reference(api: &str, name: &str) -> Value {
    let sha = commit_id(name.split_once('/').map_or(name, |(_, name)| name));
    json!({
        "ref": format!("refs/{name}"), "node_id": format!("REF_{sha}"), "url": format!("{api}/git/refs/{name}"),
        "object": { "type": "commit", "sha": sha, "url": format!("{api}/git/commits/{sha}") },
    })
}

fn commit(call: &Call<'_>, it: &Repository, name: &str) -> Value {
    let (api, web, sha) = (api_url(call, it), web_url(call, it), commit_id(name));
    let person = json!({ "name": "sandbox", "email": "sandbox@forge.invalid", "date": call.state.ago(DAY) });
    json!({
        "sha": sha, "node_id": format!("C_{sha}"), "url": format!("{api}/commits/{sha}"),
        "html_url": format!("{web}/commit/{sha}"), "comments_url": format!("{api}/commits/{sha}/comments"),
        "commit": {
            "author": person, "committer": person, "message": "A commit of the sandbox", "comment_count": 0,
            "tree": { "sha": sha, "url": format!("{api}/git/trees/{sha}") },
            "url": format!("{api}/git/commits/{sha}"),
            "verification": {
                "verified": false, "reason": "unsigned", "signature": Value::Null, "payload": Value::Null,
                "verified_at": Value::Null,
            },
        },
        "author": Value::Null, "committer": Value::Null, "parents": [],
    })
}

fn tag(api: &str, web: &str, id: u64, name: &str) -> Value {
    let sha = commit_id(name);
    json!({
        "name": name, "node_id": node_id("REF", id), "commit": { "sha": sha, "url": format!("{api}/commits/{sha}") },
        "zipball_url": format!("{web}/zipball/refs/tags/{name}"), "tarball_url": format!("{web}/tarball/refs/tags/{name}"),
    })
}

fn release(call: &Call<'_>, it: &Repository, id: u64, name: &str) -> Value {
    let (api, web, at) = (api_url(call, it), web_url(call, it), call.state.ago(DAY));
    let url = format!("{api}/releases/{id}");
    json!({
        "id": id, "node_id": node_id("RE", id), "url": url, "assets_url": format!("{url}/assets"),
        "upload_url": format!("{url}/assets{{?name,label}}"), "html_url": format!("{web}/releases/tag/{name}"),
        "author": account_of(call, ""), "tag_name": name, "target_commitish": it.default_branch, "name": name,
        "draft": false, "prerelease": false, "created_at": at, "published_at": at, "assets": [], "body": "",
        "tarball_url": format!("{api}/tarball/{name}"), "zipball_url": format!("{api}/zipball/{name}"),
    })
}

fn pull(call: &Call<'_>, it: &Repository, pull: &Pull) -> Value {
    let (api, web, at) = (api_url(call, it), web_url(call, it), call.state.ago(DAY));
    let (number, url) = (pull.number, format!("{api}/pulls/{}", pull.number));
    let (issue, page, sha) = (format!("{api}/issues/{number}"), format!("{web}/pull/{number}"), commit_id(&pull.head));
    let (comments, commits) = (format!("{issue}/comments"), format!("{url}/commits"));
    let (review, one_review) = (format!("{url}/comments"), format!("{api}/pulls/comments{{/number}}"));
    let statuses = format!("{api}/statuses/{sha}");
    let side = |name: &str| {
        json!({
            "label": format!("{}:{name}", it.owner()), "ref": name, "sha": commit_id(name),
            "user": account_of(call, it.owner()), "repo": without_permissions(call, it),
        })
    };
    let link = |href: &str| json!({ "href": href });
    let mut body = json!({
        "id": 9000 + number, "node_id": node_id("PR", number), "number": number, "state": "open", "locked": false,
        "title": pull.title, "user": account_of(call, &pull.author), "body": Value::Null, "labels": [],
        "milestone": Value::Null, "created_at": at, "updated_at": at, "closed_at": Value::Null,
        "merged_at": Value::Null, "merge_commit_sha": Value::Null, "assignee": Value::Null, "assignees": [],
        "requested_reviewers": [], "requested_teams": [], "head": side(&pull.head), "base": side(&pull.base),
        "author_association": "MEMBER", "auto_merge": Value::Null, "draft": false, "url": url, "html_url": page,
        "diff_url": format!("{page}.diff"), "patch_url": format!("{page}.patch"), "issue_url": issue,
        "commits_url": commits, "review_comments_url": review, "review_comment_url": one_review,
        "comments_url": comments, "statuses_url": statuses,
    });
    body["_links"] = json!({
        "self": link(&url), "html": link(&page), "issue": link(&issue), "comments": link(&comments),
        "review_comments": link(&review), "review_comment": link(&one_review), "commits": link(&commits),
        "statuses": link(&statuses),
    });
    if call.route.shape.starts_with("one:") {
        for name in ["comments", "review_comments", "commits", "additions", "deletions", "changed_files"] {
            body[name] = json!(0);
        }
        body["merged"] = json!(false);
        body["mergeable"] = json!(true);
        body["mergeable_state"] = json!("clean");
        body["merged_by"] = Value::Null;
        body["maintainer_can_modify"] = json!(false);
    }
    body
}

fn issue(call: &Call<'_>, it: &Repository, number: u64, title: &str) -> Value {
    let (api, web, at) = (api_url(call, it), web_url(call, it), call.state.ago(DAY));
    let url = format!("{api}/issues/{number}");
    json!({
        "id": 8000 + number, "node_id": node_id("I", number), "url": url, "repository_url": api,
        "labels_url": format!("{url}/labels{{/name}}"), "comments_url": format!("{url}/comments"),
        "events_url": format!("{url}/events"), "html_url": format!("{web}/issues/{number}"), "number": number,
        "title": title, "user": account_of(call, ""), "labels": [], "state": "open", "locked": false,
        "assignee": Value::Null, "assignees": [], "milestone": Value::Null, "comments": 0, "created_at": at,
        "updated_at": at, "closed_at": Value::Null, "author_association": "MEMBER", "body": Value::Null,
    })
}

fn workflow(api: &str, web: &str, at: &str, id: u64, name: &str) -> Value {
    let path = format!(".github/workflows/{name}");
    json!({
        "id": id, "node_id": node_id("W", id), "name": name, "path": path, "state": "active", "created_at": at,
        "updated_at": at, "url": format!("{api}/actions/workflows/{id}"), "html_url": format!("{web}/blob/main/{path}"),
        "badge_url": format!("{web}/workflows/{name}/badge.svg"),
    })
}

fn run(call: &Call<'_>, it: &Repository, id: u64) -> Value {
    let (api, web, at) = (api_url(call, it), web_url(call, it), call.state.ago(DAY));
    let (url, sha) = (format!("{api}/actions/runs/{id}"), commit_id(&it.default_branch));
    json!({
        "id": id, "node_id": node_id("WFR", id), "name": "ci", "head_branch": it.default_branch, "head_sha": sha,
        "path": ".github/workflows/ci.yml", "display_title": "A commit of the sandbox", "run_number": 1,
        "event": "push", "status": "completed", "conclusion": "success", "workflow_id": 1, "check_suite_id": id,
        "url": url, "html_url": format!("{web}/actions/runs/{id}"), "pull_requests": [], "created_at": at,
        "updated_at": at, "run_started_at": at, "run_attempt": 1, "jobs_url": format!("{url}/jobs"),
        "logs_url": format!("{url}/logs"), "check_suite_url": format!("{api}/check-suites/{id}"),
        "artifacts_url": format!("{url}/artifacts"), "cancel_url": format!("{url}/cancel"),
        "rerun_url": format!("{url}/rerun"), "workflow_url": format!("{api}/actions/workflows/1"),
        "head_commit": {
            "id": sha, "tree_id": sha, "message": "A commit of the sandbox", "timestamp": at,
            "author": { "name": "sandbox", "email": "sandbox@forge.invalid" },
            "committer": { "name": "sandbox", "email": "sandbox@forge.invalid" },
        },
        "repository": minimal(call, it), "head_repository": minimal(call, it),
    })
}

fn artifact(call: &Call<'_>, api: &str, id: u64, name: &str) -> Value {
    let (url, at) = (format!("{api}/actions/artifacts/{id}"), call.state.ago(DAY));
    json!({
        "id": id, "node_id": node_id("ART", id), "name": name, "size_in_bytes": 10, "url": url,
        "archive_download_url": format!("{url}/zip"), "expired": false, "created_at": at, "updated_at": at,
        "expires_at": call.state.ago(-89 * DAY),
    })
}

fn deployment(call: &Call<'_>, it: &Repository, id: u64, name: &str) -> Value {
    let (api, at) = (api_url(call, it), call.state.ago(DAY));
    let url = format!("{api}/deployments/{id}");
    json!({
        "id": id, "node_id": node_id("DE", id), "url": url, "sha": commit_id(&it.default_branch),
        "ref": it.default_branch, "task": "deploy", "payload": {}, "original_environment": name, "environment": name,
        "description": Value::Null, "creator": account_of(call, ""), "created_at": at, "updated_at": at,
        "statuses_url": format!("{url}/statuses"), "repository_url": api,
    })
}

fn hook(base: &str, at: &str, id: u64, address: &str, of_repository: bool) -> Value {
    let url = format!("{base}/hooks/{id}");
    let mut body = json!({
        "id": id, "type": if of_repository { "Repository" } else { "Organization" }, "name": "web", "active": true,
        "events": ["push"], "config": { "url": address, "content_type": "json", "insecure_ssl": "0" }, "url": url,
        "ping_url": format!("{url}/pings"), "deliveries_url": format!("{url}/deliveries"), "created_at": at,
        "updated_at": at,
    });
    if of_repository {
        body["test_url"] = json!(format!("{url}/test"));
        body["last_response"] = json!({ "code": Value::Null, "status": "unused", "message": Value::Null });
    }
    body
}

fn check_run(call: &Call<'_>, it: &Repository, id: u64, name: &str) -> Value {
    let (api, web, at) = (api_url(call, it), web_url(call, it), call.state.ago(DAY));
    json!({
        "id": id, "node_id": node_id("CR", id), "name": name, "head_sha": commit_id(&it.default_branch),
        "external_id": "", "url": format!("{api}/check-runs/{id}"), "html_url": format!("{web}/runs/{id}"),
        "details_url": format!("{web}/runs/{id}"), "status": "completed", "conclusion": "success", "started_at": at,
        "completed_at": at, "check_suite": { "id": id }, "app": Value::Null, "pull_requests": [],
        "output": {
            "title": Value::Null, "summary": Value::Null, "text": Value::Null, "annotations_count": 0,
            "annotations_url": format!("{api}/check-runs/{id}/annotations"),
        },
    })
}

fn status(call: &Call<'_>, it: &Repository, id: u64, context: &str) -> Value {
    let (api, at) = (api_url(call, it), call.state.ago(DAY));
    json!({
        "id": id, "node_id": node_id("SC", id), "state": "success", "description": Value::Null,
        "target_url": Value::Null, "context": context, "created_at": at, "updated_at": at, "avatar_url": Value::Null,
        "url": format!("{api}/statuses/{}", commit_id(&it.default_branch)),
    })
}

fn code_scanning_alert(call: &Call<'_>, it: &Repository, id: u64, rule: &str) -> Value {
    let (api, web, at) = (api_url(call, it), web_url(call, it), call.state.ago(DAY));
    let url = format!("{api}/code-scanning/alerts/{id}");
    json!({
        "number": id, "created_at": at, "updated_at": at, "url": url,
        "html_url": format!("{web}/security/code-scanning/{id}"), "state": "open", "fixed_at": Value::Null,
        "dismissed_by": Value::Null, "dismissed_at": Value::Null, "dismissed_reason": Value::Null,
        "dismissed_comment": Value::Null, "instances_url": format!("{url}/instances"),
        "rule": { "id": rule, "severity": "error", "tags": [], "description": rule, "name": rule },
        "tool": { "name": "sandbox", "guid": Value::Null, "version": "1.0" },
        "most_recent_instance": {
            "ref": format!("refs/heads/{}", it.default_branch), "analysis_key": "sandbox", "category": "",
            "environment": "{}", "state": "open", "commit_sha": commit_id(&it.default_branch),
            "message": { "text": rule }, "classifications": [],
            "location": { "path": "src/main.rs", "start_line": 1, "end_line": 1, "start_column": 1, "end_column": 2 },
        },
    })
}

fn dependabot_alert(call: &Call<'_>, it: &Repository, id: u64, package: &str) -> Value {
    let (api, web, at) = (api_url(call, it), web_url(call, it), call.state.ago(DAY));
    let package = json!({ "ecosystem": "cargo", "name": package });
    let vulnerability = json!({
        "package": package, "severity": "high", "vulnerable_version_range": "< 2.0.0",
        "first_patched_version": { "identifier": "2.0.0" },
    });
    json!({
        "number": id, "state": "open", "url": format!("{api}/dependabot/alerts/{id}"),
        "html_url": format!("{web}/security/dependabot/{id}"), "created_at": at, "updated_at": at,
        "dismissed_at": Value::Null, "dismissed_by": Value::Null, "dismissed_reason": Value::Null,
        "dismissed_comment": Value::Null, "fixed_at": Value::Null, "auto_dismissed_at": Value::Null,
        "dependency": { "package": package, "manifest_path": "Cargo.lock", "scope": "runtime" },
        "security_vulnerability": vulnerability,
        "security_advisory": {
            "ghsa_id": "GHSA-2222-3333-4444", "cve_id": Value::Null, "summary": "made up", "description": "made up",
            "severity": "high", "identifiers": [{ "type": "GHSA", "value": "GHSA-2222-3333-4444" }], "references": [],
            "published_at": at, "updated_at": at, "withdrawn_at": Value::Null, "vulnerabilities": [vulnerability],
            "cvss": { "score": 7.5, "vector_string": Value::Null }, "cwes": [],
        },
    })
}

fn runner(id: u64, name: &str) -> Value {
    json!({ "id": id, "name": name, "os": "linux", "status": "online", "busy": false, "labels": [] })
}
