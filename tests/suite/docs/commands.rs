//! Commands shown in texts: each `hallpass` line in a `sh` block names a command and flags that its help knows.

use std::process::Command;

fn help(words: &[&str]) -> Option<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_hallpass")).args(words).arg("--help").output().unwrap();
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
}

/// Lines with these speak of the program, and do not run it.
const NOT_OURS: [&str; 3] = ["cargo", "release/", "ln -s"];

/// Lines that hallpass would not understand.
pub(super) fn unknown(path: &str, text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let joined = super::blocks(text)
        .into_iter()
        .filter(|(_, language, _)| language == "sh")
        .map(|(_, _, content)| content.replace("\\\n", " "));
    for line in joined.collect::<String>().lines() {
        let is_ours = !line.starts_with('#') && !NOT_OURS.iter().any(|word| line.contains(word));
        for call in line.split("hallpass ").skip(1).filter(|_| is_ours) {
            let words: Vec<&str> = call.split_whitespace().take_while(|word| !"|&;#".contains(word)).collect();
            let Some((command, rest)) = words.split_first() else { continue };
            let known = if command.starts_with('-') { help(&[]) } else { help(&[command]) };
            let Some(known) = known else {
                wrong.push(format!("{path}: `{line}`: no command {command}"));
                continue;
            };
            for flag in rest.iter().filter(|word| word.starts_with("--")) {
                let name = flag.split('=').next().unwrap();
                if !known.split_whitespace().any(|word| word.trim_end_matches(',') == name) {
                    wrong.push(format!("{path}: `{line}`: no flag {name}"));
                }
            }
        }
    }
    wrong
}
