//! The least that a helper written in Rust can do: read a request, print four lines.

use std::io::{Read as _, Write as _};

fn main() -> std::io::Result<()> {
    let mut request = Vec::new();
    std::io::stdin().read_to_end(&mut request)?;
    std::io::stdout().write_all(b"protocol=https\nhost=gitlab.com\nusername=me\npassword=secret\n")
}
