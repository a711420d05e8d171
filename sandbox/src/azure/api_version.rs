//! Which versions of the API a request may ask for.

use super::place::Product;
use super::refusal;
use super::routes::Route;
use super::terms::Release;
use crate::reply::Reply;
use crate::request::Request;

/// The cloud's newest version; as long as it is a preview it wants the flag.
const CLOUD: (u32, u32) = (7, 2);
const CLOUD_RELEASED: (u32, u32) = (7, 1);

fn newest(product: Product, release: Release) -> (u32, u32) {
    match product {
        Product::Cloud => CLOUD,
        Product::Server => release.newest_api(),
    }
}

/// The version of an answer: the one that was asked for, or the newest.
pub(super) fn answered(request: &Request, product: Product, release: Release) -> String {
    asked(request).unwrap_or_else(|| {
        let (major, minor) = newest(product, release);
        format!("{major}.{minor}")
    })
}

pub(super) fn check(request: &Request, route: &Route, product: Product, release: Release) -> Result<(), Reply> {
    let newest = newest(product, release);
    // What came later than the server is not there, whatever version is asked for.
    if route.since.is_some_and(|since| since > newest) {
        return Err(refusal::not_found_page());
    }
    let Some(asked) = asked(request) else {
        // A read without a version gets the newest one.
        return if request.method == "GET" { Ok(()) } else { Err(refusal::version_missing(&request.method)) };
    };
    let (number, preview) = asked.split_once("-preview").map_or((asked.as_str(), false), |(number, _)| (number, true));
    let parsed = number.split_once('.').and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
    let Some(version) = parsed else {
        return Err(refusal::bad_request(&format!("The api-version \"{asked}\" is not valid.")));
    };
    if version > newest {
        return Err(refusal::version_out_of_range(number, newest));
    }
    let under_preview = route.since.is_none_or(|since| version < since) || version > CLOUD_RELEASED;
    if under_preview && !preview { Err(refusal::version_under_preview(number)) } else { Ok(()) }
}

/// From the query, or else from the `Accept` header.
fn asked(request: &Request) -> Option<String> {
    let in_header =
        |accept: &str| accept.split(';').find_map(|part| part.trim().strip_prefix("api-version=").map(str::to_owned));
    request.query_value("api-version").or_else(|| request.header("accept").and_then(in_header))
}
