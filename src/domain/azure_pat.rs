//! Azure DevOps' personal access tokens, told by their form and by the checksums inside them. Which seed and spelling the live service uses was not verified, so a match
//! says that the text is well formed, and no match says nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const BASE_62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const LONG_SEEDS: [u64; 2] = [u64::from_be_bytes(*b"Default0"), 1];
/// Of tokens of users and of applications.
const SHORT_SEEDS: [u32; 2] = [0xe0b9_692d, 0x1019_f92e];

/// 84 characters with two fixed marks. What the platform and the provider put between them is not ours to judge.
pub fn is_long(text: &str) -> bool {
    let bytes = text.as_bytes();
    let marked = |at: usize, mark: &[u8]| bytes.get(at..at + mark.len()) == Some(mark);
    bytes.len() == 84
        && bytes[..80].iter().all(u8::is_ascii_alphanumeric)
        && bytes[80..].iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
        && marked(52, b"JQQJ9")
        && matches!(bytes[57], b'9' | b'D' | b'H')
        && marked(76, b"AZDO")
        && matches!(bytes[59], b'A'..=b'L')
}

/// Do the last four of 84 characters fit the 80 before them, in any known variant?
pub fn long_fits(text: &str) -> bool {
    let Some((body, tail)) = text.split_at_checked(80) else { return false };
    let Ok(bytes) = STANDARD.decode(body) else { return false };
    LONG_SEEDS.iter().any(|seed| {
        let sum = marvin(&bytes, *seed).to_le_bytes();
        base62(sum).get(..4) == Some(tail) || STANDARD.encode(sum).get(..4) == Some(tail)
    })
}

/// The bytes as one big-endian number, padded on the right: leading zero bytes fall away.
fn base62(bytes: [u8; 4]) -> String {
    let mut number = u32::from_be_bytes(bytes);
    let mut digits = Vec::new();
    while number > 0 {
        digits.push(char::from(BASE_62[usize::try_from(number % 62).unwrap_or_default()]));
        number /= 62;
    }
    let text: String = digits.into_iter().rev().collect();
    format!("{text:0<6}")
}

/// Marvin32, its two halves folded into one.
fn marvin(bytes: &[u8], seed: u64) -> u32 {
    let (low, high) = marvin_halves(bytes, seed);
    low ^ high
}

fn marvin_halves(bytes: &[u8], seed: u64) -> (u32, u32) {
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
    let rest = words.remainder();
    words.for_each(|word| mix(u32::from_le_bytes([word[0], word[1], word[2], word[3]])));
    let mut last = [0; 4];
    last[..rest.len()].copy_from_slice(rest);
    last[rest.len()] = 0x80;
    mix(u32::from_le_bytes(last));
    mix(0);
    (low, high)
}

/// Does the sum spread over the 32 bytes of a token of 52 characters fit the other 28?
pub fn short_fits(text: &str) -> bool {
    let Some(bytes) = base32(text) else { return false };
    let content = [&bytes[..2], &bytes[3..7], &bytes[9..22], &bytes[23..]].concat();
    let held = [bytes[22], bytes[8], bytes[7], bytes[2]];
    SHORT_SEEDS.iter().any(|seed| (crc32fast::hash(&content) ^ seed).to_le_bytes() == held)
}

fn base32(text: &str) -> Option<[u8; 32]> {
    let mut bytes = Vec::with_capacity(33);
    let (mut held, mut bits) = (0_u32, 0);
    for character in text.bytes() {
        let digit = match character.to_ascii_lowercase() {
            letter @ b'a'..=b'z' => letter - b'a',
            number @ b'2'..=b'7' => number - b'2' + 26,
            _ => return None,
        };
        held = held << 5 | u32::from(digit);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits & 0xff).unwrap_or_default());
        }
    }
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn long(provider: &str, tail: &str) -> String {
        ["hallpassFAKEtokenDoNotUse", &"0".repeat(27), "JQQJ99CKACAAAAAAAAAA", provider, "AZDO", tail].concat()
    }

    #[test]
    fn published_vectors_of_84_characters_fit_in_every_variant() {
        for (provider, tail) in [("AAAS", "1CdX"), ("AAAA", "1uAI"), ("AAAS", "LJp6")] {
            assert!(long_fits(&long(provider, tail)), "{provider} {tail}");
        }
        assert!(!long_fits(&long("AAAS", "1CdY")));
    }

    #[test]
    fn published_results_of_marvin() {
        assert_eq!(marvin_halves(b"abc", 0xd53c_d9ce_cd08_93b7), (0x4927_69bf, 0x22c7_4339));
        assert_eq!(marvin_halves(b"abcdefghijklmnopqrstuvwxyz", 0x0ddd_deee_efff_f000), (0x7260_aca2, 0xa128_eb7e));
    }

    #[test]
    fn published_vectors_of_52_characters_fit() {
        let user = ["nbqz63dmobqsxa3tomqgmyllmuq", "hi33lmvxd4iden4qg433ueb2q"].concat();
        let application = ["nbqw63dmobqywe3tomqgmyllmuq", "hi33lmvxd2iden4qg433ueb2q"].concat();
        assert!(short_fits(&user));
        assert!(short_fits(&user.to_ascii_uppercase()));
        assert!(short_fits(&application));
        assert!(!short_fits(&user.replace("nbqz", "nbqx")));
        assert!(!short_fits(&"a".repeat(52)));
    }
}
