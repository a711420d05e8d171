//! Hosts, releases, versions, and what every answer of the forge has in common.

use hallpass_sandbox::azure::{CLOUD_HOSTS, Release};
use hallpass_sandbox::{Fault, FaultPlan, RateLimit, Tls};
use serde_json::json;

use super::*;

#[test]
fn connection_data_exists_as_a_preview_only() {
    let sandbox = azure();
    let reply = get(&sandbox, "/acme/_apis/connectionData?api-version=7.1", "dev");
    assert_eq!((reply.status, type_key(&reply).as_str()), (400, "VssInvalidPreviewVersionException"));
    assert!(reply.text().contains("-preview flag must be supplied"));
}

#[test]
fn a_route_of_a_sister_host_is_unplanned_at_another() {
    let sandbox = azure();
    assert_eq!(get(&sandbox, "/acme/_apis/graph/users", "dev").status, 501);
    assert_eq!(ask(&sandbox, "GET", "/acme/_apis/graph/users").at("vssps.dev.azure.com").with("dev").status, 200);
    assert_eq!(ask(&sandbox, "GET", "/app/_apis/git/repositories").at("acme.visualstudio.com").with("dev").status, 200);
    assert_eq!(sandbox.unplanned().len(), 1);
}

#[test]
fn a_bound_token_is_refused_by_the_host_of_no_organization() {
    let sandbox = azure();
    let profile =
        |token| ask(&sandbox, "GET", "/_apis/profile/profiles/me").at("app.vssps.visualstudio.com").with(token);
    let bound = profile("dev");
    assert!(bound.status == 401 && bound.header("x-vss-userdata").is_some());
    assert_eq!(profile("dev-global").json()["displayName"], "dev-1");
    let accounts =
        ask(&sandbox, "GET", "/_apis/accounts?memberId=me").at("app.vssps.visualstudio.com").with("entra-user").json();
    let names: Vec<&str> =
        accounts["value"].as_array().into_iter().flatten().filter_map(|it| it["accountName"].as_str()).collect();
    assert_eq!(names, ["acme", "other", "lonely"]);
}

#[test]
fn the_limit_first_asks_to_slow_down_and_then_blocks() {
    let mut scenario = Scenario::named("azure").expect("shipped");
    scenario.rate_limit =
        Some(RateLimit { limit: 200, remaining: 2, resets_in_seconds: 30, name: "Services/TSTU".to_owned() });
    let sandbox = Sandbox::start(scenario);
    assert_eq!(get(&sandbox, WHO, "dev").header("retry-after"), None);
    let slow = get(&sandbox, WHO, "dev");
    assert_eq!(
        (slow.status, slow.header("retry-after"), slow.header("x-ratelimit-remaining")),
        (200, Some("30"), Some("0"))
    );
    let blocked = get(&sandbox, WHO, "dev");
    assert_eq!((blocked.status, blocked.header("retry-after")), (429, Some("30")));
    assert!(blocked.text().contains("TF400733") && blocked.header("x-ratelimit-resource") == Some("Services/TSTU"));
}

#[test]
fn faults_hit_it_like_any_forge() {
    let mut scenario = Scenario::named("azure").expect("shipped");
    scenario.faults = vec![FaultPlan::always("/acme/_apis/connectionData", Fault::SignInPage { code: 203 })];
    assert_eq!(get(&Sandbox::start(scenario), WHO, "dev").status, 203);
}

#[test]
fn the_record_keeps_names_of_tokens_and_no_texts() {
    let sandbox = azure();
    get(&sandbox, WHO, "dev");
    get(&sandbox, WHO, "entra-user");
    let seen: Vec<(Option<String>, String)> =
        sandbox.requests().into_iter().map(|seen| (seen.token, seen.presented)).collect();
    assert_eq!(seen[0], (Some("dev".to_owned()), "basic:".to_owned()));
    assert_eq!(seen[1], (Some("entra-user".to_owned()), "bearer".to_owned()));
    assert_eq!(sandbox.requests()[0].host, "dev.azure.com");
}

#[test]
fn a_read_needs_no_version_and_a_write_does() {
    let sandbox = azure();
    let bare = ask(&sandbox, "GET", "/acme/_apis/teams?api-version=").with("owner");
    assert_eq!((bare.status, type_key(&bare).as_str()), (400, "VssPropertyValidationException"));
    let body = json!({ "evaluations": [] }).to_string();
    let in_accept = ask(&sandbox, "POST", "/acme/_apis/security/permissionevaluationbatch?x=api-version")
        .without_headers()
        .header("X-TFS-FedAuthRedirect", "Suppress")
        .header("Accept", "application/json; api-version=7.1")
        .json(&body)
        .with("dev");
    assert_eq!(in_accept.status, 200);
    let missing =
        ask(&sandbox, "POST", "/acme/_apis/security/permissionevaluationbatch?x=api-version").json(&body).with("dev");
    assert_eq!((missing.status, type_key(&missing).as_str()), (400, "VssVersionNotSpecifiedException"));
    let newer = get(&sandbox, "/acme/_apis/projects?api-version=7.3-preview", "dev");
    assert_eq!((newer.status, type_key(&newer).as_str()), (400, "VssVersionOutOfRangeException"));
}

#[test]
fn a_server_has_everything_below_the_collection_and_an_older_api() {
    let sandbox = server();
    let at =
        |path: &str, token: &str| ask(&sandbox, "GET", &format!("/tfs/DefaultCollection/{path}")).plainly().with(token);
    assert_eq!(at("_apis/connectionData?api-version=6.0-preview", "dev").json()["deploymentType"], "onPremises");
    let newer = at("_apis/projects?api-version=7.0", "dev");
    assert_eq!((newer.status, type_key(&newer).as_str()), (400, "VssVersionOutOfRangeException"));
    assert!(newer.text().contains("supports is 6.0."));
    assert_eq!(at("_apis/projects?api-version=6.0", "dev-long").status, 200);
    assert_eq!(at("_apis/graph/users?api-version=6.0-preview", "dev").status, 200);
    assert_eq!(at("_apis/tokens/pats?api-version=6.0-preview", "dev").status, 404);
    sandbox.assert_all_planned();
}

#[test]
fn a_server_challenges_and_never_shows_a_sign_in_page() {
    let sandbox = server();
    let target = "/tfs/DefaultCollection/_apis/projects?api-version=6.0";
    let reply = ask(&sandbox, "GET", target).plainly().without_headers().with("expired");
    assert_eq!(reply.status, 401);
    assert!(headers(&reply, "WWW-Authenticate").contains(&"NTLM") && reply.header("x-vss-resourcetenant").is_none());
    assert_eq!(ask(&sandbox, "GET", target).plainly().with("entra-user").status, 401);
    // The address above the collections asks even a good token to sign in.
    assert_eq!(ask(&sandbox, "GET", "/tfs/_apis/connectionData").plainly().with("dev").status, 401);
}

#[test]
fn each_release_of_the_server_ends_at_its_own_version() {
    for (release, newest, next) in
        [(Release::V2019, "5.1", "6.0"), (Release::V2022, "7.0", "7.1"), (Release::V2022Update1, "7.1", "7.2-preview")]
    {
        let sandbox = changed(|world| world.release = release);
        let at = |version| {
            ask(&sandbox, "GET", &format!("/acme/_apis/projects?api-version={version}")).plainly().with("dev").status
        };
        assert_eq!((at(newest), at(next)), (200, 400), "{release:?}");
    }
}

#[test]
fn a_fault_may_hit_one_host_only() {
    let mut scenario = Scenario::named("azure").expect("shipped");
    let mut plan = FaultPlan::always("*", Fault::Status { code: 503, headers: [].into(), body: String::new() });
    plan.on.host = Some("vssps.dev.azure.com".to_owned());
    scenario.faults = vec![plan];
    let sandbox = Sandbox::start(scenario);
    assert_eq!(ask(&sandbox, "GET", "/acme/_apis/graph/users").at("vssps.dev.azure.com").with("dev").status, 503);
    assert_eq!(get(&sandbox, WHO, "dev").status, 200);
}

#[test]
fn real_git_reaches_the_cloud_by_its_name_through_the_proxy() {
    let mut scenario = Scenario::named("azure").expect("shipped");
    scenario.tls = Some(Tls { names: CLOUD_HOSTS.iter().map(|&host| host.to_owned()).collect(), ..Tls::default() });
    scenario.proxy = true;
    let sandbox = Sandbox::start(scenario);
    let output = std::process::Command::new("git")
        .args(["-c", "credential.helper="])
        .args(["-c", &format!("http.proxy={}", sandbox.proxy_url().expect("a proxy"))])
        .args(["ls-remote", &format!("https://any:{}@dev.azure.com/acme/app/_git/app", sandbox.token("dev"))])
        .env("GIT_SSL_CAINFO", sandbox.ca_pem_path().expect("a TLS scenario"))
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .expect("git is installed");
    assert!(String::from_utf8_lossy(&output.stdout).contains("refs/tags/v1.0.0"), "{output:?}");
    assert!(sandbox.requests().iter().all(|seen| seen.host == "dev.azure.com"));
    sandbox.assert_all_planned();
}

#[test]
fn the_names_of_the_cloud_all_lead_to_it() {
    let sandbox = azure();
    for host in CLOUD_HOSTS {
        let reply = ask(&sandbox, "GET", "/acme/_apis/nothing").at(host).send();
        assert!(reply.text().contains("no such route"), "{host}: {}", reply.text());
    }
    let elsewhere = ask(&sandbox, "GET", "/acme/_apis").at("nowhere.dev.azure.com").send();
    assert!(elsewhere.text().contains("does not play that host"));
}
