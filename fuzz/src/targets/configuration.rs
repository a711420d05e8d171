use std::path::Path;

use hallpass::app::ports::Environment;
use hallpass::wiring::{ForgeWords, Input, Trust, Vocabulary, load, offhand};

use crate::Target;

pub(crate) const TARGET: Target = Target {
    name: "configuration",
    about: "a configuration is taken or complained about, with a place that the file has",
    seeds: &[
        b"version: 1\nconnections:\n  bot: { forge: gitlab, token: { env: BOT } }\n",
        b"version: 1\nconnections:\n  bot:\n    forge: gitlab\n    url: https://gitlab.example.com\n    target: a/b\n    \
          token: { command: [pass, show, x] }\n    expiry: { warn: 30d, fail: 7d, required: true }\n    default: true\n",
        b"version: 1\nconnections:\n  a: &a { forge: gitlab, token: { file: ~/t } }\n  b: *a\nignore:\n  - { rule: x }\n",
        b"# nothing\n",
        b"version: 1\ncontracts:\n  c: { gitlab: { capabilities: [mr.read], scopes: [api], role: developer } }\n",
    ],
    words: &[
        b"version: 1\n",
        b"  x: { forge: gitlab, token: { env: A } }\n",
        b"${BOT}",
        b"*a",
        b"&a ",
        b"!!str ",
        b"---\n",
        b"\xef\xbb\xbf",
        b"? ",
        b"- ",
        b"[[[[",
        b"yes",
        b"https://u:p@h",
        b"\t",
        b"|\n",
    ],
    more: Vec::new,
    run,
};

struct Variables;

impl Environment for Variables {
    fn get(&self, name: &str) -> Option<String> {
        (name == "BOT").then(|| "value".to_owned())
    }
}

fn run(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let forges: Vec<_> = offhand().collect();
    let vocabulary = Vocabulary {
        forges: forges
            .iter()
            .map(|forge| ForgeWords {
                id: forge.id,
                url: forge.public_origin.to_owned(),
                own_token: forge.own_token,
                tidy_root: &forge.tidy_root,
                catalogue: None,
            })
            .collect(),
        contracts: None,
        plain_http: &[],
        rules: None,
    };
    for trust in [Trust::User, Trust::Repository] {
        let input = Input { text, shown: "hallpass.yml", folder: Path::new("/nowhere"), trust };
        let Err(errors) = load(&input, &vocabulary, &Variables) else { continue };
        assert!(!errors.0.is_empty(), "refused without a reason");
        // A lone CR ends a line of YAML too.
        let lines = text.replace("\r\n", "\n").split(['\r', '\n']).count();
        for error in errors.0 {
            let (line, column) = (error.place.line, error.place.column);
            assert!(line >= 1 && column >= 1, "{line}:{column}");
            assert!(usize::try_from(line).is_ok_and(|line| line <= lines), "line {line} of {lines}");
            assert!(!error.message.is_empty());
        }
    }
}
