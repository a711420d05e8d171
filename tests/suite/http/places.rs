//! The token goes to one place: redirects and cookies lead nowhere (R6).

use hallpass::app::ports::{Body, Method, Presentation, Probe};
use hallpass::http::Settings;

use super::{TOKEN, Talk, get, no_reply, one, reply, shown};
use crate::support::raw_server::{Act, RawServer, answer};

fn redirect(status: u16, to: &str) -> Act {
    answer(status, &[&format!("Location: {to}")], "")
}

#[test]
fn n_01_a_redirect_to_another_host_is_not_followed_however_the_token_is_shown() {
    let other = RawServer::always(answer(200, &[], "{}"));
    let target = format!("{}/steal", other.url());
    let presentations = [
        Presentation::Header("PRIVATE-TOKEN"),
        Presentation::Header("JOB-TOKEN"),
        Presentation::Bearer,
        Presentation::Basic("oauth2".to_owned()),
    ];
    for presentation in presentations {
        let server = RawServer::always(redirect(302, &target));
        let (exchange, _) = one(&server.url(), shown("/api/v4/job", presentation));
        assert_eq!(reply(&exchange).status, 302);
        assert_eq!(reply(&exchange).header("location"), Some(target.as_str()));
        assert_eq!(exchange.sent, 1);
    }
    assert_eq!(other.connections(), 0);
}

#[test]
fn n_02_a_chain_of_redirects_is_not_entered() {
    let second = RawServer::start(|_, _| redirect(302, "/again"));
    let first = RawServer::always(redirect(301, &second.url()));
    one(&first.url(), get("/a"));
    assert_eq!((first.seen().len(), second.connections()), (1, 0));
}

#[test]
fn n_03_the_body_of_a_post_is_not_sent_again() {
    let other = RawServer::always(answer(200, &[], "{}"));
    let server = RawServer::always(redirect(307, &other.url()));
    let body = Body { content_type: "application/json", text: r#"{"query":"x"}"#.to_owned() };
    let (exchange, _) = one(&server.url(), Probe { method: Method::Post, body: Some(body), ..get("/api/graphql") });
    assert_eq!(reply(&exchange).status, 307);
    let seen = server.seen();
    assert_eq!((seen.len(), other.connections()), (1, 0));
    assert_eq!(seen[0].body, br#"{"query":"x"}"#);
    assert_eq!(seen[0].header("content-type"), Some("application/json"));
}

#[test]
fn n_04_a_redirect_on_the_same_host_is_handed_on_with_its_address() {
    let server = RawServer::scripted(vec![redirect(301, "/gitlab/a"), answer(200, &[], "{}")]);
    let (exchange, _) = one(&server.url(), get("/a"));
    assert_eq!(reply(&exchange).header("location"), Some("/gitlab/a"));
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn n_22_cookies_are_neither_kept_nor_sent_back() {
    let server = RawServer::always(answer(200, &["Set-Cookie: _session=abc; Path=/"], "{}"));
    let talk = Talk::new(&server.url(), vec![vec![get("/a")], vec![get("/b")]]);
    let heard = talk.heard();
    let http = hallpass::http::Http::new(Settings::default(), &super::Fixed).unwrap();
    hallpass::app::ports::Transport::converse(&http, &mut [Box::new(talk)]);
    assert_eq!(server.seen().len(), 2);
    assert!(server.seen().iter().all(|seen| seen.header("cookie").is_none()));
    assert!(heard.borrow().iter().all(|exchange| reply(exchange).header("set-cookie").is_none()));
}

#[test]
fn requests_say_who_asks_and_ask_for_plain_bodies() {
    let server = RawServer::always(answer(200, &[], "{}"));
    one(&server.url(), get("/a?b=c"));
    let seen = &server.seen()[0];
    assert_eq!(seen.line, "GET /a?b=c HTTP/1.1");
    assert_eq!(seen.header("private-token"), Some(TOKEN));
    assert_eq!(seen.header("user-agent"), Some(concat!("hallpass/", env!("CARGO_PKG_VERSION"))));
    assert_eq!(seen.header("accept-encoding"), Some("identity"));
    assert_eq!(seen.header("referer"), None);
    assert_eq!(seen.header("authorization"), None);
}

#[test]
fn a_12_a_body_that_repeats_the_token_arrives_without_it() {
    let server = RawServer::always(answer(401, &[], &format!(r#"{{"message":"bad token {TOKEN}"}}"#)));
    let (exchange, _) = one(&server.url(), get("/a"));
    assert_eq!(reply(&exchange).body, br#"{"message":"bad token [token]"}"#);
}

#[test]
fn plain_http_is_refused_unless_the_origin_is_allowed() {
    struct Strict(Talk);
    impl hallpass::app::ports::Conversation for Strict {
        fn base(&self) -> &hallpass::domain::connection::Base {
            self.0.base()
        }
        fn ca_file(&self) -> Option<&std::path::Path> {
            None
        }
        fn insecure(&self) -> bool {
            false
        }
        fn token(&self) -> &hallpass::domain::token::Token {
            self.0.token()
        }
        fn next(&mut self) -> Vec<Probe> {
            self.0.next()
        }
        fn take(&mut self, exchange: hallpass::app::ports::Exchange) {
            self.0.take(exchange);
        }
    }
    let server = RawServer::always(answer(200, &[], "{}"));
    let ask = |settings: Settings| {
        let talk = Talk::new(&server.url(), vec![vec![get("/a")]]);
        let heard = talk.heard();
        let http = hallpass::http::Http::new(settings, &super::Fixed).unwrap();
        hallpass::app::ports::Transport::converse(&http, &mut [Box::new(Strict(talk))]);
        heard.take().remove(0)
    };
    let refused = ask(Settings::default());
    assert!(no_reply(&refused).text.contains("plain http"));
    assert_eq!((refused.sent, server.connections()), (0, 0));
    let origin = hallpass::domain::origin::Origin::parse(&server.url()).unwrap();
    let allowed = ask(Settings { allow_http: vec![origin], ..Settings::default() });
    assert_eq!(reply(&allowed).status, 200);
}

#[test]
fn the_token_goes_through_the_doors_of_its_forge_and_through_no_other() {
    let (web, api, other) = (serving(), serving(), serving());
    let through = |server: &RawServer| Probe { door: Some(super::base(&server.url())), ..get("/a") };
    let headed = Probe { headers: &[("accept", "application/vnd.github+json")], ..through(&api) };
    let talk = Talk::new(&web.url(), vec![vec![headed, through(&other)]]).with_door(&api.url());
    let heard = talk.heard();
    let http = hallpass::http::Http::new(Settings::default(), &super::Fixed).unwrap();
    hallpass::app::ports::Transport::converse(&http, &mut [Box::new(talk)]);

    assert_eq!(api.seen()[0].header("accept"), Some("application/vnd.github+json"));
    assert_eq!((web.connections(), other.connections()), (0, 0));
    let refused = heard.borrow().iter().filter(|exchange| exchange.outcome.is_err()).count();
    assert_eq!((refused, heard.borrow().len()), (1, 2));
}

fn serving() -> RawServer {
    RawServer::always(answer(200, &[], "{}"))
}
