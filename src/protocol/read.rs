//! Bytes to lines, within bounds: memory stays small however much comes in.

use std::io::{ErrorKind, Read};

use zeroize::{Zeroize as _, Zeroizing};

use super::request::Refused;

/// The longest line, without its end.
const LINE: usize = 64 * 1024;
/// The longest request.
const WHOLE: usize = 1024 * 1024;
/// Git cuts no header of the server short, so of this one 64 KiB of a challenge's own text are heard, with room for what
/// names it.
const HEADER: &[u8] = b"wwwauth[]=";
const HEADER_ROOM: usize = 1024;

/// Everything before the empty line or the end of the input, whichever comes first.
pub(super) fn lines(input: &mut dyn Read) -> Result<Zeroizing<Vec<u8>>, Refused> {
    let mut held = Zeroizing::new(Vec::with_capacity(4096));
    let mut chunk = Zeroizing::new([0; 4096]);
    let mut start = 0;
    loop {
        let count = match input.read(&mut chunk[..]) {
            Ok(0) => return Ok(held),
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => return Err(Refused::Unreadable),
        };
        for byte in &chunk[..count] {
            if *byte == b'\n' && held.len() == start {
                return Ok(held);
            }
            push(&mut held, *byte);
            if *byte == b'\n' {
                start = held.len();
            } else if held.len() - start > LINE && too_long(&held[start..]) {
                return Err(Refused::LongLine);
            }
            if held.len() > WHOLE {
                return Err(Refused::TooMuch);
            }
        }
    }
}

fn too_long(line: &[u8]) -> bool {
    !line.starts_with(HEADER) || line.len() > LINE + HEADER_ROOM
}

/// Grows by hand: a vector that grows by itself leaves unwiped copies behind.
fn push(held: &mut Zeroizing<Vec<u8>>, byte: u8) {
    if held.len() == held.capacity() {
        let mut grown = Vec::with_capacity(held.capacity() * 2);
        grown.extend_from_slice(held);
        held.zeroize();
        *held = Zeroizing::new(grown);
    }
    held.push(byte);
}

/// The key and the value of each line.
pub(super) fn attributes(held: &[u8]) -> impl Iterator<Item = Result<(&[u8], &[u8]), Refused>> {
    let held = held.strip_suffix(b"\n").unwrap_or(held);
    let empty = held.is_empty();
    held.split(|byte| *byte == b'\n').filter(move |_| !empty).map(|line| {
        check(line)?;
        let equals = line.iter().position(|byte| *byte == b'=').ok_or(Refused::NoEquals)?;
        Ok((&line[..equals], &line[equals + 1..]))
    })
}

/// No control byte has a meaning inside a line, and all of them have been used to confuse one reader with another.
pub(super) fn check(bytes: &[u8]) -> Result<(), Refused> {
    match bytes.iter().find(|byte| byte.is_ascii_control()) {
        None => Ok(()),
        Some(b'\r') => Err(Refused::CarriageReturn),
        Some(0) => Err(Refused::Nul),
        Some(_) => Err(Refused::Control),
    }
}
