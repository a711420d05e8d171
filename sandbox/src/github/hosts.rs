//! Which of GitHub's addresses a request was sent to, and how the answer writes addresses.

use super::state::State;
use super::terms::Product;
use crate::request::Request;

/// Addresses without a closing slash.
#[derive(Debug, Clone)]
pub(super) struct Bases {
    pub(super) api: String,
    pub(super) web: String,
}

#[derive(Debug)]
pub(super) enum Face {
    Rest(Vec<String>),
    Uploads(Vec<String>),
    Graphql,
    /// Git and pages.
    Web(Vec<String>),
}

/// `None`: a name that is none of this GitHub's. By the sandbox's own address every product answers in the shape of a
/// server of one's own, so that a test needs names only where names are what it is about.
pub(super) fn face(state: &State, request: &Request) -> Option<(Face, Bases)> {
    let host = request.header("host").unwrap_or_default().to_ascii_lowercase();
    let name = host.split(':').next().unwrap_or_default();
    let segments = request.segments();
    if matches!(name, "" | "127.0.0.1" | "localhost") || state.world.product == Product::Server {
        let bases = Bases { api: format!("{}/api/v3", state.url), web: state.url.clone() };
        let words: Vec<&str> = segments.iter().map(String::as_str).collect();
        let face = match words.as_slice() {
            ["api", "v3", ..] => Face::Rest(segments[2..].to_vec()),
            ["api", "uploads", ..] => Face::Uploads(segments[2..].to_vec()),
            ["api", "graphql"] => Face::Graphql,
            _ => Face::Web(segments),
        };
        return Some((face, bases));
    }
    let web = web_host(state);
    let bases = Bases { api: format!("https://api.{web}"), web: format!("https://{web}") };
    let face = match name.strip_suffix(&web)? {
        "" => Face::Web(segments),
        "api." if segments == ["graphql"] => Face::Graphql,
        "api." => Face::Rest(segments),
        "uploads." => Face::Uploads(segments),
        _ => return None,
    };
    Some((face, bases))
}

fn web_host(state: &State) -> String {
    match state.world.product {
        Product::Residency => format!("{}.ghe.com", state.world.subdomain),
        Product::Com | Product::Server => "github.com".to_owned(),
    }
}
