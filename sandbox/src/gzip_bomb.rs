//! A small gzip stream that unpacks to a large run of zero bytes, written without a compressor.
//!
//! Deflate with its fixed codes says "258 bytes back by one" in 13 bits, so eight such matches are 13 whole bytes and
//! the stream repeats. The first 24 bits are the block header, one literal zero and one match.

const MATCHES_PER_PIECE: usize = 8;
const BYTES_PER_MATCH: usize = 258;

pub(crate) fn gzip_bomb(mib: usize) -> Vec<u8> {
    let wanted = mib << 20;
    let pieces = wanted / (MATCHES_PER_PIECE * BYTES_PER_MATCH);
    let unpacked = 1 + BYTES_PER_MATCH + pieces * MATCHES_PER_PIECE * BYTES_PER_MATCH;
    let mut first = Bits::default();
    first.push_low_first(0b011, 3); // last block, fixed codes
    first.push_high_first(0b0011_0000, 8); // literal 0
    push_match(&mut first);
    let mut piece = Bits::default();
    (0..MATCHES_PER_PIECE).for_each(|_| push_match(&mut piece));

    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    out.extend(first.bytes);
    for _ in 0..pieces {
        out.extend(&piece.bytes);
    }
    out.push(0); // end of block: seven zero bits
    out.extend(crc32_of_zeros(unpacked).to_le_bytes());
    out.extend(u32::try_from(unpacked & 0xffff_ffff).unwrap_or(u32::MAX).to_le_bytes());
    out
}

fn push_match(bits: &mut Bits) {
    bits.push_high_first(0b1100_0101, 8); // length 258
    bits.push_high_first(0, 5); // distance 1
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    used: usize,
}

impl Bits {
    fn push(&mut self, bit: bool) {
        if self.used.is_multiple_of(8) {
            self.bytes.push(0);
        }
        if let (true, Some(last)) = (bit, self.bytes.last_mut()) {
            *last |= 1 << (self.used % 8);
        }
        self.used += 1;
    }

    fn push_low_first(&mut self, value: u32, count: u32) {
        (0..count).for_each(|at| self.push(value >> at & 1 == 1));
    }

    fn push_high_first(&mut self, value: u32, count: u32) {
        (0..count).rev().for_each(|at| self.push(value >> at & 1 == 1));
    }
}

/// The checksum without walking over a gibibyte of zeros: appending zeros is linear, so doubling the count squares
/// the step.
fn crc32_of_zeros(count: usize) -> u32 {
    let mut step: [u32; 32] = std::array::from_fn(|bit| one_zero_byte(1 << bit));
    let mut register = u32::MAX;
    let mut left = count;
    while left > 0 {
        if left & 1 == 1 {
            register = applied(&step, register);
        }
        step = std::array::from_fn(|bit| applied(&step, step[bit]));
        left >>= 1;
    }
    !register
}

fn one_zero_byte(mut register: u32) -> u32 {
    for _ in 0..8 {
        register = if register & 1 == 1 { register >> 1 ^ 0xedb8_8320 } else { register >> 1 };
    }
    register
}

fn applied(step: &[u32; 32], register: u32) -> u32 {
    (0..32).filter(|bit| register >> bit & 1 == 1).fold(0, |sum, bit| sum ^ step[bit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_of_zeros_is_the_known_one() {
        // Checksum of four zero bytes, a common test vector.
        assert_eq!(crc32_of_zeros(4), 0x2144_df1c);
    }

    #[test]
    fn a_gibibyte_takes_less_than_eight_megabytes() {
        assert!(gzip_bomb(1024).len() < 8 << 20);
    }
}
