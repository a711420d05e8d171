//! Answers that are well-formed enough to be believed by somebody careless.

use hallpass_sandbox::{Fault, FaultPlan};

use super::{SELF, hurried, nothing_is_known, one_is_not_known};
use crate::support::hallpass::{Ran, Scene};

/// The self lookup answers this.
fn answering(body: &str) -> Ran {
    hurried(&Scene::answering(SELF, 200, body))
}

#[track_caller]
fn is_not_believed(body: &str) {
    let ran = answering(body);
    ran.exits(3);
    for capability in ["mr.list", "mr.create", "git.clone"] {
        assert_eq!(ran.capability(capability)["verdict"], "unknown", "{body}");
    }
    let told = &ran.token()["scopes"];
    assert!(told.is_null(), "scopes {told} from {body}");
}

#[test]
fn a_01_a_key_twice() {
    is_not_believed(r#"{"id":1,"scopes":["api"],"active":true,"active":false,"revoked":false}"#);
    is_not_believed(r#"{"id":1,"scopes":["api"],"scopes":[],"active":true,"revoked":false}"#);
}

#[test]
fn a_02_scopes_that_are_missing_or_of_another_type() {
    for scopes in [
        "",
        r#""scopes":null,"#,
        r#""scopes":"api","#,
        r#""scopes":[1,2],"#,
        r#""scopes":{"api":true},"#,
        r#""scopes":[["api"]],"#,
    ] {
        is_not_believed(&format!(
            r#"{{"id":1,{scopes}"user_id":101,"active":true,"revoked":false,"expires_at":null}}"#
        ));
    }
}

#[test]
fn a_02_no_scopes_at_all_is_a_statement() {
    let ran = answering(r#"{"id":1,"scopes":[],"user_id":101,"active":true,"revoked":false,"expires_at":null}"#);
    ran.exits(1).judges("mr.create", "denied scope declared");
}

#[test]
fn a_03_active_and_revoked() {
    let ran = answering(r#"{"id":1,"scopes":["api"],"active":true,"revoked":true,"expires_at":null}"#);
    ran.exits(3);
    assert_eq!(ran.capability("mr.list")["verdict"], "unknown");
}

#[test]
fn a_03_inactive_is_never_a_pass() {
    for state in [r#""active":false,"revoked":false"#, r#""active":false,"revoked":true"#] {
        answering(&format!(r#"{{"id":1,"scopes":["api"],{state},"expires_at":null}}"#)).exits(1);
    }
    for state in [
        r#""active":"true","revoked":false"#,
        r#""active":1,"revoked":0"#,
        r#""revoked":false"#,
        r#""active":null,"revoked":null"#,
    ] {
        is_not_believed(&format!(r#"{{"id":1,"scopes":["api"],{state},"expires_at":null}}"#));
    }
}

#[test]
fn a_04_empty_and_odd_bodies() {
    for body in ["{}", "[]", "null", "", " ", "true", "\"ok\"", "{} <html>", "{\"id\":1", "<html></html>"] {
        is_not_believed(body);
    }
}

#[test]
fn a_04_an_empty_answer_to_a_question_about_one_capability() {
    for body in ["", "null", "true", "[] <html>", "[{"] {
        one_is_not_known(Fault::Status {
            code: 200,
            headers: [("Content-Type".to_owned(), "application/json".to_owned())].into(),
            body: body.to_owned(),
        });
    }
    one_is_not_known(Fault::EmptyBody);
    one_is_not_known(Fault::InvalidJson);
    one_is_not_known(Fault::WrongContentType { content_type: "text/html".to_owned() });
}

#[test]
fn a_04_an_answer_that_is_cut_in_the_middle_of_a_value() {
    nothing_is_known(Fault::InvalidJson, "unusable-answer");
    nothing_is_known(Fault::EmptyBody, "unusable-answer");
}

#[test]
fn a_05_values_inside_each_other_without_end() {
    nothing_is_known(Fault::DeepNesting { depth: 10_000 }, "unusable-answer");
}

#[test]
fn a_05_a_very_long_list() {
    let list = format!("[{}0]", "0,".repeat(1_000_000));
    is_not_believed(&list);
}

#[test]
fn a_07_a_name_that_is_long_and_full_of_commands() {
    let name = format!("x\\n::error::owned\\u001b[2J##[error]owned {}", "A".repeat(1 << 20));
    let body = format!(
        r#"{{"id":1,"name":"{name}","scopes":["api"],"user_id":101,"active":true,"revoked":false,"expires_at":"2027-01-31"}}"#
    );
    let scene = Scene::answering(SELF, 200, &body);
    for format in ["json", "human", "github", "gitlab", "junit", "markdown"] {
        let args = [
            "check",
            "-v",
            "--token-env",
            "TOKEN",
            "--target",
            "acme/app",
            "--needs",
            "mr.list",
            "--url",
            &scene.url(),
            "--format",
            format,
        ];
        let ran = scene.run(&args).env("TOKEN", scene.token("dev")).go();
        ran.exits(0);
        assert!(ran.out.len() + ran.err.len() < 100_000, "{format}: {} bytes", ran.out.len());
        let text = ran.stdout() + &ran.stderr();
        assert!(!text.contains('\u{1b}') && !text.contains("##[error]"), "{format}");
        assert!(!text.lines().any(|line| line.trim_start().starts_with("::error::owned")), "{format}");
    }
}

#[test]
fn a_09_a_fine_grained_token_without_its_list_is_not_one_without_permissions() {
    let body =
        r#"{"id":1,"scopes":["granular"],"user_id":101,"active":true,"revoked":false,"expires_at":"2027-01-31"}"#;
    let ran = answering(body);
    assert!(ran.token()["permissions"].is_null());
    assert_eq!(ran.capability("mr.create")["verdict"], "unknown");
}

#[test]
fn a_12_an_answer_that_repeats_the_token() {
    let scene = Scene::named("gitlab-19");
    let token = scene.token("dev");
    let body = format!(r#"{{"error":"invalid_token","error_description":"no such token: {token}"}}"#);
    let plan = FaultPlan::always(
        SELF,
        Fault::Status { code: 401, headers: [("Content-Type".to_owned(), "application/json".to_owned())].into(), body },
    );
    let scene = Scene::broken(vec![plan]);
    assert_eq!(scene.token("dev"), token);
    hurried(&scene).exits(1).finds("token-rejected", &["no such token"]);
}

#[test]
fn a_13_a_number_or_a_text_where_the_other_belongs() {
    let scene = Scene::named("gitlab-19");
    let token = scene.token("dev");
    is_not_believed(&format!(r#"{{"id":"{token}","scopes":["api"],"active":true,"revoked":false}}"#));
    is_not_believed(&format!(r#"{{"id":1,"scopes":["api"],"active":"{token}","revoked":false}}"#));
    is_not_believed(&format!(r#"{{"id":1,"scopes":"{token}","active":true,"revoked":false}}"#));
}
