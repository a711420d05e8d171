//! A forge, or what stands in front of it, that breaks. Where the truth cannot be known the verdict is `unknown`, never
//! `allowed`, and every run ends within its bounds. The ids are those of the public hostile cases.

mod answers;
mod certificates;
mod forges;
mod payloads;
mod places;

use std::time::Duration;

use hallpass_sandbox::{Fault, FaultPlan};

use crate::support::hallpass::{Ran, Scene};

pub(crate) const SELF: &str = "/api/v4/personal_access_tokens/self";
const LIST: &str = "/api/v4/projects/acme%2Fapp/merge_requests";

/// `check` with short bounds, of a token that is good.
fn hurried(scene: &Scene) -> Ran {
    let call = scene.checking(&scene.token("dev"), "acme/app", &["mr.list", "mr.create", "git.clone"]);
    let ran = call.args(&["--timeout", "1", "--deadline", "3"]).go();
    // A second beyond the bound, and one for a machine that has other things to do.
    assert!(ran.took < Duration::from_secs(5), "took {:?}", ran.took);
    ran
}

/// Most of these wait, so they wait together.
fn together<T: Send>(cases: impl IntoIterator<Item = T>, test: impl Fn(T) + Sync) {
    std::thread::scope(|scope| {
        let test = &test;
        let running: Vec<_> = cases.into_iter().map(|case| scope.spawn(move || test(case))).collect();
        for one in running {
            one.join().unwrap();
        }
    });
}

/// Everything is broken this way: nothing is known.
#[track_caller]
fn nothing_is_known(fault: Fault, layer: &str) {
    let scene = Scene::broken(vec![FaultPlan::always("*", fault)]).lax();
    let ran = hurried(&scene);
    ran.exits(3);
    for capability in ["mr.list", "mr.create", "git.clone"] {
        let verdict = ran.verdict(capability);
        assert!(verdict.starts_with(&format!("unknown {layer} ")), "{verdict}: {:#}", ran.capability(capability));
    }
    assert!(ran.token()["active"].is_null(), "{:#}", ran.token());
}

/// Only the answer to one question is broken this way: of that capability nothing is known.
#[track_caller]
fn one_is_not_known(fault: Fault) {
    let scene = Scene::broken(vec![FaultPlan::always(LIST, fault)]).lax();
    let ran = hurried(&scene);
    ran.exits(3);
    let entry = ran.capability("mr.list");
    assert_eq!(entry["verdict"], "unknown", "{entry:#}");
    assert_eq!(ran.token()["active"], true);
}
