//! `hallpass init`: a configuration from remotes, pipeline files and tools. Nothing is asked of anybody.

use std::fs;
use std::process::Command;

use crate::support::hallpass::{Ran, Scene};
use crate::support::parts;

/// Good for nothing.
const CANARY: &str = "glpat-canaryCANARYcanary0";

const PIPELINE: &str = r#"
variables:
  API: $CI_API_V4_URL/projects/$CI_PROJECT_ID
comment:
  script:
    - 'curl --fail -X POST -H "PRIVATE-TOKEN: $BOT_TOKEN" "$API/merge_requests/1/notes" -d body=hi'
    - 'curl --fail -H "PRIVATE-TOKEN: $BOT_TOKEN" "$CI_API_V4_URL/projects/acme%2Ftools/releases"'
    - 'curl --fail -H "PRIVATE-TOKEN: $BOT_TOKEN" "$CI_API_V4_URL/projects/$OTHER/releases"'
publish:
  script:
    - 'curl --fail --header "JOB-TOKEN: $CI_JOB_TOKEN" --upload-file a.tgz "$API/packages/generic/app/1.0/a.tgz"'
    - npx semantic-release
"#;

fn scene(remote: Option<&str>) -> Scene {
    let scene = Scene::named("gitlab-19");
    if let Some(address) = remote {
        git2::Repository::open(scene.tree()).unwrap().remote("origin", address).unwrap();
    }
    scene
}

fn init(scene: &Scene, args: &[&str]) -> Ran {
    let ran = scene.plain_run(&[&["init"], args].concat()).go();
    assert!(scene.forge.requests().is_empty());
    ran
}

fn written(scene: &Scene) -> String {
    fs::read_to_string(scene.tree().join("hallpass.yml")).unwrap()
}

fn accepts(scene: &Scene) {
    let ran = scene.plain_run(&["check", "--offline", "--config", "hallpass.yml"]).go();
    assert!(matches!(ran.status, Some(0 | 1 | 3)), "{}", ran.stderr());
}

#[test]
fn each_token_of_the_pipeline_is_a_connection_with_its_reasons() {
    let scene = scene(Some("git@gitlab.com:acme/app.git"));
    scene.write(".gitlab-ci.yml", PIPELINE);
    scene.write(".releaserc.json", "{}");
    init(&scene, &["--yes"]).exits(0).complains("`hallpass.yml` was written");
    insta::assert_snapshot!(written(&scene));
    accepts(&scene);
}

#[test]
fn the_same_repository_gives_the_same_file_and_a_second_run_changes_nothing() {
    let scene = scene(Some("https://gitlab.com/acme/app.git"));
    scene.write(".gitlab-ci.yml", PIPELINE);
    init(&scene, &["--yes"]).exits(0);
    let first = written(&scene);
    init(&scene, &["--yes"]).exits(0).complains("is as it would be written");
    fs::remove_file(scene.tree().join("hallpass.yml")).unwrap();
    init(&scene, &["--yes"]).exits(0);
    assert_eq!(written(&scene), first);
}

#[test]
fn a_token_in_the_address_of_a_remote_stays_there_and_is_told() {
    let scene = scene(None);
    let secret = CANARY;
    let address = format!("https://oauth2:{secret}@gitlab.com/acme/app.git");
    git2::Repository::open(scene.tree()).unwrap().remote("origin", &address).unwrap();
    let ran = init(&scene, &["--yes"]);
    ran.exits(0).complains("warning: the address of the remote `origin` has a token or a password in it");
    ran.assert_without(secret);
    assert!(written(&scene).contains("url: https://gitlab.com\n    target: acme/app\n"), "{}", written(&scene));
}

#[test]
fn without_a_yes_nothing_is_written() {
    let scene = scene(Some("https://gitlab.com/acme/app.git"));
    scene.write(".gitlab-ci.yml", PIPELINE);
    init(&scene, &["--dry-run"]).exits(0).says("  bot-token:\n");
    init(&scene, &[]).exits(1).says("  bot-token:\n").complains("hint: `--yes` writes it");
    assert!(!scene.tree().join("hallpass.yml").exists());
}

#[test]
fn a_file_that_exists_is_written_over_only_when_told_and_its_difference_shown_first() {
    let scene = scene(Some("https://gitlab.com/acme/app.git"));
    let secret = CANARY;
    let old = format!("version: 1\n# {secret}\nconnections: {{}}\n");
    scene.write("hallpass.yml", &old);
    let ran = init(&scene, &["--yes"]);
    ran.exits(1).says("--- hallpass.yml\n+++ hallpass.yml\n@@ ").says("\n-***\n").complains("hint: `--force`");
    ran.assert_without(secret);
    assert_eq!(written(&scene), old);
    init(&scene, &["--yes", "--force"]).exits(0).says("+connections:\n");
    assert!(written(&scene).contains("  job:\n"));
}

#[test]
fn the_file_that_check_reads_is_the_one_that_is_written() {
    let scene = scene(Some("https://gitlab.com/acme/app.git"));
    scene.write(".hallpass.yml", "version: 1\n");
    init(&scene, &["--yes", "--force"]).exits(0).complains("`.hallpass.yml` was written");
    assert!(!scene.tree().join("hallpass.yml").exists());
    fs::create_dir(scene.tree().join("ci")).unwrap();
    init(&scene, &["--yes", "--output", "ci/tokens.yml"]).exits(0);
    assert!(scene.tree().join("ci/tokens.yml").exists());
}

#[test]
fn the_root_is_written_from_a_folder_below() {
    let scene = scene(Some("https://gitlab.com/acme/app.git"));
    scene.write(".gitlab-ci.yml", PIPELINE);
    fs::create_dir(scene.tree().join("src")).unwrap();
    let ran = scene.plain_run(&["init", "--yes"]).at(scene.tree().join("src")).go();
    ran.exits(0);
    assert!(written(&scene).contains("# .gitlab-ci.yml:6 in `comment`"), "{}", written(&scene));
}

#[test]
fn remotes_of_all_forges_are_read_over_https_and_ssh() {
    for (address, forge, url, target) in [
        ("https://github.com/acme/app", "github", "https://github.com", "acme/app"),
        ("git@github.com:acme/app.git", "github", "https://github.com", "acme/app"),
        ("ssh://git@ssh.github.com:443/acme/app.git", "github", "https://github.com", "acme/app"),
        ("ssh://git@altssh.gitlab.com:443/acme/sub/app.git", "gitlab", "https://gitlab.com", "acme/sub/app"),
        (
            "https://dev.azure.com/acme/my%20app/_git/web",
            "azure-devops",
            "https://dev.azure.com",
            "\"acme/my app/web\"",
        ),
        ("git@ssh.dev.azure.com:v3/acme/app/web", "azure-devops", "https://dev.azure.com", "acme/app/web"),
    ] {
        let scene = scene(Some(address));
        init(&scene, &["--yes"]).exits(0);
        let expected = format!("    forge: {forge}\n    url: {url}\n    target: {target}\n    token: job\n");
        assert!(written(&scene).contains(&expected), "{address}: {}", written(&scene));
        accepts(&scene);
    }
}

#[test]
fn a_server_of_azure_devops_has_its_collection_in_the_address() {
    let scene = scene(Some("https://tfs.example.com/tfs/Main/app/_git/web"));
    init(&scene, &["--yes", "--forge", "azure-devops"]).exits(0);
    let expected = "    url: https://tfs.example.com/tfs/Main\n    target: app/web\n";
    assert!(written(&scene).contains(expected), "{}", written(&scene));
}

#[test]
fn an_unknown_host_needs_a_word_unless_the_pipeline_files_tell() {
    let scene = scene(Some("https://git.example.com/acme/app.git"));
    init(&scene, &["--yes"]).exits(2).complains("hint: add `--forge ");
    init(&scene, &["--yes", "--forge", "nonesuch"]).exits(2).complains("there is no such forge");
    init(&scene, &["--dry-run", "--forge", "github"])
        .exits(0)
        .says("    forge: github\n    url: https://git.example.com\n");
    scene.write(".gitlab-ci.yml", PIPELINE);
    init(&scene, &["--yes"]).exits(0);
    let text = written(&scene);
    assert!(text.contains("# That it is GitLab is told by the pipeline files."), "{text}");
    assert!(text.contains("add `--allow-origin https://git.example.com`."), "{text}");
}

#[test]
fn a_forge_that_is_not_served_is_said_so() {
    let scene = scene(Some("https://bitbucket.org/acme/app.git"));
    init(&scene, &["--yes"]).exits(2).complains("the remote `origin` is at Bitbucket, which hallpass does not serve");
}

#[test]
fn tools_are_told_by_their_files() {
    for (file, content, expected) in [
        ("Dangerfile", "", "  danger-gitlab-api-token:\n"),
        ("renovate.json", "{}", "      - renovate # renovate.json\n"),
        (
            "package.json",
            r#"{"devDependencies":{"semantic-release":"24"}}"#,
            "      - semantic-release # package.json\n",
        ),
        (
            ".releaserc.yml",
            "plugins:\n- - '@semantic-release/gitlab'\n  - useJobToken: true\n",
            "    token: job\n    contract:\n      - semantic-release-job # .releaserc.yml\n",
        ),
        (".goreleaser.yaml", "", "      - goreleaser # .goreleaser.yaml\n"),
        ("infra/main.tf", "source = \"gitlabhq/gitlab\"", "      - terraform-provider-gitlab # infra/main.tf\n"),
    ] {
        let scene = scene(Some("https://gitlab.com/acme/app.git"));
        scene.write(file, content);
        init(&scene, &["--yes"]).exits(0);
        assert!(written(&scene).contains(expected), "{file}: {}", written(&scene));
        accepts(&scene);
    }
}

/// R4, C-01: names of jobs and files are somebody else's word.
#[test]
fn what_stands_in_a_pipeline_file_opens_no_key_of_the_configuration() {
    let scene = scene(Some("https://gitlab.com/acme/app.git"));
    let secret = CANARY;
    let job = format!("evil\\n    url: https://evil.example\\u2028\\u202e #\\x1b[2J ::error:: ##vso[x] {secret}");
    scene.write(
        ".gitlab-ci.yml",
        &format!("\"{job}\":\n  script:\n    - 'curl -H \"PRIVATE-TOKEN: $T\" \"$CI_API_V4_URL/user\"'\n"),
    );
    let ran = init(&scene, &["--yes"]);
    ran.exits(0).assert_without(secret);
    let text = written(&scene);
    assert!(!text.contains(['\u{1b}', '\u{2028}', '\u{202e}']), "{text}");
    assert!(text.lines().all(|line| !line.trim_start().starts_with("url: https://evil")), "{text}");
    assert!(!ran.stdout().contains("##vso["), "{}", ran.stdout());
    accepts(&scene);
}

#[test]
fn a_broken_pipeline_file_is_told_and_left_out() {
    let scene = scene(Some("https://gitlab.com/acme/app.git"));
    scene.write(".gitlab-ci.yml", "job: [\n");
    init(&scene, &["--yes"]).exits(0).complains("warning: .gitlab-ci.yml:");
    accepts(&scene);
}

#[test]
fn somebody_at_a_terminal_is_asked() {
    if !parts::programs(&["script"]) {
        return;
    }
    for (answer, there) in [("n", false), ("y", true)] {
        let scene = scene(Some("https://gitlab.com/acme/app.git"));
        let inner = format!("'{}' init", env!("CARGO_BIN_EXE_hallpass"));
        let shell = format!("printf '{answer}\\n' | script -qec \"{inner}\" /dev/null");
        let output = Command::new("/bin/sh")
            .args(["-c", &shell])
            .current_dir(scene.tree())
            .env_clear()
            .env("HOME", scene.home())
            .env("PATH", "/usr/bin:/bin")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.contains("Write `hallpass.yml`? [y/N] "), "{text}");
        assert_eq!(scene.tree().join("hallpass.yml").exists(), there, "{text}");
    }
}

const WORKFLOW: &str = r#"
on: push
permissions: { contents: read }
jobs:
  release:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: gh pr comment 1 --body done
        env: { GH_TOKEN: "${{ github.token }}" }
      - run: 'curl --fail -X POST -H "Authorization: Bearer $BOT" "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/releases" -d "{}"'
        env: { BOT: "${{ secrets.RELEASE_BOT }}" }
      - run: gh release list --repo acme/other
        env: { GH_TOKEN: "${{ secrets.RELEASE_BOT }}" }
"#;

#[test]
fn workflows_of_github_are_read_too() {
    let scene = scene(Some("https://github.com/acme/app.git"));
    scene.write(".github/workflows/release.yml", WORKFLOW);
    init(&scene, &["--yes"]).exits(0);
    insta::assert_snapshot!(written(&scene));
    accepts(&scene);
}

#[test]
fn pipelines_of_azure_are_read_too() {
    let scene = scene(Some("https://dev.azure.com/acme/app/_git/web"));
    scene.write(
        "azure-pipelines.yml",
        r#"
trigger: [main]
pool: { vmImage: ubuntu-latest }
steps:
  - bash: az repos pr create --title x
    env: { AZURE_DEVOPS_EXT_PAT: $(System.AccessToken) }
  - bash: 'curl --fail -u ":$PAT" "$(System.CollectionUri)$(System.TeamProject)/_apis/build/builds?api-version=7.1"'
    env: { PAT: $(BUILD_PAT) }
"#,
    );
    init(&scene, &["--yes"]).exits(0);
    insta::assert_snapshot!(written(&scene));
    accepts(&scene);
}
