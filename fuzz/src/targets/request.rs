use hallpass::protocol::Request;

use crate::Target;

pub(crate) const TARGET: Target = Target {
    name: "request",
    about: "a request is read as its lines say, however it arrives, or refused; nothing is made up",
    seeds: &[
        b"protocol=https\nhost=gitlab.com\n",
        b"protocol=https\nhost=gitlab.com:443\npath=group/app.git\nusername=me\npassword=secret\n\nmore",
        b"capability[]=authtype\ncapability[]=state\nprotocol=https\nhost=gitlab.com\nwwwauth[]=Basic realm=\"x\"\n\
          state[]=hallpass:1:named\nauthtype=Bearer\ncredential=x\nephemeral=1\noauth_refresh_token=y\n\
          password_expiry_utc=1900000000\n",
        b"url=https://me:secret@gitlab.com:8443/group/app.git\n",
    ],
    words: &[
        b"protocol=https\n",
        b"host=gitlab.com\n",
        b"host=",
        b"path=",
        b"username=",
        b"password=",
        b"url=https://",
        b"wwwauth[]=",
        b"state[]=",
        b"capability[]=state\n",
        b"ephemeral=true\n",
        b"continue=1\n",
        b"\r\n",
        b"\n\n",
        b"\0",
    ],
    more: Vec::new,
    run,
};

/// Hands out one byte at a time.
struct Drip<'a>(&'a [u8]);

impl std::io::Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        std::io::Read::read(&mut self.0, &mut buffer[..1])
    }
}

/// The values of this key in the part before the empty line.
fn values<'a>(input: &'a [u8], key: &str) -> Vec<&'a [u8]> {
    let mut values = Vec::new();
    for line in input.split(|byte| *byte == b'\n') {
        if line.is_empty() {
            break;
        }
        let value = line.strip_prefix(key.as_bytes()).and_then(|rest| rest.strip_prefix(b"="));
        values.extend(value);
    }
    values
}

fn run(input: &[u8]) {
    let read = Request::read(&mut &input[..]);
    assert_eq!(read, Request::read(&mut Drip(input)), "it matters how it arrives");
    let Ok(request) = read else { return };
    let addressed = !values(input, "url").is_empty();
    let secret = |secret: &hallpass::protocol::Secret| secret.expose().to_vec();
    let singles = [
        ("protocol", request.protocol.clone(), true),
        ("host", request.host.clone(), true),
        ("path", request.path.clone(), true),
        ("username", request.username.clone(), true),
        ("password", request.password.as_ref().map(secret), true),
        ("password_expiry_utc", request.password_expiry_utc.clone(), false),
        ("oauth_refresh_token", request.oauth_refresh_token.as_ref().map(secret), false),
        ("authtype", request.authtype.clone(), false),
        ("credential", request.credential.as_ref().map(secret), false),
    ];
    for (key, value, in_address) in singles {
        let told = values(input, key);
        if addressed && in_address {
            assert!(told.is_empty(), "`{key}` beside an address");
        } else {
            assert!(told.len() <= 1, "`{key}` twice");
            assert_eq!(told.first().copied(), value.as_deref(), "`{key}`");
        }
        assert!(value.is_none_or(|value| !value.iter().any(u8::is_ascii_control)), "a control byte in `{key}`");
    }
    for (key, list) in [("wwwauth[]", &request.wwwauth), ("state[]", &request.state)] {
        let told = values(input, key);
        let since = told.iter().rposition(|value| value.is_empty()).map_or(0, |last| last + 1);
        assert_eq!(&told[since..], list, "`{key}`");
    }
}
