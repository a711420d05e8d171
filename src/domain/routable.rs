//! GitLab's routable tokens, which carry a checksum: told from everything else by their text alone.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Is it a whole routable token, its checksum included?
pub fn is_whole(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let (front, tail) = match parts[..] {
        [front, version, tail] if version.len() == 2 && version.bytes().all(is_base36) => (front, tail),
        [front, tail] => (front, tail),
        _ => return false,
    };
    tail_fits(tail) && carries_routing(front) && checksum_fault(text, front, tail).is_none()
}

/// Routable tokens carry a checksum over everything before it, their prefix included. Only what fits the grammar is
/// judged; another shape may be another kind.
pub fn fault(text: &str) -> Option<&'static str> {
    match text.split('.').collect::<Vec<_>>()[..] {
        [front, version, tail] => {
            let fits = version.len() == 2 && version.bytes().all(is_base36);
            if fits && tail.len() < 9 && tail.bytes().all(is_base36) && carries_routing(front) {
                return Some("it is cut short at its end; copy the whole token");
            }
            (fits && tail_fits(tail) && carries_routing(front)).then(|| checksum_fault(text, front, tail)).flatten()
        }
        [front, tail] => {
            if tail_fits(tail) && carries_routing(front) {
                return checksum_fault(text, front, tail);
            }
            let cut_later = tail.len() == 2 && carries_routing(front);
            cut_later.then_some("it is cut short: the part after the second dot is missing")
        }
        [front] => carries_routing(front).then_some("it is cut short at its first dot; copy the whole token"),
        _ => None,
    }
}

fn is_base36(byte: u8) -> bool {
    byte.is_ascii_digit() || byte.is_ascii_lowercase()
}

fn tail_fits(tail: &str) -> bool {
    tail.len() == 9 && tail.bytes().all(is_base36)
}

fn checksum_fault(text: &str, front: &str, tail: &str) -> Option<&'static str> {
    let payload = payload_of(front)?;
    let (length, checksum) = tail.split_at(2);
    if usize::from_str_radix(length, 36).ok() != Some(payload.len()) {
        return Some("its length does not match what it says of itself; it was cut or changed");
    }
    let covered = &text[..text.len() - 7];
    let fits = base36(crc32fast::hash(covered.as_bytes())) == checksum;
    (!fits).then_some("its checksum does not match; a character was lost or changed")
}

/// The payload after the prefix, found by its routing text: a prefix may itself hold a hyphen.
fn payload_of(front: &str) -> Option<&str> {
    let starts = front.match_indices('-').map(|(index, _)| index + 1).chain([0]);
    starts.map(|start| &front[start..]).find(|payload| routing_text(payload))
}

fn carries_routing(front: &str) -> bool {
    payload_of(front).is_some()
}

/// Decoded: routing lines such as `o:1`, random bytes, and one byte that counts them.
fn routing_text(payload: &str) -> bool {
    if !(27..=300).contains(&payload.len()) {
        return false;
    }
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(payload) else { return false };
    let Some((count, rest)) = bytes.split_last() else { return false };
    let Some(length) = rest.len().checked_sub(usize::from(*count)) else { return false };
    let Ok(text) = std::str::from_utf8(&rest[..length]) else { return false };
    let is_line = |line: &str| {
        let mut parts = line.splitn(2, ':');
        let key = parts.next().unwrap_or_default();
        let value = parts.next().unwrap_or_default();
        matches!(key, "c" | "g" | "o" | "p" | "u") && !value.is_empty() && value.bytes().all(is_base36)
    };
    !text.is_empty() && text.lines().all(is_line) && text.lines().any(|line| line.starts_with("o:"))
}

fn base36(mut number: u32) -> String {
    let mut digits = [b'0'; 7];
    for digit in digits.iter_mut().rev() {
        let value = u8::try_from(number % 36).unwrap_or_default();
        *digit = if value < 10 { b'0' + value } else { b'a' + value - 10 };
        number /= 36;
    }
    digits.iter().map(|byte| char::from(*byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_token_is_told_from_a_changed_and_a_cut_one() {
        let whole = format!("{}{}", "glpat-", "bzoxCnU6MnMAAQIDBAUGBwgJCgsMDQ4PEA.01.0y0f1b977");
        assert!(is_whole(&whole));
        assert!(!is_whole(&whole.replace("977", "978")));
        assert!(!is_whole(whole.split('.').next().unwrap_or_default()));
        assert!(!is_whole("a.b.c"));
    }
}
