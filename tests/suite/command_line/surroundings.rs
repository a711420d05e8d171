//! Where hallpass is started: outside of any repository, without a home, in a folder that is gone, on a wrong platform.

use std::process::Command;

use crate::support::hallpass::Scene;

#[test]
fn outside_of_any_work_tree() {
    let scene = Scene::named("gitlab-19");
    let ran = scene.checking(&scene.token("dev"), "acme/app", &["mr.list"]).at(scene.home()).go();
    ran.exits(0);
    scene.plain_run(&["check"]).at("/").go().exits(2).complains("nothing to check");
}

#[test]
fn a_configuration_is_found_from_a_folder_below_the_root() {
    let scene = Scene::named("gitlab-19");
    scene.configure(&["target: acme/app", "token: { env: T }", "needs: [mr.list]"]);
    scene.write("deep/er/file", "");
    let ran =
        scene.run(&["check", "--format", "json"]).at(scene.tree().join("deep/er")).env("T", scene.token("dev")).go();
    ran.exits(0).judges("mr.list", "allowed - observed");
}

#[test]
fn s_07_without_a_home() {
    let scene = Scene::named("gitlab-19");
    let bare = |home: Option<&str>| {
        let call = scene.checking(&scene.token("dev"), "acme/app", &["mr.list"]);
        let call = call.without("XDG_CONFIG_HOME").without("XDG_DATA_HOME").without("XDG_CACHE_HOME").without("PATH");
        match home {
            Some(home) => call.env("HOME", home),
            None => call.without("HOME"),
        }
    };
    bare(None).go().exits(0);
    bare(Some("")).go().exits(0);
    bare(Some("/nowhere/at/all")).go().exits(0);
}

#[test]
fn in_a_folder_that_is_gone() {
    let scene = Scene::named("gitlab-19");
    let gone = scene.home().join("gone");
    std::fs::create_dir(&gone).unwrap();
    let script = format!("cd '{}' && rmdir '{0}' && exec '{}' \"$@\"", gone.display(), env!("CARGO_BIN_EXE_hallpass"));
    let run = |arguments: &[&str]| {
        std::fs::create_dir_all(&gone).unwrap();
        let all = [&["-c", &script, "hallpass"], arguments].concat();
        Command::new("/bin/sh").env_clear().env("T", scene.token("dev")).args(all).output().unwrap()
    };
    let (url, origin) = (scene.url(), scene.origin());
    let output = run(&[
        "check",
        "--token-env",
        "T",
        "--forge",
        "gitlab",
        "--url",
        &url,
        "--allow-http",
        &origin,
        "--target",
        "acme/app",
        "--needs",
        "mr.list",
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(run(&["explain"]).status.code(), Some(0));
    let output = run(&["check"]);
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn e_02_on_two_platforms_at_once_each_token_stays_with_its_own() {
    let scene = Scene::named("gitlab-19");
    let call = scene.run(&["check", "--format", "json"]).job("job", "acme/app", 201, "19.3.0");
    let ran = call.env("GITHUB_ACTIONS", "true").env("GITHUB_TOKEN", "ghs_0123456789abcdef0123456789abcdef0123").go();
    assert!(ran.out.is_empty() || !ran.stdout().contains("GITHUB_TOKEN"), "{}", ran.stdout());
    assert!(scene.forge.requests().iter().all(|seen| seen.token.as_deref() != Some("unknown")));
}

#[test]
fn each_platform_gets_its_own_format() {
    let scene = Scene::named("gitlab-19");
    let args = ["check", "--token-env", "T", "--target", "acme/app", "--needs", "mr.list", "--url", &scene.url()];
    let run = || scene.run(&args).env("T", scene.token("blocked"));
    let github =
        run().env("GITHUB_ACTIONS", "true").env("GITHUB_WORKFLOW_REF", "o/r/.github/workflows/a.yml@refs/heads/b");
    assert!(github.go().stdout().starts_with("::error title=hallpass::"));
    assert!(run().env("TF_BUILD", "True").go().stdout().starts_with("##vso[task.logissue type=error;code=hallpass;]"));
    let sarif =
        run().args(&["--format", "sarif"]).env("GITHUB_WORKFLOW_REF", "o/r/.github/workflows/a.yml@refs/heads/b");
    assert!(sarif.go().stdout().contains(r#""uri": ".github/workflows/a.yml""#));
}

#[test]
fn colour_is_for_terminals_and_gitlabs_log() {
    let scene = Scene::named("gitlab-19");
    let args = ["check", "--token-env", "T", "--target", "acme/app", "--needs", "mr.list", "--url", &scene.url()];
    let run = || scene.run(&args).env("T", scene.token("dev"));
    let coloured = |ran: crate::support::hallpass::Ran| ran.stdout().contains('\u{1b}');
    assert!(!coloured(run().go()));
    assert!(coloured(run().env("GITLAB_CI", "true").go()));
    assert!(!coloured(run().env("GITLAB_CI", "true").env("NO_COLOR", "1").go()));
    assert!(coloured(run().args(&["--color", "always"]).env("NO_COLOR", "1").go()));
    assert!(!coloured(run().args(&["--color", "never"]).env("GITLAB_CI", "true").go()));
}

#[test]
fn e_09_a_place_with_spaces_and_other_letters() {
    let scene = Scene::named("gitlab-19");
    let folder = scene.tree().join("Grüße an alle");
    std::fs::create_dir(&folder).unwrap();
    let path = folder.join("my hallpass.yml");
    let token = folder.join("a token");
    std::fs::write(&token, scene.token("dev")).unwrap();
    let text = format!(
        "version: 1\nconnections:\n  bot: {{ forge: gitlab, url: '{}', insecure: true, needs: [mr.create], target: acme/app, token: {{ file: 'a token' }}, must_not: [mr.list] }}\n",
        scene.url()
    );
    std::fs::write(&path, text).unwrap();
    let ran =
        scene.run(&["check", "--format", "json", "--format", "junit=Grüße an alle/r.xml", "--config"]).arg(&path).go();
    ran.exits(1).finds("must-not-held", &[]);
    let file = ran.finding("must-not-held")["location"]["file"].as_str().unwrap().to_owned();
    assert_eq!(file, "Grüße an alle/my hallpass.yml");
    assert!(folder.join("r.xml").exists());
}

#[test]
fn o_12_outputs_are_added_on_a_line_of_their_own_with_a_delimiter_of_the_run() {
    let scene = Scene::named("gitlab-19");
    scene.write(".gitlab-ci.yml", "job:\n  script: [make]\n");
    let file = scene.write("outputs", "before=1");
    let delimiter = || {
        let format = format!("outputs={}", file.display());
        scene.plain_run(&["lint", "--format", &format]).env("GITHUB_OUTPUT", &file).go().exits(0);
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.starts_with("before=1\nstatus="), "{text}");
        text.rsplit("reports<<").next().unwrap().lines().next().unwrap().to_owned()
    };
    let (first, second) = (delimiter(), delimiter());
    assert!(first.len() == 36 && second.len() == 36 && first != second, "{first} {second}");
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text.matches("\n\nstatus=").count(), 1, "{text}");

    // Any other file is replaced as a whole.
    let format = format!("outputs={}", file.display());
    scene.plain_run(&["lint", "--format", &format]).go().exits(0);
    assert!(std::fs::read_to_string(&file).unwrap().starts_with("status="));
}
