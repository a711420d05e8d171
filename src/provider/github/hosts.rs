//! Where a GitHub answers: github.com and the tenants of ghe.com have a host of their own for the API, a server of one's
//! own answers below `/api`.

use crate::domain::connection::Base;
use crate::domain::origin::{Origin, Scheme};

const PUBLIC_HOST: &str = "github.com";

/// The API's own host, where there is one.
pub(super) fn api_host(base: &Base) -> Option<Base> {
    let host = base.origin.host();
    let tenant = host.strip_suffix(".ghe.com").is_some_and(|name| !name.is_empty() && !name.contains('.'));
    let own = host == PUBLIC_HOST || tenant;
    let plain = base.origin.scheme_of() == Scheme::Https && base.origin.port() == 443 && base.root.is_empty();
    let origin = Origin::parse(&format!("https://api.{host}")).ok().filter(|_| own && plain)?;
    Some(Base { origin, root: String::new() })
}

/// Is this GitHub's own cloud, whose limits are known?
pub(super) fn is_cloud(base: &Base) -> bool {
    api_host(base).is_some()
}

/// The path of a question of the REST API below its address.
pub(super) fn rest(base: &Base, path: &str) -> String {
    if is_cloud(base) { path.to_owned() } else { format!("/api/v3{path}") }
}

pub(super) fn graphql(base: &Base) -> &'static str {
    if is_cloud(base) { "/graphql" } else { "/api/graphql" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(text: &str) -> Base {
        let (origin, root) = Origin::parse_with_path(text).unwrap();
        Base { origin, root: root.to_owned() }
    }

    #[test]
    fn the_cloud_has_a_host_for_the_api() {
        let api = |text: &str| api_host(&base(text)).map(|base| base.to_string());
        assert_eq!(api("https://github.com").as_deref(), Some("https://api.github.com"));
        assert_eq!(api("https://octo.ghe.com").as_deref(), Some("https://api.octo.ghe.com"));
        assert_eq!(rest(&base("https://github.com"), "/user"), "/user");
    }

    #[test]
    fn h_05_what_only_looks_like_the_cloud_is_asked_itself() {
        let others = [
            "https://github.example.com",
            "https://notgithub.com",
            "https://github.com.evil.example",
            "https://a.b.ghe.com",
            "https://evilghe.com",
            "https://github.com:8443",
            "http://github.com",
            "https://github.com/below",
        ];
        for other in others {
            assert_eq!(api_host(&base(other)), None, "{other}");
            assert_eq!(rest(&base(other), "/user"), "/api/v3/user");
        }
    }
}
