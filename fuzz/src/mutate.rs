//! One input from others: bytes changed, pieces put in, taken out, doubled and swapped.

use fastrand::Rng;

/// Larger ones are slower and rarely tell more.
const LARGEST: usize = 4096;
/// Bytes that readers take for something.
const TELLING: &[u8] = b"\0\n\r\t =:@/\\?#%&[]{}.,;-_\"'<>|!*~\x1b\x7f\x80\xc2\xff09azAZ";

pub(crate) fn mutate(pool: &[Vec<u8>], words: &[&[u8]], rng: &mut Rng) -> Vec<u8> {
    let mut input = pool.get(rng.usize(..pool.len().max(1))).cloned().unwrap_or_default();
    for _ in 0..=rng.usize(..6) {
        let (start, end) = range(&input, rng);
        match rng.u8(..10) {
            0 => set(&mut input, start, |byte, rng| byte ^ (1 << rng.u8(..8)), rng),
            1 => set(&mut input, start, |_, rng| rng.u8(..), rng),
            2 => set(&mut input, start, |_, rng| TELLING[rng.usize(..TELLING.len())], rng),
            3 => insert(&mut input, start, &[TELLING[rng.usize(..TELLING.len())]]),
            4 | 5 => {
                if let Some(word) = rng.choice(words) {
                    insert(&mut input, start, word);
                }
            }
            6 => drop(input.drain(start..end)),
            7 => {
                let again = input[start..end].to_vec();
                insert(&mut input, end, &again);
            }
            8 => {
                let other = &pool[rng.usize(..pool.len())];
                let (from, to) = range(other, rng);
                insert(&mut input, start, &other[from..to]);
            }
            _ => {
                let other = &pool[rng.usize(..pool.len())];
                let (from, _) = range(other, rng);
                input.truncate(start);
                input.extend_from_slice(&other[from..]);
            }
        }
    }
    input.truncate(LARGEST);
    input
}

fn range(input: &[u8], rng: &mut Rng) -> (usize, usize) {
    let start = rng.usize(..=input.len());
    // Mostly a short one.
    let most = if rng.bool() { 8 } else { input.len() };
    (start, input.len().min(start + rng.usize(..=most)))
}

fn set(input: &mut [u8], place: usize, change: impl FnOnce(u8, &mut Rng) -> u8, rng: &mut Rng) {
    if let Some(byte) = input.get_mut(place) {
        *byte = change(*byte, rng);
    }
}

fn insert(input: &mut Vec<u8>, place: usize, piece: &[u8]) {
    input.splice(place..place, piece.iter().copied());
}
