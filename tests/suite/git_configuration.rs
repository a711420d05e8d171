//! The configuration in force as hallpass reads it, compared with what Git itself makes of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use hallpass::git::{Address, Configuration, Direction, Helps, Pattern, Program, SeenBy, configuration};
use tempfile::TempDir;

const ADDRESSES: &[&str] = &[
    "https://git.example.com",
    "https://git.example.com/",
    "https://git.example.com/group/app.git",
    "https://me@git.example.com/group/app.git",
    "https://me:secret@git.example.com/group",
    "https://git.example.com:8443/group/app.git",
    "https://git.example.com:443/group/../other",
    "https://GIT.Example.com/Group/app.git",
    "https://git.example.com/group%2Fapp",
    "https://git.example.com/~me/%7Eyou",
    "https://git.example.com/grouping/app",
    "http://git.example.com/group/app.git",
    "http://git.example.com:80/group",
    "https://example.com/group",
    "https://a.b.example.com/group",
    "https://[::1]:8080/group",
];

const PATTERNS: &[&str] = &[
    "https://git.example.com",
    "https://git.example.com/",
    "https://git.example.com:443",
    "https://git.example.com:0443",
    "https://git.example.com:",
    "https://git.example.com:8443",
    "https://git.example.com/group",
    "https://git.example.com/group/",
    "https://git.example.com/./group",
    "https://git.example.com/group/app.git",
    "https://git.example.com/Group",
    "https://git.example.com/group%2fapp",
    "https://git.example.com/%7Eme",
    "https://me@git.example.com",
    "https://me:other@git.example.com/group",
    "https://you@git.example.com",
    "https://*.example.com",
    "https://*.*.example.com",
    "https://*",
    "https://*.com/group",
    "https://git.*.com",
    "https://g*t.example.com",
    "HTTPS://git.EXAMPLE.com",
    "http://git.example.com",
    "http://git.example.com:80/",
    "git.example.com",
    "https://",
    "https://[::1]:8080",
    "https://example.com",
];

struct Place {
    folder: TempDir,
    program: Program,
}

impl Place {
    /// A repository and a home folder of its own. `variables` beside those that Git needs.
    fn new(variables: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        let home = folder.path().join("home");
        std::fs::create_dir_all(&home).unwrap();
        let own =
            [("HOME", home.to_str().unwrap()), ("PATH", "/usr/local/bin:/usr/bin:/bin"), ("GIT_CONFIG_NOSYSTEM", "1")];
        let variables = own.iter().chain(variables).map(|(name, value)| (name.into(), value.into())).collect();
        let directory = folder.path().join("work");
        std::fs::create_dir_all(&directory).unwrap();
        let program = Program { path: git(), variables, directory };
        let place = Self { folder, program };
        place.run(&["init", "-q"]);
        place
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program.path);
        command.env_clear().envs(self.program.variables.iter().cloned()).current_dir(&self.program.directory);
        command
    }

    fn run(&self, arguments: &[&str]) -> Option<String> {
        let output = self.command().args(arguments).output().unwrap();
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap().trim_end().to_owned())
    }

    fn read(&self) -> Configuration {
        configuration(Some(&self.program), &self.program.directory)
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }
}

fn git() -> PathBuf {
    let folders = ["/usr/local/bin", "/usr/bin", "/bin"];
    folders.iter().map(|folder| Path::new(folder).join("git")).find(|path| path.exists()).expect("git is installed")
}

#[test]
fn sections_speak_of_the_same_addresses_as_for_git() {
    let place = Place::new(&[]);
    let mut wrong = Vec::new();
    for pattern in PATTERNS {
        for address in ADDRESSES {
            let key = format!("http.{pattern}.probe=hit");
            let theirs = place.run(&["-c", &key, "config", "--get-urlmatch", "http.probe", address]).is_some();
            let ours = Address::read(address).is_some_and(|address| Pattern::read(pattern).matches(&address).is_some());
            if ours != theirs {
                wrong.push(format!("{pattern} for {address}: git says {theirs}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_narrowest_section_rules_as_for_git() {
    let place = Place::new(&[]);
    for pattern in PATTERNS.iter().filter(|pattern| pattern.contains("://")) {
        place.run(&["config", "--add", &format!("http.{pattern}.probe"), pattern]);
    }
    place.run(&["config", "--add", "http.probe", "everywhere"]);
    let configuration = place.read();
    for text in ADDRESSES {
        let address = Address::read(text).unwrap();
        let theirs = place.run(&["config", "--get-urlmatch", "http.probe", text]);
        let ours = configuration.http("probe", &address).last().and_then(|setting| setting.text()).map(str::to_owned);
        assert_eq!(ours, theirs, "{text}");
    }
}

#[test]
fn git_asks_the_helpers_that_we_name_in_our_order() {
    let place = Place::new(&[]);
    let heard = place.home().join("heard");
    let helper = |name: &str| format!("!f() {{ cat >/dev/null; echo {name} >>'{}'; }}; f", heard.display());
    place.run(&["config", "--global", "credential.helper", &helper("global")]);
    for (index, pattern) in PATTERNS.iter().enumerate() {
        place.run(&["config", "--add", &format!("credential.{pattern}.helper"), &helper(&index.to_string())]);
    }
    let configuration = place.read();
    for text in ADDRESSES.iter().filter(|text| !text.contains(":secret")) {
        let _ = std::fs::remove_file(&heard);
        let mut child = place.command();
        child.args(["-c", "core.askPass=", "credential", "fill"]).env("GIT_TERMINAL_PROMPT", "0");
        let mut child = child.stdin(std::process::Stdio::piped()).stderr(std::process::Stdio::null()).spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), format!("url={text}\n\n").as_bytes()).unwrap();
        child.wait().unwrap();
        let theirs = std::fs::read_to_string(&heard).unwrap_or_default();
        let chain = configuration.helpers(&Address::read(text).unwrap());
        let ours: String = chain
            .asked
            .iter()
            .map(|helper| match helper.helps() {
                Helps::Shell(line) => line.split("echo ").nth(1).unwrap().split(' ').next().unwrap().to_owned() + "\n",
                _ => panic!("every helper here is a line of shell"),
            })
            .collect();
        assert_eq!(ours, theirs, "{text}");
    }
}

#[test]
fn addresses_are_rewritten_as_git_does() {
    let place = Place::new(&[]);
    for (base, beginning) in [
        ("https://gitlab-ci-token:canary@git.example.com", "https://git.example.com"),
        ("https://mirror.example.com/", "https://git.example.com/group/"),
        ("https://same.example.com/", "https://git.example.com/group/"),
        ("https://git.example.com/", "git@git.example.com:"),
    ] {
        place.run(&["config", "--add", &format!("url.{base}.insteadOf"), beginning]);
    }
    let configuration = place.read();
    for text in ADDRESSES.iter().chain(&["git@git.example.com:group/app.git"]) {
        let theirs = place.run(&["ls-remote", "--get-url", text]).unwrap();
        let ours = configuration.rewrite(text, Direction::Fetch);
        assert_eq!(ours.map_or_else(|| (*text).to_owned(), |rewrite| rewrite.result.expose().to_owned()), theirs);
    }
}

#[test]
fn what_the_environment_and_included_files_add_is_seen() {
    let place = Place::new(&[
        ("GIT_CONFIG_COUNT", "1"),
        ("GIT_CONFIG_KEY_0", "credential.helper"),
        ("GIT_CONFIG_VALUE_0", "from-environment"),
        ("GIT_CONFIG_PARAMETERS", "'credential.helper'='from-dash-c'"),
    ]);
    std::fs::write(place.home().join(".gitconfig"), "[include]\n\tpath = more\n").unwrap();
    std::fs::write(place.home().join("more"), "[credential]\n\thelper = from-include\n").unwrap();
    let configuration = place.read();
    assert_eq!(configuration.seen_by, SeenBy::Git);
    let chain = configuration.helpers(&Address::read("https://git.example.com").unwrap());
    let mut seen: Vec<_> = chain.asked.iter().map(|helper| format!("{:?} {}", helper.helps(), helper.place)).collect();
    seen[1..].sort();
    let more = place.home().join("more");
    assert_eq!(
        seen,
        [
            format!("Name(\"from-include\") {}", more.display()),
            "Name(\"from-dash-c\") the command line or the environment".to_owned(),
            "Name(\"from-environment\") the command line or the environment".to_owned(),
        ]
    );
}

#[test]
fn without_git_the_files_are_read_and_that_is_told() {
    let place = Place::new(&[]);
    place.run(&["config", "credential.helper", "from-repository"]);
    let configuration = configuration(None, &place.program.directory);
    assert_eq!(configuration.seen_by, SeenBy::Library);
    let chain = configuration.helpers(&Address::read("https://git.example.com").unwrap());
    assert!(chain.asked.iter().any(|helper| helper.helps() == Helps::Name("from-repository")));
}

#[test]
fn x09_git_is_not_told_of_secrets_when_it_is_asked_for_its_configuration() {
    let place = Place::new(&[("GITLAB_TOKEN", "canary"), ("GIT_TRACE", "1")]);
    let answered = place.program.ask(&["-c", "alias.environment=!env", "environment"]).unwrap();
    let seen = String::from_utf8_lossy(&answered.output).into_owned();
    assert!(seen.contains("HOME=") && !seen.contains("canary") && !seen.contains("GIT_TRACE"), "{seen}");
}
