//! Where a request goes: which service, and which organization or collection.

use crate::request::Request;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Product {
    Cloud,
    Server,
}

#[derive(Debug)]
pub(super) struct Place {
    pub(super) product: Product,
    /// `core` or the word of a sister host in `data/azure-routes.csv`.
    pub(super) host: &'static str,
    /// Collection on the Server; empty on a host that belongs to no organization.
    pub(super) organization: String,
    /// What comes after the organization.
    pub(super) rest: Vec<String>,
}

/// The cloud's host names, without the old ones that hold the organization: `acme.visualstudio.com`.
pub const CLOUD_HOSTS: [&str; 10] = [
    "dev.azure.com",
    "vssps.dev.azure.com",
    "vsrm.dev.azure.com",
    "feeds.dev.azure.com",
    "vsaex.dev.azure.com",
    "extmgmt.dev.azure.com",
    "auditservice.dev.azure.com",
    "advsec.dev.azure.com",
    "artifacts.dev.azure.com",
    "app.vssps.visualstudio.com",
];

/// Words before `.dev.azure.com` and the table's words for them.
const SISTERS: [(&str, &str); 8] = [
    ("vssps", "identity"),
    ("vsrm", "release"),
    ("feeds", "feeds"),
    ("vsaex", "entitlements"),
    ("extmgmt", "extensions"),
    ("auditservice", "audit"),
    ("advsec", "advsec"),
    ("artifacts", "artifacts"),
];

impl Place {
    /// `None` for a host of the cloud that the sandbox does not play.
    pub(super) fn of(request: &Request) -> Option<Self> {
        let host = request.host();
        let mut rest = request.segments();
        let cloud =
            |host: &'static str, organization, rest| Some(Self { product: Product::Cloud, host, organization, rest });
        if host == "app.vssps.visualstudio.com" {
            return cloud("profile", String::new(), rest);
        }
        if let Some(name) = host.strip_suffix(".visualstudio.com") {
            let (organization, service) = match name.split_once('.') {
                Some((organization, service)) => (organization, sister(service)?),
                None => (name, "core"),
            };
            if rest.first().is_some_and(|first| first.eq_ignore_ascii_case("DefaultCollection")) {
                rest.remove(0);
            }
            return cloud(service, organization.to_owned(), rest);
        }
        let organization = if rest.is_empty() { String::new() } else { rest.remove(0) };
        match host.strip_suffix("dev.azure.com").map(|name| name.trim_end_matches('.')) {
            Some("") => cloud("core", organization, rest),
            Some(name) => cloud(sister(name)?, organization, rest),
            None => Some(Self { product: Product::Server, host: "core", organization, rest }),
        }
    }
}

fn sister(name: &str) -> Option<&'static str> {
    SISTERS.iter().find(|(other, _)| *other == name).map(|(_, word)| *word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(host: &str, path: &str) -> Place {
        let headers = vec![("host".to_owned(), host.to_owned())];
        Place::of(&Request { path: path.to_owned(), headers, ..Request::default() }).expect("a place")
    }

    #[test]
    fn the_organization_is_in_the_path_or_in_the_host() {
        let new = place("dev.azure.com:443", "/acme/app/_apis");
        assert_eq!((new.product, new.host, new.organization.as_str()), (Product::Cloud, "core", "acme"));
        let old = place("acme.visualstudio.com", "/DefaultCollection/app/_apis");
        assert_eq!((old.host, old.organization.as_str(), old.rest.join("/")), ("core", "acme", "app/_apis".to_owned()));
        let sister = place("vssps.dev.azure.com", "/acme/_apis");
        assert_eq!((sister.host, sister.organization.as_str()), ("identity", "acme"));
        assert_eq!(place("app.vssps.visualstudio.com", "/_apis").host, "profile");
    }

    #[test]
    fn any_other_host_is_a_server() {
        let server = place("127.0.0.1:8080", "/DefaultCollection/_apis");
        assert_eq!((server.product, server.organization.as_str()), (Product::Server, "DefaultCollection"));
    }
}
