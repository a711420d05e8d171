//! A program that prints the token. Its first line is the token; what else it prints is dropped.
//!
//! It is started without a shell, from an absolute path or one found in `PATH`, never from the working directory; it
//! sees a few variables and no input, and has ten seconds (R16, R22).

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::env::Variables;
use super::{Sources, line};
use crate::app::ports::{Environment, Miss};
use crate::domain::connection::SourceSpec;
use crate::domain::token::Token;

const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(5);

/// What a program is told of our environment: where things are, never what is secret. A password manager that needs a
/// secret of its own has to get it from its own files or agent.
const PASSED_ON: &[&str] = &[
    // Finding programs, files and words.
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TMPDIR",
    "XDG_RUNTIME_DIR",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_CACHE_HOME",
    // Agents, keyrings and their dialogs.
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "SSH_AUTH_SOCK",
    "GNUPGHOME",
    "GPG_TTY",
    // Password managers and vaults.
    "PASSWORD_STORE_DIR",
    "VAULT_ADDR",
    "VAULT_NAMESPACE",
    "VAULT_CACERT",
    "BW_CLIENTID",
    "OP_ACCOUNT",
    // Certificates.
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    // Windows.
    "SystemRoot",
    "SystemDrive",
    "USERPROFILE",
    "USERNAME",
    "APPDATA",
    "LOCALAPPDATA",
    "ProgramData",
    "TEMP",
    "TMP",
];

pub(super) fn find(sources: &Sources, spec: &SourceSpec) -> Result<Token, Miss> {
    let SourceSpec::Command(words) = spec else { return Err(Miss::NotMine) };
    let Some((program, arguments)) = words.split_first() else {
        return Err(Miss::Failed("the command is empty".to_owned()));
    };
    let place = format!("the command `{program}`");
    let Some(path) = locate(program, &sources.variables, &sources.directory) else {
        return Err(Miss::Unavailable(format!("{place} is not installed")));
    };
    let mut command = Command::new(path);
    command.args(arguments).env_clear().stdin(Stdio::null()).stdout(Stdio::piped());
    command.stderr(if sources.verbose { Stdio::inherit() } else { Stdio::null() });
    for name in PASSED_ON {
        if let Some(value) = sources.variables.get_os(name) {
            command.env(name, value);
        }
    }
    if let Some(home) = elsewhere(&sources.variables) {
        command.current_dir(home);
    }
    let child = command.spawn().map_err(|_| Miss::Unavailable(format!("{place} cannot be started")))?;
    let (status, output) = run(child, PATIENCE).map_err(|what| Miss::Failed(format!("{place} {what}")))?;
    if !status.success() {
        let how = status.code().map_or_else(|| "a signal".to_owned(), |code| format!("status {code}"));
        return Err(Miss::Failed(format!("{place} ended with {how}")));
    }
    line::token(&first_line(output), &format!("what {place} prints"))
}

/// The file to start. A path must be absolute; a bare name is looked for in the absolute folders of `PATH`, the working
/// directory left out even where `PATH` names it.
pub fn locate(program: &str, variables: &Variables, directory: &Path) -> Option<PathBuf> {
    let path = Path::new(program);
    if path.is_absolute() {
        return is_program(path).then(|| path.to_owned());
    }
    if program.contains(['/', '\\']) || program.is_empty() {
        return None;
    }
    let folders = variables.get_os("PATH")?;
    let here = std::fs::canonicalize(directory).unwrap_or_else(|_| directory.to_owned());
    let is_here = |folder: &Path| std::fs::canonicalize(folder).is_ok_and(|folder| folder == here);
    let folders = std::env::split_paths(folders).filter(|folder| folder.is_absolute() && !is_here(folder));
    let name = if cfg!(windows) && path.extension().is_none() { format!("{program}.exe") } else { program.to_owned() };
    folders.map(|folder| folder.join(&name)).find(|path| is_program(path))
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

/// Programs run away from the work tree, whose files could steer them.
fn elsewhere(variables: &Variables) -> Option<PathBuf> {
    let home = variables.get("HOME").or_else(|| variables.get("USERPROFILE")).map(PathBuf::from);
    home.filter(|home| home.is_absolute() && home.is_dir()).or_else(|| cfg!(unix).then(|| PathBuf::from("/")))
}

/// Waits for the end of the program and of its output; kills it when it takes too long or says too much.
fn run(mut child: Child, patience: Duration) -> Result<(ExitStatus, Zeroizing<Vec<u8>>), &'static str> {
    let end = Instant::now() + patience;
    let answer = output(&mut child, end).and_then(|output| Ok((status(&mut child, end)?, output)));
    if answer.is_err() {
        drop(child.kill());
        drop(child.wait());
    }
    answer
}

fn output(child: &mut Child, end: Instant) -> Result<Zeroizing<Vec<u8>>, &'static str> {
    let stdout = child.stdout.take().ok_or("has no output")?;
    let (sender, receiver) = mpsc::channel();
    // A grandchild may hold the pipe open for ever; a thread left behind ends with the process.
    std::thread::spawn(move || {
        let mut bytes = Zeroizing::new(Vec::with_capacity(line::MAX_BYTES + 1));
        let limit = u64::try_from(line::MAX_BYTES).unwrap_or(u64::MAX) + 1;
        let read = stdout.take(limit).read_to_end(&mut bytes);
        drop(sender.send(read.map(|_| bytes)));
    });
    let left = end.saturating_duration_since(Instant::now());
    let bytes = receiver.recv_timeout(left).map_err(|_| "took longer than 10 seconds")?;
    let bytes = bytes.map_err(|_| "broke off")?;
    if bytes.len() > line::MAX_BYTES { Err("printed more than 64 KiB") } else { Ok(bytes) }
}

fn status(child: &mut Child, end: Instant) -> Result<ExitStatus, &'static str> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if Instant::now() < end => std::thread::sleep(PAUSE),
            Ok(None) => return Err("took longer than 10 seconds"),
            Err(_) => return Err("broke off"),
        }
    }
}

fn first_line(mut output: Zeroizing<Vec<u8>>) -> Zeroizing<Vec<u8>> {
    let end = output.iter().position(|byte| *byte == b'\n').map_or(output.len(), |end| end + 1);
    output.truncate(end);
    output
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::app::ports::Source;
    use crate::source::tests::sources;

    const PATH: (&str, &str) = ("PATH", "/usr/local/bin:/usr/bin:/bin");

    fn shell(script: &str) -> Result<Token, Miss> {
        let words = ["/bin/sh", "-c", script].map(str::to_owned);
        let variables = [PATH, ("CANARY", "canary"), ("LANG", "C"), ("GITLAB_TOKEN", "canary")];
        sources(&variables, "").find(&SourceSpec::Command(words.to_vec()))
    }

    #[test]
    fn the_first_line_is_the_token() {
        assert_eq!(shell("echo secret; echo user: me").unwrap().expose(), "secret");
        assert!(matches!(shell("echo; echo secret"), Err(Miss::Absent(_))));
    }

    #[test]
    fn p23_half_a_token_and_a_failure_is_nothing() {
        let told = shell("printf glpat-half; exit 1").unwrap_err();
        assert_eq!(told, Miss::Failed("the command `/bin/sh` ended with status 1".to_owned()));
    }

    #[test]
    fn x09_a_program_sees_the_listed_variables_only() {
        let seen = shell("env | sort | tr '\\n' ' '").unwrap();
        assert!(!seen.expose().contains("canary"));
        assert!(seen.expose().contains("LANG=C "));
    }

    #[test]
    fn a_program_runs_outside_the_work_tree_without_input() {
        assert_eq!(shell("pwd").unwrap().expose(), "/");
        assert_eq!(shell("cat; echo secret").unwrap().expose(), "secret");
    }

    #[test]
    fn a_flood_is_cut_off() {
        assert!(matches!(shell("cat /dev/zero"), Err(Miss::Failed(text)) if text.ends_with("more than 64 KiB")));
    }

    #[test]
    fn a_program_that_does_not_end_is_killed() {
        let child = |script: &str| {
            Command::new("/bin/sh").args(["-c", script]).stdout(Stdio::piped()).spawn().expect("there is a shell")
        };
        let start = Instant::now();
        for script in ["exec sleep 60", "exec >&-; exec sleep 60", "sleep 60 & echo secret"] {
            assert!(run(child(script), Duration::from_millis(100)).is_err(), "{script}");
        }
        assert!(start.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn a_bare_name_is_found_in_path_and_never_in_the_working_directory() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("give-token");
        std::fs::write(&path, "#!/bin/sh\necho secret\n").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        let paths = format!(".::{}:/bin", folder.path().display());
        let variables: Variables = [("PATH".into(), paths.into())].into_iter().collect();
        let find = |program: &str, directory: &str| locate(program, &variables, Path::new(directory));
        assert_eq!(find("give-token", "/"), Some(path.clone()));
        assert_eq!(find("give-token", folder.path().to_str().unwrap()), None);
        assert_eq!(find("./give-token", folder.path().to_str().unwrap()), None);
        assert_eq!(find("no-such-program", "/"), None);
        assert_eq!(find(path.to_str().unwrap(), "/"), Some(path));
    }

    #[test]
    fn a_program_that_is_not_there_is_unavailable() {
        let spec = SourceSpec::Command(vec!["no-such-program".to_owned()]);
        assert!(matches!(sources(&[PATH], "").find(&spec), Err(Miss::Unavailable(_))));
    }
}
