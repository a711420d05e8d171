//! The Azure Pipelines job this process runs in, from its variables.

use super::place::{PUBLIC_ORIGIN, target_of};
use crate::app::ports::{Environment, Platform};
use crate::domain::connection::{Base, Job};
use crate::domain::origin::Origin;

pub(super) const OWN_TOKEN: &str = "SYSTEM_ACCESSTOKEN";
const OTHER_TOKENS: &[&str] = &["AZURE_DEVOPS_EXT_PAT"];

pub(super) fn platform(environment: &dyn Environment) -> Option<Platform> {
    if !environment.get("TF_BUILD").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return None;
    }
    let home = home(environment);
    let organization = home.as_ref().ok().and_then(|home| home.organization.clone());
    let path = home.as_ref().ok().and_then(|home| target(environment, home));
    let job = Job {
        project: path.clone(),
        project_id: environment.get("SYSTEM_TEAMPROJECTID"),
        merge_request: environment.get("SYSTEM_PULLREQUEST_PULLREQUESTID"),
        ..Job::default()
    };
    Some(Platform {
        forge: super::ID,
        url: home.and_then(|home| agrees(environment, &home).map(|()| home.url)),
        home: organization,
        target: path,
        own_token: OWN_TOKEN,
        other_tokens: OTHER_TOKENS,
        ca_file: None,
        event_file: None,
        pipeline: None,
        job,
    })
}

/// The collection the job runs in.
struct Home {
    /// As a connection's `url`.
    url: String,
    base: Base,
    /// The first part of the target, where the address is shared.
    organization: Option<String>,
}

/// The address, only when every variable that names it names the same (R2).
fn home(environment: &dyn Environment) -> Result<Home, String> {
    const NAMES: [&str; 2] = ["SYSTEM_COLLECTIONURI", "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI"];
    let stated: Vec<(&str, String)> =
        NAMES.iter().filter_map(|name| environment.get(name).map(|value| (*name, value))).collect();
    let Some((name, first)) = stated.first() else { return Err(format!("`{}` is not set", NAMES[0])) };
    if stated.iter().any(|(_, other)| other.trim_end_matches('/') != first.trim_end_matches('/')) {
        return Err(format!("`{}` and `{}` name different collections", NAMES[0], NAMES[1]));
    }
    let unusable = || format!("`{name}` is not an address that can be used");
    let (origin, path) = Origin::parse_with_path(first).map_err(|_| unusable())?;
    let root = path.trim_end_matches('/').to_owned();
    if origin.to_string() != PUBLIC_ORIGIN {
        let url = first.trim_end_matches('/').to_owned();
        return Ok(Home { url, base: Base { origin, root }, organization: None });
    }
    let organization = root.trim_start_matches('/');
    if organization.is_empty() || organization.contains(['/', '%']) {
        return Err(unusable());
    }
    let organization = Some(organization.to_owned());
    Ok(Home { url: PUBLIC_ORIGIN.to_owned(), base: Base { origin, root: String::new() }, organization })
}

/// The job's repository where Azure hosts it, else its project.
fn target(environment: &dyn Environment, home: &Home) -> Option<String> {
    let project = environment.get("SYSTEM_TEAMPROJECT").filter(|name| !name.is_empty())?;
    repository(environment, home).or_else(|| {
        Some(match &home.organization {
            Some(organization) => format!("{organization}/{project}"),
            None => project,
        })
    })
}

fn is_azures(environment: &dyn Environment) -> bool {
    environment.get("BUILD_REPOSITORY_PROVIDER").is_some_and(|provider| provider == "TfsGit")
}

/// From the address it was cloned from, which may be in another project.
fn repository(environment: &dyn Environment, home: &Home) -> Option<String> {
    let uri = environment.get("BUILD_REPOSITORY_URI").filter(|_| is_azures(environment))?;
    let (origin, path) = parsed(&uri)?;
    if origin != home.base.origin {
        return None;
    }
    let whole = target_of(&home.base, path.trim_matches('/').as_bytes())?;
    let whole = String::from_utf8(whole).ok()?;
    let below = whole.strip_prefix(home.base.root.trim_start_matches('/'))?.trim_start_matches('/');
    Some(below.to_owned())
}

/// Azure's own clone addresses carry the organization as user name.
fn parsed(uri: &str) -> Option<(Origin, String)> {
    let (scheme, rest) = uri.split_once("://")?;
    let (authority, path) = rest.split_once('/')?;
    let host = authority.rsplit('@').next()?;
    let address = format!("{scheme}://{host}/{path}");
    Origin::parse_with_path(&address).ok().map(|(origin, path)| (origin, path.to_owned()))
}

/// Where Azure hosts the job's repository, it is in the same collection.
fn agrees(environment: &dyn Environment, home: &Home) -> Result<(), String> {
    let Some(uri) = environment.get("BUILD_REPOSITORY_URI").filter(|_| is_azures(environment)) else { return Ok(()) };
    let differ = || "`SYSTEM_COLLECTIONURI` and `BUILD_REPOSITORY_URI` name different places".to_owned();
    let (origin, path) = parsed(&uri).ok_or_else(differ)?;
    let first = path.trim_matches('/').split('/').next().unwrap_or_default();
    let same = match &home.organization {
        Some(organization) => first.eq_ignore_ascii_case(organization),
        None => path.starts_with(home.base.root.as_str()),
    };
    if origin == home.base.origin && same { Ok(()) } else { Err(differ()) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::provider::Variables;

    fn job(more: &[(&'static str, &'static str)]) -> Platform {
        let base = [
            ("TF_BUILD", "True"),
            ("SYSTEM_COLLECTIONURI", "https://dev.azure.com/acme/"),
            ("SYSTEM_TEAMFOUNDATIONCOLLECTIONURI", "https://dev.azure.com/acme/"),
            ("SYSTEM_TEAMPROJECT", "app"),
            ("BUILD_REPOSITORY_PROVIDER", "TfsGit"),
            ("BUILD_REPOSITORY_URI", "https://acme@dev.azure.com/acme/app/_git/web"),
        ];
        platform(&Variables(base.into_iter().chain(more.iter().copied()).collect())).unwrap()
    }

    #[test]
    fn the_cloud_has_one_address_and_the_organization_in_the_target() {
        let platform = job(&[]);
        assert_eq!(platform.url.as_deref(), Ok("https://dev.azure.com"));
        assert_eq!(platform.home.as_deref(), Some("acme"));
        assert_eq!(platform.target.as_deref(), Some("acme/app/web"));
    }

    #[test]
    fn a_server_has_its_collection_in_the_address() {
        let platform = job(&[
            ("SYSTEM_COLLECTIONURI", "https://tfs.example.com/tfs/Main/"),
            ("SYSTEM_TEAMFOUNDATIONCOLLECTIONURI", "https://tfs.example.com/tfs/Main/"),
            ("BUILD_REPOSITORY_URI", "https://tfs.example.com/tfs/Main/app/_git/web"),
        ]);
        assert_eq!(platform.url.as_deref(), Ok("https://tfs.example.com/tfs/Main"));
        assert_eq!((platform.home, platform.target.as_deref()), (None, Some("app/web")));
    }

    #[test]
    fn an_old_host_is_the_organization() {
        let platform = job(&[
            ("SYSTEM_COLLECTIONURI", "https://acme.visualstudio.com/"),
            ("SYSTEM_TEAMFOUNDATIONCOLLECTIONURI", "https://acme.visualstudio.com/"),
            ("BUILD_REPOSITORY_URI", "https://acme.visualstudio.com/app/_git/web"),
        ]);
        assert_eq!(platform.url.as_deref(), Ok("https://acme.visualstudio.com"));
        assert_eq!(platform.target.as_deref(), Some("app/web"));
    }

    #[test]
    fn a_repository_of_elsewhere_leaves_the_project() {
        let uri = [("BUILD_REPOSITORY_PROVIDER", "GitHub"), ("BUILD_REPOSITORY_URI", "https://github.com/acme/web")];
        let platform = job(&uri);
        assert_eq!(platform.target.as_deref(), Some("acme/app"));
        assert!(platform.url.is_ok());
    }

    #[test]
    fn variables_that_disagree_give_no_address() {
        for other in [
            ("SYSTEM_TEAMFOUNDATIONCOLLECTIONURI", "https://dev.azure.com/other/"),
            ("SYSTEM_TEAMFOUNDATIONCOLLECTIONURI", "https://evil.example/acme/"),
            ("BUILD_REPOSITORY_URI", "https://acme@dev.azure.com/other/app/_git/web"),
            ("BUILD_REPOSITORY_URI", "https://evil.example/acme/app/_git/web"),
            ("BUILD_REPOSITORY_URI", "nonsense"),
        ] {
            assert!(job(&[other]).url.is_err(), "{other:?}");
        }
    }

    #[test]
    fn outside_a_job_there_is_no_platform() {
        let variables = BTreeMap::from([("SYSTEM_COLLECTIONURI", "https://dev.azure.com/acme/")]);
        assert!(platform(&Variables(variables)).is_none());
    }
}
