use hallpass::protocol::{Capabilities, Proof, Reply, Request, Secret, Stage};

use crate::Target;

pub(crate) const TARGET: Target = Target {
    name: "reply",
    about: "what is answered says what was meant and nothing else, or nothing is answered",
    // A byte of switches, then the values, one line each; `\r` stands for a line end inside a value.
    seeds: &[b"\x00me\nsecret\n", b"\xffme\nsecret\nagain\nhallpass:1\n1900000000", b"\x08me\nsec\rret\n", b"\x02\n\n"],
    words: &[b"\n", b"\r", b"\0", b"host=evil.example", b"\rhost=evil.example", b"quit=1", b"-1", b"protocol=http"],
    more: Vec::new,
    run,
};

const KEYS: &[&str] = &[
    "capability[]",
    "username",
    "password",
    "authtype",
    "credential",
    "password_expiry_utc",
    "oauth_refresh_token",
    "ephemeral",
    "state[]",
    "continue",
];

fn run(input: &[u8]) {
    let (switches, rest) = input.split_first().unwrap_or((&0, &[]));
    let on = |bit: u8| switches & (1 << bit) != 0;
    let mut values = rest
        .split(|byte| *byte == b'\n')
        .map(|value| value.iter().map(|byte| if *byte == b'\r' && on(7) { b'\n' } else { *byte }).collect::<Vec<u8>>());
    let mut next = || values.next().unwrap_or_default();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let (username, secret, refresh, state, expires) = (next(), next(), next(), text(next()), text(next()));
    let offered = Capabilities { authtype: on(0), state: on(1) };
    let proof = if on(2) {
        let username = on(3).then(|| username.clone());
        Proof::Header { username, authtype: state.clone(), credential: Secret::new(secret.clone()) }
    } else {
        Proof::Password { username: username.clone(), password: Secret::new(secret.clone()) }
    };
    let reply = Reply {
        proof,
        expires: expires.parse().ok(),
        refresh: on(4).then(|| Secret::new(refresh.clone())),
        ephemeral: on(5),
        stage: on(6).then(|| Stage { state: state.clone() }),
    };
    let mut out = Vec::new();
    let Ok(written) = reply.write(offered, &mut out) else {
        assert!(out.is_empty(), "half an answer");
        return;
    };
    assert!(written.is_ok(), "a vector takes everything");
    // As Git reads it.
    let body = out.strip_suffix(b"\n").expect("the last line has an end");
    let mut heard: Vec<(&str, &[u8])> = Vec::new();
    for line in body.split(|byte| *byte == b'\n') {
        let at = line.iter().position(|byte| *byte == b'=').expect("every line has a key");
        let key = KEYS.iter().find(|key| key.as_bytes() == &line[..at]).expect("only keys of an answer");
        assert!(*key == "capability[]" || heard.iter().all(|(held, _)| held != key), "`{key}` twice");
        heard.push((key, &line[at + 1..]));
    }
    let value = |key: &str| heard.iter().find(|(held, _)| *held == key).map(|(_, value)| *value);
    let header = on(2);
    assert!(offered.authtype || (!header && value("ephemeral").is_none()), "not offered");
    assert!(offered.state || value("state[]").is_none(), "not offered");
    assert_eq!(value(if header { "credential" } else { "password" }), Some(&secret[..]));
    if !header || on(3) {
        assert_eq!(value("username"), Some(&username[..]));
    }
    assert_eq!(value("oauth_refresh_token"), on(4).then_some(&refresh[..]));
    assert!(!out.contains(&0) && !out.contains(&b'\r'), "bytes that readers stumble over");
    // And as we read it, where no control byte stands in a value: those we take from nobody.
    if !out.iter().any(|byte| byte.is_ascii_control() && *byte != b'\n') {
        let read = Request::read(&mut &out[..]).expect("our own words");
        assert_eq!((read.protocol, read.host, read.path), (None, None, None));
    }
}
