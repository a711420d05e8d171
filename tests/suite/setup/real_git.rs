//! Clone and fetch with what setup wrote.

use std::os::unix::fs::symlink;
use std::path::PathBuf;

use super::{fill, gitconfig, home, text, values, well};
use crate::support::git_server::{GitServer, Plan, Right};
use crate::support::helper::{Home, PROGRAM};

const TOKEN: &str = "canary-work-0123456789";

fn server() -> GitServer {
    let server = Plan::new().account("hallpass", TOKEN, Right::Read).start();
    server.repository("group/app.git");
    server
}

/// A home whose configuration has the token for this server; Git knows of no helper yet.
fn configured(server: &GitServer) -> Home {
    let home = home().trusting(server);
    std::fs::write(gitconfig(&home), "[user]\n\tname = me\n").unwrap();
    let origin = server.url("");
    home.configure(&format!(
        "version: 1\nconnections:\n  work: {{ forge: gitlab, url: '{}', token: {{ env: WORK_TOKEN }} }}\n",
        origin.trim_end_matches('/')
    ));
    home.with("WORK_TOKEN", TOKEN)
}

#[test]
fn git_gets_its_token_after_setup_and_not_after_undo() {
    let server = server();
    let home = configured(&server);
    let before = text(&gitconfig(&home));
    let url = server.url("group/app.git");
    assert_ne!(home.git(&["ls-remote", &url]).status, 0);
    let ran = home.hallpass(&["setup"]);
    well(&ran);
    assert!(ran.text().contains(server.url("").trim_end_matches('/')), "the configuration's origin: {}", ran.text());
    assert!(ran.text().contains("https://gitlab.com\n"), "the public forge");
    let listed = home.git(&["ls-remote", &url]);
    well(&listed);
    assert!(listed.text().contains("refs/heads/main"));
    well(&home.hallpass(&["setup", "--undo"]));
    assert_eq!(text(&gitconfig(&home)), before);
    assert_ne!(home.git(&["ls-remote", &url]).status, 0);
}

#[test]
fn e09_a_path_with_spaces_quotes_and_letters_of_any_kind_works() {
    for name in ["a b", "gr\u{fc}n \u{4e2d}", "it's", "a$HOME;#\"x\\y", "~&(1)"] {
        let server = server();
        let home = configured(&server);
        let folder = home.home().join(name);
        std::fs::create_dir(&folder).unwrap();
        let program = folder.join("hallpass");
        symlink(PROGRAM, &program).unwrap();
        let origin = server.url("");
        well(&home.hallpass_at(&program, "", &["setup", &origin], b""));
        let key = format!("credential.{}.helper", origin.trim_end_matches('/'));
        let helper = values(&home, &key).pop().unwrap();
        assert!(helper.starts_with('/') && helper.ends_with("/hallpass credential"), "{helper}");
        let filled = fill(&home, "", &server.url("group/app.git"));
        assert_eq!(filled.value("password").as_deref(), Some(TOKEN), "{name}: {}", filled.stderr);
        well(&home.git(&["ls-remote", &server.url("group/app.git")]));
    }
}

#[test]
fn options_for_the_helper_reach_it() {
    let server = server();
    let home = configured(&server).with("WORK_TOKEN", "");
    let kept = home.home().join("a place/kept");
    std::fs::create_dir(kept.parent().unwrap()).unwrap();
    let origin = server.url("");
    let words = ["setup", &origin, "--store", "plain", "--store-file", kept.to_str().unwrap(), "--lifetime", "3650d"];
    well(&home.hallpass(&words));
    let host = origin.trim_start_matches("https://").trim_end_matches('/');
    let approved = format!("protocol=https\nhost={host}\nusername=hallpass\npassword={TOKEN}\n\n");
    well(&home.git_in("", &["credential", "approve"], approved.as_bytes()));
    assert!(text(&kept).contains(TOKEN) && text(&kept).contains("expires="));
    well(&home.git(&["ls-remote", &server.url("group/app.git")]));
    let wrong = home.hallpass(&["setup", &origin, "--store-file", "relative"]);
    assert_eq!(wrong.status, 2);
    assert!(wrong.stderr.contains("absolute"), "{}", wrong.stderr);
}

#[test]
fn the_helper_is_called_by_the_path_that_people_use() {
    let home = home();
    let folder = home.home().join("bin");
    std::fs::create_dir(&folder).unwrap();
    symlink(PROGRAM, folder.join("hallpass")).unwrap();
    let mut path = folder.clone().into_os_string();
    path.push(":");
    path.push(crate::support::git_server::path());
    let home = home.with("PATH", path);
    let ran = home.shell("exec hallpass setup https://a.test", b"");
    well(&ran);
    let expected: PathBuf = folder.join("hallpass");
    assert_eq!(values(&home, "credential.https://a.test.helper"), [format!("{} credential", expected.display())]);
}
