//! The refs of a repository in Git's packet-line form, as service discovery lists them.

use crate::reply::Reply;

/// The default branch is among the branches.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refs<'a> {
    pub(crate) default_branch: &'a str,
    pub(crate) branches: &'a [String],
    pub(crate) tags: &'a [String],
}

impl Refs<'_> {
    pub(crate) fn advertised(&self, push: bool) -> Reply {
        let name = if push { "git-receive-pack" } else { "git-upload-pack" };
        let capabilities = if push {
            "report-status delete-refs side-band-64k quiet atomic ofs-delta".to_owned()
        } else {
            format!(
                "multi_ack thin-pack side-band-64k ofs-delta shallow symref=HEAD:refs/heads/{}",
                self.default_branch
            )
        };
        let heads = self.branches.iter().map(|branch| (commit_id(branch), format!("refs/heads/{branch}")));
        let tags = self.tags.iter().map(|tag| (commit_id(tag), format!("refs/tags/{tag}")));
        let head = (!push).then(|| (commit_id(self.default_branch), "HEAD".to_owned()));
        let mut body = packet(&format!("# service={name}\n"));
        body.push_str("0000");
        for (number, (id, reference)) in head.into_iter().chain(heads).chain(tags).enumerate() {
            let extra = if number == 0 { format!("\0{capabilities}") } else { String::new() };
            body.push_str(&packet(&format!("{id} {reference}{extra}\n")));
        }
        body.push_str("0000");
        let content_type = format!("application/x-{name}-advertisement");
        Reply::bytes(200, &content_type, body.into_bytes()).with("Cache-Control", "no-cache")
    }
}

fn packet(line: &str) -> String {
    format!("{:04x}{line}", line.len() + 4)
}

/// A commit id that depends on nothing but the ref's name.
pub(crate) fn commit_id(name: &str) -> String {
    let fold = |seed: u64| name.bytes().fold(seed, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{:016x}{:016x}{:08x}", fold(0xcbf2_9ce4_8422_2325), fold(7), fold(11) >> 32)
}
