//! The parts of GitHub's runner that an action meets, made again: a re-creation, not the runner itself. It reads
//! `action.yml` by the models of `github-actions-models`, fills in inputs and `${{ }}`, gives each step files of its own
//! for outputs, environment, path, state and summary, and reads them by the runner's grammar. Of expressions it knows
//! literals and contexts; it stops at any other, and at keys of steps that no action here uses.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use github_actions_expressions::Expr;
use github_actions_models::action::{Action, Composite, JavaScript, Runs, Step, StepBody};
use github_actions_models::common::expr::LoE;

use crate::formats::grammar::{github_commands, github_parts};
use crate::support::git_server;

/// A job on a machine of its own.
pub(super) struct Job {
    folder: tempfile::TempDir,
    variables: BTreeMap<String, String>,
    /// What steps put into the environment and the search path of those that follow.
    pub(super) handed_on: Vec<(String, String)>,
    pub(super) paths: Vec<String>,
    posts: Vec<Post>,
    steps: usize,
}

struct Post {
    script: PathBuf,
    variables: BTreeMap<String, String>,
}

/// What a step did.
pub(super) struct Done {
    pub(super) status: i32,
    /// Both streams, each whole.
    pub(super) log: String,
    pub(super) outputs: BTreeMap<String, String>,
    pub(super) summary: String,
}

impl Done {
    #[track_caller]
    pub(super) fn exits(self, status: i32) -> Self {
        assert_eq!(self.status, status, "{}", self.log);
        self
    }

    #[track_caller]
    pub(super) fn says(self, text: &str) -> Self {
        assert!(self.log.contains(text), "{}", self.log);
        self
    }

    /// Empty where the step did not set it, as for any expression.
    pub(super) fn output(&self, name: &str) -> &str {
        self.outputs.get(name).map_or("", String::as_str)
    }

    /// The annotations that the runner would make: the command, and its message.
    pub(super) fn annotations(&self) -> Vec<(String, String)> {
        let lines = self.log.split(['\n', '\r']).filter(|line| !github_commands(line).is_empty());
        let told = lines.map(|line| (github_commands(line).remove(0), line));
        let told = told.filter(|(name, _)| matches!(name.as_str(), "error" | "warning" | "notice"));
        told.map(|(name, line)| (name, github_parts(line).1)).collect()
    }
}

impl Job {
    pub(super) fn new() -> Self {
        let folder = super::surroundings();
        let at = |name: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(&path).unwrap();
            path.display().to_string()
        };
        let variables = [
            ("CI", "true".to_owned()),
            ("GITHUB_ACTIONS", "true".to_owned()),
            ("GITHUB_WORKSPACE", at("work")),
            ("HALLPASS_NOW", "2026-11-20T12:00:00Z".to_owned()),
            ("HOME", at("home")),
            ("RUNNER_ARCH", "X64".to_owned()),
            ("RUNNER_OS", "Linux".to_owned()),
            ("RUNNER_TEMP", at("temp")),
            ("RUNNER_TOOL_CACHE", at("tools")),
        ];
        let variables = variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { folder, variables, handed_on: Vec::new(), paths: Vec::new(), posts: Vec::new(), steps: 0 }
    }

    /// A variable of every step.
    pub(super) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.variables.insert(name.to_owned(), value.into());
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts this repository's action where the runner puts what it fetched, and gives back the folder.
    pub(super) fn fetched(&self) -> PathBuf {
        let folder = self.path("_actions/my-org/hallpass/0123abc");
        let source = Path::new(env!("CARGO_MANIFEST_DIR"));
        for file in ["action.yml", "action/run.sh", "action/install.sh", "action/VERSION", "action/SHA256SUMS"]
            .into_iter()
            .chain(["action/setup/action.yml", "action/setup/run.cjs"])
        {
            std::fs::create_dir_all(folder.join(file).parent().unwrap()).unwrap();
            std::fs::copy(source.join(file), folder.join(file)).unwrap();
        }
        folder
    }

    /// `uses:` this folder, `with:` inputs and `env:` variables.
    pub(super) fn uses(&mut self, folder: &Path, with: &[(&str, &str)], env: &[(&str, &str)]) -> Done {
        let text = std::fs::read_to_string(folder.join("action.yml")).unwrap();
        let action: Action = serde_yaml::from_str(&text).unwrap();
        for (name, _) in with {
            assert!(action.inputs.contains_key(*name), "there is no input `{name}`");
        }
        let given = |name: &str| with.iter().find(|(held, _)| *held == name).map(|(_, value)| (*value).to_owned());
        let inputs: BTreeMap<String, String> = action
            .inputs
            .iter()
            .map(|(name, input)| (name.clone(), given(name).or(input.default.clone()).unwrap_or_default()))
            .collect();
        match &action.runs {
            Runs::Composite(composite) => {
                let mut done = self.composite(composite, folder, &inputs, env);
                let known = done.outputs.clone();
                let value = |text: &str| {
                    filled(text, &|name| Some(known.get(name.strip_prefix("steps.")?).cloned().unwrap_or_default()))
                };
                let declared = action.outputs.iter();
                done.outputs = declared
                    .map(|(name, output)| (name.clone(), value(output.value.as_deref().unwrap_or_default())))
                    .collect();
                done
            }
            Runs::JavaScript(script) => self.javascript(script, folder, &inputs, env),
            Runs::Docker(_) => panic!("no action here runs in a container"),
        }
    }

    /// All steps in turn, up to the first that fails. The outputs go by `ID.outputs.NAME`.
    fn composite(
        &mut self,
        composite: &Composite,
        folder: &Path,
        inputs: &BTreeMap<String, String>,
        env: &[(&str, &str)],
    ) -> Done {
        let mut all = Done { status: 0, log: String::new(), outputs: BTreeMap::new(), summary: String::new() };
        for step in &composite.steps {
            let Step { id, r#if: None, continue_on_error: LoE::Literal(false), env: LoE::Literal(own), body, .. } =
                step
            else {
                panic!("a step has keys that are not made again here");
            };
            let StepBody::Run { run, shell: LoE::Literal(shell), working_directory: None } = body else {
                panic!("a step does not run a script, or not in the working directory");
            };
            let known = all.outputs.clone();
            let context = |name: &str| match name.split_once('.')? {
                ("inputs", input) => inputs.get(input).cloned(),
                ("github", "action_repository") => Some("my-org/hallpass".to_owned()),
                ("github", "token") => Some("the-job's-token".to_owned()),
                ("steps", output) => Some(known.get(output).cloned().unwrap_or_default()),
                _ => None,
            };
            let mut variables: BTreeMap<String, String> =
                env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            variables.extend(own.iter().map(|(name, value)| (name.clone(), filled(&value.to_string(), &context))));
            variables.insert("GITHUB_ACTION_PATH".to_owned(), folder.display().to_string());
            let done = self.script(shell, &filled(run, &context), variables);
            let id = id.clone().unwrap_or_default();
            all.outputs.extend(done.outputs.into_iter().map(|(name, value)| (format!("{id}.outputs.{name}"), value)));
            all.log.push_str(&done.log);
            all.summary.push_str(&done.summary);
            all.status = done.status;
            if all.status != 0 {
                break;
            }
        }
        all
    }

    fn javascript(
        &mut self,
        action: &JavaScript,
        folder: &Path,
        inputs: &BTreeMap<String, String>,
        env: &[(&str, &str)],
    ) -> Done {
        assert!(action.pre.is_none() && action.post_if.is_none(), "not made again here");
        let mut variables: BTreeMap<String, String> =
            env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        variables.insert("GITHUB_ACTION_REPOSITORY".to_owned(), "my-org/hallpass".to_owned());
        let upper = |name: &str| format!("INPUT_{}", name.replace(' ', "_").to_uppercase());
        variables.extend(inputs.iter().map(|(name, value)| (upper(name), value.clone())));
        let mut node = Command::new("node");
        node.arg(folder.join(&action.main));
        let (done, state) = self.step(node, variables.clone());
        if let Some(post) = &action.post {
            variables.extend(state.into_iter().map(|(name, value)| (format!("STATE_{name}"), value)));
            self.posts.push(Post { script: folder.join(post), variables });
        }
        done
    }

    /// An ordinary `run:` step.
    pub(super) fn runs(&mut self, script: &str, env: &[(&str, &str)]) -> Done {
        let variables = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.script("bash", script, variables)
    }

    /// What is to be done at the end of the job, the last first.
    pub(super) fn ends(&mut self) -> Vec<Done> {
        let posts: Vec<Post> = std::mem::take(&mut self.posts);
        let run = |post: Post| {
            let mut node = Command::new("node");
            node.arg(post.script);
            self.step(node, post.variables).0
        };
        posts.into_iter().rev().map(run).collect()
    }

    fn script(&mut self, shell: &str, script: &str, variables: BTreeMap<String, String>) -> Done {
        assert_eq!(shell, "bash", "the only shell that is made again here");
        let file = self.path("temp").join(format!("script-{}.sh", self.steps));
        std::fs::write(&file, script).unwrap();
        let mut bash = Command::new("bash");
        bash.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(file);
        self.step(bash, variables).0
    }

    /// Runs it with files of its own, and gives back what it keeps for its post step too.
    fn step(&mut self, mut command: Command, variables: BTreeMap<String, String>) -> (Done, Vec<(String, String)>) {
        self.steps += 1;
        let files = self.path(&format!("files/{}", self.steps));
        std::fs::create_dir_all(&files).unwrap();
        command.env_clear().current_dir(self.path("work")).envs(&self.variables);
        for name in ["OUTPUT", "ENV", "PATH", "STATE", "STEP_SUMMARY"] {
            std::fs::write(files.join(name), "").unwrap();
            command.env(format!("GITHUB_{name}"), files.join(name));
        }
        let ours = self.path("bin").display().to_string();
        let paths = self.paths.iter().rev().cloned().chain([ours]).map(PathBuf::from);
        let path = std::env::join_paths(paths.chain(std::env::split_paths(&git_server::path()))).unwrap();
        command.env("PATH", path).envs(self.handed_on.iter().cloned());
        // An empty value takes a variable of the runner's away.
        for (name, value) in variables {
            if value.is_empty() && name.starts_with("GITHUB_") {
                command.env_remove(name)
            } else {
                command.env(name, value)
            };
        }
        let output = command.stdin(Stdio::null()).output().unwrap();
        let read = |name: &str| std::fs::read_to_string(files.join(name)).unwrap();
        self.handed_on.extend(pairs(&read("ENV")));
        self.paths.extend(read("PATH").lines().filter(|line| !line.is_empty()).map(str::to_owned));
        let done = Done {
            status: output.status.code().unwrap(),
            log: String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap(),
            outputs: pairs(&read("OUTPUT")).into_iter().collect(),
            summary: read("STEP_SUMMARY"),
        };
        (done, pairs(&read("STATE")))
    }
}

/// A text with its `${{ }}` filled in.
fn filled(text: &str, context: &dyn Fn(&str) -> Option<String>) -> String {
    let mut parts = text.split("${{");
    let mut filled = parts.next().unwrap().to_owned();
    for part in parts {
        let (inner, rest) = part.split_once("}}").expect("an expression ends");
        let expression = Expr::parse(inner.trim()).unwrap();
        match &expression.inner {
            Expr::Literal(literal) => filled.push_str(&literal.as_str()),
            Expr::Context(_) => {
                let name = expression.origin.raw.to_lowercase();
                filled.push_str(&context(&name).unwrap_or_else(|| panic!("`{name}` is not made again here")));
            }
            _ => panic!("`{inner}` is not made again here"),
        }
        filled.push_str(rest);
    }
    filled
}

/// `name=value`, or `name<<end` and lines up to `end`: whichever of `=` and `<<` comes first counts. A line ends at a line
/// feed alone. One malformed line spoils the whole file.
pub(crate) fn pairs(text: &str) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    let mut lines = text.split_terminator('\n');
    while let Some(line) = lines.next() {
        if line.is_empty() {
            continue;
        }
        match (line.find('='), line.find("<<")) {
            (Some(at), heredoc) if heredoc.is_none_or(|other| at < other) => {
                pairs.push((line[..at].to_owned(), line[at + 1..].to_owned()));
            }
            (_, Some(at)) => {
                let (name, end) = (&line[..at], &line[at + 2..]);
                assert!(!name.is_empty() && !end.is_empty(), "`{line}` names nothing");
                let mut value = Vec::new();
                loop {
                    let next = lines.next().unwrap_or_else(|| panic!("`{end}` does not come"));
                    if next == end {
                        break;
                    }
                    value.push(next);
                }
                pairs.push((name.to_owned(), value.join("\n")));
            }
            _ => panic!("`{line}` is no output"),
        }
    }
    pairs
}
