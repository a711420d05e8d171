use hallpass::domain::origin::Origin;
use hallpass::protocol::Request;

use crate::Target;

pub(crate) const TARGET: Target = Target {
    name: "host",
    about: "a token bound to https://gitlab.com:443 goes to the two spellings of that and to no other (R1)",
    seeds: &[
        b"gitlab.com",
        b"GitLab.com:443",
        b"gitlab.com:8443",
        b"gitlab.com.",
        b"evil.org\\@gitlab.com",
        b"[::1]",
        b"127.0.0.1",
        b"0x7f000001",
        b"b@gitlab.com",
        b"gitlab.com:0443",
        "gitlab\u{3002}com".as_bytes(),
        b"xn--gtlab-y1a.com",
    ],
    words: &[
        b"gitlab.com",
        b"gitlab",
        b".com",
        b":443",
        b":80",
        b"@",
        b".",
        b"%2e",
        b"[::ffff:127.0.0.1]",
        "\u{ff47}".as_bytes(),
        "\u{200b}".as_bytes(),
        "\u{212a}".as_bytes(),
    ],
    more: Vec::new,
    run,
};

fn run(input: &[u8]) {
    let bound = Origin::parse("https://gitlab.com").expect("a plain origin");
    let lower = input.to_ascii_lowercase();
    let same = matches!(&lower[..], b"gitlab.com" | b"gitlab.com:443");
    for protocol in ["https", "http", "HTTPS", "ssh", ""] {
        let origin = std::str::from_utf8(input).ok().and_then(|host| Origin::from_protocol(protocol, host).ok());
        assert_eq!(origin.as_ref() == Some(&bound), same && protocol == "https", "{protocol}");
        let Some(origin) = origin else { continue };
        // What was read is written so that it is read again as the same.
        let shown = origin.to_string();
        assert_eq!(Origin::parse(&shown).as_ref(), Ok(&origin), "{shown}");
        let host = origin.host();
        assert!(lower.starts_with(host.as_bytes()), "nothing is repaired");
        let rest = &lower[host.len()..];
        let port = rest.strip_prefix(b":").map(|port| port == origin.port().to_string().as_bytes());
        assert!(port.unwrap_or(rest.is_empty()), "nothing is repaired in the port");
        assert!(host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte)), "{host}");
    }
    // On its way through the protocol it stays the same.
    let request = [b"protocol=https\nhost=", input, b"\n"].concat();
    if let Ok(request) = Request::read(&mut &request[..]) {
        assert!(request.host.as_deref() == Some(input) || input.contains(&b'\n'));
    }
}
