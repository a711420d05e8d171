//! Makes token strings that have the form, and where that is known the checksum, of real ones and are none.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::Date;

const ALPHANUMERIC: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE_32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// Of the published library; which one the service uses is not known.
const LONG_SEED: u64 = u64::from_be_bytes(*b"Default0");
const USER_SEED: u32 = 0xe0b9_692d;

/// A personal access token of 84 characters, made in that month. `stem` stands for its random part.
pub(super) fn long_pat(stem: &str, made: Date) -> String {
    let random: String = stem.chars().filter(char::is_ascii_alphanumeric).take(52).collect();
    let letter = |number: i16| char::from(b'A' + u8::try_from(number.clamp(0, 25)).unwrap_or_default());
    let (year, month) = (letter(made.year() - 2024), letter(i16::from(made.month()) - 1));
    let body = format!("{random:0<52}JQQJ99{year}{month}ACAAAAAAAAAAAAASAZDO");
    let checksum = long_checksum(&body);
    body + &checksum
}

fn long_checksum(body: &str) -> String {
    let (low, high) = marvin(&STANDARD.decode(body).unwrap_or_default(), LONG_SEED);
    let mut number = u64::from((low ^ high).swap_bytes());
    let mut digits = Vec::new();
    while number > 0 {
        digits.push(ALPHANUMERIC[usize::try_from(number % 62).unwrap_or_default()]);
        number /= 62;
    }
    let text: String = digits.iter().rev().map(|digit| char::from(*digit)).collect();
    format!("{text:0<6}").chars().take(4).collect()
}

/// Marvin32: the two halves of its result.
fn marvin(bytes: &[u8], seed: u64) -> (u32, u32) {
    let half = |number: u64| u32::try_from(number & 0xffff_ffff).unwrap_or_default();
    let (mut low, mut high) = (half(seed), half(seed >> 32));
    let mut mix = |word: u32| {
        low = low.wrapping_add(word);
        high ^= low;
        low = low.rotate_left(20).wrapping_add(high);
        high = high.rotate_left(9) ^ low;
        low = low.rotate_left(27).wrapping_add(high);
        high = high.rotate_left(19);
    };
    let words = bytes.chunks_exact(4);
    let mut last = [0; 4];
    let rest = words.remainder();
    last[..rest.len()].copy_from_slice(rest);
    last[rest.len()] = 0x80;
    words.for_each(|word| mix(u32::from_le_bytes([word[0], word[1], word[2], word[3]])));
    mix(u32::from_le_bytes(last));
    mix(0);
    (low, high)
}

/// A personal access token of 52 characters. `stem` stands for its random part.
pub(super) fn short_pat(stem: &str) -> String {
    let mut content = [b' '; 28];
    for (place, byte) in content.iter_mut().zip(stem.bytes()) {
        *place = byte;
    }
    let [a, b, c, d] = (crc32(&content) ^ USER_SEED).to_le_bytes();
    let mut bytes = Vec::from(&content[..2]);
    bytes.push(d);
    bytes.extend(&content[2..6]);
    bytes.extend([c, b]);
    bytes.extend(&content[6..19]);
    bytes.push(a);
    bytes.extend(&content[19..]);
    base_32(&bytes)
}

fn base_32(bytes: &[u8]) -> String {
    let bits: Vec<u8> = bytes.iter().flat_map(|byte| (0..8).rev().map(move |at| byte >> at & 1)).collect();
    let digit = |group: &[u8]| {
        let value = (0..5).fold(0, |sum, at| sum << 1 | group.get(at).copied().unwrap_or_default());
        char::from(BASE_32[usize::from(value)])
    };
    bits.chunks(5).map(digit).collect()
}

fn crc32(bytes: &[u8]) -> u32 {
    crate::token_text::crc32(bytes)
}

/// An id in the form of a GUID that depends on nothing but the name.
pub(super) fn guid(name: &str) -> String {
    let hex = crate::refs::commit_id(name);
    format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEM: &str = "hallpassFAKEtokenDoNotUse";

    #[test]
    fn a_long_token_equals_the_published_vector() {
        let expected = [STEM, &"0".repeat(27), "JQQJ99CKACAAAAAAAAAAAAASAZDO", "1CdX"].concat();
        assert_eq!(long_pat(STEM, Date::constant(2026, 11, 3)), expected);
    }

    #[test]
    fn marvin_gives_the_published_results() {
        assert_eq!(marvin(b"abc", 0xd53c_d9ce_cd08_93b7), (0x4927_69bf, 0x22c7_4339));
    }

    #[test]
    fn a_short_token_equals_the_published_vector() {
        let expected = ["nbqz63dmobqsxa3tomqgmyllmuq", "hi33lmvxd4iden4qg433ueb2q"].concat();
        assert_eq!(short_pat("hallpass fake token do not u"), expected);
    }

    #[test]
    fn an_id_has_the_form_of_a_guid() {
        let id = guid("acme/app");
        let lengths: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12], "{id}");
    }
}
