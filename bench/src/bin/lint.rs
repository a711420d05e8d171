//! How long `hallpass lint` takes for 2,000 workflow files, beside zizmor on the same ones: whole processes, one after the
//! other in turn. `cargo run --release -p hallpass-bench --bin lint`; see `docs/performance.md`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

type Failure = Box<dyn std::error::Error>;

/// How many times as fast hallpass is to be.
const GOAL: f64 = 5.0;

fn main() -> Result<ExitCode, Failure> {
    let files = number("HALLPASS_BENCH_FILES", 2_000)?;
    let runs = number("HALLPASS_BENCH_RUNS", 5)?.max(1);
    let scratch = tempfile::tempdir()?;
    let bytes = write_workflows(scratch.path(), files)?;
    let mut contestants = [
        Contestant::new("hallpass lint", &hallpass()?, &["lint", "--fail-on", "never", "--format", "json", "."]),
        Contestant::new(
            "zizmor",
            Path::new("zizmor"),
            &["--offline", "--quiet", "--no-progress", "--no-exit-codes", "--format", "json", "."],
        ),
    ];
    for contestant in &contestants {
        contestant.check(scratch.path(), files)?;
    }
    for _ in 0..runs {
        for contestant in &mut contestants {
            contestant.time(scratch.path())?;
        }
    }
    let text = render(&mut contestants, files, bytes, runs)?;
    say(&text);
    let [own, other] = contestants.each_ref().map(|one| one.times[0].as_secs_f64());
    Ok(if other / own >= GOAL { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[expect(clippy::print_stdout, reason = "this is what the program is for")]
fn say(text: &str) {
    print!("{text}");
}

fn number(variable: &str, usual: usize) -> Result<usize, Failure> {
    #[expect(clippy::disallowed_methods, reason = "the settings of this program")]
    match std::env::var(variable) {
        Err(_) => Ok(usual),
        Ok(text) => text.parse().map_err(|_| format!("`{variable}` is no number").into()),
    }
}

/// Beside this program, after the compiler has seen to it that it is of today.
fn hallpass() -> Result<PathBuf, Failure> {
    let own = std::env::current_exe()?;
    let folder = own.parent().ok_or("this program lies nowhere")?;
    if folder.file_name().is_none_or(|name| name != "release") {
        return Err("what is built without `--release` says nothing about speed".into());
    }
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--release", "--package=hallpass"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    if !build.status()?.success() {
        return Err("hallpass cannot be built".into());
    }
    Ok(folder.join("hallpass"))
}

struct Contestant {
    name: &'static str,
    program: PathBuf,
    words: Vec<&'static str>,
    times: Vec<Duration>,
}

impl Contestant {
    fn new(name: &'static str, program: &Path, words: &[&'static str]) -> Self {
        Self { name, program: program.to_owned(), words: words.to_vec(), times: Vec::new() }
    }

    fn command(&self, folder: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.words).current_dir(folder).stdin(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// One that leaves files out is quick and proves nothing.
    fn check(&self, folder: &Path, files: usize) -> Result<(), Failure> {
        let output = self.command(folder).output().map_err(|error| format!("{}: {error}", self.name))?;
        let text = String::from_utf8(output.stdout)?;
        let missing = (0..files).find(|index| !text.contains(&file_name(*index)));
        match missing {
            None => Ok(()),
            Some(index) => Err(format!("{} says nothing of {}", self.name, file_name(index)).into()),
        }
    }

    fn time(&mut self, folder: &Path) -> Result<(), Failure> {
        let start = Instant::now();
        self.command(folder).stdout(Stdio::null()).status()?;
        self.times.push(start.elapsed());
        Ok(())
    }
}

fn render(contestants: &mut [Contestant; 2], files: usize, bytes: usize, runs: usize) -> Result<String, Failure> {
    let mut text = format!("{files} workflows, {} KiB; {runs} runs of each, in turn\n\n", bytes / 1024);
    text.push_str("| | quickest | median |\n|---|---|---|\n");
    for one in contestants.iter_mut() {
        one.times.sort();
        let seconds = |time: Duration| time.as_secs_f64();
        writeln!(text, "| {} | {:.3} s | {:.3} s |", one.name, seconds(one.times[0]), seconds(one.times[runs / 2]))?;
    }
    let [own, other] = contestants;
    let times = |at: usize| other.times[at].as_secs_f64() / own.times[at].as_secs_f64();
    writeln!(text, "\nhallpass is {:.1} times as fast, {:.1} times in the median", times(0), times(runs / 2))?;
    Ok(text)
}

fn file_name(index: usize) -> String {
    format!("w{index:05}.yml")
}

/// Workflows of the size that people write: jobs made of steps from the cases in `tests/cases/lint/`, and of usual ones.
/// Each has something in it that both programs tell.
fn write_workflows(root: &Path, files: usize) -> Result<usize, Failure> {
    let scripts = scripts()?;
    let folder = root.join(".github/workflows");
    std::fs::create_dir_all(&folder)?;
    std::fs::create_dir(root.join(".git"))?;
    let mut random = Random(1);
    let mut bytes = 0;
    for index in 0..files {
        let mut text = format!(
            "name: build {index}\non:\n  push:\n    branches: [main]\n  pull_request:\n\npermissions:\n  contents: read\n\n\
             jobs:\n"
        );
        for job in 0..2 + random.below(4) {
            write!(
                text,
                "  job{job}:\n    runs-on: ubuntu-latest\n    strategy:\n      matrix:\n        version: [18, 20, 22]\n    \
                 steps:\n      - uses: actions/checkout@v4\n      - uses: actions/setup-node@v4\n        with:\n          \
                 node-version: ${{{{ matrix.version }}}}\n          cache: npm\n"
            )?;
            for _ in 0..2 + random.below(3) {
                step(&scripts[random.below(scripts.len())], &mut text)?;
            }
            step(
                "echo \"${{ github.event.pull_request.title }}\"\ngh issue create --title broken --body \"$RUN\"",
                &mut text,
            )?;
            text.push_str(
                "        env:\n          GH_TOKEN: ${{ github.token }}\n          RUN: ${{ github.run_id }}\n",
            );
        }
        bytes += text.len();
        std::fs::write(folder.join(file_name(index)), text)?;
    }
    Ok(bytes)
}

fn step(script: &str, text: &mut String) -> Result<(), Failure> {
    text.push_str("      - name: step\n        run: |\n");
    for line in script.lines() {
        writeln!(text, "          {line}")?;
    }
    Ok(())
}

/// Shell scripts of the cases, and the commands that most workflows consist of.
fn scripts() -> Result<Vec<String>, Failure> {
    const USUAL: &[&str] = &[
        "npm ci\nnpm run lint\nnpm test -- --coverage",
        "set -euo pipefail\nfor name in api web; do\n  docker build -t \"registry.example.com/$name:${GITHUB_SHA::7}\" \"$name\"\ndone",
        "git config user.name bot\ngit config user.email bot@example.com\ngit add -A\ngit commit -m update || exit 0",
        "curl -fsSL -o tool.tar.gz \"https://example.com/tool-${VERSION:-1.2.3}.tar.gz\"\ntar xzf tool.tar.gz",
        "if [ -n \"$DEPLOY\" ]; then\n  ./deploy.sh production\nelse\n  echo \"nothing to do\"\nfi",
    ];
    let mut scripts: Vec<String> = USUAL.iter().map(ToString::to_string).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cases/lint");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let mut inside = false;
        for line in std::fs::read_to_string(path)?.lines() {
            if let Some(content) = line.strip_prefix("      ").filter(|_| inside) {
                let script = scripts.last_mut().ok_or("there is none")?;
                script.push_str(content);
                script.push('\n');
            } else if !line.is_empty() {
                inside = line.strip_suffix(".sh: |").is_some();
                if inside {
                    scripts.push(String::new());
                }
            }
        }
    }
    scripts.retain(|script| !script.is_empty());
    Ok(scripts)
}

/// The same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % limit.max(1)
    }
}
