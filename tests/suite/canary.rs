//! No token leaves by any door: every command, every format, success and failure, from every source (R14, R15). The
//! runner looks at both streams and every file that a run wrote, in every encoding.

use std::os::unix::fs::PermissionsExt as _;

use hallpass_sandbox::{Scenario, TokenText};

use crate::support::hallpass::{Call, Scene};

const FORMATS: [&str; 7] = ["human", "json", "github", "gitlab", "gitlab-annotations", "junit", "markdown"];

/// Texts that look different in every encoding.
fn scene() -> Scene {
    let mut scenario = Scenario::named("gitlab-19").unwrap();
    for name in ["dev", "expired"] {
        let token = scenario.gitlab.tokens.iter_mut().find(|token| token.name == name).unwrap();
        token.text = Some(TokenText::Literal(format!("canary-<&>'+/=~{name}~0123456789abcdef")));
    }
    Scene::of(scenario)
}

/// Every command that reports, with and without all its words.
fn commands(scene: &Scene) -> Vec<Call<'_>> {
    let place = ["--url", &scene.url(), "--target", "acme/app"].map(str::to_owned);
    let place: Vec<&str> = place.iter().map(String::as_str).collect();
    let mut all = Vec::new();
    for format in FORMATS {
        for verbose in [&[][..], &["-v"]] {
            for words in [
                &[
                    "check",
                    "--needs",
                    "mr.list",
                    "--needs",
                    "mr.create",
                    "--needs",
                    "git.clone",
                    "--needs",
                    "hook.list",
                ][..],
                &["check", "--contract", "semantic-release"],
                &["compare", "mr.list", "release.create"],
                &["can", "mr.create"],
                &["can", "--list"],
                &["inspect"],
                &["inspect", "--offline"],
            ] {
                if words.contains(&"--list") && !verbose.is_empty() {
                    // The longest by far, and `-v` adds nothing to it that the others do not show.
                    continue;
                }
                let file = format!("{format}=report");
                let call = scene.run(words).args(&["--forge", "gitlab"]).args(&place).args(verbose);
                all.push(call.args(&["--format", format, "--format", &file]));
            }
        }
    }
    all
}

#[test]
fn from_a_variable() {
    let scene = scene();
    // The two whose texts are the hardest to hide go everywhere.
    for (token, step) in [("dev", 1), ("expired", 1), ("job", 5), ("read-api", 5)] {
        for call in commands(&scene).into_iter().step_by(step) {
            let ran = call.args(&["--token-env", "TOKEN"]).env("TOKEN", scene.token(token)).go();
            assert!(matches!(ran.status, Some(0 | 1 | 3)), "{}{}", ran.stdout(), ran.stderr());
            assert!(!ran.out.is_empty());
        }
    }
}

#[test]
fn from_a_file_and_from_standard_input() {
    let scene = scene();
    let path = scene.home().join("token");
    for token in ["dev", "expired"] {
        std::fs::write(&path, format!("{}\n", scene.token(token))).unwrap();
        for call in commands(&scene).into_iter().step_by(9) {
            call.arg("--token-file").arg(&path).go();
        }
        for call in commands(&scene).into_iter().step_by(11) {
            call.args(&["--token-stdin"]).stdin(&format!("{}\n", scene.token(token))).go();
        }
    }
}

#[test]
fn from_a_command_whose_arguments_and_surroundings_hold_no_token() {
    let scene = scene();
    let (secret, seen) = (scene.home().join("secret"), scene.home().join("seen"));
    let script = scene.home().join("give");
    let text = format!(
        "#!/bin/sh\n(tr '\\0' '\\n' < /proc/$$/cmdline; env) > '{}'\ncat '{}'\n",
        seen.display(),
        secret.display()
    );
    std::fs::write(&script, text).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o700)).unwrap();
    let configuration = scene.home().join("own.yml");
    let text = format!(
        "version: 1\nconnections:\n  bot: {{ forge: gitlab, url: '{}', insecure: true, target: acme/app, needs: [mr.list], token: {{ command: ['{}', bot] }} }}\n",
        scene.url(),
        script.display()
    );
    std::fs::write(&configuration, text).unwrap();
    for token in ["dev", "expired"] {
        std::fs::write(&secret, scene.token(token)).unwrap();
        for format in FORMATS {
            let call = scene.run(&["check", "-v", "--format", format]).env("HALLPASS_CONFIG", &configuration);
            let ran = call.env("GITLAB_TOKEN", scene.token("owner")).env("CI_JOB_TOKEN", scene.token("job")).go();
            assert_eq!(ran.status, Some(i32::from(token == "expired")), "{}{}", ran.stdout(), ran.stderr());
            // the child was told nothing of the tokens around it.
            let told = std::fs::read_to_string(&seen).unwrap();
            assert!(told.contains("bot") && !told.contains("GITLAB_TOKEN"), "{told}");
        }
    }
}

#[test]
fn in_a_job_with_all_its_variables() {
    let scene = scene();
    for format in FORMATS {
        for command in
            [&["check"][..], &["check", "-v"], &["compare", "-v"], &["inspect", "-v"], &["can", "git.push", "-v"]]
        {
            let call = scene.run(command).args(&["--format", format]).job("job", "acme/app", 201, "19.3.0");
            let call = call.env("GITLAB_TOKEN", scene.token("project-bot")).env("GL_TOKEN", scene.token("expired"));
            call.env("PRIVATE_TOKEN", scene.token("deploy")).env("RUST_BACKTRACE", "full").go();
        }
    }
}

#[test]
fn in_complaints() {
    let scene = scene();
    let token = scene.token("owner");
    scene.write("hallpass.yml", &format!("version: 1\nconnections:\n  bot: {{ forge: gitlab, token: {token} }}\n"));
    scene.run(&["check"]).go().exits(2);
    scene.write(
        "hallpass.yml",
        &format!("version: 1\nconnections:\n  bot: {{ forge: gitlab, token: {{ env: {token} }} }}\n"),
    );
    scene.run(&["check"]).go().exits(2);
    scene.write("hallpass.yml", &format!("version: 1\n{token}: x\nconnections: {{ '{token}': [ }}\n"));
    scene.run(&["check"]).go().exits(2);
    let path = scene.home().join("two-lines");
    std::fs::write(&path, format!("{token}\n{token}\n")).unwrap();
    for command in [["inspect", "--offline"], ["check", "-v"]] {
        scene
            .run(&command)
            .arg("--token-file")
            .arg(&path)
            .args(&["--forge", "gitlab"])
            .arg("--url")
            .arg(scene.url())
            .at(scene.home())
            .go();
    }
}

#[test]
fn written_in_a_pipeline() {
    let scene = scene();
    for token in ["dev", "job", "deploy", "owner"] {
        let text = scene.token(token);
        let pipeline = format!(
            "# {text}\n{text}:\n  variables: {{ T: '{text}', {text}: x }}\n  script:\n    - |\n      X={text}; \
             curl -X POST -H \"PRIVATE-TOKEN: {text}\" -H \"JOB-TOKEN: {text}\" \"$CI_API_V4_URL/projects/{text}/labels?private_token={text}\"\n      \
             git push https://oauth2:{text}@gitlab.com/{text} && git clone https://{text}@x/ && glab api -H {text} {text}\n      \
             curl -u {text}:$CI_JOB_TOKEN -d job_token={text} https://{text}:$X@h/api/v4/{text}\n      echo ${text} ${{{text}}}\n"
        );
        scene.write(".gitlab-ci.yml", &pipeline);
        scene.write("broken.yml", &format!("a: *{text}\n{text}: [\n"));
        for format in FORMATS {
            for paths in [&[][..], &["broken.yml"]] {
                let ran = scene.plain_run(&["lint", "-v", "--format", format]).args(paths).go();
                assert!(matches!(ran.status, Some(0 | 1 | 3)), "{}{}", ran.stdout(), ran.stderr());
            }
        }
        // What the forge does not shape as a token may be the name of a job, and those are shown.
        if token != "dev" {
            let words: [&[&str]; 4] = [
                &["init", "--forge", "gitlab", "--dry-run"],
                &["init", "--forge", "gitlab", "--yes", "--force"],
                &["advise", "-v", "--forge", "gitlab"],
                &["advise", "--format", "json", "--forge", "gitlab"],
            ];
            for words in words {
                let ran = scene.plain_run(words).go();
                assert!(matches!(ran.status, Some(0 | 1 | 3)), "{}{}", ran.stdout(), ran.stderr());
            }
        }
    }
}
