use hallpass::protocol::Request;

use crate::Target;

pub(crate) const TARGET: Target = Target {
    name: "address",
    about: "an address is taken apart as Git takes it apart, or refused",
    seeds: &[
        b"https://gitlab.com/group/app.git",
        b"https://me:secret@gitlab.com:8443//group/app.git//",
        b"https://us%40er@gitlab.com%3a443/a%2fb?c#d",
        b"https://a@b@gitlab.com/a",
        b"https:///gitlab.com/a",
        b"cert:///path/cert.pem",
        b"https://gitlab.com\\.evil.org/a",
    ],
    words: &[b"://", b"%00", b"%2f", b"%3a", b"%40", b"%", b"%0a", b"@", b":", b"//", b"gitlab.com", b"?", b"#"],
    more: Vec::new,
    run,
};

/// What one finds in it by Git's rules: protocol, user, password, host, path. `None` where Git gives up.
type Parts = (Vec<u8>, Option<Vec<u8>>, Option<Vec<u8>>, Vec<u8>, Option<Vec<u8>>);

fn parts(text: &[u8]) -> Option<Parts> {
    let end = (1..text.len().saturating_sub(2)).find(|start| text[*start..].starts_with(b"://"))?;
    if text.starts_with(b"://") {
        return None;
    }
    let rest = &text[end + 3..];
    let slash = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    let at = rest[..slash].iter().position(|byte| *byte == b'@');
    let (user, host) = at.map_or((None, &rest[..slash]), |at| (Some(&rest[..at]), &rest[at + 1..slash]));
    let (user, password) = match user {
        None => (None, None),
        Some(user) => match user.iter().position(|byte| *byte == b':') {
            Some(colon) => (Some(decoded(&user[..colon])), Some(decoded(&user[colon + 1..]))),
            None => (Some(decoded(user)), None),
        },
    };
    let mut path = &rest[slash..];
    while let Some(shorter) = path.strip_prefix(b"/") {
        path = shorter;
    }
    let path = (!path.is_empty()).then(|| {
        let mut path = decoded(path);
        while path.len() > 1 && path.last() == Some(&b'/') {
            path.pop();
        }
        path
    });
    Some((text[..end].to_vec(), user, password, decoded(host), path))
}

fn decoded(text: &[u8]) -> Vec<u8> {
    // Git leaves everything before the first colon as it is, for that could be a scheme.
    let colon = text.iter().position(|byte| *byte == b':').unwrap_or_default();
    let mut out = text[..colon].to_vec();
    let mut place = colon;
    while place < text.len() {
        let hex = text.get(place + 1..place + 3).filter(|hex| text[place] == b'%' && hex.is_ascii());
        let hex = hex.filter(|hex| hex.iter().all(u8::is_ascii_hexdigit)).and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()).filter(|byte| *byte != 0);
        out.push(byte.unwrap_or(text[place]));
        place += if byte.is_some() { 3 } else { 1 };
    }
    out
}

fn run(input: &[u8]) {
    if input.iter().any(u8::is_ascii_control) {
        return;
    }
    let request = Request::read(&mut &[b"url=", input, b"\n"].concat()[..]).ok();
    let read = request.map(|request| {
        let password = request.password.as_ref().map(|password| password.expose().to_vec());
        (
            request.protocol.unwrap_or_default(),
            request.username,
            password,
            request.host.unwrap_or_default(),
            request.path,
        )
    });
    let expected = parts(input).filter(|(protocol, user, password, host, path)| {
        let all = [Some(protocol), user.as_ref(), password.as_ref(), Some(host), path.as_ref()];
        !all.into_iter().flatten().flatten().any(u8::is_ascii_control)
    });
    assert_eq!(read, expected);
}
