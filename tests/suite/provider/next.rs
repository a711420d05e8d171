//! What is asked next: `tests/cases/<forge>/next/*.yml`.

use hallpass::app::ports::{Effect, Method, Presentation, Probe, Provider};
use serde::Deserialize;

use super::facts::fits;
use super::given::{Setting, cases, none_of, now, with_provider};
use crate::judge::Told;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(default)]
    setting: Setting,
    #[serde(default)]
    given: Told,
    /// Takes what the token's text tells into the evidence first, as a run does.
    #[serde(default)]
    from_text: bool,
    #[serde(default)]
    asked: Vec<String>,
    /// Every probe in order, as `line` writes it.
    probes: Vec<String>,
}

/// `mr.list: GET /api/v4/projects/... as bearer`, with the body behind it.
pub(super) fn line(probe: &Probe) -> String {
    let shown = match &probe.presentation {
        Presentation::Anonymous => "visitor".to_owned(),
        Presentation::Bearer => "bearer".to_owned(),
        Presentation::Header(name) => (*name).to_owned(),
        Presentation::Basic(user) => format!("user {user}"),
    };
    let body = probe.body.as_ref().map(|body| format!(" {}", body.text)).unwrap_or_default();
    format!("{}: {} {} as {shown}{body}", probe.id, probe.method.as_str(), probe.path)
}

fn difference(provider: &dyn Provider, file: &str, case: Case) -> Option<String> {
    let place = case.setting.place();
    let mut evidence = case.given.evidence();
    if case.from_text {
        provider.offline(&place.task(), now()).into_iter().for_each(|fact| evidence.add(fact));
    }
    let lines: Vec<String> = provider.next(&place.task(), &evidence, &case.asked).iter().map(line).collect();
    let same =
        lines.len() == case.probes.len() && lines.iter().zip(&case.probes).all(|(line, wanted)| fits(line, wanted));
    (!same).then(|| {
        format!(
            "{file}: {}\n  wanted:\n    {}\n  got:\n    {}",
            case.name,
            case.probes.join("\n    "),
            lines.join("\n    ")
        )
    })
}

#[test]
fn gitlab_is_asked_as_its_cases_say() {
    let cases: Vec<(String, Case)> = cases("gitlab/next");
    assert!(cases.len() >= 40, "only {} cases", cases.len());
    with_provider("gitlab", |provider| {
        let wrong: Vec<String> =
            cases.into_iter().filter_map(|(file, case)| difference(provider, &file, case)).collect();
        none_of(&wrong);
    });
}

/// POSTs that only evaluate, and the one that cannot succeed.
fn is_harmless(probe: &Probe) -> bool {
    match probe.method {
        Method::Get | Method::Head => true,
        Method::Post if probe.path == "/api/graphql" => probe.effect == Effect::Read,
        Method::Post if probe.path.ends_with("/ci/lint") => probe.effect == Effect::DryRun,
        Method::Post => probe.path.ends_with("/merge_requests") && probe.effect == Effect::Write,
    }
}

fn is_shown_rightly(probe: &Probe, kind: &str) -> bool {
    match (&probe.presentation, kind) {
        (Presentation::Anonymous, _) => true,
        (Presentation::Header(name), kind) => *name == "JOB-TOKEN" && kind == "job",
        (Presentation::Basic(user), kind) => kind != "job" || user == "gitlab-ci-token",
        (Presentation::Bearer, kind) => kind != "job" && kind != "deploy" && kind != "trigger",
    }
}

#[test]
fn whatever_is_wanted_of_gitlab_only_harmless_requests_go_out() {
    let kinds =
        ["personal", "project", "group", "service-account", "impersonation", "fine-grained", "oauth", "deploy", "job"];
    with_provider("gitlab", |provider| {
        let wanted: Vec<_> = provider.catalogue().rows.keys().cloned().collect();
        let mut wrong = Vec::new();
        for (kind, level) in
            kinds.into_iter().flat_map(|kind| ["none", "read", "dry-run", "writes"].map(|level| (kind, level)))
        {
            let setting = Setting { wanted: wanted.clone(), probing: level.to_owned(), ..Setting::default() };
            let given =
                format!("{{ kind: {kind}, alive: true, scopes: [api], user_id: \"101\", merge_request: \"7\" }}");
            let given: Told = serde_yaml::from_str(&given).unwrap();
            let place = setting.place();
            let task = place.task();
            let probes = provider.next(&task, &given.evidence(), &[]);
            assert!(level == "none" || !probes.is_empty() || kind == "deploy", "{kind} is asked nothing");
            let is_filled = |path: &str| !path.contains([':', '*', '<', '>', '(', ' ']) && !path.contains("//");
            wrong.extend(probes.iter().filter_map(|probe| {
                let fine = is_harmless(probe)
                    && probe.effect <= task.probing
                    && is_shown_rightly(probe, kind)
                    && is_filled(&probe.path)
                    && (probe.id != "graphql" || !["fine-grained", "job"].contains(&kind));
                (!fine).then(|| format!("{kind} at {level}: {}", line(probe)))
            }));
        }
        none_of(&wrong);
    });
}
