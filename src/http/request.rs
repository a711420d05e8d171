//! The one place that adds a token to a request (R6).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Request, Url};
use zeroize::Zeroizing;

use crate::app::ports::{Method, NoReply, Presentation, Probe};
use crate::domain::connection::Base;
use crate::domain::origin::{Origin, Scheme};
use crate::domain::token::Token;
use crate::domain::verdict::Layer;

/// The request of this probe, to the origin of `base` and to no other.
pub(super) fn build(base: &Base, probe: &Probe, token: &Token, plain_http: bool) -> Result<Request, NoReply> {
    if base.origin.scheme_of() == Scheme::Http && !plain_http {
        return Err(unusable("plain http was not agreed to for this address (`insecure: true` or `--allow-http`)"));
    }
    let url = address(base, &probe.path)?;
    let mut request = Request::new(method(probe.method), url);
    let headers = request.headers_mut();
    // Bodies are counted as they arrive, so none may arrive packed.
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    for (name, value) in probe.headers {
        headers.insert(own_header(name)?, HeaderValue::from_static(value));
    }
    add_token(headers, &probe.presentation, token)?;
    if let Some(body) = &probe.body {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(body.content_type));
        *request.body_mut() = Some(body.text.clone().into());
    }
    Ok(request)
}

fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Head => reqwest::Method::HEAD,
        Method::Post => reqwest::Method::POST,
    }
}

/// The address as written: what the parser would mend, add or take away makes it another question, which is not asked.
fn address(base: &Base, path: &str) -> Result<Url, NoReply> {
    let text = format!("{base}{path}");
    let url = Url::parse(&text).map_err(|_| unusable("the address of this question is not a valid one"))?;
    let as_written = path.starts_with('/') && url.as_str() == text && url.fragment().is_none();
    if as_written && is_at(&url, &base.origin) {
        Ok(url)
    } else {
        Err(unusable("the address of this question does not stay as written, so the token was not sent to it"))
    }
}

fn is_at(url: &Url, origin: &Origin) -> bool {
    url.scheme() == origin.scheme_of().as_str()
        && url.host_str() == Some(origin.host())
        && url.port_or_known_default() == Some(origin.port())
        && url.username().is_empty()
        && url.password().is_none()
}

fn add_token(headers: &mut HeaderMap, presentation: &Presentation, token: &Token) -> Result<(), NoReply> {
    let (name, text) = match presentation {
        Presentation::Anonymous => return Ok(()),
        Presentation::Bearer => (AUTHORIZATION, Zeroizing::new(format!("Bearer {}", printable(token)?))),
        Presentation::Header(name) => (own_header(name)?, Zeroizing::new(printable(token)?.to_owned())),
        Presentation::Basic(user) => (AUTHORIZATION, basic(user, token)?),
    };
    let mut value = HeaderValue::from_str(&text).map_err(|_| malformed())?;
    value.set_sensitive(true);
    headers.insert(name, value);
    Ok(())
}

fn own_header(name: &str) -> Result<HeaderName, NoReply> {
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| unusable("a header of this question has no valid name"))
}

/// Tokens of all forges are visible ASCII. A space or a line end is a mistake in the source, and a header would lose it.
fn printable(token: &Token) -> Result<&str, NoReply> {
    let text = token.expose();
    let fits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { Ok(text) } else { Err(malformed()) }
}

fn basic(user: &str, token: &Token) -> Result<Zeroizing<String>, NoReply> {
    let secret = token.expose();
    if secret.is_empty() || secret.chars().any(char::is_control) {
        return Err(malformed());
    }
    if user.contains(':') || user.chars().any(char::is_control) {
        return Err(unusable("the user name for this token holds a colon or a control character"));
    }
    Ok(Zeroizing::new(format!("Basic {}", pair(user, token).as_str())))
}

/// User name and token as Basic authentication shows them.
pub(super) fn pair(user: &str, token: &Token) -> Zeroizing<String> {
    let plain = Zeroizing::new(format!("{user}:{}", token.expose()));
    Zeroizing::new(STANDARD.encode(plain.as_bytes()))
}

fn malformed() -> NoReply {
    let text = "not sent: the token is empty or holds characters that no token has, such as a space or a line end";
    NoReply { layer: Layer::Malformed, text: text.to_owned() }
}

fn unusable(text: &str) -> NoReply {
    NoReply { layer: Layer::UnusableAnswer, text: text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::ports::{Body, Effect};

    fn base(text: &str) -> Base {
        let (origin, root) = Origin::parse_with_path(text).unwrap();
        Base { origin, root: root.to_owned() }
    }

    fn probe(path: &str, presentation: Presentation) -> Probe {
        Probe {
            id: "id".to_owned(),
            about: None,
            method: Method::Get,
            door: None,
            path: path.to_owned(),
            headers: &[],
            presentation,
            body: None,
            effect: Effect::Read,
        }
    }

    fn built(at: &str, path: &str) -> Result<Request, NoReply> {
        build(&base(at), &probe(path, Presentation::Bearer), &Token::new("glpat-x".to_owned()), false)
    }

    fn with_token(text: &str, presentation: Presentation) -> Result<Request, NoReply> {
        build(&base("https://gitlab.test"), &probe("/a", presentation), &Token::new(text.to_owned()), false)
    }

    fn header(request: &Request, name: &str) -> String {
        request.headers()[name].to_str().unwrap().to_owned()
    }

    #[test]
    fn the_address_is_root_and_path_as_written() {
        let cases = [
            ("https://gitlab.test", "/api/v4/job?a=b%2Fc", "https://gitlab.test/api/v4/job?a=b%2Fc"),
            ("https://GitLab.test:443/git", "/api/v4/job", "https://gitlab.test/git/api/v4/job"),
            ("https://gitlab.test:8443", "/", "https://gitlab.test:8443/"),
            ("https://[::1]:8443", "/a", "https://[::1]:8443/a"),
            ("https://gitlab.test", "/group%2Fproject.git/info/refs?service=git-upload-pack&x[]=1", ""),
        ];
        for (at, path, expected) in cases {
            let request = built(at, path).unwrap();
            let expected = if expected.is_empty() { format!("{at}{path}") } else { expected.to_owned() };
            assert_eq!(request.url().as_str(), expected);
        }
    }

    #[test]
    fn a_08_an_address_that_would_not_stay_as_written_is_not_asked() {
        let paths = [
            "",
            "api/v4/job",
            "@evil.test/",
            ".evil.test/",
            ":8443/",
            "//evil.test\\@/../..",
            "/a/../b",
            "/a/%2e%2e/b",
            "/a b",
            "/a\tb",
            "/a\nb",
            "/ä",
            "/a#b",
            "/a#",
            "/\\evil.test",
        ];
        for path in paths {
            let refused = built("https://gitlab.test", path).unwrap_err();
            assert_eq!(refused.layer, Layer::UnusableAnswer, "{path:?}");
        }
    }

    #[test]
    fn a_root_cannot_move_the_origin() {
        for root in ["@evil.test", ".evil.test", ":1", "\\@evil.test"] {
            let moved = Base { origin: Origin::parse("https://gitlab.test").unwrap(), root: root.to_owned() };
            let token = Token::new("glpat-x".to_owned());
            assert!(build(&moved, &probe("/a", Presentation::Bearer), &token, false).is_err(), "{root}");
        }
    }

    #[test]
    fn plain_http_needs_consent() {
        let token = Token::new("glpat-x".to_owned());
        let probe = probe("/a", Presentation::Bearer);
        let plain = base("http://gitlab.test");
        assert!(build(&plain, &probe, &token, false).is_err());
        assert!(build(&plain, &probe, &token, true).is_ok());
    }

    #[test]
    fn each_presentation_has_its_header_and_all_are_sensitive() {
        let cases = [
            (Presentation::Bearer, "authorization", "Bearer tok.en-_"),
            (Presentation::Header("PRIVATE-TOKEN"), "private-token", "tok.en-_"),
            (Presentation::Basic("oauth2".to_owned()), "authorization", "Basic b2F1dGgyOnRvay5lbi1f"),
            (Presentation::Basic(String::new()), "authorization", "Basic OnRvay5lbi1f"),
        ];
        for (presentation, name, expected) in cases {
            let request = with_token("tok.en-_", presentation).unwrap();
            assert_eq!(header(&request, name), expected);
            assert!(request.headers()[name].is_sensitive());
            assert!(!format!("{request:?}").contains("tok.en"));
        }
        let anonymous = with_token("tok.en-_", Presentation::Anonymous).unwrap();
        assert!(!format!("{:?}", anonymous.headers()).contains("authorization"));
    }

    #[test]
    fn a_token_that_no_header_can_carry_is_not_sent_and_not_shown() {
        for text in ["", "secret\n", "secret\r\nX: y", "sec ret", "sec\tret", "s\u{e9}cret", "secret\0", " secret"] {
            for presentation in [Presentation::Bearer, Presentation::Header("JOB-TOKEN")] {
                let refused = with_token(text, presentation).unwrap_err();
                assert_eq!(refused.layer, Layer::Malformed, "{text:?}");
                assert!(!refused.text.contains("secret"));
            }
        }
        assert_eq!(with_token("a\nb", Presentation::Basic("u".to_owned())).unwrap_err().layer, Layer::Malformed);
        assert!(with_token("a", Presentation::Basic("u:v".to_owned())).is_err());
    }

    #[test]
    fn p_25_long_tokens_pass_unchanged() {
        let long = "aB3.-_".repeat(700);
        let request = with_token(&long, Presentation::Header("PRIVATE-TOKEN")).unwrap();
        assert_eq!(header(&request, "private-token"), long);
    }

    #[test]
    fn a_body_goes_with_its_type() {
        let body = Body { content_type: "application/json", text: "{}".to_owned() };
        let probe = Probe { method: Method::Post, body: Some(body), ..probe("/graphql", Presentation::Bearer) };
        let request = build(&base("https://h.test"), &probe, &Token::new("t".to_owned()), false).unwrap();
        assert_eq!(header(&request, "content-type"), "application/json");
        assert_eq!(request.body().and_then(reqwest::Body::as_bytes), Some(b"{}".as_slice()));
    }
}
