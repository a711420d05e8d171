//! Files and folders of a repository, as JSON.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::content::Item;
use super::repository_body::{api_url, web_url};
use super::rest::Call;
use super::world::Repository;
use crate::refs::commit_id;

/// What lies at the root of the tree, folders included.
pub(super) fn root(call: &Call<'_>, it: &Repository) -> Vec<Item> {
    let names = it.content.files.iter().map(|path| match path.split_once('/') {
        Some((folder, _)) => (folder, "dir"),
        None => (path.as_str(), "file"),
    });
    let names: BTreeSet<(&str, &str)> = names.collect();
    names.into_iter().map(|(name, kind)| (name.to_owned(), entry(call, it, name, kind))).collect()
}

/// A file or a folder without what is in it.
pub(super) fn entry(call: &Call<'_>, it: &Repository, path: &str, kind: &str) -> Value {
    let (api, web, branch) = (api_url(call, it), web_url(call, it), &it.default_branch);
    let (shown, object) = if kind == "dir" { ("tree", "trees") } else { ("blob", "blobs") };
    let (url, sha) = (format!("{api}/contents/{path}?ref={branch}"), commit_id(path));
    let (page, git) = (format!("{web}/{shown}/{branch}/{path}"), format!("{api}/git/{object}/{sha}"));
    let raw = (kind == "file").then(|| format!("{web}/raw/{branch}/{path}"));
    json!({
        "name": path.rsplit('/').next(), "path": path, "sha": sha, "size": if kind == "file" { 8 } else { 0 },
        "url": url, "html_url": page, "git_url": git, "download_url": raw, "type": kind,
        "_links": { "self": url, "git": git, "html": page },
    })
}
