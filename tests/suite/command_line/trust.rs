//! A file of the repository says what to check; it cannot send a token elsewhere or start a program (R4).

use crate::support::hallpass::{Ran, Scene};

/// A repository's configuration with these keys, checked without a word from the user.
fn unasked(scene: &Scene, keys: &str) -> Ran {
    scene.write(
        "hallpass.yml",
        &format!("version: 1\nconnections:\n  bot: {{ forge: gitlab, needs: [mr.list], target: acme/app, {keys} }}\n"),
    );
    scene.plain_run(&["check", "--format", "json"]).env("T", scene.token("dev")).go()
}

#[test]
fn e_10_a_new_origin_gets_no_token() {
    let scene = Scene::named("gitlab-19");
    let ran = unasked(&scene, &format!("url: '{}', insecure: true, token: {{ env: T }}", scene.url()));
    ran.exits(3);
    ran.finds("origin-not-trusted", &[&scene.origin(), "--allow-origin"]);
    assert_eq!(ran.finding("origin-not-trusted")["location"]["line"], 3);
    assert_eq!(ran.capability("mr.list")["verdict"], "unknown");
    assert!(scene.forge.requests().is_empty());
}

#[test]
fn e_10_a_new_origin_in_a_job_gets_no_token_either() {
    let (home, other) = (Scene::named("gitlab-19"), Scene::named("gitlab-19"));
    let text = |token: &str| {
        format!(
            "version: 1\nconnections:\n  bot: {{ forge: gitlab, url: '{}', insecure: true, needs: [mr.list], target: acme/app, token: {token} }}\n",
            other.url()
        )
    };
    for token in ["{ env: GITLAB_TOKEN }", "job", "{ env: CI_JOB_TOKEN }"] {
        home.write("hallpass.yml", &text(token));
        let call = home.run(&["check", "--format", "json"]).job("job", "acme/app", 201, "19.3.0");
        let ran = call.env("GITLAB_TOKEN", home.token("dev")).go();
        ran.exits(3);
        ran.finds("origin-not-trusted", &[]);
        assert!(other.forge.requests().is_empty());
    }
}

#[test]
fn r_2_the_jobs_own_token_stays_at_home_even_when_the_user_names_another_place() {
    let (home, other) = (Scene::named("gitlab-19"), Scene::named("gitlab-19"));
    let args = ["check", "--token-env", "CI_JOB_TOKEN", "--url", &other.url(), "--allow-http", &other.origin()];
    home.run(&args)
        .args(&["--allow-origin", &other.origin()])
        .job("job", "acme/app", 201, "19.3.0")
        .go()
        .exits(2)
        .complains("job's own token");
    assert!(other.forge.requests().is_empty());
}

#[test]
fn e_10_a_command_of_the_repository_is_not_run() {
    let scene = Scene::named("gitlab-19");
    let mark = scene.tree().join("ran");
    let ran = unasked(
        &scene,
        &format!("url: 'https://gitlab.com', token: {{ command: [/usr/bin/touch, '{}'] }}", mark.display()),
    );
    ran.exits(3);
    ran.finds("origin-not-trusted", &["command"]);
    assert!(!mark.exists());
}

#[test]
fn e_10_a_token_file_outside_the_work_tree_is_not_read() {
    let scene = Scene::named("gitlab-19");
    let path = scene.home().join("netrc");
    std::fs::write(&path, scene.token("dev")).unwrap();
    let ran = unasked(&scene, &format!("url: 'https://gitlab.com', token: {{ file: '{}' }}", path.display()));
    ran.exits(3);
    ran.finds("origin-not-trusted", &["outside the work tree"]);
}

#[test]
fn an_origin_that_the_user_agreed_to_is_asked() {
    let scene = Scene::named("gitlab-19");
    let keys = format!("url: '{}', insecure: true, token: {{ env: T }}", scene.url());
    assert_ne!(unasked(&scene, &keys).status, Some(0));
    let run = |flag: &str| {
        scene.plain_run(&["check", "--format", "json", flag, &scene.origin()]).env("T", scene.token("dev")).go()
    };
    run("--allow-http").exits(0);
    run("--allow-origin").exits(0);
}

#[test]
fn the_users_own_configuration_may_name_any_origin_and_a_command() {
    let scene = Scene::named("gitlab-19");
    std::fs::write(scene.home().join("token"), scene.token("dev")).unwrap();
    let folder = scene.home().join(".config/hallpass");
    std::fs::create_dir_all(&folder).unwrap();
    let text = format!(
        "version: 1\nconnections:\n  bot: {{ forge: gitlab, url: '{}', insecure: true, needs: [mr.list], target: acme/app, token: {{ command: [cat, '{}'] }} }}\n",
        scene.url(),
        scene.home().join("token").display()
    );
    std::fs::write(folder.join("config.yml"), text).unwrap();
    let ran = scene.plain_run(&["check", "--format", "json"]).go();
    ran.exits(0).judges("mr.list", "allowed - observed");
}
