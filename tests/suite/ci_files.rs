//! `action.yml` and `.gitlab-ci-template.yml`, run as the platforms run them: a re-creation of the parts that matter, not
//! the hosted runners themselves. The action's runner knows `${{ inputs.NAME }}` in `env:` and
//! `${{ steps.ID.outputs.NAME }}` in `outputs:` and no other expression.

mod action;
mod template;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const HALLPASS: &str = env!("CARGO_BIN_EXE_hallpass");

/// What must not happen: each of these would make the file `planted` if anything of it were run.
const HOSTILE: [&str; 6] = [
    "$(touch planted)",
    "`touch planted`",
    "'; touch planted; '",
    "\"; touch planted; \"",
    "a\ntouch planted\n",
    "${{ github.token }} $[[ inputs.x ]] * --fail-on=never",
];

fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap()
}

fn text<'a>(value: &'a Value, what: &str) -> &'a str {
    value.as_str().unwrap_or_else(|| panic!("{what} is no text: {value}"))
}

/// Runs a script with these variables and a search path, and nothing else of ours.
fn shell(program: &str, options: &[&str], script: &str, folder: &Path, variables: &BTreeMap<String, String>) -> Output {
    let file = folder.join("script.sh");
    std::fs::write(&file, script).unwrap();
    let path = format!("{}:/usr/bin:/bin", folder.join("bin").display());
    let mut command = Command::new(program);
    command.args(options).arg(&file).current_dir(folder.join("work")).env_clear().env("PATH", path).envs(variables);
    command.env("HOME", folder).env("HALLPASS_NOW", "2026-11-20T12:00:00Z").output().unwrap()
}

/// The surroundings of a job: a work folder, and a folder on the search path with a `cargo` that "builds" by copying.
fn surroundings() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::Builder::new().prefix("job with blanks ").tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("work")).unwrap();
    std::fs::create_dir_all(folder.path().join("bin")).unwrap();
    git2::Repository::init(folder.path().join("work")).unwrap();
    let cargo = format!(
        "#!/bin/sh\nset -e\necho \"cargo $*\" >> '{0}/cargo.log'\nwhile [ \"$1\" != --target-dir ]; do shift; done\n\
         mkdir -p \"$2/release\"\ncp '{HALLPASS}' \"$2/release/hallpass\"\n",
        folder.path().display()
    );
    let file = folder.path().join("bin/cargo");
    std::fs::write(&file, cargo).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// Inputs that texts tell users to write exist.
#[test]
fn inputs_shown_in_texts_exist() {
    let action = yaml(include_str!("../../action.yml"));
    let (spec, _) = template::documents();
    let mut seen = 0;
    for path in ["README.md", "docs/gitlab.md"] {
        let shown = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
        for block in shown.split("```yaml\n").skip(1).map(|rest| yaml(rest.split("```").next().unwrap())) {
            let includes =
                block["include"].as_array().into_iter().flatten().map(|one| (&one["inputs"], &spec["spec"]["inputs"]));
            let steps = block["jobs"]["tokens"]["steps"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|one| (&one["with"], &action["inputs"]));
            for (given, known) in includes.chain(steps) {
                for name in given.as_object().into_iter().flat_map(serde_json::Map::keys) {
                    assert!(known.get(name).is_some(), "{path}: there is no input `{name}`");
                    seen += 1;
                }
            }
        }
    }
    assert!(seen >= 6, "only {seen} inputs were found");
}
