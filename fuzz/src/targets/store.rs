use std::cell::OnceCell;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use hallpass::domain::entry::{Entry, Form, Query};
use hallpass::domain::origin::Origin;
use hallpass::domain::token::Token;
use hallpass::store::{Around, Terminal, open};

use super::NOW;
use crate::Target;

pub(crate) const TARGET: Target = Target {
    name: "store",
    about: "a store's content is read whole or refused, and what is refused is never overwritten (R21)",
    // The end line with number and checksum is put right before it is read, unless the input starts with `!`.
    seeds: &[
        b"hallpass-store=1\n",
        b"hallpass-store=1\norigin=https://gitlab.com\nuser=me\ntoken=secret\n\n",
        b"hallpass-store=1\norigin=https://gitlab.com:8443\npath=group/app\nuser=\ntoken=\nexpires=1900000000\n\
          refresh=again\nauthtype=Bearer\n\norigin=http://a.test\nuser=you\ntoken=other\n\n",
        b"hallpass-store=2\nanything\n",
        b"!hallpass-store=1\nend=0 00000000\n",
    ],
    words: &[
        b"origin=https://gitlab.com\n",
        b"user=me\n",
        b"token=x\n",
        b"expires=-1\n",
        b"expires=99999999999999999999\n",
        b"path=\xff\n",
        b"authtype=\n",
        b"refresh=\n",
        b"end=1 00000000\n",
        b"\n\n",
    ],
    more: Vec::new,
    run,
};

/// A folder of this thread, and the file in it.
fn place() -> PathBuf {
    thread_local! {
        static FOLDER: OnceCell<tempfile::TempDir> = const { OnceCell::new() };
    }
    FOLDER.with(|folder| {
        let folder = folder.get_or_init(|| tempfile::tempdir().expect("a folder can be made"));
        folder.path().join("credentials")
    })
}

fn run(input: &[u8]) {
    let ended = || {
        let entries = input.windows(8).filter(|window| *window == b"\norigin=").count();
        let end = format!("end={entries} {:08x}\n", crc32fast::hash(input));
        [input, end.as_bytes()].concat()
    };
    let content = input.strip_prefix(b"!").map_or_else(ended, <[u8]>::to_vec);
    let path = place();
    std::fs::write(&path, &content).expect("the file can be written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("it is ours");
    let around = Around {
        file: Some(path.clone()),
        identity: None,
        data_folder: None,
        config_folder: None,
        session: false,
        terminal: Terminal::Silent,
        now: NOW,
    };
    let Ok(store) = open("plain", &around) else { panic!("the store cannot be opened") };
    let origin = Origin::parse("https://gitlab.com").expect("a plain origin");
    let found = store.find(&Query { headers: true, ..Query::of(origin.clone()) });
    if let Ok(found) = &found {
        assert_eq!(found.origin, origin);
        let held = found.token.expose().as_bytes();
        assert!(held.is_empty() || content.windows(held.len()).any(|window| window == held), "a token made up");
    }
    let entry = Entry {
        origin,
        path: None,
        user: Some(b"new".to_vec()),
        token: Token::new("newest".to_owned()),
        expires: None,
        refresh: None,
        form: Form::Password,
    };
    let kept = store.keep(&entry);
    let after = std::fs::read(&path).expect("the file is still there");
    match kept {
        Ok(()) => {
            let found = store.find(&Query::of(entry.origin.clone())).expect("what was kept is found");
            assert!(found.token.is(&entry.token), "the newest comes first");
        }
        Err(_) => assert_eq!(after, content, "what could not be read was overwritten"),
    }
}
