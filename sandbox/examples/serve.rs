//! Serves a scenario until it is stopped: `cargo run -p hallpass-sandbox --example serve -- demo`, or a file.
//! For trying things out with curl and Git. The tokens are printed: they are good for nothing else.

use std::error::Error;
use std::io::{self, Write as _};
use std::{env, fs, thread};

use hallpass_sandbox::{Sandbox, Scenario};

fn main() -> Result<(), Box<dyn Error>> {
    #[expect(clippy::disallowed_methods, reason = "an example has no other door")]
    let argument = env::args_os().nth(1).unwrap_or_else(|| "demo".into());
    let named = argument.to_str().and_then(|name| Scenario::names().find(|other| *other == name));
    let scenario = match named {
        Some(name) => Scenario::named(name)?,
        None => Scenario::from_yaml(&fs::read_to_string(&argument)?)?,
    };
    let sandbox = Sandbox::start(scenario);
    let mut out = io::stdout();
    writeln!(out, "{}", sandbox.url())?;
    if let Some(path) = sandbox.ca_pem_path() {
        writeln!(out, "authority: {}", path.display())?;
    }
    if let Some(proxy) = sandbox.proxy_url() {
        writeln!(out, "proxy: {proxy}")?;
    }
    for name in sandbox.token_names() {
        writeln!(out, "{name}: {}", sandbox.token(name))?;
    }
    out.flush()?;
    loop {
        thread::park();
    }
}
