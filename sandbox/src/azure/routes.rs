//! What each route asks of its caller.

use std::sync::LazyLock;

use super::place::{Place, Product};
use crate::table::{Parameters, Template, best, rows};

pub(super) static ROUTES: LazyLock<Vec<Route>> =
    LazyLock::new(|| rows(include_str!("../../data/azure-routes.csv"), Route::read));

#[derive(Debug)]
pub(super) struct Route {
    pub(super) method: &'static str,
    pub(super) host: &'static str,
    pub(super) template: Template,
    pub(super) scopes: Vec<&'static str>,
    /// Namespace and permission.
    pub(super) needs: Option<(&'static str, &'static str)>,
    pub(super) shape: &'static str,
    /// First version, `None` for a route that is still under preview.
    pub(super) since: Option<(u32, u32)>,
    flags: Vec<&'static str>,
}

impl Route {
    fn read(cells: &[&'static str]) -> Option<Self> {
        let &[method, host, path, scopes, needs, shape, version, flags] = cells else { return None };
        let since = match version {
            "preview" => None,
            version => {
                let (major, minor) = version.split_once('.')?;
                Some((major.parse().ok()?, minor.parse().ok()?))
            }
        };
        Some(Self {
            method,
            host,
            template: Template::new(path),
            scopes: scopes.split(';').collect(),
            needs: if needs == "-" { None } else { Some(needs.split_once(':')?) },
            shape,
            since,
            flags: flags.split_whitespace().collect(),
        })
    }

    pub(super) fn has(&self, flag: &str) -> bool {
        self.flags.contains(&flag)
    }

    /// The parameter that must name something that exists.
    pub(super) fn known(&self) -> Option<&'static str> {
        self.flags.iter().find_map(|flag| flag.strip_prefix("known:"))
    }

    pub(super) fn reads(&self) -> bool {
        self.method == "GET" || self.has("evaluates")
    }

    /// Paths and names are compared without regard to case, so parameters come in lower case.
    pub(super) fn find(method: &str, place: &Place) -> Option<(&'static Route, Parameters)> {
        let segments: Vec<String> = place.rest.iter().map(|segment| segment.to_ascii_lowercase()).collect();
        let here = |route: &&Route| match place.product {
            Product::Cloud => route.host == place.host,
            Product::Server => true,
        };
        let rows = ROUTES.iter().filter(|route| route.method == method).filter(here);
        best(rows, &segments, |route| &route.template)
    }
}
