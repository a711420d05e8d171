//! `az`: the commands of its Azure DevOps extension, and `az rest`.

use super::arguments::{Grammar, Item, items};
use super::{Run, header, in_address};
use crate::pipeline::azure::FORGE;
use crate::pipeline::model::{Act, ClientRun, How, Part, Presented, Request, Value, Word, push, split_once};

/// Where the extension looks for a token before it asks how `az` is signed in.
const VARIABLE: &str = "AZURE_DEVOPS_EXT_PAT";
const CLIENT: &str = "az";

/// Commands and what they do, in the words of the catalogue. What is not here is a command all the same.
pub(super) const COMMANDS: &[(&str, &str)] = &[
    ("artifacts universal publish", "package.publish"),
    ("boards iteration team list", "iteration.list"),
    ("boards query", "work_item.query"),
    ("boards work-item create", "work_item.create"),
    ("boards work-item show", "work_item.read"),
    ("boards work-item update", "work_item.update"),
    ("devops extension list", "extension.list"),
    ("devops invoke build artifacts GET", "artifact.download"),
    ("devops invoke build builds GET", "pipeline.list"),
    ("devops invoke build builds POST", "build.queue"),
    ("devops invoke build definitions GET", "build_definition.list"),
    ("devops invoke build tags POST", "build.tag"),
    ("devops invoke git pullrequeststatuses POST", "mr.status.create"),
    ("devops invoke git pullrequestthreads POST", "mr.note.create"),
    ("devops invoke git pullrequests GET", "mr.list"),
    ("devops invoke git pullrequests POST", "mr.create"),
    ("devops invoke git pushes POST", "commit.create"),
    ("devops invoke git refs GET", "branch.list"),
    ("devops invoke git refs POST", "branch.create"),
    ("devops invoke git repositories GET", "repository.list"),
    ("devops invoke git statuses POST", "commit.status.create"),
    ("devops invoke pipelines runs POST", "pipeline.create"),
    ("devops invoke wit workitems PATCH", "work_item.update"),
    ("devops project create", "project.create"),
    ("devops project list", "project.list"),
    ("devops project show", "project.read"),
    ("devops security group list", "graph_group.list"),
    ("devops service-endpoint create", "service_connection.manage"),
    ("devops service-endpoint list", "service_connection.list"),
    ("devops team list", "team.list"),
    ("devops user list", "entitlement.list"),
    ("devops wiki list", "wiki.read"),
    ("devops wiki page create", "wiki.create"),
    ("pipelines agent list", "agent_pool.list"),
    ("pipelines build definition list", "build_definition.list"),
    ("pipelines build list", "pipeline.list"),
    ("pipelines build queue", "build.queue"),
    ("pipelines build tag add", "build.tag"),
    ("pipelines list", "pipeline_definition.list"),
    ("pipelines pool list", "agent_pool.list"),
    ("pipelines queue list", "agent_queue.list"),
    ("pipelines release create", "classic_release.create"),
    ("pipelines release list", "classic_release.list"),
    ("pipelines run", "pipeline.create"),
    ("pipelines runs artifact download", "artifact.download"),
    ("pipelines runs artifact list", "artifact.download"),
    ("pipelines runs list", "pipeline.list"),
    ("pipelines runs tag add", "build.tag"),
    ("pipelines variable-group create", "variable.manage"),
    ("pipelines variable-group list", "variable.read"),
    ("pipelines variable-group show", "variable.read"),
    ("repos create", "repository.create"),
    ("repos list", "repository.list"),
    ("repos policy list", "protected_branch.list"),
    ("repos pr create", "mr.create"),
    ("repos pr list", "mr.list"),
    ("repos ref create", "branch.create"),
    ("repos ref list", "branch.list"),
    ("repos show", "repository.read"),
];

/// Options of `az rest` and `az devops invoke`, which all take a value.
const GRAMMAR: Grammar = Grammar {
    short: "mubop",
    long: &[
        "method",
        "uri",
        "url",
        "headers",
        "body",
        "resource",
        "area",
        "http-method",
        "uri-parameters",
        "url-parameters",
        "query-parameters",
        "route-parameters",
        "in-file",
        "out-file",
        "output-file",
        "output",
        "query",
        "org",
        "organization",
        "project",
        "api-version",
        "accept-message",
        "media-type",
        "subscription",
    ],
};

pub(super) fn acts(run: &mut Run<'_>) -> Vec<Act> {
    let plain = |word: &Word| word.text().filter(|text| !text.starts_with('-'));
    let words: Vec<String> = run.arguments.iter().map_while(plain).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["login", ..] | ["devops", "login", ..] => {
            run.scope.clients.insert(CLIENT);
            Vec::new()
        }
        ["logout", ..] | ["devops", "logout" | "configure" | "-h", ..] => Vec::new(),
        ["rest", ..] => rest(run),
        ["devops", "invoke", ..] => vec![client(run, &invoked(run.arguments))],
        ["devops" | "repos" | "pipelines" | "boards" | "artifacts", _, ..] => vec![client(run, &words.join(" "))],
        _ => Vec::new(),
    }
}

fn client(run: &Run<'_>, command: &str) -> Act {
    let capability = COMMANDS.iter().find(|(words, _)| *words == command).map(|(_, capability)| *capability);
    let presented = |value| Presented { how: How::Tool(VARIABLE.to_owned()), value, span: run.span };
    let token = match run.scope.variables.get(VARIABLE) {
        Some(binding) => Some(presented(binding.values.first().cloned().unwrap_or_default())),
        None => run.scope.clients.contains(CLIENT).then(|| presented(vec![Part::Unknown])),
    };
    Act::Client(ClientRun { client: CLIENT, forge: FORGE, capability, token, span: run.span })
}

/// `devops invoke AREA RESOURCE METHOD`.
fn invoked(arguments: &[Word]) -> String {
    let (mut area, mut resource, mut method) = (String::new(), String::new(), "GET".to_owned());
    for item in items(arguments, &GRAMMAR) {
        let Item::Option { name, value: Some(word) } = item else { continue };
        let text = word.text().unwrap_or_default();
        match name.as_str() {
            "area" => area = text.to_ascii_lowercase(),
            "resource" => resource = text.to_ascii_lowercase(),
            "http-method" => method = text.to_ascii_uppercase(),
            _ => {}
        }
    }
    format!("devops invoke {area} {resource} {method}")
}

fn rest(run: &Run<'_>) -> Vec<Act> {
    let (mut url, mut method) = (None, Some("GET".to_owned()));
    let mut tokens = Vec::new();
    for item in items(&run.arguments[1..], &GRAMMAR) {
        match item {
            Item::Open => method = None,
            // `--headers` takes any number of them.
            Item::Plain(word) => tokens.extend(assigned(&word)),
            Item::Option { name, value: Some(word) } => match name.as_str() {
                "m" | "method" => method = word.text().map(|text| text.to_ascii_uppercase()),
                "u" | "uri" | "url" => url = Some(word),
                "headers" => tokens.extend(assigned(&word)),
                _ => {}
            },
            Item::Option { .. } => {}
        }
    }
    let Some(url) = url else { return Vec::new() };
    tokens.extend(in_address(&url));
    vec![Act::Request(Request { program: CLIENT, method, url, tokens, span: run.span })]
}

/// A header as `az` takes it, `Name=value`.
fn assigned(word: &Word) -> Option<Presented> {
    let (name, value) = split_once(&word.value, '=')?;
    let mut written: Value = name;
    push(&mut written, Part::Text(": ".to_owned()));
    value.into_iter().for_each(|part| push(&mut written, part));
    header(&Word { value: written, span: word.span })
}
