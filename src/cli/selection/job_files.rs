//! What files tell of the job one runs in: the event that started it, and the pipeline file that says what its own token
//! may do.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::app::ports::{PipelineFile, Platform, Provider};
use crate::domain::connection::Granted;
use crate::wiring::{Variables, git, pipeline, read};

/// Events are written by the platform, with whole pull requests in them.
const LARGEST_EVENT: u64 = 32 * 1024 * 1024;

/// Completes the job of the platform from its files. What cannot be read leaves it unknown, and says why.
pub(super) fn complete(
    platform: &mut Platform,
    provider: &dyn Provider,
    variables: &Variables,
    work_tree: Option<&Path>,
) {
    let event = platform.event_file.as_deref().and_then(event);
    platform.job.outsider = provider.outsider(variables, event.as_deref());
    let Some(file) = &platform.pipeline else { return };
    match granted(file, platform.job.project.as_deref(), work_tree) {
        Ok(granted) => platform.job.granted = Some(granted),
        Err(why) => platform.job.not_granted = Some(why),
    }
}

fn event(path: &Path) -> Option<Vec<u8>> {
    let is_file = std::fs::metadata(path).is_ok_and(|about| about.is_file() && about.len() <= LARGEST_EVENT);
    let mut bytes = Vec::new();
    is_file.then(|| File::open(path).ok()?.take(LARGEST_EVENT).read_to_end(&mut bytes).ok())??;
    Some(bytes)
}

fn granted(file: &PipelineFile, project: Option<&str>, work_tree: Option<&Path>) -> Result<Granted, String> {
    let path = &file.path;
    let tree =
        work_tree.ok_or_else(|| format!("the repository is not checked out here, so `{path}` cannot be read"))?;
    if let Some(project) = project.filter(|project| is_of_another(tree, project)) {
        return Err(format!("what is checked out here is not `{project}`, so `{path}` is another's"));
    }
    let text = text(file, tree)?;
    pipeline::granted(&text, path, &file.job)
}

/// As it was in the commit that the platform took it from; the file of the work tree may have been changed since.
fn text(file: &PipelineFile, tree: &Path) -> Result<String, String> {
    let path = &file.path;
    let unread = |error: &dyn std::fmt::Display| format!("`{path}` cannot be read: {error}");
    let of_commit = file.commit.as_deref().and_then(|commit| git::file_of_commit(tree, commit, path));
    match of_commit {
        Some(Some(bytes)) => read::decode(bytes, path).map_err(|error| unread(&error.message)),
        Some(None) => Err(format!("the commit that `{path}` was taken from is not in this checkout")),
        None => read::text(&tree.join(path), path).map_err(|error| unread(&error.message)),
    }
}

fn is_of_another(tree: &Path, project: &str) -> bool {
    let remotes = git::remotes(tree);
    let names = |url: &str| {
        let path = url.trim_end_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path).to_ascii_lowercase();
        let project = project.to_ascii_lowercase();
        path.strip_suffix(&project).is_some_and(|before| before.ends_with(['/', ':']))
    };
    !remotes.is_empty() && !remotes.iter().any(|(_, url)| names(url))
}
