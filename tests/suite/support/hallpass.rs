//! Runs the real program in surroundings of its own: no variable of ours, a home and a work tree that nobody else uses,
//! a clock that stands still. After every run the forge must have been asked only what somebody planned, and no token
//! may have been written anywhere.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use assert_cmd::Command;
use hallpass::domain::redact::encodings;
use hallpass_sandbox::{Fault, FaultPlan, Sandbox, Scenario};
use predicates::Predicate as _;
use predicates::str::contains;
use serde_json::Value;
use tempfile::TempDir;

/// Noon of the scenarios.
pub(crate) const NOW: &str = "2026-11-20T12:00:00Z";

/// A forge, a home and a work tree.
pub(crate) struct Scene {
    pub(crate) forge: Sandbox,
    /// What hallpass calls the software that the sandbox plays; an address alone does not tell.
    pub(crate) of: &'static str,
    folder: TempDir,
    /// Parts of the texts of all tokens.
    secrets: HashSet<Part>,
    /// Whether requests nobody planned are part of the test.
    lax: bool,
}

impl Scene {
    /// A scenario that the sandbox ships.
    pub(crate) fn named(name: &str) -> Self {
        Self::of(Scenario::named(name).unwrap())
    }

    pub(crate) fn yaml(text: &str) -> Self {
        Self::of(Scenario::from_yaml(text).unwrap())
    }

    /// The current GitLab, broken in these ways.
    pub(crate) fn broken(faults: Vec<FaultPlan>) -> Self {
        Self::of(Scenario { faults, ..Scenario::named("gitlab-19").unwrap() })
    }

    /// The current GitLab, with one answer replaced.
    pub(crate) fn answering(path: &str, code: u16, body: &str) -> Self {
        let headers = BTreeMap::from([("Content-Type".to_owned(), "application/json".to_owned())]);
        Self::broken(vec![FaultPlan::always(path, Fault::Status { code, headers, body: body.to_owned() })])
    }

    pub(crate) fn of(scenario: Scenario) -> Self {
        let of = match (&scenario.github, &scenario.azure) {
            (Some(_), _) => "github",
            (_, Some(_)) => "azure-devops",
            _ => "gitlab",
        };
        let forge = Sandbox::start(scenario);
        let names: Vec<String> = forge.token_names().map(str::to_owned).collect();
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join("home")).unwrap();
        let tree = folder.path().join("tree");
        fs::create_dir(&tree).unwrap();
        git2::Repository::init(&tree).unwrap();
        let secrets = names.iter().flat_map(|name| parts(&forge.token(name))).collect();
        Self { forge, of, folder, secrets, lax: false }
    }

    /// Some faults stand in for a forge that is none; what it is asked then is not the point.
    pub(crate) fn lax(mut self) -> Self {
        self.lax = true;
        self
    }

    pub(crate) fn token(&self, name: &str) -> String {
        self.forge.token(name)
    }

    pub(crate) fn url(&self) -> String {
        self.forge.url()
    }

    /// Scheme, host and port.
    pub(crate) fn origin(&self) -> String {
        self.url().splitn(4, '/').take(3).collect::<Vec<_>>().join("/")
    }

    pub(crate) fn tree(&self) -> PathBuf {
        self.folder.path().join("tree")
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Writes a file below the work tree, and says where it is.
    pub(crate) fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.tree().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// One connection in the repository's configuration, with further keys, each on a line of its own.
    pub(crate) fn configure(&self, keys: &[&str]) {
        let url = self.url();
        let lines = keys.join("\n    ");
        let insecure = if url.starts_with("http:") { "    insecure: true\n" } else { "" };
        let head = format!("version: 1\nconnections:\n  bot:\n    forge: {}\n", self.of);
        self.write("hallpass.yml", &format!("{head}    url: {url}\n{insecure}    {lines}\n"));
    }

    /// A run that may speak to this forge without TLS.
    pub(crate) fn run(&self, arguments: &[&str]) -> Call<'_> {
        let mut call = Call { tells_forge: true, ..self.plain_run(arguments) };
        if self.url().starts_with("http:") {
            // Behind the command, before words that a test adds.
            call.arguments.insert(1, format!("--allow-http={}", self.origin()).into());
        }
        call
    }

    /// A run with these arguments and no others.
    pub(crate) fn plain_run(&self, arguments: &[&str]) -> Call<'_> {
        let home = self.home();
        let variables = [
            ("HOME", home.clone().into_os_string()),
            ("XDG_CONFIG_HOME", home.join(".config").into_os_string()),
            ("XDG_DATA_HOME", home.join(".local/share").into_os_string()),
            ("XDG_CACHE_HOME", home.join(".cache").into_os_string()),
            ("HALLPASS_NOW", NOW.into()),
            ("PATH", "/usr/bin:/bin".into()),
        ];
        Call {
            scene: self,
            tells_forge: false,
            arguments: arguments.iter().map(OsString::from).collect(),
            variables: variables.into_iter().map(|(name, value)| (name.into(), value)).collect(),
            directory: self.tree(),
            stdin: Vec::new(),
        }
    }

    /// `check` of one token of the scenario on a project, as JSON.
    pub(crate) fn check(&self, token: &str, target: &str, needs: &[&str]) -> Ran {
        self.checking(&self.token(token), target, needs).go()
    }

    /// `check` of any text, as JSON.
    pub(crate) fn checking(&self, text: &str, target: &str, needs: &[&str]) -> Call<'_> {
        let url = self.url();
        let call = self.run(&["check", "--token-env", "TOKEN", "--url", &url, "--target", target, "--format", "json"]);
        needs.iter().fold(call.env("TOKEN", text), |call, need| call.args(&["--needs", need]))
    }
}

/// A run to be made.
pub(crate) struct Call<'a> {
    scene: &'a Scene,
    /// Whether an address among the arguments is the scene's forge.
    tells_forge: bool,
    arguments: Vec<OsString>,
    variables: BTreeMap<OsString, OsString>,
    directory: PathBuf,
    stdin: Vec<u8>,
}

impl Call<'_> {
    pub(crate) fn args(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(OsString::from));
        self
    }

    pub(crate) fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.variables.remove(&OsString::from(name));
        self
    }

    pub(crate) fn stdin(mut self, text: &str) -> Self {
        self.stdin = text.into();
        self
    }

    pub(crate) fn at(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = directory.into();
        self
    }

    /// The variables of a GitLab job of that project, whose own token is the scenario's token of that name.
    pub(crate) fn job(self, token: &str, project: &str, id: u64, version: &str) -> Self {
        let url = self.scene.url();
        let host = self.scene.origin();
        let host = host.rsplit('/').next().unwrap_or_default().split(':').next().unwrap_or_default().to_owned();
        let text = self.scene.token(token);
        self.env("GITLAB_CI", "true")
            .env("CI", "true")
            .env("CI_SERVER_URL", &url)
            .env("CI_SERVER_HOST", host)
            .env("CI_API_V4_URL", format!("{url}/api/v4"))
            .env("CI_SERVER_VERSION", version)
            .env("CI_PROJECT_PATH", project)
            .env("CI_PROJECT_ID", id.to_string())
            .env("CI_COMMIT_REF_PROTECTED", "true")
            .env("CI_JOB_TOKEN", text)
    }

    /// The variables of a job of GitHub Actions in that repository, whose own token is the scenario's token of that name.
    pub(crate) fn actions(self, token: &str, repository: &str) -> Self {
        let url = self.scene.url();
        let text = self.scene.token(token);
        self.env("GITHUB_ACTIONS", "true")
            .env("CI", "true")
            .env("GITHUB_SERVER_URL", &url)
            .env("GITHUB_API_URL", format!("{url}/api/v3"))
            .env("GITHUB_REPOSITORY", repository)
            .env("GITHUB_EVENT_NAME", "push")
            .env("GITHUB_REF", "refs/heads/main")
            .env("GITHUB_ACTOR", "dev-1")
            .env("GITHUB_JOB", "build")
            .env("GITHUB_WORKFLOW_REF", format!("{repository}/.github/workflows/ci.yml@refs/heads/main"))
            .env("GITHUB_TOKEN", text)
    }

    /// Runs it, and looks at what it left behind.
    pub(crate) fn go(self) -> Ran {
        self.observed(|mut call, stdin| call.write_stdin(stdin).timeout(Duration::from_secs(60)).output().unwrap())
    }

    /// The same, with something that happens while it runs. It is to end by itself.
    #[cfg(unix)]
    pub(crate) fn go_while(self, during: impl FnOnce(&std::process::Child)) -> Ran {
        self.observed(|call, _| {
            let mut command = std::process::Command::new(call.get_program());
            command.args(call.get_args()).current_dir(call.get_current_dir().unwrap()).env_clear();
            command.envs(call.get_envs().filter_map(|(name, value)| Some((name, value?))));
            let pipe = std::process::Stdio::piped;
            let child = command.stdin(std::process::Stdio::null()).stdout(pipe()).stderr(pipe()).spawn().unwrap();
            during(&child);
            child.wait_with_output().unwrap()
        })
    }

    fn observed(mut self, run: impl FnOnce(Command, Vec<u8>) -> std::process::Output) -> Ran {
        let scene = self.scene;
        // An address alone does not tell which software runs there.
        let says = |word: &str| self.arguments.iter().any(|one| one.to_string_lossy().starts_with(word));
        if self.tells_forge && says("--url") && !says("--forge") {
            self.arguments.insert(1, format!("--forge={}", scene.of).into());
        }
        let before = files(scene.folder.path());
        let began = Instant::now();
        let mut call = Command::new(env!("CARGO_BIN_EXE_hallpass"));
        call.env_clear().envs(&self.variables).args(&self.arguments).current_dir(&self.directory);
        let output = run(call, self.stdin);
        let ran = Ran {
            status: output.status.code(),
            out: output.stdout,
            err: output.stderr,
            took: began.elapsed(),
            files: files(scene.folder.path()).into_iter().filter(|(path, at)| before.get(path) != Some(at)).collect(),
        };
        if !scene.lax {
            scene.forge.assert_all_planned();
        }
        ran.assert_without_any(&scene.secrets);
        ran
    }
}

/// What a run left.
pub(crate) struct Ran {
    pub(crate) status: Option<i32>,
    pub(crate) out: Vec<u8>,
    pub(crate) err: Vec<u8>,
    pub(crate) took: Duration,
    /// New and changed ones.
    files: BTreeMap<PathBuf, SystemTime>,
}

impl Ran {
    pub(crate) fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.out).into_owned()
    }

    pub(crate) fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.err).into_owned()
    }

    #[track_caller]
    pub(crate) fn exits(&self, status: i32) -> &Self {
        assert_eq!(self.status, Some(status), "stdout:\n{}\nstderr:\n{}", self.stdout(), self.stderr());
        self
    }

    #[track_caller]
    pub(crate) fn says(&self, text: &str) -> &Self {
        assert!(
            contains(text).eval(&self.stdout()),
            "no `{text}` in stdout:\n{}\nstderr:\n{}",
            self.stdout(),
            self.stderr()
        );
        self
    }

    #[track_caller]
    pub(crate) fn complains(&self, text: &str) -> &Self {
        assert!(
            contains(text).eval(&self.stderr()),
            "no `{text}` in stderr:\n{}\nstdout:\n{}",
            self.stderr(),
            self.stdout()
        );
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.out)
            .unwrap_or_else(|error| panic!("{error}: {}\n{}", self.stdout(), self.stderr()))
    }

    /// The entry of one capability; of the only connection that has it.
    #[track_caller]
    pub(crate) fn capability(&self, id: &str) -> Value {
        let report = self.json();
        let connections = report["connections"].as_array().cloned().unwrap_or_default();
        let entries = connections.iter().flat_map(|one| one["capabilities"].as_array().cloned().unwrap_or_default());
        let found = entries.into_iter().find(|entry| entry["id"] == id);
        found.unwrap_or_else(|| panic!("no `{id}` in {report:#}\n{}", self.stderr()))
    }

    /// Verdict, layer and basis of one capability, such as `denied scope declared`.
    #[track_caller]
    pub(crate) fn verdict(&self, id: &str) -> String {
        let entry = self.capability(id);
        let word = |key: &str| entry[key].as_str().unwrap_or("-").to_owned();
        format!("{} {} {}", word("verdict"), word("layer"), word("basis"))
    }

    #[track_caller]
    pub(crate) fn judges(&self, id: &str, verdict: &str) -> &Self {
        assert_eq!(self.verdict(id), verdict, "{:#}", self.capability(id));
        self
    }

    /// The first finding of a rule.
    #[track_caller]
    pub(crate) fn finding(&self, rule: &str) -> Value {
        let report = self.json();
        let found = report["findings"].as_array().and_then(|all| all.iter().find(|one| one["rule"] == rule).cloned());
        found.unwrap_or_else(|| panic!("no finding `{rule}` in {report:#}\n{}", self.stderr()))
    }

    /// Some finding of this rule holds all of `words` in its message, fix and link.
    #[track_caller]
    pub(crate) fn finds(&self, rule: &str, words: &[&str]) -> &Self {
        let report = self.json();
        let findings = report["findings"].as_array().cloned().unwrap_or_default();
        let fits = |finding: &Value| {
            let text = ["message", "fix", "link"].map(|key| finding[key].as_str().unwrap_or_default()).join("\n");
            finding["rule"] == rule && words.iter().all(|word| contains(*word).eval(&text))
        };
        assert!(findings.iter().any(fits), "no `{rule}` with {words:?} in {findings:#?}\n{}", self.stderr());
        self
    }

    #[track_caller]
    pub(crate) fn rules(&self) -> Vec<String> {
        let report = self.json();
        let rules = report["findings"].as_array().cloned().unwrap_or_default();
        rules.iter().filter_map(|one| one["rule"].as_str().map(str::to_owned)).collect()
    }

    #[track_caller]
    pub(crate) fn token(&self) -> Value {
        self.json()["connections"][0]["token"].clone()
    }

    /// Panics where the secret, or a part of it, stands in any encoding in any sink.
    #[track_caller]
    pub(crate) fn assert_without(&self, secret: &str) {
        self.assert_without_any(&parts(secret));
    }

    #[track_caller]
    fn assert_without_any(&self, parts: &HashSet<Part>) {
        // Looking only where a part may begin spares most of the time.
        let mut may_begin = vec![false; 1 << 16];
        for part in parts {
            may_begin[usize::from(part[0]) << 8 | usize::from(part[1])] = true;
        }
        let written = self.files.keys().map(|path| (path.display().to_string(), fs::read(path).unwrap_or_default()));
        let streams = [("stdout".to_owned(), self.out.clone()), ("stderr".to_owned(), self.err.clone())];
        for (sink, bytes) in streams.into_iter().chain(written) {
            let hit = bytes.windows(PART).any(|window| {
                may_begin[usize::from(window[0]) << 8 | usize::from(window[1])] && parts.contains(window)
            });
            assert!(!hit, "a token in {sink}: {}", String::from_utf8_lossy(&bytes));
        }
    }
}

/// As much of a token in a row is too much (R14), as it stands or encoded.
const PART: usize = 16;
type Part = [u8; PART];

fn parts(secret: &str) -> HashSet<Part> {
    assert!(secret.len() >= PART, "a canary this short proves nothing");
    let forms = encodings(secret.as_bytes());
    forms.iter().flat_map(|form| form.windows(PART).map(|part| part.try_into().unwrap())).collect()
}

/// Every file below a folder, and when it was changed. What Git keeps for itself is not ours.
fn files(folder: &Path) -> BTreeMap<PathBuf, SystemTime> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let kind = entry.file_type().unwrap();
            if kind.is_dir() && entry.file_name() != ".git" {
                folders.push(entry.path());
            } else if kind.is_file() {
                found.insert(entry.path(), entry.metadata().unwrap().modified().unwrap());
            }
        }
    }
    found
}
