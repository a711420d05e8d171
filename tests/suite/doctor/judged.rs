//! What the token that answers may do, by the same judge as everywhere.

use serde_json::Value;

use crate::support::hallpass::{Call, Ran, Scene};
use crate::support::helper::PROGRAM;

/// A scene where Git asks hallpass, and hallpass has this token of the scenario for the forge.
fn scene(token: &str) -> Scene {
    let scene = Scene::named("gitlab-19");
    let folder = scene.home().join(".config/hallpass");
    std::fs::create_dir_all(&folder).unwrap();
    let text = format!(
        "version: 1\nconnections:\n  bot: {{ forge: gitlab, url: '{}', insecure: true, token: {{ env: BOT }} }}\n",
        scene.url()
    );
    std::fs::write(folder.join("config.yml"), text).unwrap();
    std::fs::write(scene.home().join(".gitconfig"), format!("[credential]\n\thelper = {PROGRAM} credential\n"))
        .unwrap();
    std::fs::write(scene.home().join("token"), scene.token(token)).unwrap();
    scene
}

fn doctor<'a>(scene: &'a Scene, path: &str, words: &[&str]) -> Call<'a> {
    let address = format!("{}/{path}", scene.url());
    let token = std::fs::read_to_string(scene.home().join("token")).unwrap();
    let call = scene.run(&["doctor", &address]).args(words).env("BOT", token);
    call.env("GIT_CONFIG_NOSYSTEM", "1").without("XDG_CONFIG_HOME")
}

fn verdicts(ran: &Ran) -> Vec<String> {
    let seen = ran.json();
    let all = seen["report"]["connections"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|one| one["capabilities"].as_array().unwrap().clone());
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    all.map(|one| {
        format!("{} {} {} {}", word(&one["id"]), word(&one["verdict"]), word(&one["layer"]), word(&one["basis"]))
    })
    .collect()
}

#[test]
fn fetch_and_push_are_judged_for_the_token_that_answers() {
    for (token, status, expected) in [
        ("dev", 0, ["git.clone allowed - observed", "git.push allowed - observed"]),
        ("read-repository", 0, ["git.clone allowed - observed", "git.push denied scope observed"]),
        ("reporter-push", 0, ["git.clone allowed - observed", "git.push denied role observed"]),
    ] {
        let scene = scene(token);
        let ran = doctor(&scene, "acme/app.git", &["--format", "json"]).go();
        assert_eq!(verdicts(&ran), expected, "{token}: {}", ran.stdout());
        ran.exits(status);
    }
}

#[test]
fn a_dead_token_is_an_error() {
    let scene = scene("expired");
    let ran = doctor(&scene, "acme/app.git", &["--format", "json"]).go();
    ran.exits(1);
    let seen = ran.json();
    assert_eq!(seen["report"]["connections"][0]["token"]["active"], false, "{seen:#}");
    assert_eq!(seen["report"]["status"], "fail");
}

#[test]
fn offline_nothing_is_asked() {
    let scene = scene("dev");
    let ran = doctor(&scene, "acme/app.git", &["--offline", "--format", "json"]).go();
    ran.exits(0);
    assert_eq!(verdicts(&ran), Vec::<String>::new());
    assert_eq!(scene.forge.requests().len(), 0);
}

#[test]
fn inside_a_job_the_token_of_the_runners_rewrite_is_judged_as_the_job_token_it_is() {
    let scene = scene("dev");
    let origin = scene.origin();
    let base = origin.replace("://", &format!("://gitlab-ci-token:{}@", scene.token("job")));
    let config = scene.tree().join(".git/config");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, format!("{text}[url \"{base}\"]\n\tinsteadOf = {origin}\n")).unwrap();
    let call = doctor(&scene, "acme/app.git", &["--format", "json"]).job("job", "acme/app", 201, "19.3.0");
    let ran = call.go();
    let seen = ran.json();
    assert_eq!(seen["ways"][0]["answer"], "the address itself", "{seen:#}");
    assert_eq!(seen["report"]["connections"][0]["token"]["kind"], "job", "{seen:#}");
    assert_eq!(verdicts(&ran)[0], "git.clone allowed - observed");
    assert!(seen["report"]["findings"].as_array().unwrap().iter().any(|one| one["rule"] == "helper-bypassed"));
}

#[test]
fn people_read_the_same() {
    let scene = scene("read-repository");
    let ran = doctor(&scene, "acme/app.git", &[]).go();
    for text in ["fetch and push", "gives connection `bot`, env:BOT", "✓ allowed: git.clone", "✗ denied: git.push"]
    {
        ran.says(text);
    }
}

#[test]
fn r3_without_tls_nothing_is_sent_that_nobody_agreed_to() {
    let scene = scene("dev");
    let base = scene.origin().replace("://", &format!("://oauth2:{}@", scene.token("dev")));
    let text = format!("[url \"{base}\"]\n\tinsteadOf = {}\n", scene.origin());
    std::fs::write(scene.home().join(".gitconfig"), text).unwrap();
    std::fs::remove_file(scene.home().join(".config/hallpass/config.yml")).unwrap();
    let address = format!("{}/acme/app.git", scene.url());
    let ran = scene.plain_run(&["doctor", &address, "--format", "json"]).env("GIT_CONFIG_NOSYSTEM", "1").go();
    assert_eq!(scene.forge.requests().len(), 0, "{}", ran.stdout());
    ran.exits(3);
}
