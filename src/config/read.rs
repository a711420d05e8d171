//! Bytes to text: size, kind of file and encoding are checked before anything is parsed.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::error::{ConfigError, Spot};

/// The largest configuration file that is read.
pub const MAX_BYTES: usize = 1024 * 1024;

/// The text of a file. `shown` is what messages call it.
pub fn text(path: &Path, shown: &str) -> Result<String, ConfigError> {
    let metadata = std::fs::metadata(path).map_err(|error| whole(shown, reason(&error)))?;
    if !metadata.is_file() {
        let what = if metadata.is_dir() { "a directory" } else { "not a regular file" };
        return Err(whole(shown, &format!("this is {what}; a configuration is a regular file")));
    }
    let mut bytes = Vec::new();
    let limit = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX) + 1;
    File::open(path)
        .and_then(|file| file.take(limit).read_to_end(&mut bytes))
        .map_err(|error| whole(shown, reason(&error)))?;
    decode(bytes, shown)
}

/// The text of bytes already read: at most 1 MiB of UTF-8, without its byte order mark.
pub fn decode(bytes: Vec<u8>, shown: &str) -> Result<String, ConfigError> {
    if bytes.len() > MAX_BYTES {
        return Err(whole(shown, "the file is larger than 1 MiB"));
    }
    if bytes.starts_with(&[0xFF, 0xFE])
        || bytes.starts_with(&[0xFE, 0xFF])
        || bytes.iter().take(4).any(|byte| *byte == 0)
    {
        return Err(not_utf8(shown, Spot::START, "this looks like UTF-16"));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let spot = spot_of(&error.as_bytes()[..valid]);
        not_utf8(shown, spot, "this byte is not UTF-8")
    })?;
    Ok(text.strip_prefix('\u{FEFF}').map(str::to_owned).unwrap_or(text))
}

fn whole(shown: &str, message: &str) -> ConfigError {
    ConfigError { place: Spot::START.in_file(shown), message: message.to_owned(), hint: None }
}

fn not_utf8(shown: &str, spot: Spot, message: &str) -> ConfigError {
    let hint = Some("save the file as UTF-8".to_owned());
    ConfigError { place: spot.in_file(shown), message: message.to_owned(), hint }
}

fn reason(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file",
        std::io::ErrorKind::PermissionDenied => "no permission to read this file",
        _ => "this file cannot be read",
    }
}

/// The place after these bytes.
fn spot_of(before: &[u8]) -> Spot {
    let lines = before.split(|byte| *byte == b'\n').count() - 1;
    let last = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    let columns = String::from_utf8_lossy(last).chars().count();
    Spot { line: count(lines), column: count(columns) }
}

fn count(before: usize) -> u32 {
    u32::try_from(before + 1).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(bytes: &[u8]) -> String {
        decode(bytes.to_vec(), "f.yml").unwrap_err().to_string()
    }

    #[test]
    fn c07_a_file_beyond_the_limit_is_refused_before_it_is_looked_at() {
        assert!(complaint(&vec![b'['; 50_000_000]).contains("larger than 1 MiB"));
        assert!(decode(vec![b' '; MAX_BYTES], "f.yml").is_ok());
    }

    #[test]
    fn c08_a_byte_order_mark_is_dropped() {
        assert_eq!(decode("\u{FEFF}version: 1".into(), "f.yml").unwrap(), "version: 1");
    }

    #[test]
    fn c14_other_encodings_are_errors_with_their_place() {
        let utf16: Vec<u8> = "version: 1".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(complaint(&utf16).starts_with("f.yml:1:1: this looks like UTF-16"));
        assert!(complaint(b"\xFF\xFEv\0").contains("UTF-16"));
        assert!(complaint(b"version: 1\nowner: caf\xE9\n").starts_with("f.yml:2:11: this byte is not UTF-8"));
    }

    #[test]
    fn c17_a_directory_or_a_missing_file_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let complaint = |path: &Path| text(path, "f.yml").unwrap_err().message;
        assert!(complaint(folder.path()).contains("a directory"));
        assert_eq!(complaint(&folder.path().join("none.yml")), "there is no such file");
    }
}
