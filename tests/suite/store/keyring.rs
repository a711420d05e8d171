//! A real keyring on a message bus of its own.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::time::{Duration, Instant};

use crate::support::helper::{Home, Ran};
use crate::support::parts;

const PARTS: &[&str] = &["dbus-run-session", "gnome-keyring-daemon", "secret-tool"];

/// A home for a keyring, with shell functions: `unlock` opens the keyring, `start` leaves it locked, and `hallpass VERB
/// LINE...` runs the helper.
fn home() -> Option<Home> {
    if !parts::programs(PARTS) {
        return None;
    }
    let mut home = Home::new();
    let run = home.home().join("run");
    fs::create_dir(&run).unwrap();
    fs::set_permissions(&run, fs::Permissions::from_mode(0o700)).unwrap();
    home.set("XDG_RUNTIME_DIR", run);
    home.set("XDG_DATA_HOME", home.home().join("data"));
    Some(home)
}

const FUNCTIONS: &str = r#"
unlock() { printf '\n' | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; sleep 0.3; }
start() { gnome-keyring-daemon --start --components=secrets >/dev/null 2>&1; sleep 0.3; }
hallpass() { words="$1"; shift; printf '%s\n' "$@" | "$HALLPASS" credential $words; }
at() { hallpass "$1" protocol=https "host=$2"; }
"#;

/// A message bus that starts no service on demand.
const BUS: &str = r#"<busconfig>
<type>session</type>
<listen>unix:tmpdir=/tmp</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>"#;

fn session(home: &Home, script: &str) -> Ran {
    session_on(home, "", script)
}

fn session_on(home: &Home, bus: &str, script: &str) -> Ran {
    let path = home.write("script", format!("{FUNCTIONS}{script}"));
    let script = format!("HALLPASS=\"$0\" exec dbus-run-session {bus} -- /bin/sh '{}'", path.display());
    let mut ran = home.shell(&script, "");
    // The daemon and the bus have things to say that are not ours.
    let ours: Vec<&str> = ran.stderr.lines().filter(|line| line.starts_with("hallpass: ")).collect();
    ran.stderr = ours.iter().flat_map(|line| [*line, "\n"]).collect();
    ran
}

const STORE: &str = "hallpass store protocol=https host=gitlab.com username=me password=canary-1\n";

#[test]
fn the_keyring_keeps_finds_and_forgets() {
    let Some(home) = home() else { return };
    let ran = session(
        &home,
        &format!(
            "unlock\n{STORE}
             hallpass store protocol=https host=gitlab.com username=you password=canary-2
             hallpass store protocol=https host=b.test username=me password=canary-3
             at get gitlab.com; at get b.test
             hallpass get protocol=https host=gitlab.com username=me
             at get c.test
             hallpass erase protocol=https host=gitlab.com username=you password=canary-2
             at get gitlab.com
             at erase gitlab.com; at get gitlab.com; at get b.test
             secret-tool search --all service hallpass 2>&1 | grep -c '^attribute.username'
             secret-tool search --all service hallpass 2>&1 | grep '^attribute.username'"
        ),
    );
    assert_eq!(ran.stderr, "");
    let you = "username=you\npassword=canary-2\n";
    let me = "username=me\npassword=canary-1\n";
    let other = "username=me\npassword=canary-3\n";
    let left = "1\nattribute.username = https://b.test\n";
    assert_eq!(ran.text(), [you, other, me, me, other, left].concat());
    assert!(!home.home().join("data/hallpass/credentials.age").exists());
}

#[test]
fn what_is_kept_outlives_the_session() {
    let Some(home) = home() else { return };
    assert_eq!(session(&home, &format!("unlock\n{STORE}")).stderr, "");
    assert!(session(&home, "unlock\nat get gitlab.com").text().contains("password=canary-1\n"));
}

#[test]
fn s12_a_locked_keyring_is_passed_over_without_a_prompt() {
    let Some(home) = home() else { return };
    session(&home, &format!("unlock\n{STORE}"));
    let start = Instant::now();
    let ran = session(
        &home,
        "start
         at get gitlab.com
         at '--store keyring get' gitlab.com
         hallpass '--store keyring store' protocol=https host=b.test username=me password=canary-2
         hallpass store protocol=https host=b.test username=me password=canary-2
         at get b.test",
    );
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    assert_eq!(ran.stderr, "hallpass: the keyring is locked\nhallpass: nothing is stored: the keyring is locked\n");
    // Kept in the next place.
    assert_eq!(ran.text(), "username=me\npassword=canary-2\n");
    assert!(home.home().join("data/hallpass/credentials.age").exists());
}

#[test]
fn s12_a_bus_without_a_keyring_is_passed_over() {
    let Some(home) = home() else { return };
    let script = format!("{STORE} at get gitlab.com; at '--store keyring get' gitlab.com");
    // The bus starts a keyring on demand, and that one has no place for new things yet.
    let ran = session(&home, &script);
    assert_eq!((ran.text().as_str(), ran.stderr.as_str()), ("username=me\npassword=canary-1\n", ""));
    // This bus starts nothing.
    let bus = home.write("bus.conf", BUS);
    let ran = session_on(&home, &format!("--config-file='{}'", bus.display()), &script);
    assert_eq!(ran.text(), "username=me\npassword=canary-1\n");
    assert_eq!(ran.stderr, "hallpass: no keyring answers\n");
}

#[test]
fn s12_a_bus_that_never_answers_costs_two_seconds() {
    let mut home = Home::new();
    let stdin = "protocol=https\nhost=gitlab.com\nusername=me\npassword=canary-1\n";
    home.helper(&["--store=file", "store"], stdin).quietly();
    let socket = home.home().join("bus");
    let _listener = UnixListener::bind(&socket).unwrap();
    home.set("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", socket.display()));
    let start = Instant::now();
    let ran = home.get("protocol=https\nhost=gitlab.com\n");
    let took = start.elapsed();
    assert_eq!(ran.quietly().value("password").as_deref(), Some("canary-1"));
    assert!(took >= Duration::from_secs(2) && took < Duration::from_secs(10), "{took:?}");
}

#[test]
fn s15_the_keyring_comes_before_the_file_every_time() {
    let Some(home) = home() else { return };
    let ran = session(
        &home,
        &format!(
            "unlock\n{STORE}
             hallpass '--store file store' protocol=https host=gitlab.com username=me password=canary-2
             at get gitlab.com; at get gitlab.com
             hallpass erase protocol=https host=gitlab.com username=me password=canary-1
             at get gitlab.com
             at erase gitlab.com
             at get gitlab.com; at '--store file get' gitlab.com"
        ),
    );
    assert_eq!(ran.stderr, "");
    let (keyring, file) = ("username=me\npassword=canary-1\n", "username=me\npassword=canary-2\n");
    assert_eq!(ran.text(), [keyring, keyring, file].concat());
}

#[test]
fn a_configured_source_is_answered_without_the_keyring() {
    let mut home = Home::configured("version: 1\nconnections:\n  bot: { forge: gitlab, token: { env: BOT } }\n");
    let socket = home.home().join("bus");
    let listener = UnixListener::bind(&socket).unwrap();
    listener.set_nonblocking(true).unwrap();
    home.set("BOT", "canary-bot");
    home.set("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", socket.display()));
    let request = "capability[]=authtype\ncapability[]=state\nprotocol=https\nhost=gitlab.com\n";
    assert_eq!(home.get(request).quietly().value("password").as_deref(), Some("canary-bot"));
    assert!(listener.accept().is_err(), "the bus was asked");
}

#[test]
fn what_another_program_put_there_is_a_source() {
    let Some(home) = home() else { return };
    home.configure(
        "version: 1\nconnections:\n  bot: { forge: gitlab, token: { keyring: { service: forge, account: bot } } }\n",
    );
    let put = "printf canary-1 | secret-tool store --label=test service forge username";
    let ran = session(&home, &format!("unlock\nat get gitlab.com; {put} bot; {put} other; at get gitlab.com"));
    assert_eq!(ran.stderr, "hallpass: `bot` is not used: the keyring's item `forge` does not exist\n");
    assert_eq!(ran.text(), "username=hallpass\npassword=canary-1\n");
}
