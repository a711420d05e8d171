//! The template of Azure Pipelines, run by a re-creation of the parts of the agent that matter: `${{ parameters.NAME }}`,
//! `${{ insert }}`, one form of `${{ if }}`, and `$(NAME)` of variables that exist.

use std::collections::BTreeMap;
use std::path::Path;

use hallpass_sandbox::azure::CLOUD_HOSTS;
use hallpass_sandbox::{Sandbox, Scenario, Tls};
use serde_json::{Map, Value, json};

use super::{HALLPASS, HOSTILE, shell, surroundings, text, yaml};
use crate::support::parts;

fn template() -> Value {
    yaml(include_str!("../../../.azure-pipelines-template.yml"))
}

/// What the template declares, by name.
pub(super) fn parameters() -> Map<String, Value> {
    let template = template();
    let declared = template["parameters"].as_array().unwrap().iter();
    declared.map(|one| (text(&one["name"], "name").to_owned(), one.clone())).collect()
}

/// The parameters of one use.
fn values(given: &[(&str, Value)]) -> BTreeMap<String, Value> {
    let declared = parameters();
    let mut values: BTreeMap<String, Value> =
        declared.iter().map(|(name, one)| (name.clone(), one["default"].clone())).collect();
    for (name, value) in given {
        let allowed = declared[*name]["values"].as_array();
        assert!(allowed.is_none_or(|allowed| allowed.contains(value)), "{name}: {value}");
        assert_eq!(value.is_object(), declared[*name]["type"] == "object", "{name}");
        values.insert((*name).to_owned(), value.clone());
    }
    values
}

fn filled(text: &str, values: &BTreeMap<String, Value>) -> String {
    let mut parts = text.split("${{ parameters.");
    let mut filled = parts.next().unwrap().to_owned();
    for part in parts {
        let (name, rest) = part.split_once(" }}").unwrap();
        filled.push_str(values[name].as_str().unwrap());
        filled.push_str(rest);
    }
    filled
}

/// The variables of the step.
fn environment(values: &BTreeMap<String, Value>, secrets: &BTreeMap<&str, String>) -> BTreeMap<String, String> {
    let mut all = Map::new();
    for (key, value) in template()["steps"][0]["env"].as_object().unwrap() {
        if key == "${{ insert }}" {
            assert_eq!(value, "${{ parameters.env }}");
            all.extend(values["env"].as_object().unwrap().clone());
        } else if let Some(list) = key.strip_prefix("${{ if in(parameters.mode, ") {
            let quoted = format!("'{}'", text(&values["mode"], "mode"));
            if list.strip_suffix(") }}").unwrap().split(", ").any(|one| one == quoted) {
                all.extend(value.as_object().unwrap().clone());
            }
        } else {
            all.insert(key.clone(), Value::String(filled(text(value, key), values)));
        }
    }
    let expanded = |value: &Value| {
        let known = |text: String, (name, secret): (&&str, &String)| text.replace(&format!("$({name})"), secret);
        secrets.iter().fold(text(value, "env").to_owned(), known)
    };
    all.iter().map(|(name, value)| (name.clone(), expanded(value))).collect()
}

struct Ran {
    status: Option<i32>,
    log: String,
}

impl Ran {
    /// What stands behind a logging command.
    fn said(&self, command: &str) -> Vec<&str> {
        self.log.lines().filter_map(|line| line.strip_prefix(command)).collect()
    }
}

fn run(given: &[(&str, Value)], folder: &Path, token: &str, variables: &[(&str, String)]) -> Ran {
    let work = folder.join("work").display().to_string();
    let temporary = folder.join("agent temp");
    std::fs::create_dir_all(&temporary).unwrap();
    let secrets = BTreeMap::from([
        ("System.AccessToken", token.to_owned()),
        ("Build.SourcesDirectory", work),
        ("PAT", token.to_owned()),
    ]);
    let mut all = environment(&values(given), &secrets);
    let job = [
        ("TF_BUILD", "True"),
        ("SYSTEM_COLLECTIONURI", "https://dev.azure.com/acme/"),
        ("SYSTEM_TEAMFOUNDATIONCOLLECTIONURI", "https://dev.azure.com/acme/"),
        ("SYSTEM_TEAMPROJECT", "app"),
        ("BUILD_REPOSITORY_PROVIDER", "TfsGit"),
        ("BUILD_REPOSITORY_URI", "https://acme@dev.azure.com/acme/app/_git/app"),
    ];
    all.extend(job.map(|(name, value)| (name.to_owned(), value.to_owned())));
    all.insert("AGENT_TEMPDIRECTORY".to_owned(), temporary.display().to_string());
    all.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    let template = template();
    let script = text(&template["steps"][0]["bash"], "bash");
    let output = shell("bash", &["--noprofile", "--norc"], script, folder, &all);
    let log = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    Ran { status: output.status.code(), log }
}

/// The cloud by its own names, and how it is reached.
fn cloud() -> (Sandbox, Vec<(&'static str, String)>) {
    let names = CLOUD_HOSTS.iter().map(|name| (*name).to_owned()).collect();
    let tls = Some(Tls { names, ..Tls::default() });
    let forge = Sandbox::start(Scenario { proxy: true, tls, ..Scenario::named("azure").unwrap() });
    let reached = vec![
        ("HTTPS_PROXY", forge.proxy_url().unwrap()),
        ("SSL_CERT_FILE", forge.ca_pem_path().unwrap().display().to_string()),
    ];
    (forge, reached)
}

#[test]
fn every_parameter_of_the_template_is_explained_typed_and_used_and_none_reaches_a_script() {
    let template = template();
    let whole = include_str!("../../../.azure-pipelines-template.yml");
    for (name, one) in parameters() {
        assert!(one["displayName"].is_string() && one["type"].is_string() && !one["default"].is_null(), "{name}");
        assert!(whole.contains(&format!("${{{{ parameters.{name} }}}}")), "{name} is not used");
        assert!(!name.to_lowercase().ends_with("token"), "a token is no parameter");
    }
    assert!(!text(&template["steps"][0]["bash"], "bash").contains("${{"), "an expression inside the script");
    // What else is filled in has a list of values.
    for key in ["displayName", "condition", "inputs"] {
        let other = template["steps"][1][key].to_string();
        let named = other.split("parameters.").skip(1).map(|rest| rest.split(' ').next().unwrap());
        assert!(named.into_iter().all(|name| parameters()[name]["values"].is_array()), "{other}");
    }
}

/// Steps that the text shows use parameters that exist, and the platform's schema knows the rest.
#[test]
fn pipelines_shown_in_texts_are_pipelines() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/azure-pipelines.md")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for (number, block) in page.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).enumerate() {
        let shown = yaml(block);
        let steps = shown["steps"].as_array().unwrap();
        let uses: Vec<_> =
            steps.iter().filter(|step| step["template"] == ".azure-pipelines-template.yml@hallpass").collect();
        assert!(!uses.is_empty(), "{block}");
        for one in uses {
            let given = one["parameters"].as_object().unwrap().iter();
            values(&given.map(|(name, value)| (name.as_str(), value.clone())).collect::<Vec<_>>());
        }
        let file = folder.path().join(format!("{number}.yml"));
        // The schema takes any scalar for a text, but not the one that a text is read as.
        std::fs::write(&file, shown.to_string().replace(":false", ":\"false\"")).unwrap();
        files.push(file);
    }
    assert!(files.len() >= 4);
    if parts::programs(&["check-jsonschema"]) {
        let mut command = std::process::Command::new("check-jsonschema");
        let output = command.args(["--builtin-schema", "vendor.azure-pipelines"]).args(&files).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn the_jobs_own_token_is_mapped_only_where_it_is_needed() {
    let secrets = BTreeMap::from([("System.AccessToken", "canary".to_owned())]);
    for (mode, mapped) in [("check", true), ("compare", true), ("lint", false), ("setup", false), ("undo", false)] {
        let variables = environment(&values(&[("mode", json!(mode))]), &secrets);
        assert_eq!(variables.values().any(|value| value == "canary"), mapped, "{mode}");
    }
}

#[test]
fn the_template_checks_annotates_and_leaves_reports() {
    let (forge, reached) = cloud();
    for (need, status, token) in [("git.clone", 0, "job"), ("git.push", 1, "reader")] {
        let place = surroundings();
        let given = [
            ("binary", json!(HALLPASS)),
            ("needs", json!(need)),
            ("tokenEnv", json!("PAT")),
            ("target", json!("acme/app/app")),
            ("env", json!({ "PAT": "$(PAT)" })),
        ];
        let ran = run(&given, place.path(), &forge.token(token), &reached);
        assert_eq!(ran.status, Some(status), "{}", ran.log);
        assert_eq!(ran.said("##vso[task.logissue type=error;").is_empty(), status == 0, "{}", ran.log);
        for (command, count) in [("##vso[task.uploadsummary]", 1), ("##vso[task.uploadfile]", 2)] {
            let files = ran.said(command);
            assert!(files.len() == count && files.iter().all(|file| Path::new(file).is_file()), "{}", ran.log);
        }
        assert!(place.path().join("agent temp/hallpass-check.junit.xml").is_file());
        assert!(!ran.log.contains(&forge.token(token)));
    }
}

#[test]
fn without_parameters_the_jobs_own_token_is_checked() {
    let (forge, reached) = cloud();
    let place = surroundings();
    let ran = run(&[("binary", json!(HALLPASS))], place.path(), &forge.token("job"), &reached);
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    assert!(ran.log.contains("SYSTEM_ACCESSTOKEN"), "{}", ran.log);
}

#[test]
fn what_is_unknown_makes_the_step_succeed_with_issues_unless_told_otherwise() {
    for (unknown, status) in [("warn", 0), ("fail", 3)] {
        let place = surroundings();
        // Nobody can be asked.
        let given = [("binary", json!(HALLPASS)), ("needs", json!("git.push")), ("unknown", json!(unknown))];
        let nowhere = [("HTTPS_PROXY", "http://127.0.0.1:1".to_owned())];
        let token = hallpass_sandbox::Sandbox::start(Scenario::named("azure").unwrap()).token("dev");
        let ran = run(&given, place.path(), &token, &nowhere);
        assert_eq!(ran.status, Some(status), "{}", ran.log);
        let completed = ran.said("##vso[task.complete result=SucceededWithIssues;]");
        assert_eq!(completed.len(), usize::from(status == 0), "{}", ran.log);
    }
}

#[test]
fn tokens_are_compared_and_pipelines_read() {
    let (forge, reached) = cloud();
    let place = surroundings();
    let given = [
        ("mode", json!("compare")),
        ("binary", json!(HALLPASS)),
        ("tokenEnv", json!("SYSTEM_ACCESSTOKEN PAT")),
        ("needs", json!("git.clone git.push")),
        ("env", json!({ "PAT": "$(PAT)" })),
    ];
    let ran = run(&given, place.path(), &forge.token("job"), &reached);
    assert!(ran.status == Some(0) && ran.log.contains("2 tokens on azure-devops"), "{}", ran.log);
    std::fs::write(
        place.path().join("work/deploy.sh"),
        "curl -H \"JOB-TOKEN: $CI_JOB_TOKEN\" \"$CI_API_V4_URL/user\"\n",
    )
    .unwrap();
    let given = [("mode", json!("lint")), ("binary", json!(HALLPASS)), ("lintPaths", json!("deploy.sh"))];
    let ran = run(&given, place.path(), "", &[]);
    assert_eq!(ran.status, Some(1), "{}", ran.log);
    assert!(ran.log.contains("sourcepath=deploy.sh"), "{}", ran.log);
    assert!(place.path().join("agent temp/hallpass-lint.junit.xml").is_file());
}

#[test]
fn the_helper_is_set_up_for_the_following_steps_and_taken_out_again() {
    let place = surroundings();
    let config = place.path().join("work/.git/config");
    let header = "[http \"https://dev.azure.com/\"]\n\textraheader = AUTHORIZATION: bearer canary\n";
    std::fs::write(&config, std::fs::read_to_string(&config).unwrap() + header).unwrap();
    let before = std::fs::read_to_string(&config).unwrap();
    let ran = run(&[("mode", json!("setup")), ("binary", json!(HALLPASS))], place.path(), "", &[]);
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    let bin = ran.said("##vso[task.prependpath]");
    let after = std::fs::read_to_string(&config).unwrap();
    assert!(after.contains("hallpass credential") && after.contains("extraHeader = \"\""), "{after}");
    assert!(!ran.log.contains("canary"), "{}", ran.log);
    // What `prependpath` does to the steps behind it.
    let path = format!("{}:/usr/bin:/bin", bin[0]);
    let ran = run(&[("mode", json!("undo"))], place.path(), "", &[("PATH", path)]);
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    assert_eq!(std::fs::read_to_string(&config).unwrap(), before);
}

#[test]
fn e_03_template_parameters_with_shell_text_are_data() {
    for hostile in HOSTILE {
        for (name, one) in parameters() {
            if one["type"] != "string" || one["values"].is_array() {
                continue;
            }
            let place = surroundings();
            let mut given =
                vec![("binary", json!(HALLPASS)), ("tokenEnv", json!("PAT")), ("needs", json!("git.clone"))];
            given.retain(|(other, _)| *other != name);
            given.push((&name, json!(hostile)));
            let ran = run(&given, place.path(), "", &[]);
            assert!(ran.status.is_some());
            for folder in ["work", ".", "agent temp"] {
                assert!(!place.path().join(folder).join("planted").exists(), "{name}: {hostile}");
            }
        }
    }
}

#[test]
fn e_08_the_template_unpacks_the_archive_with_the_given_digest_and_no_other() {
    let place = surroundings();
    let digest = super::template::archive(place.path());
    let line =
        |digest: &str| format!("{digest}  hallpass-1.2.3-{}-unknown-linux-musl.tar.gz\n", std::env::consts::ARCH);
    let go = |checksums: String, base: &str| {
        let given = [
            ("mode", json!("lint")),
            ("baseUrl", json!(base)),
            ("version", json!("1.2.3")),
            ("checksums", json!(checksums)),
        ];
        run(&given, place.path(), "", &[])
    };
    let mirror = "https://mirror.example/hallpass";
    for (checksums, base, said) in [
        (line(&"0".repeat(64)), mirror, "is not the one in the parameter checksums"),
        (String::new(), mirror, "has no line for the archive"),
        (line(&digest), "http://mirror.example", "must begin with https://"),
    ] {
        let ran = go(checksums, base);
        assert!(ran.status == Some(2) && ran.log.contains(said), "{said}: {}", ran.log);
        assert!(!place.path().join("ran").exists());
    }
    let ran =
        go(format!("{}\r\n{}", line("1234").trim_end(), line(&digest)).replace("1234  hallpass", "12  other"), mirror);
    assert!(place.path().join("ran").exists(), "{}", ran.log);
}
