//! The GitHub action: Git asks hallpass in the steps that follow, and no more after the job.

use std::path::{Path, PathBuf};

use super::HALLPASS;
use super::runner::{Done, Job};
use crate::support::git_server::{GitServer, Plan, Right, Seen};
use crate::support::parts;

const TOKEN: &str = "canary-of-the-job";

fn ours(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)
}

fn server() -> GitServer {
    let server = Plan::new()
        .account("hallpass", TOKEN, Right::Read)
        .account("of-the-checkout", "canary-left", Right::Read)
        .challenges(&["Basic realm=\"GitHub\""])
        .start();
    server.repository("my-org/app.git");
    server
}

/// A job on this server, in a repository of it.
fn job(server: &GitServer) -> Job {
    let mut job = Job::new();
    let url = server.url("");
    let url = url.trim_end_matches('/');
    job.set("GITHUB_SERVER_URL", url);
    job.set("GITHUB_API_URL", format!("{url}/api/v3"));
    job.set("GITHUB_REPOSITORY", "my-org/app");
    job.set("GIT_SSL_CAINFO", server.ca().display().to_string());
    job.set("GIT_CONFIG_NOSYSTEM", "1");
    job.set("GIT_TERMINAL_PROMPT", "0");
    job.runs(&format!("git remote add origin {url}/my-org/app.git"), &[]).exits(0);
    job
}

fn clone(job: &mut Job, into: &str) -> Done {
    let script = format!("git clone -q \"$GITHUB_SERVER_URL/my-org/app.git\" \"$RUNNER_TEMP/{into}\"");
    job.runs(&script, &[("GITHUB_TOKEN", TOKEN)])
}

/// Every file below the job's folder that is not the runner's own, with its content.
fn state(job: &Job) -> Vec<(PathBuf, Vec<u8>)> {
    fn gather(folder: &Path, found: &mut Vec<(PathBuf, Vec<u8>)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                found.push((path.clone(), Vec::new()));
                gather(&path, found);
            } else if !path.file_name().unwrap().to_string_lossy().starts_with("script-") {
                found.push((path.clone(), std::fs::read(&path).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    for folder in ["home", "temp", "work", "tools"] {
        gather(&job.path(folder), &mut found);
    }
    found.sort();
    found
}

#[test]
fn git_asks_hallpass_until_cleanup_which_leaves_nothing() {
    let server = server();
    let mut job = job(&server);
    let before = state(&job);
    clone(&mut job, "before").exits(128);
    let with = |mode| [("mode", mode), ("binary", HALLPASS)];
    let done = job.uses(&ours(""), &with("setup"), &[]).exits(0);
    assert_eq!(done.annotations(), []);
    assert!(job.handed_on.is_empty() && job.paths.is_empty(), "the environment of later steps is theirs");
    clone(&mut job, "app").exits(0);
    assert!(job.path("temp/app/README").is_file());
    // Without the token in its environment a step has none.
    job.runs("git ls-remote -q origin", &[]).exits(128);
    std::fs::remove_dir_all(job.path("temp/app")).unwrap();
    job.uses(&ours(""), &with("cleanup"), &[]).exits(0).says("taken out");
    assert_eq!(state(&job), before);
    clone(&mut job, "after").exits(128);
    job.uses(&ours(""), &with("cleanup"), &[]).exits(0);
}

#[test]
fn as_an_action_of_its_own_it_cleans_up_at_the_end_of_the_job() {
    if !parts::programs(&["node"]) {
        return;
    }
    let server = server();
    let mut job = job(&server);
    let before = state(&job);
    std::fs::write(job.path("home/.gitconfig"), "[user]\n\tname = me\n").unwrap();
    job.uses(&ours("action/setup"), &[("binary", HALLPASS)], &[]).exits(0);
    clone(&mut job, "app").exits(0);
    std::fs::remove_dir_all(job.path("temp/app")).unwrap();
    let ends = job.ends();
    assert_eq!(ends.len(), 1);
    assert!(ends[0].status == 0 && ends[0].log.contains("taken out"), "{}", ends[0].log);
    assert_eq!(std::fs::read_to_string(job.path("home/.gitconfig")).unwrap(), "[user]\n\tname = me\n");
    std::fs::remove_file(job.path("home/.gitconfig")).unwrap();
    assert_eq!(state(&job), before);
}

#[test]
fn its_inputs_reach_the_script_as_variables() {
    if !parts::programs(&["node"]) {
        return;
    }
    let zeros = "0".repeat(64);
    let mut job = Job::new();
    let done = job.uses(&ours("action/setup"), &[("binary", HALLPASS), ("sha256", &zeros)], &[]).exits(2);
    assert!(done.annotations()[0].1.contains("not the one with the SHA-256 given"));
    for value in super::HOSTILE {
        for input in ["url", "working-directory"] {
            let mut with = vec![("binary", HALLPASS), ("url", "https://a.test")];
            with.retain(|(name, _)| *name != input);
            with.push((input, value));
            let mut job = Job::new();
            job.uses(&ours("action/setup"), &with, &[]);
            job.ends();
            for folder in ["work", "temp", "home", "."] {
                assert!(!job.path(folder).join("planted").exists(), "{input}: {value}");
            }
        }
    }
}

/// As `actions/checkout` leaves it: in the repository's own configuration, or in a file that it includes.
fn checked_out(job: &mut Job, included: bool) {
    let header = format!("AUTHORIZATION: Basic {}", base64("of-the-checkout:canary-left"));
    let key = "http.$GITHUB_SERVER_URL/.extraheader";
    let script = if included {
        "f=\"$RUNNER_TEMP/git-credentials-1.config\"; git config --file \"$f\" KEY 'HEADER'\n\
         git config \"includeIf.gitdir:$(git rev-parse --absolute-git-dir).path\" \"$f\""
    } else {
        "git config KEY 'HEADER'"
    };
    job.runs(&script.replace("KEY", key).replace("HEADER", &header), &[]).exits(0);
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

fn shown(server: &GitServer) -> Vec<String> {
    server.seen().iter().filter_map(Seen::shown).map(|(user, _)| user).collect()
}

#[test]
fn e_05_a_header_left_by_a_checkout_is_reported_and_ended_on_demand() {
    for included in [false, true] {
        let server = server();
        let mut job = job(&server);
        checked_out(&mut job, included);
        let before = state(&job);
        let setup = [("mode", "setup"), ("binary", HALLPASS)];
        let done = job.uses(&ours(""), &setup, &[]).exits(0).says("persist-credentials");
        let warned = done.annotations();
        assert!(
            warned.len() == 1 && warned[0].0 == "warning" && warned[0].1.contains("`http.extraHeader`"),
            "{warned:?}"
        );
        assert!(!done.log.contains(&base64("of-the-checkout:canary-left")));
        job.runs("git ls-remote -q origin", &[("GITHUB_TOKEN", TOKEN)]).exits(0);
        assert_eq!(shown(&server).last().map(String::as_str), Some("of-the-checkout"));
        server.forget();

        let take_over = [("mode", "setup"), ("binary", HALLPASS), ("take-over", "true")];
        let done = job.uses(&ours(""), &take_over, &[]).exits(0).says("put out of force");
        assert_eq!(done.annotations(), []);
        job.runs("git ls-remote -q origin", &[("GITHUB_TOKEN", TOKEN)]).exits(0);
        assert!(shown(&server).iter().all(|user| user == "hallpass"), "{:?}", shown(&server));

        job.uses(&ours(""), &[("mode", "cleanup"), ("binary", HALLPASS)], &[]).exits(0);
        assert_eq!(state(&job), before, "the header is there again");
    }
}

#[test]
fn to_take_over_without_a_repository_is_refused() {
    let mut job = Job::new();
    std::fs::remove_dir_all(job.path("work/.git")).unwrap();
    let with = [("mode", "setup"), ("binary", HALLPASS), ("take-over", "true")];
    let done = job.uses(&ours(""), &with, &[]).exits(2);
    assert!(done.annotations()[0].1.contains("the repository that was checked out"), "{}", done.log);
    assert!(!job.path("home/.gitconfig").exists());
}

#[test]
fn other_places_are_named_by_url_and_wrong_ones_are_refused() {
    let mut job = Job::new();
    let with = |url| [("mode", "setup"), ("binary", HALLPASS), ("url", url)];
    job.uses(&ours(""), &with("https://a.test\n https://b.test:8443"), &[]).exits(0);
    let config = std::fs::read_to_string(job.path("home/.gitconfig")).unwrap();
    assert!(config.contains("https://a.test\"") && config.contains("https://b.test:8443\""), "{config}");
    let done = job.uses(&ours(""), &with("http://c.test"), &[]).exits(2).says("unencrypted");
    assert_eq!(done.output("status"), "error");
}

#[test]
fn without_a_repository_or_its_folder_cleanup_still_cleans_the_home() {
    let mut job = Job::new();
    let with = [("binary", HALLPASS), ("url", "https://a.test"), ("working-directory", "gone")];
    std::fs::create_dir(job.path("work/gone")).unwrap();
    let mode = |mode| [&[("mode", mode)][..], &with].concat();
    job.uses(&ours(""), &mode("setup"), &[]).exits(0);
    std::fs::remove_dir(job.path("work/gone")).unwrap();
    job.uses(&ours(""), &mode("cleanup"), &[]).exits(0);
    assert!(!job.path("home/.gitconfig").exists() && !job.path("temp/hallpass-setup").exists());
}
