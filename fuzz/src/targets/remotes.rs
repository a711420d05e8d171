use std::cell::OnceCell;
use std::path::PathBuf;

use crate::Target;

pub(crate) const TARGET: Target = Target {
    name: "remotes",
    about: "no configuration of a repository is too odd, and no secret in a remote's address is passed on",
    seeds: &[
        b"[remote \"origin\"]\n\turl = https://gitlab-ci-token:secret@gitlab.com/group/app.git\n",
        b"[core]\n\trepositoryformatversion = 0\n[remote \"a.b\"]\n\turl = git@github.com:owner/app.git\n\tpushurl = x\n",
        b"[remote \"o\"] url = \"https://u:p@h/p@q\" ; note\n[url \"https://x\"]\n\tinsteadOf = y\n",
        b"[include]\n\tpath = config\n[remote \"x\"]\n\turl\n",
    ],
    words: &[
        b"[remote \"a\"]\n",
        b"\turl = https://",
        b"://user:secret@host/path",
        b"\\\n",
        b"\\n",
        b"\"",
        b"[include]\n\tpath = config\n",
        b"@",
        b"\xef\xbb\xbf",
        b"=",
    ],
    more: Vec::new,
    run,
};

/// The root of a repository of this thread.
fn root() -> PathBuf {
    thread_local! {
        static FOLDER: OnceCell<tempfile::TempDir> = const { OnceCell::new() };
    }
    FOLDER.with(|folder| {
        let folder = folder.get_or_init(|| {
            let folder = tempfile::tempdir().expect("a folder can be made");
            for name in ["objects", "refs"] {
                std::fs::create_dir_all(folder.path().join(".git").join(name)).expect("a folder can be made");
            }
            std::fs::write(folder.path().join(".git/HEAD"), "ref: refs/heads/main\n").expect("a file can be written");
            folder
        });
        folder.path().to_owned()
    })
}

fn run(input: &[u8]) {
    let root = root();
    std::fs::write(root.join(".git/config"), input).expect("a file can be written");
    for (_, address) in hallpass::git::remotes(&root) {
        let Some((_, rest)) = address.split_once("://") else { continue };
        let authority = rest.split('/').next().unwrap_or_default();
        assert!(!authority.contains('@'), "a user's part is left");
    }
}
