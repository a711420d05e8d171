//! Languages of the scripts in pipelines, by the program that a file names for them.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// `sh`, `bash` and what reads the same.
    Shell,
    PowerShell,
    Python,
    /// Nobody here reads it.
    Other,
}

/// The language behind a name such as `bash`, `/bin/sh -e {0}` or `pwsh`.
pub fn language(program: &str) -> Language {
    let first = program.split_whitespace().next().unwrap_or_default();
    let name = first.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
    match name.trim_end_matches(".exe") {
        "bash" | "sh" | "dash" | "ash" | "ksh" | "zsh" => Language::Shell,
        "pwsh" | "powershell" => Language::PowerShell,
        "python" | "python3" => Language::Python,
        _ => Language::Other,
    }
}
