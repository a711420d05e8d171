//! The protocol by itself: what is written is read again as it was, and what could be misread is not written.

use std::io::Cursor;

use hallpass::protocol::{Capabilities, Proof, Refused, Reply, Request, Secret, Stage, Unwritable};
use proptest::collection::vec;
use proptest::prelude::*;

const ALL: Capabilities = Capabilities { authtype: true, state: true };
const NONE: Capabilities = Capabilities { authtype: false, state: false };

fn read(bytes: &[u8]) -> Result<Request, Refused> {
    Request::read(&mut Cursor::new(bytes))
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>().prop_filter("no control byte", |byte| !byte.is_ascii_control()), 0..40)
}

fn some_value() -> impl Strategy<Value = Vec<u8>> {
    value().prop_filter("not empty", |value| !value.is_empty())
}

/// Hands out one byte at a time.
struct Drip<'a>(&'a [u8]);

impl std::io::Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        std::io::Read::read(&mut self.0, &mut buffer[..1])
    }
}

proptest! {
    #[test]
    fn a_request_is_read_as_it_was_written(
        parts in vec(proptest::option::of(value()), 8),
        lists in vec(vec(some_value(), 0..4), 2),
        offered in any::<(bool, bool)>(),
        blank in any::<bool>(),
    ) {
        let keys = ["protocol", "host", "path", "username", "password", "password_expiry_utc", "authtype", "credential"];
        let mut text = Vec::new();
        let mut say = |key: &str, value: &[u8]| text.extend([key.as_bytes(), b"=", value, b"\n"].concat());
        for (key, part) in keys.iter().zip(&parts) {
            if let Some(part) = part {
                say(key, part);
            }
        }
        for (key, list) in ["wwwauth[]", "state[]"].iter().zip(&lists) {
            for value in list {
                say(key, value);
            }
        }
        if offered.0 { say("capability[]", b"authtype"); }
        if offered.1 { say("capability[]", b"state"); }
        if blank { text.extend(b"\nnot read\0"); }
        let secret = |index: usize| parts[index].clone().map(Secret::new);
        let expected = Request {
            protocol: parts[0].clone(),
            host: parts[1].clone(),
            path: parts[2].clone(),
            username: parts[3].clone(),
            password: secret(4),
            password_expiry_utc: parts[5].clone(),
            oauth_refresh_token: None,
            authtype: parts[6].clone(),
            credential: secret(7),
            ephemeral: false,
            wwwauth: lists[0].clone(),
            state: lists[1].clone(),
            offered: Capabilities { authtype: offered.0, state: offered.1 },
        };
        prop_assert_eq!(read(&text), Ok(expected.clone()));
        prop_assert_eq!(Request::read(&mut Drip(&text)), Ok(expected));
    }

    #[test]
    fn an_answer_is_read_as_it_was_written(
        username in some_value(),
        password in some_value(),
        expires in proptest::option::of(0..i64::MAX),
        ephemeral in any::<bool>(),
        state in proptest::option::of("[a-z:0-9]{1,20}"),
    ) {
        let reply = Reply {
            proof: Proof::Password { username: username.clone(), password: Secret::new(password.clone()) },
            expires,
            refresh: None,
            ephemeral,
            stage: state.clone().map(|state| Stage { state }),
        };
        let bytes = reply.bytes(ALL).unwrap();
        let expected = Request {
            username: Some(username),
            password: Some(Secret::new(password)),
            password_expiry_utc: expires.map(|seconds| seconds.to_string().into_bytes()),
            ephemeral,
            offered: Capabilities { authtype: ephemeral, state: state.is_some() },
            state: state.into_iter().map(String::into_bytes).collect(),
            ..Request::default()
        };
        prop_assert_eq!(read(&bytes), Ok(expected));
    }

    #[test]
    fn what_is_written_is_one_line_for_each_key(username in vec(any::<u8>(), 0..20), password in vec(any::<u8>(), 0..20)) {
        let broken = |value: &[u8]| value.is_empty() || value.iter().any(|byte| b"\n\r\0".contains(byte));
        let proof = Proof::Password { username: username.clone(), password: Secret::new(password.clone()) };
        let written = Reply { proof, expires: None, refresh: None, ephemeral: true, stage: None }.bytes(NONE);
        match written {
            Ok(bytes) => {
                // Some servers' single sign-on wants both empty.
                let both_empty = username.is_empty() && password.is_empty();
                prop_assert!(both_empty || (!broken(&username) && !broken(&password)));
                prop_assert_eq!(bytes.split(|byte| *byte == b'\n').count(), 3);
            }
            Err(_) => prop_assert!(broken(&username) || broken(&password)),
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..300)) {
        let _ = read(&bytes);
    }

    #[test]
    fn anything_like_a_request_is_read_or_refused(text in "((protocol|host|path|url|username|state\\[\\]|x)?=?[ -~\\n\\r\t]{0,12}\n){0,6}") {
        if let Ok(request) = read(text.as_bytes()) {
            let whole = text.split("\n\n").next().unwrap();
            prop_assert!(!whole.contains(['\r', '\t']) || text.starts_with('\n'));
            let parts = [request.protocol, request.host, request.path, request.username];
            prop_assert!(parts.into_iter().flatten().all(|part| !part.iter().any(u8::is_ascii_control)));
        }
    }
}

fn password(text: &str) -> Proof {
    Proof::Password { username: b"u".to_vec(), password: Secret::new(text.as_bytes().to_vec()) }
}

fn reply(proof: Proof) -> Reply {
    Reply { proof, expires: None, refresh: None, ephemeral: false, stage: None }
}

#[test]
fn nothing_is_written_of_an_answer_that_cannot_be_written_whole() {
    for text in ["a\nb", "a\rb", "a\0b", "a\n"] {
        let mut out = Vec::new();
        let told = reply(password(text)).write(ALL, &mut out).unwrap_err();
        assert_eq!((told, out.len()), (Unwritable::Broken("password"), 0));
    }
    assert_eq!(reply(password("")).bytes(ALL).unwrap_err(), Unwritable::Empty("password"));
    let early = Reply { expires: Some(-1), ..reply(password("x")) };
    assert_eq!(early.bytes(ALL).unwrap_err(), Unwritable::Expiry);
}

#[test]
fn only_what_was_offered_is_used() {
    let header =
        Proof::Header { username: None, authtype: "Bearer".to_owned(), credential: Secret::new(b"x".to_vec()) };
    assert_eq!(reply(header.clone()).bytes(NONE).unwrap_err(), Unwritable::NotOffered("authtype"));
    let written = reply(header).bytes(ALL).unwrap();
    assert_eq!(&**written, b"capability[]=authtype\nauthtype=Bearer\ncredential=x\n");
    let stage = Some(Stage { state: "s:1".to_owned() });
    let staged = Reply { stage, ephemeral: true, ..reply(password("x")) };
    assert_eq!(staged.bytes(NONE).unwrap_err(), Unwritable::NotOffered("state"));
    let only_state = Capabilities { state: true, authtype: false };
    let written = staged.bytes(only_state).unwrap();
    assert_eq!(&**written, b"capability[]=state\nusername=u\npassword=x\nstate[]=s:1\ncontinue=1\n");
}

#[test]
fn secrets_of_the_protocol_do_not_print() {
    let request = read(b"password=canary\ncredential=canary\noauth_refresh_token=canary\n").unwrap();
    assert!(!format!("{request:?}").contains("canary"));
    assert!(!format!("{:?}", reply(password("canary"))).contains("canary"));
}

#[test]
fn a_broken_pipe_is_told_and_does_not_write_twice() {
    struct Counts(usize);
    impl std::io::Write for Counts {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += 1;
            if self.0 > 1 { Err(std::io::ErrorKind::BrokenPipe.into()) } else { Ok(bytes.len()) }
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut out = Counts(0);
    reply(password("x")).write(ALL, &mut out).unwrap().unwrap();
    assert_eq!(out.0, 1, "one write for the whole answer");
    assert!(reply(password("x")).write(ALL, &mut out).unwrap().is_err());
}
