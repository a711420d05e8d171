//! Where the repository one stands in has its home: forge, instance and project, by its remotes.

use std::collections::BTreeSet;
use std::path::Path;

use super::process::Process;
use crate::app::ports::Provider;
use crate::domain::elsewhere;
use crate::domain::origin::Origin;
use crate::domain::outline::Home;
use crate::wiring::{Library, git, log_text};

/// The address of a remote, as people would open it.
struct Remote {
    name: String,
    origin: Origin,
    path: String,
    by_ssh: bool,
}

/// `pipelines`: the forges whose pipeline files lie here.
pub(super) fn find(
    forge: Option<&str>,
    directory: &Path,
    pipelines: &BTreeSet<&'static str>,
    process: &Process<'_>,
    library: &Library,
) -> Result<Home, String> {
    let remote = remote(directory, library);
    let mut known_by = Vec::new();
    let provider = match (forge, &remote) {
        (Some(id), _) => named(id, library)?,
        (None, Some(remote)) => of_remote(remote, pipelines, process, library, &mut known_by)?,
        (None, None) => {
            let alone = only(pipelines).or_else(|| of_job(process, library));
            alone.and_then(|id| library.forge(id)).ok_or_else(|| unknown("there is no remote that tells", library))?
        }
    };
    let Some(remote) = remote else {
        known_by.push("No remote tells the instance and the project; `url` is the forge's public one.".to_owned());
        let url = provider.public_origin().to_owned();
        return Ok(Home { forge: provider.id().to_owned(), url, target: None, known_by });
    };
    let place = provider.place_of_remote(&remote.origin, &remote.path);
    let (root, target) = place.map_or((String::new(), None), |(root, target)| (root, Some(target)));
    let ssh = if remote.by_ssh && !provider.serves(&remote.origin) {
        ", which is reached over SSH: the web address is taken to be the same"
    } else {
        ""
    };
    if !provider.serves(&remote.origin) {
        known_by.push(format!("Its own jobs trust this instance; elsewhere add `--allow-origin {}`.", remote.origin));
    }
    known_by.insert(0, format!("Instance and project are those of the remote `{}`{ssh}.", log_text(&remote.name)));
    Ok(Home { forge: provider.id().to_owned(), url: format!("{}{root}", remote.origin), target, known_by })
}

fn named<'l>(id: &str, library: &'l Library) -> Result<&'l dyn Provider, String> {
    library.forge(id).ok_or_else(|| unknown("there is no such forge", library))
}

/// By its address, else by the pipeline files that lie beside, which run nowhere else.
fn of_remote<'l>(
    remote: &Remote,
    pipelines: &BTreeSet<&'static str>,
    process: &Process<'_>,
    library: &'l Library,
    known_by: &mut Vec<String>,
) -> Result<&'l dyn Provider, String> {
    if let Some(provider) = library.forges.iter().find(|provider| provider.serves(&remote.origin)) {
        return Ok(provider.as_ref());
    }
    if let Some(forge) = elsewhere::unserved_at(remote.origin.host()) {
        return Err(format!(
            "the remote `{}` is at {}, which hallpass does not serve",
            log_text(&remote.name),
            forge.title
        ));
    }
    let of_files = only(pipelines).and_then(|id| library.forge(id));
    if let Some(provider) = of_files {
        known_by.push(format!("That it is {} is told by the pipeline files.", provider.catalogue().about.title));
        return Ok(provider);
    }
    let at_home = |provider: &&dyn Provider| {
        let url = provider.job(&process.variables).and_then(|platform| platform.url.ok());
        url.and_then(|url| Origin::parse_with_path(&url).ok().map(|(origin, _)| origin)).as_ref()
            == Some(&remote.origin)
    };
    let of_job = library.forges.iter().map(AsRef::as_ref).find(at_home);
    of_job.ok_or_else(|| unknown(&format!("which software runs at `{}` is not known", remote.origin), library))
}

fn of_job(process: &Process<'_>, library: &Library) -> Option<&'static str> {
    library.forges.iter().find_map(|provider| provider.job(&process.variables)).map(|platform| platform.forge)
}

fn only(pipelines: &BTreeSet<&'static str>) -> Option<&'static str> {
    (pipelines.len() == 1).then(|| pipelines.first().copied())?
}

fn unknown(what: &str, library: &Library) -> String {
    let flags: Vec<String> = library.forges.iter().map(|one| format!("`--forge {}`", one.id())).collect();
    format!("{what}\nhint: add {}", flags.join(" or "))
}

/// `origin`, else the first that has a web address.
fn remote(directory: &Path, library: &Library) -> Option<Remote> {
    let mut remotes = git::remotes(directory);
    remotes.sort_by_key(|(name, _)| (name != "origin", name.clone()));
    remotes.into_iter().find_map(|(name, address)| read(name, &address, library))
}

fn read(name: String, address: &str, library: &Library) -> Option<Remote> {
    let tidy = |path: &str| {
        let path = path.trim_matches('/');
        path.strip_suffix(".git").unwrap_or(path).to_owned()
    };
    if let Ok((origin, path)) = Origin::parse_with_path(address) {
        return Some(Remote { name, origin, path: tidy(path), by_ssh: false });
    }
    let (host, path) = match address.split_once("://") {
        Some(("ssh" | "git+ssh", rest)) => {
            let (host, path) = rest.split_once('/')?;
            (host.split(':').next()?, path)
        }
        Some(_) => return None,
        None => address.split_once(':').filter(|(host, _)| !host.contains('/') && host.len() > 1)?,
    };
    let host = host.rsplit('@').next()?.to_ascii_lowercase();
    let path = tidy(path);
    let web = library.forges.iter().find_map(|provider| provider.web_of_ssh(&host, &path));
    let (host, path) = web.map_or((host, path), |(host, path)| (host.to_owned(), path));
    let origin = Origin::parse(&format!("https://{host}")).ok()?;
    Some(Remote { name, origin, path, by_ssh: true })
}
