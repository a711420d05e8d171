//! What is asked next: `tests/cases/<forge>/next/*.yml`.

use std::collections::BTreeSet;

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
    let door = probe.door.as_ref().map(ToString::to_string).unwrap_or_default();
    format!("{}: {} {door}{} as {shown}{body}", probe.id, probe.method.as_str(), probe.path)
}

fn difference(provider: &dyn Provider, file: &str, case: Case) -> Option<String> {
    let place = case.setting.place(provider.id());
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

fn check_all(forge: &str, at_least: usize) {
    let cases: Vec<(String, Case)> = cases(&format!("{forge}/next"));
    assert!(cases.len() >= at_least, "only {} cases", cases.len());
    with_provider(forge, |provider| {
        let wrong: Vec<String> =
            cases.into_iter().filter_map(|(file, case)| difference(provider, &file, case)).collect();
        none_of(&wrong);
    });
}

#[test]
fn gitlab_is_asked_as_its_cases_say() {
    check_all("gitlab", 40);
}

#[test]
fn github_is_asked_as_its_cases_say() {
    check_all("github", 30);
}

#[test]
fn azure_devops_is_asked_as_its_cases_say() {
    check_all("azure-devops", 40);
}

/// GETs, the two POSTs that evaluate, and the documented dry runs.
fn is_harmless_on_azure(probe: &Probe) -> bool {
    let body = probe.body.as_ref().map_or("", |body| body.text.as_str());
    let path = probe.path.split('?').next().unwrap_or_default();
    match probe.method {
        Method::Put | Method::Patch => false,
        Method::Get | Method::Head => probe.effect == Effect::Read,
        Method::Post if path.ends_with("/permissionevaluationbatch") || path.ends_with("/wit/wiql") => {
            probe.effect == Effect::Read
        }
        _ if probe.effect != Effect::DryRun => false,
        Method::Post if path.ends_with("/runs") || path.ends_with("/preview") => body == r#"{"previewRun":true}"#,
        Method::Post if path.contains("/wit/workitems/") => probe.path.contains("?validateOnly=true&"),
        Method::Post => path.contains("/wit/queries/") && probe.path.contains("?validateWiqlOnly=true&"),
    }
}

#[test]
fn whatever_is_wanted_of_azure_devops_only_harmless_requests_go_out_and_only_to_one_organization() {
    with_provider("azure-devops", |provider| {
        let wanted: Vec<_> = provider.catalogue().rows.keys().cloned().collect();
        let mut wrong = Vec::new();
        let urls = ["https://dev.azure.com", "https://acme.visualstudio.com", "https://tfs.example.com/tfs/Main"];
        for ((url, kind), level) in urls
            .into_iter()
            .flat_map(|url| ["pat", "system", "entra"].map(|kind| (url, kind)))
            .flat_map(|place| ["none", "read", "dry-run", "writes"].map(|level| (place, level)))
        {
            let target = if url.ends_with("dev.azure.com") { "acme/My App/web" } else { "My App/web" };
            let setting = Setting {
                url: Some(url.to_owned()),
                target: Some(target.to_owned()),
                wanted: wanted.clone(),
                probing: level.to_owned(),
                ..Setting::default()
            };
            let given = format!(
                "{{ kind: {kind}, alive: true, user: me@example.com, samples: {{ project: '1', repository: '2', pipeline: '3', build: '4', feed: '5' }} }}"
            );
            let given: Told = serde_yaml::from_str(&given).unwrap();
            let place = setting.place("azure-devops");
            let task = place.task();
            let asked = ["project", "repository"].map(str::to_owned);
            let probes = provider.next(&task, &given.evidence(), &asked);
            assert!(level == "none" || probes.len() > 30, "{url} {kind}: {}", probes.len());
            let server = url.contains("tfs");
            let doors = provider.doors(&place.connection.base);
            wrong.extend(probes.iter().filter_map(|probe| {
                let rest = probe.path.strip_prefix("/acme");
                let own = match (&probe.door, url) {
                    (Some(door), _) => doors.contains(door) && rest.is_some(),
                    (None, "https://dev.azure.com") => rest.is_some(),
                    (None, _) => rest.is_none(),
                };
                let shown = match &probe.presentation {
                    Presentation::Basic(user) => kind == "pat" && user.is_empty(),
                    Presentation::Bearer => kind != "pat",
                    _ => false,
                };
                let filled = !probe.path.contains([':', '<', ' ']) && !probe.path.contains("//");
                let fine = is_harmless_on_azure(probe)
                    && probe.effect <= task.probing
                    && own
                    && shown
                    && filled
                    && (!server || (probe.door.is_none() && probe.effect == Effect::Read));
                (!fine).then(|| format!("{url} {kind} at {level}: {}", line(probe)))
            }));
        }
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
        Method::Put | Method::Patch => false,
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
            let place = setting.place(provider.id());
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

/// Every request that could be taken for a write, with the body it has to have and no other.
const IMPOSSIBLE: &[(&str, &str)] = &[
    ("POST /repos/acme/app/pulls", "{}"),
    ("POST /repos/acme/app/check-runs", "{}"),
    ("POST /repos/acme/app/deployments", "{}"),
    ("POST /repos/acme/app/security-advisories", "{}"),
    ("PUT /repos/acme/app/actions/secrets/HALLPASS_NONE", "{}"),
    ("PATCH /repos/acme/app/actions/variables/HALLPASS_NONE", "{}"),
    ("PATCH /repos/acme/app/labels/hallpass-none-hallpass-none-hallpass-none-hallpass-none-hallpass-none", "{}"),
    ("PATCH /repos/acme/app/hooks/9007199254740991", "{}"),
    ("PATCH /repos/acme/app/code-scanning/alerts/9007199254740991", r#"{"state":null}"#),
    ("PATCH /repos/acme/app/dependabot/alerts/9007199254740991", r#"{"state":null}"#),
    ("POST /repos/acme/app/actions/workflows/0/dispatches", "{}"),
    ("POST /repos/acme/app/pages/deployments/9007199254740991/cancel", "{}"),
    (
        "POST /repos/acme/app/statuses/0000000000000000000000000000000000000000",
        r#"{"state":"pending","context":"hallpass"}"#,
    ),
];

fn is_harmless_on_github(probe: &Probe) -> bool {
    let asked = format!("{} {}", probe.method.as_str(), probe.path);
    let body = probe.body.as_ref().map(|body| body.text.as_str());
    match probe.method {
        Method::Get | Method::Head => body.is_none(),
        Method::Post if probe.path == "/graphql" => {
            probe.effect == Effect::Read
                && body.is_some_and(|body| body.contains("query(") && !body.contains("mutation"))
        }
        Method::Post if asked == "POST /repos/acme/app/releases/generate-notes" => probe.effect == Effect::DryRun,
        _ => {
            probe.effect == Effect::Write && IMPOSSIBLE.iter().any(|(call, text)| *call == asked && Some(*text) == body)
        }
    }
}

#[test]
fn whatever_is_wanted_of_github_only_harmless_requests_go_out() {
    let kinds = ["classic", "fine-grained", "oauth", "app-user", "installation", "actions"];
    let mut impossible = BTreeSet::new();
    with_provider("github", |provider| {
        let wanted: Vec<_> = provider.catalogue().rows.keys().cloned().collect();
        let mut wrong = Vec::new();
        for (kind, level) in
            kinds.into_iter().flat_map(|kind| ["none", "read", "dry-run", "writes"].map(|level| (kind, level)))
        {
            let setting = Setting { wanted: wanted.clone(), probing: level.to_owned(), ..Setting::default() };
            let given = format!(
                "{{ kind: {kind}, alive: true, visibility: private, scopes: [repo, read:org], merge_request: \"7\", branch: main }}"
            );
            let given: Told = serde_yaml::from_str(&given).unwrap();
            let place = setting.place(provider.id());
            let task = place.task();
            let probes = provider.next(&task, &given.evidence(), &[]);
            assert_eq!(level == "none", probes.is_empty(), "{kind} at {level}");
            let is_filled = |path: &str| !path.contains(['{', '}', '<', '>', '(', ' ']) && !path.contains("//");
            let doors = provider.doors(&place.connection.base);
            for probe in &probes {
                let by_git = probe.path.contains("/info/refs?");
                let at_home = if by_git { probe.door.is_none() } else { probe.door.as_ref() == doors.first() };
                let fine = is_harmless_on_github(probe)
                    && probe.effect <= task.probing
                    && at_home
                    && matches!(probe.presentation, Presentation::Basic(_)) == by_git
                    && is_filled(&probe.path);
                if !fine {
                    wrong.push(format!("{kind} at {level}: {}", line(probe)));
                }
                if probe.effect == Effect::Write {
                    impossible.insert(format!("{} {}", probe.method.as_str(), probe.path));
                }
            }
        }
        none_of(&wrong);
    });
    assert_eq!(impossible.len(), IMPOSSIBLE.len(), "{impossible:#?}");
}
