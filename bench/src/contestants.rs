//! Who answers: the minimal program, hallpass from each of its quick sources, and every other helper that is installed.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::{Failure, Programs};

pub(crate) const MINIMAL: &str = "minimal program";
pub(crate) const CACHE: &str = "git credential-cache";
pub(crate) const HALLPASS: &str = "hallpass, ";

const HOST: &str = "protocol=https\nhost=gitlab.com\n";
const ACCOUNT: &str = "protocol=https\nhost=gitlab.com\nusername=me\npassword=secret\n";

/// One command with its surroundings, which answers [`HOST`].
pub(crate) struct Contestant {
    pub(crate) name: String,
    program: PathBuf,
    words: Vec<String>,
    variables: Vec<(String, String)>,
    home: PathBuf,
    /// What ends whatever it left running.
    end: Option<&'static str>,
}

impl Contestant {
    fn new(name: &str, program: &Path, words: &[&str], home: &Path) -> Self {
        Self {
            name: name.to_owned(),
            program: program.to_owned(),
            words: words.iter().map(ToString::to_string).collect(),
            variables: Vec::new(),
            home: home.to_owned(),
            end: None,
        }
    }

    fn with(mut self, variables: &[(&str, &str)]) -> Self {
        self.variables.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self
    }

    fn run(&self, verb: &str, stdin: &str) -> Result<String, Failure> {
        let mut command = Command::new(&self.program);
        command.args(&self.words).arg(verb).env_clear().envs(self.variables.iter().cloned());
        // A helper that Git starts has a whole environment to read.
        command.env("HOME", &self.home).env("PATH", "/usr/local/bin:/usr/bin:/bin").current_dir(&self.home);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let mut pipe = child.stdin.take().ok_or("no pipe")?;
        // One that does not listen is as good as any other.
        let _ = pipe.write_all(stdin.as_bytes());
        drop(pipe);
        let mut answer = String::new();
        child.stdout.take().ok_or("no pipe")?.read_to_string(&mut answer)?;
        child.wait()?;
        Ok(answer)
    }

    /// The whole process, from outside.
    pub(crate) fn time(&self) -> Result<Duration, Failure> {
        let start = Instant::now();
        self.run("get", HOST)?;
        Ok(start.elapsed())
    }

    fn answers(&self) -> Result<bool, Failure> {
        Ok(self.run("get", HOST)?.contains("password="))
    }

    /// A helper that answers nothing is quick and proves nothing.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        if self.answers()? { Ok(()) } else { Err(format!("{} gives no password", self.name).into()) }
    }

    pub(crate) fn stop(&self) {
        if let Some(verb) = self.end {
            drop(self.run(verb, ""));
        }
    }
}

/// Each with a home of its own below `scratch`.
pub(crate) fn all(programs: &Programs, scratch: &Path) -> Result<Vec<Contestant>, Failure> {
    let home = |name: &str| -> Result<PathBuf, Failure> {
        let home = scratch.join(name);
        std::fs::create_dir(&home)?;
        std::fs::set_permissions(&home, std::fs::Permissions::from_mode(0o700))?;
        Ok(home)
    };
    let mut all = vec![Contestant::new(MINIMAL, &programs.minimal, &[], &home("minimal")?)];
    let ours = |name: &str, words: &[&str]| -> Result<Contestant, Failure> {
        let words = [&["credential"], words].concat();
        Ok(Contestant::new(&format!("{HALLPASS}{name}"), &programs.hallpass, &words, &home(name)?))
    };
    all.push(ours("job token", &[])?.with(&[
        ("GITLAB_CI", "true"),
        ("CI_SERVER_URL", "https://gitlab.com"),
        ("CI_SERVER_HOST", "gitlab.com"),
        ("CI_API_V4_URL", "https://gitlab.com/api/v4"),
        ("CI_JOB_TOKEN", "secret"),
    ]));
    for (name, source) in [("token in a variable", "{ env: BOT }"), ("token in a file", "{ file: token }")] {
        let contestant = ours(name, &[])?.with(&[("BOT", "secret")]);
        let folder = contestant.home.join(".config/hallpass");
        std::fs::create_dir_all(&folder)?;
        let text = format!("version: 1\nconnections:\n  bot: {{ forge: gitlab, token: {source} }}\n");
        std::fs::write(folder.join("config.yml"), text)?;
        std::fs::write(folder.join("token"), "secret\n")?;
        all.push(contestant);
    }
    for (name, store) in [("encrypted file store", "file"), ("plain store", "plain")] {
        all.push(ours(name, &["--store", store])?);
    }
    let core = git_core()?;
    all.push(Contestant::new("git credential-store", &core.join("git-credential-store"), &[], &home("store")?));
    let cache = Contestant::new(CACHE, &core.join("git-credential-cache"), &[], &home("cache")?);
    all.push(Contestant { end: Some("exit"), ..cache });
    for contestant in &all {
        contestant.run("store", ACCOUNT)?;
    }
    let others = [
        ("gh", &["auth", "git-credential"][..], &[("GH_TOKEN", "secret"), ("GH_HOST", "gitlab.com")][..]),
        ("glab", &["auth", "git-credential"], &[("GITLAB_TOKEN", "secret")]),
        ("git-credential-oauth", &[], &[]),
        ("git-credential-manager", &[], &[("GCM_CREDENTIAL_STORE", "plaintext"), ("GCM_INTERACTIVE", "0")]),
    ];
    for (name, words, variables) in others {
        let Some(program) = find(name) else { continue };
        let contestant = Contestant::new(name, &program, words, &home(name)?).with(variables);
        contestant.run("store", ACCOUNT)?;
        // One that wants a browser has nothing to say here.
        if contestant.answers()? {
            all.push(contestant);
        }
    }
    Ok(all)
}

/// Where Git keeps its own helpers.
fn git_core() -> Result<PathBuf, Failure> {
    let output = Command::new("git").arg("--exec-path").output()?;
    Ok(PathBuf::from(String::from_utf8(output.stdout)?.trim()))
}

fn find(name: &str) -> Option<PathBuf> {
    let folders = ["/usr/local/bin", "/usr/bin", "/bin"].map(Path::new);
    folders.into_iter().map(|folder| folder.join(name)).find(|path| path.is_file())
}
