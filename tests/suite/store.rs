//! The stores of Git's credential helper: what they keep, from whom, and what it takes to lose it.

mod accounts;
mod damage;
mod faults;
mod git_verbs;
#[cfg(target_os = "linux")]
mod keyring;
mod kills;
mod many;
mod permissions;
mod real_git;
mod ssh;

use std::path::{Path, PathBuf};

use hallpass::app::ports::Store;
use hallpass::domain::entry::{Entry, Form, Query};
use hallpass::domain::origin::Origin;
use hallpass::domain::token::Token;
use hallpass::store::{Around, Terminal};

use crate::support::helper::{Home, Ran};

/// A home whose helper keeps things in this store.
struct Keeper {
    home: Home,
    store: &'static str,
    more: Vec<String>,
}

impl Keeper {
    fn new(store: &'static str) -> Self {
        Self { home: Home::new(), store, more: Vec::new() }
    }

    fn with(mut self, words: &[&str]) -> Self {
        self.more.extend(words.iter().map(ToString::to_string));
        self
    }

    fn both() -> [Self; 2] {
        [Self::new("file"), Self::new("plain")]
    }

    fn words(&self, verb: &str) -> Vec<String> {
        let mut words = vec!["--store".to_owned(), self.store.to_owned()];
        words.extend(self.more.iter().cloned());
        words.push(verb.to_owned());
        words
    }

    fn run(&self, verb: &str, stdin: &str) -> Ran {
        let words = self.words(verb);
        self.home.helper(&words.iter().map(String::as_str).collect::<Vec<_>>(), stdin)
    }

    fn store(&self, host: &str, token: &str) -> Ran {
        self.run("store", &format!("protocol=https\nhost={host}\nusername=me\npassword={token}\n"))
    }

    fn get(&self, host: &str) -> Ran {
        self.run("get", &format!("protocol=https\nhost={host}\n"))
    }

    fn token(&self, host: &str) -> Option<String> {
        self.get(host).value("password")
    }

    fn folder(&self) -> PathBuf {
        self.home.home().join(".local/share/hallpass")
    }

    fn path(&self) -> PathBuf {
        self.folder().join(if self.store == "file" { "credentials.age" } else { "credentials" })
    }

    fn identity(&self) -> PathBuf {
        self.home.home().join(".config/hallpass/identity")
    }

    /// The names in the folder of the store.
    fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder()).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

/// The store of this home, without a process.
fn opened(store: &str, home: &Path) -> Box<dyn Store> {
    let around = Around {
        file: None,
        identity: None,
        data_folder: Some(home.join(".local/share")),
        config_folder: Some(home.join(".config")),
        session: false,
        terminal: Terminal::Silent,
        now: "2026-11-20T12:00:00Z".parse().unwrap(),
    };
    hallpass::store::open(store, &around).unwrap()
}

fn entry(host: &str, token: &str) -> Entry {
    Entry {
        origin: Origin::parse(&format!("https://{host}")).unwrap(),
        path: None,
        user: Some(b"me".to_vec()),
        token: Token::new(token.to_owned()),
        expires: None,
        refresh: None,
        form: Form::Password,
    }
}

fn query(host: &str) -> Query {
    Query::of(entry(host, "").origin)
}
