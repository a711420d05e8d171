//! Links the compiler's support library into the release binary where that is at hand, so that no start waits for the
//! dynamic linker to find and load it: an eighth of the time that Git waits. See `docs/performance.md`.

use std::path::PathBuf;
use std::process::Command;

#[expect(clippy::disallowed_methods, reason = "a build script is told everything by variables")]
fn variable(name: &str) -> Option<String> {
    println!("cargo::rerun-if-env-changed={name}");
    std::env::var(name).ok()
}

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| variable(name).as_deref() == Some(value);
    let dynamic = is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ENV", "gnu")
        && variable("CARGO_CFG_TARGET_FEATURE").is_none_or(|features| !features.contains("crt-static"));
    if is("PROFILE", "release")
        && dynamic
        && variable("HOST") == variable("TARGET")
        && let Some(folder) = folder_of("libgcc_eh.a")
    {
        println!("cargo::rustc-link-search=native={}", folder.display());
        // Before the standard library, whose own request for the dynamic one is then met already.
        println!("cargo::rustc-link-lib=static:-bundle=gcc_eh");
    }
}

/// Where the C compiler has this library.
fn folder_of(library: &str) -> Option<PathBuf> {
    let compiler = variable("CC").unwrap_or_else(|| "cc".to_owned());
    let output = Command::new(compiler).arg(format!("-print-file-name={library}")).output().ok()?;
    let path = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    path.is_absolute().then(|| path.parent().map(PathBuf::from))?
}
