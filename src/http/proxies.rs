//! Which proxy a request goes through: from the variables everybody uses, read once and handed in.

use std::fmt;

use reqwest::{NoProxy, Proxy, Url};
use secrecy::{ExposeSecret, SecretString};

use super::SetupError;
use crate::app::ports::Environment;

/// The proxy variables. Their values may hold a password, so they have no `Debug`.
#[derive(Clone, Default)]
pub struct Proxies {
    https: Option<Setting>,
    http: Option<Setting>,
    all: Option<Setting>,
    no: Option<String>,
}

#[derive(Clone)]
struct Setting {
    variable: &'static str,
    value: SecretString,
}

impl fmt::Debug for Proxies {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Proxies(..)")
    }
}

impl Proxies {
    /// `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, the lower-case spelling first as curl has it. An empty
    /// one counts as set, and means none.
    pub fn from_environment(environment: &dyn Environment) -> Self {
        // A web server puts the header `Proxy:` of a visitor into `HTTP_PROXY` of the programs it starts.
        let cgi = environment.get("REQUEST_METHOD").is_some();
        let http: &[&'static str] = if cgi { &["http_proxy"] } else { &["http_proxy", "HTTP_PROXY"] };
        Self {
            https: setting(environment, &["https_proxy", "HTTPS_PROXY"]),
            http: setting(environment, http),
            all: setting(environment, &["all_proxy", "ALL_PROXY"]),
            no: ["no_proxy", "NO_PROXY"].iter().find_map(|name| environment.get(name)),
        }
    }

    /// What reqwest is to use, the special before the general. A value that is no proxy is an error: going without
    /// would send tokens on a way that nobody chose.
    pub(super) fn build(&self) -> Result<Vec<Proxy>, SetupError> {
        let mut built = Vec::new();
        let ways: [(&Option<Setting>, Way); 4] = [
            (&self.https, Proxy::https),
            (&self.http, Proxy::http),
            (&self.all, Proxy::https),
            (&self.all, Proxy::http),
        ];
        for (at, (setting, way)) in ways.into_iter().enumerate() {
            // `HTTPS_PROXY=` set to nothing means none for https, also where `ALL_PROXY` names one.
            let own = [&self.https, &self.http][at % 2];
            if at >= 2 && own.is_some() {
                continue;
            }
            if let Some(address) = setting.as_ref().map(address).transpose()?.flatten() {
                let proxy = way(address).map_err(|_| refused(setting.as_ref()))?;
                built.push(proxy.no_proxy(self.no.as_deref().and_then(NoProxy::from_string)));
            }
        }
        Ok(built)
    }
}

type Way = fn(Url) -> reqwest::Result<Proxy>;

fn setting(environment: &dyn Environment, names: &[&'static str]) -> Option<Setting> {
    names.iter().find_map(|name| {
        let value = SecretString::from(environment.get(name)?);
        Some(Setting { variable: name, value })
    })
}

/// The address of the proxy; `None` when the variable is empty. Without a scheme it is http, as everywhere.
fn address(setting: &Setting) -> Result<Option<Url>, SetupError> {
    let text = setting.value.expose_secret().trim();
    if text.is_empty() {
        return Ok(None);
    }
    let full = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let url = Url::parse(&full).map_err(|_| refused(Some(setting)))?;
    // hyper drops an address that it cannot read without a word, so it is asked first.
    let readable = url.as_str().parse::<hyper::Uri>().is_ok();
    match url.scheme() {
        "http" | "https" if url.has_host() && readable => Ok(Some(url)),
        _ => Err(refused(Some(setting))),
    }
}

fn refused(setting: Option<&Setting>) -> SetupError {
    let variable = setting.map_or("", |setting| setting.variable);
    SetupError::Proxy { variable, what: "is not the address of an HTTP proxy (`http://host:port`)" }
}
