//! TLS: whom hallpass believes.

use hallpass_sandbox::{LeafFault, Scenario, Tls};

use crate::support::hallpass::{Call, Ran, Scene};

fn behind_tls(leaf: LeafFault) -> Scene {
    Scene::of(Scenario { tls: Some(Tls { leaf, ..Tls::default() }), ..Scenario::named("gitlab-19").unwrap() })
}

fn ca(scene: &Scene) -> String {
    scene.forge.ca_pem_path().unwrap().display().to_string()
}

fn ask(scene: &Scene) -> Call<'_> {
    scene.checking(&scene.token("dev"), "acme/app", &["mr.list", "git.clone"]).args(&[
        "--timeout",
        "2",
        "--deadline",
        "6",
    ])
}

#[track_caller]
fn refused(scene: &Scene, ran: &Ran) {
    ran.exits(3).judges("mr.list", "unknown unreachable inferred").finds("host-unreachable", &["certificate"]);
    assert!(scene.forge.requests().is_empty(), "a request came through: {:?}", scene.forge.requests());
}

#[test]
fn n_17_certificates_that_are_not_to_be_believed() {
    for leaf in [LeafFault::Expired, LeafFault::WrongName, LeafFault::SelfSigned] {
        let scene = behind_tls(leaf);
        refused(&scene, &ask(&scene).args(&["--ca-file", &ca(&scene)]).go());
    }
}

#[test]
fn n_17_an_authority_that_nobody_here_knows() {
    let scene = behind_tls(LeafFault::None);
    refused(&scene, &ask(&scene).go());
}

#[test]
fn an_authority_that_was_named_is_believed() {
    let scene = behind_tls(LeafFault::None);
    ask(&scene).args(&["--ca-file", &ca(&scene)]).go().exits(0).judges("mr.list", "allowed - observed");
}

#[test]
fn the_authority_of_the_runner_is_believed_for_the_jobs_own_forge() {
    let scene = behind_tls(LeafFault::None);
    let args = ["check", "--token-env", "TOKEN", "--needs", "mr.list", "--format", "json"];
    let job = || scene.run(&args).job("job", "acme/app", 201, "19.3.0").env("TOKEN", scene.token("dev"));
    job().env("CI_SERVER_TLS_CA_FILE", ca(&scene)).go().exits(0).judges("mr.list", "allowed - observed");
}

#[test]
fn the_authority_of_the_runner_says_nothing_about_another_forge() {
    let (home, other) = (Scene::named("gitlab-19"), behind_tls(LeafFault::None));
    let args = ["check", "--token-env", "TOKEN", "--target", "acme/app", "--needs", "mr.list", "--format", "json"];
    let call = home.run(&args).args(&["--url", &other.url()]).job("job", "acme/app", 201, "19.3.0");
    refused(&other, &call.env("TOKEN", other.token("dev")).env("CI_SERVER_TLS_CA_FILE", ca(&other)).go());
}

#[test]
fn the_authority_may_be_named_in_the_users_own_configuration() {
    let scene = behind_tls(LeafFault::None);
    let text = format!(
        "version: 1\nconnections:\n  bot: {{ forge: gitlab, url: '{}', target: acme/app, token: {{ env: T }}, needs: [mr.list], ca_file: '{}' }}\n",
        scene.url(),
        ca(&scene)
    );
    let path = scene.home().join("own.yml");
    std::fs::write(&path, text).unwrap();
    let ran = scene.run(&["check", "--format", "json"]).env("HALLPASS_CONFIG", path).env("T", scene.token("dev")).go();
    ran.exits(0).judges("mr.list", "allowed - observed");
}

#[test]
fn a_file_of_authorities_that_is_none() {
    let scene = behind_tls(LeafFault::None);
    let path = scene.write("ca.pem", "no certificate");
    let ran = ask(&scene).arg("--ca-file").arg(path).go();
    ran.exits(2).complains("ca.pem");
}
