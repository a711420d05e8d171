//! For the addresses of files, as SARIF wants them.

use crate::report::lines::Lines;

/// A path as a reference by address: relative where the path is.
pub fn path(untrusted: &str) -> String {
    let path = untrusted.replace('\\', "/");
    let mut out = String::with_capacity(path.len());
    if path.starts_with('/') {
        out.push_str("file://");
    }
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            _ => out.add(format_args!("%{byte:02X}")),
        }
    }
    out
}
