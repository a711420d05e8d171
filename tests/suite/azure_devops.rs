//! Azure DevOps from end to end: the real program, the cloud's own host names through a proxy, and a server of one's own.

use hallpass_sandbox::azure::{CLOUD_HOSTS, SignIn};
use hallpass_sandbox::{Scenario, Tls};

use crate::support::hallpass::{Call, Scene};

fn scenario() -> Scenario {
    let names = CLOUD_HOSTS.iter().map(|name| (*name).to_owned()).collect();
    Scenario { proxy: true, tls: Some(Tls { names, ..Tls::default() }), ..Scenario::named("azure").unwrap() }
}

fn cloud() -> Scene {
    Scene::of(scenario())
}

/// A run that reaches the sandbox by the cloud's own names.
fn run<'a>(scene: &'a Scene, arguments: &[&str]) -> Call<'a> {
    let ca = scene.forge.ca_pem_path().unwrap().display().to_string();
    let call = scene.plain_run(arguments).args(&["--ca-file", &ca, "--format", "json"]);
    call.env("HTTPS_PROXY", scene.forge.proxy_url().unwrap())
}

fn checking<'a>(scene: &'a Scene, token: &str, target: &str, needs: &[&str]) -> Call<'a> {
    let call = run(scene, &["check", "--forge", "azure-devops", "--token-env", "TOKEN", "--target", target]);
    needs.iter().fold(call.env("TOKEN", scene.token(token)), |call, need| call.args(&["--needs", need]))
}

/// The variables of a job of `acme/app`.
fn in_a_job<'a>(call: Call<'a>, token: &str) -> Call<'a> {
    call.env("TF_BUILD", "True")
        .env("SYSTEM_COLLECTIONURI", "https://dev.azure.com/acme/")
        .env("SYSTEM_TEAMFOUNDATIONCOLLECTIONURI", "https://dev.azure.com/acme/")
        .env("SYSTEM_TEAMPROJECT", "app")
        .env("BUILD_REPOSITORY_PROVIDER", "TfsGit")
        .env("BUILD_REPOSITORY_URI", "https://acme@dev.azure.com/acme/app/_git/app")
        .env("SYSTEM_ACCESSTOKEN", token)
}

#[test]
fn a_scope_is_told_from_a_permission() {
    let scene = cloud();
    let of = |token, target| checking(&scene, token, target, &["git.clone", "git.push", "mr.create"]).go();
    let full = of("dev", "acme/app/app");
    full.exits(0).judges("git.push", "allowed - observed").judges("mr.create", "allowed - declared");
    let reads = of("code-read", "acme/app/app");
    reads.exits(1).judges("git.clone", "allowed - observed").judges("git.push", "denied scope observed");
    reads.judges("mr.create", "denied scope observed").finds("scope-missing", &["`vso.code_write`"]);
    let reader = of("reader", "acme/app/app");
    reader.exits(1).judges("git.clone", "allowed - observed").judges("git.push", "denied role observed");
    reader.finds("role-too-low", &["let reader-1@example.test contribute to the repository", "/acme/app/_settings/"]);
    let tools = of("dev", "acme/app/tools");
    tools.exits(1).judges("git.push", "denied role observed").judges("mr.create", "allowed - declared");
}

#[test]
fn narrow_tokens_are_judged_by_what_they_were_seen_to_do() {
    let scene = cloud();
    let needs = ["work_item.query", "pipeline.list", "mr.list", "team.list"];
    for (token, able) in [("work-read", "work_item.query"), ("build-read", "pipeline.list"), ("code-read", "mr.list")] {
        let ran = checking(&scene, token, "acme/app", &needs).go();
        for need in needs {
            let expected = if need == able { "allowed - observed" } else { "denied scope observed" };
            ran.judges(need, expected);
        }
    }
    let status = checking(&scene, "code-status", "acme/app/app", &["mr.list"]).go();
    status.exits(1).judges("mr.list", "denied scope observed");
}

#[test]
fn dry_runs_show_what_reading_cannot() {
    let scene = cloud();
    let dry =
        |token: &str, needs: &[&str]| checking(&scene, token, "acme/app", needs).args(&["--probe", "dry-run"]).go();
    let writes = ["work_item.create", "work_item.update", "work_item.comment", "work_item_query.create"];
    let work = dry("work-write", &writes);
    work.exits(0);
    for need in writes {
        work.judges(need, "allowed - observed");
    }
    dry("work-read", &writes[..2]).exits(1).judges("work_item.update", "denied scope observed");
    dry("build-execute", &["pipeline.create", "build.queue"]).exits(0).judges("build.queue", "allowed - observed");
    dry("build-read", &["pipeline.create"]).exits(1).judges("pipeline.create", "denied scope observed");
    checking(&scene, "work-write", "acme/app", &writes[..1])
        .go()
        .exits(3)
        .judges("work_item.create", "unknown scope inferred");
    let strict = checking(&scene, "work-write", "acme/strict", &writes[..1]).args(&["--probe", "dry-run"]).go();
    strict.exits(3).judges("work_item.create", "unknown role inferred");
}

#[test]
fn the_contract_of_git_zen_is_met_by_its_scopes_and_by_no_fewer() {
    let scene = cloud();
    let contract = |token: &str| {
        let call = checking(&scene, token, "acme/app/app", &[]);
        call.args(&["--contract", "git-zen", "--probe", "dry-run"]).go()
    };
    contract("git-zen").exits(0);
    let narrow = contract("work-write");
    narrow.exits(1).judges("service_connection.list", "denied scope observed");
    narrow.judges("identity.read", "denied scope observed").judges("work_item.create", "allowed - observed");
}

#[test]
fn n_14_a_token_that_is_no_good_costs_one_request() {
    for token in ["expired", "revoked", "dev-other", "outsider"] {
        let scene = cloud();
        let ran = checking(&scene, token, "acme/app/app", &["git.clone", "git.push", "mr.list"]).go();
        ran.exits(1).finds("token-rejected", &["TOKEN"]);
        assert_eq!(scene.forge.requests().len(), 1, "{token}");
    }
}

#[test]
fn n_19_a_sign_in_page_is_never_a_pass() {
    for code in [203, 302] {
        let mut scenario = scenario();
        scenario.azure.as_mut().unwrap().sign_in = SignIn { insists: true, code };
        let scene = Scene::of(scenario);
        let ran = checking(&scene, "expired", "acme/app/app", &["git.clone"]).go();
        ran.exits(1).finds("token-rejected", &["sign-in page"]);
        assert_eq!(ran.token()["active"], false);
    }
}

#[test]
fn a_public_organization_does_not_make_a_wrong_token_a_good_one() {
    let scene = cloud();
    let call = run(&scene, &["check", "--forge", "azure-devops", "--token-env", "TOKEN", "--target", "acme/open/open"]);
    call.env("TOKEN", "z".repeat(52)).args(&["--needs", "git.clone"]).go().exits(1).finds("token-rejected", &[]);
}

#[test]
fn what_the_organization_decides_is_told() {
    let scene = cloud();
    checking(&scene, "newcomer", "acme/app", &["mr.list"]).go().exits(1).finds("token-rejected", &["TF401444"]);
    let fenced = checking(&scene, "fenced", "fenced/app", &["mr.list"]).go();
    fenced.exits(3).finds("network-policy", &["VS403463", "conditional access"]);
    let secret = checking(&scene, "dev", "acme/secret/secret", &["git.clone", "pipeline.list"]).go();
    secret
        .exits(1)
        .judges("git.clone", "denied visibility observed")
        .judges("pipeline.list", "denied visibility observed");
    secret.finds("target-not-visible", &["acme/secret/secret"]);
    let gone = checking(&scene, "dev", "acme/app/gone", &["git.clone", "pipeline.list"]).go();
    gone.exits(1).judges("git.clone", "denied visibility observed").judges("pipeline.list", "allowed - observed");
}

#[test]
fn an_entra_token_is_a_bearer_token_with_the_scopes_in_its_claims() {
    let scene = cloud();
    let person = checking(&scene, "entra-user", "acme/app/app", &["git.push", "mr.create", "token.list"]).go();
    assert_eq!(person.token()["kind"], "entra");
    person.judges("git.push", "allowed - observed").judges("mr.create", "allowed - inferred");
    person.judges("token.list", "allowed - declared");
    let robot = checking(&scene, "entra-robot", "acme/app/app", &["git.push"]).go();
    robot.exits(0).judges("git.push", "allowed - observed");
    checking(&scene, "entra-expired", "acme/app/app", &["git.push"]).go().exits(1).finds("token-expired", &[]);
    assert!(scene.forge.requests().iter().all(|seen| seen.status != 401));
}

#[test]
fn a_personal_token_and_that_of_the_job_side_by_side() {
    let scene = cloud();
    let arguments = [
        "compare",
        "git.push",
        "mr.note.create",
        "--token-env",
        "SYSTEM_ACCESSTOKEN",
        "--token-env",
        "AZURE_DEVOPS_EXT_PAT",
    ];
    let call = in_a_job(run(&scene, &arguments), &scene.token("job")).env("AZURE_DEVOPS_EXT_PAT", scene.token("dev"));
    let report = call.go().exits(0).json();
    let cell = |row: usize, token: usize| report["matrix"]["rows"][row]["cells"][token]["verdict"].clone();
    assert_eq!(report["matrix"]["tokens"][0], "env:SYSTEM_ACCESSTOKEN");
    assert_eq!((cell(0, 0), cell(0, 1)), ("denied".into(), "allowed".into()), "{report:#}");
    assert_eq!(cell(1, 0), "allowed", "{report:#}");
    assert_eq!(report["matrix"]["least"], "env:AZURE_DEVOPS_EXT_PAT");
}

#[test]
fn a_job_needs_no_configuration() {
    let scene = cloud();
    let ran =
        in_a_job(run(&scene, &["check", "--needs", "git.clone", "--needs", "git.push"]), &scene.token("job")).go();
    assert_eq!(
        (ran.token()["kind"].clone(), ran.token()["user"].clone()),
        ("system".into(), "app Build Service (acme)".into())
    );
    ran.exits(1).judges("git.clone", "allowed - observed").judges("git.push", "denied role observed");
    ran.finds("role-too-low", &["app Build Service (acme)", "contribute to the repository"]);
    let whole = in_a_job(run(&scene, &["check", "--needs", "git.clone"]), &scene.token("collection-job")).go();
    whole.exits(0);
    let plain = scene.plain_run(&["check", "--needs", "git.clone"]);
    let ca = scene.forge.ca_pem_path().unwrap().display().to_string();
    let plain =
        plain.args(&["--ca-file", &ca, "--format", "human"]).env("HTTPS_PROXY", scene.forge.proxy_url().unwrap());
    in_a_job(plain, &scene.token("collection-job")).go().exits(0).says("Project Collection Build Service (acme)");
}

#[test]
fn e_04_a_variable_that_was_not_mapped_is_missing_and_the_fix_says_how() {
    let scene = cloud();
    let ran = in_a_job(run(&scene, &["check", "--needs", "git.push"]), "").go();
    ran.exits(1).finds("token-missing", &["`env:`", "SYSTEM_ACCESSTOKEN: $(System.AccessToken)"]);
    let ran = in_a_job(run(&scene, &["check", "--needs", "git.push"]), "$(System.AccessToken)").go();
    ran.exits(1).finds("token-malformed", &["not expanded"]);
    assert!(scene.forge.requests().is_empty());
}

#[test]
fn the_token_of_a_job_stays_in_its_organization() {
    let scene = cloud();
    let away = |arguments: &[&str]| in_a_job(run(&scene, arguments), &scene.token("job")).go();
    let typed = away(&["check", "--token-env", "SYSTEM_ACCESSTOKEN", "--target", "other/app"]);
    typed.exits(2).complains("meant for `acme`");
    scene.write("hallpass.yml", "version: 1\nconnections:\n  away: { forge: azure-devops, target: other/app, token: job, needs: [git.clone] }\n");
    away(&["check"]).exits(3).finds("origin-not-trusted", &["meant for `acme`"]);
    scene.write(
        "hallpass.yml",
        "version: 1\nconnections:\n  away: { forge: gitlab, target: a/b, token: { env: SYSTEM_ACCESSTOKEN }, needs: [git.clone] }\n",
    );
    away(&["check"]).exits(3).finds("origin-not-trusted", &["https://gitlab.com"]);
    assert!(scene.forge.requests().is_empty());
}

#[test]
fn whatever_is_asked_is_asked_of_one_organization() {
    let scene = cloud();
    let needs = ["identity.read", "feed.list", "classic_release.list", "graph_user.list", "team.list", "git.clone"];
    checking(&scene, "dev", "acme/app/app", &needs).go().exits(0);
    let seen = scene.forge.requests();
    assert!(seen.len() >= needs.len() && seen.iter().all(|seen| seen.target.starts_with("/acme/")), "{seen:#?}");
}

#[test]
fn the_declared_picture_costs_four_requests_at_most() {
    let scene = cloud();
    for (token, target) in [
        ("dev", "acme/app/app"),
        ("dev-short", "acme/app"),
        ("code-read", "acme/app/app"),
        ("code-status", "acme/app/app"),
        ("packaging", "acme/app/app"),
        ("entra-user", "acme/app/app"),
        ("entra-robot", "acme"),
        ("job", "acme/app/app"),
    ] {
        let ran = checking(&scene, token, target, &[]).go();
        let told = ran.json()["summary"]["requests"].as_u64().unwrap();
        assert!(told <= 4, "{token}: {told}");
        let more = checking(&scene, token, target, &["mr.list", "pipeline.list"]).go();
        assert!(more.json()["summary"]["requests"].as_u64().unwrap() <= 6, "{token}");
    }
}

#[test]
fn a_token_that_may_be_for_all_organizations_is_told_of_its_end() {
    let scene = cloud();
    for token in ["dev-global", "dev-short"] {
        let ran = checking(&scene, token, "acme/app", &[]).go();
        ran.exits(0).finds("token-retiring", &["2026-12-01", "cannot be seen from here"]);
        assert_eq!(ran.finding("token-retiring")["severity"], "note");
    }
    assert!(!checking(&scene, "dev", "acme/app", &[]).go().rules().contains(&"token-retiring".to_owned()));
    let after = checking(&scene, "dev-short", "acme/app", &[])
        .args(&["--offline"])
        .env("HALLPASS_NOW", "2026-12-01T00:00:00Z")
        .go();
    assert!(!after.rules().contains(&"token-retiring".to_owned()));
}

#[test]
fn inspect_tells_kind_owner_and_the_month_a_token_was_made_in() {
    let scene = cloud();
    let arguments = ["inspect", "--forge", "azure-devops", "--token-env", "TOKEN", "--target", "acme"];
    let call =
        scene.plain_run(&arguments).args(&["--ca-file", &scene.forge.ca_pem_path().unwrap().display().to_string()]);
    let ran = call.env("TOKEN", scene.token("dev-global")).env("HTTPS_PROXY", scene.forge.proxy_url().unwrap()).go();
    ran.exits(0)
        .says("personal access token")
        .says("dev-1@example.test")
        .says("made in January 2026")
        .says("2027-01-31");
    let offline = scene.plain_run(&["inspect", "--token-env", "AZURE_DEVOPS_EXT_PAT", "--offline"]);
    offline.env("AZURE_DEVOPS_EXT_PAT", scene.token("dev-global")).go().exits(0).says("personal access token");
}

#[test]
fn a_server_of_ones_own_has_its_collection_in_the_address() {
    let scene = Scene::named("azure-server");
    let url = format!("{}/DefaultCollection", scene.url());
    let of = |token: &str, needs: &[&str]| {
        let call =
            scene.run(&["check", "--token-env", "TOKEN", "--url", &url, "--target", "app/app", "--format", "json"]);
        needs.iter().fold(call.env("TOKEN", scene.token(token)), |call, need| call.args(&["--needs", need])).go()
    };
    let dev =
        of("dev", &["git.clone", "git.push", "mr.list", "team.list", "work_item.query", "pipeline_definition.list"]);
    dev.exits(0).judges("git.push", "allowed - observed").judges("team.list", "allowed - observed");
    assert!(!dev.rules().contains(&"token-retiring".to_owned()));
    of("code-read", &["git.clone", "git.push"]).exits(1).judges("git.push", "denied scope observed");
    of("reader", &["git.push"]).exits(1).judges("git.push", "denied role observed");
    of("expired", &["git.push"]).exits(1).finds("token-rejected", &[]);
    of("job", &["git.clone"]).exits(0).judges("git.clone", "allowed - observed");
}

#[test]
fn without_an_organization_nothing_is_asked() {
    let scene = cloud();
    let call = run(&scene, &["check", "--forge", "azure-devops", "--token-env", "TOKEN"]);
    let ran = call.env("TOKEN", scene.token("dev")).go();
    ran.exits(3).finds("answer-unusable", &["no organization is named"]);
    assert!(scene.forge.requests().is_empty());
}
