//! `wrong-auth-header`: a token where the forge does not look for its kind.

use super::{Ground, Told};
use crate::pipeline::azure::words as azure;
use crate::pipeline::github::endpoint::{Address as GitHubAddress, address as github_address};
use crate::pipeline::github::words::is_own_token;
use crate::pipeline::gitlab::FORGE;
use crate::pipeline::gitlab::endpoint::{Address, address};
use crate::pipeline::gitlab::words::{Whose, whose};
use crate::pipeline::model::{Act, How, Job, Part, Presented, Request};

const RULE: &str = "wrong-auth-header";

pub(super) fn told(job: &Job, ground: &Ground<'_>) -> Vec<Told> {
    let requests = job.acts.iter().filter_map(|act| match act {
        Act::Request(request) if request.program != "git" => Some(request),
        _ => None,
    });
    requests
        .flat_map(|request| {
            request.tokens.iter().filter_map(|token| one(request, token, ground).or_else(|| at_github(request, token)))
        })
        .collect()
}

/// Headers that other forges read.
const FOREIGN: &[&str] = &["private-token", "job-token", "token", "access-token", "x-access-token", "github-token"];

/// A token of GitHub's where GitHub does not look for one.
fn at_github(request: &Request, token: &Presented) -> Option<Told> {
    let to_github = !matches!(github_address(&request.url.value), GitHubAddress::Elsewhere | GitHubAddress::Unknown);
    let own = is_own_token(&token.value);
    let secret = matches!(token.value.as_slice(), [Part::Variable(name)] if own || name.starts_with("secrets."));
    if !to_github || !secret {
        return None;
    }
    let new = |message: String| Told::new(RULE, message, token.span, request.span);
    match &token.how {
        How::Header(name) if FOREIGN.contains(&name.as_str()) => {
            Some(new(format!("GitHub does not read the header `{name}`; the token belongs in `Authorization: Bearer`")))
        }
        How::Query(name) if name == "access_token" => Some(new(
            "GitHub reads no token from the address any more; it belongs in `Authorization: Bearer`".to_owned(),
        )),
        How::Scheme("") => {
            let told = new("`Authorization` lacks the word before the token: `Bearer`".to_owned());
            // A secret may hold that word too.
            Some(if own { told } else { told.likely() })
        }
        _ => None,
    }
}

fn one(request: &Request, token: &Presented, ground: &Ground<'_>) -> Option<Told> {
    if azure::is_ours(&request.url.value) {
        return to_azure(request, token).map(|told| Told { forge: crate::pipeline::azure::FORGE, ..told });
    }
    let to_gitlab = match address(&request.url.value) {
        Address::Rest(_) | Address::GraphQl => true,
        Address::Unknown => false,
        Address::Elsewhere => return None,
    };
    let new = |message: &str| Some(Told::new(RULE, message, token.span, request.span));
    let whose = whose(&token.value);
    let header = match &token.how {
        How::Header(name) => name.as_str(),
        How::Query(name) | How::Field(name) if name == "private_token" => "private-token",
        _ => return None,
    };
    match (header, whose) {
        ("private-token", Whose::Job) => {
            let told = new("`PRIVATE-TOKEN` is read as an access token; the job token belongs in `JOB-TOKEN`");
            match reach(request, ground) {
                Reach::Open => told,
                Reach::Unlisted => told.map(Told::likely),
                Reach::Closed => None,
            }
        }
        ("private-token", Whose::Deploy) => {
            new("a deploy token is no access token: the interface refuses it as `PRIVATE-TOKEN`")
        }
        ("job-token", Whose::Access) => {
            new("`JOB-TOKEN` takes the job's own token; an access token belongs in `PRIVATE-TOKEN`")
        }
        ("job-token", Whose::AccessByName) => {
            let message = "`JOB-TOKEN` takes the job's own token; by its name this is an access token, which belongs in `PRIVATE-TOKEN`";
            new(message).map(Told::likely)
        }
        ("job-token", Whose::Deploy) => new("`JOB-TOKEN` takes the job's own token, not a deploy token"),
        ("ci-job-token" | "ci_job_token" | "gitlab-token" | "x-gitlab-token" | "token", Whose::Job) if to_gitlab => {
            new("GitLab does not read this header; the job token belongs in `JOB-TOKEN`")
        }
        ("access-token" | "token" | "x-gitlab-token", Whose::AccessByName | Whose::Access) if to_gitlab => new(
            "GitLab does not read this header; an access token belongs in `PRIVATE-TOKEN` or `Authorization: Bearer`",
        ),
        _ => None,
    }
}

/// Azure DevOps takes personal access tokens as a password alone, and any other as a bearer or as a password.
fn to_azure(request: &Request, token: &Presented) -> Option<Told> {
    let new = |message: &str| Some(Told::new(RULE, message, token.span, request.span));
    match (&token.how, azure::whose(&token.value)) {
        (How::Bearer, azure::Whose::Pat) => {
            new("a personal access token is no bearer token: Azure DevOps takes it as the password of any user (`Basic`)")
        }
        (How::Bearer, azure::Whose::PatByName) => new(
            "by its name this is a personal access token, which Azure DevOps takes as the password of any user (`Basic`), not as a bearer token",
        )
        .map(Told::likely),
        (How::Scheme(scheme), azure::Whose::Job | azure::Whose::Pat) if *scheme == "basic" => {
            new("behind `Basic` belongs the base64 form of `user:token`, not the token as it is")
        }
        (How::Scheme(scheme), azure::Whose::PatByName) if *scheme == "basic" => {
            let message = "behind `Basic` belongs the base64 form of `user:token`; by its name this is a token as it is";
            new(message).map(Told::likely)
        }
        (How::Scheme(scheme), azure::Whose::Job | azure::Whose::Pat) if scheme.is_empty() => {
            new("`Authorization` needs `Bearer` or `Basic` in front of the token")
        }
        (How::Header(name), azure::Whose::Job | azure::Whose::Pat)
            if matches!(name.as_str(), "private-token" | "job-token" | "token" | "x-auth-token" | "access-token") =>
        {
            new("Azure DevOps does not read this header; it takes a token in `Authorization`")
        }
        _ => None,
    }
}

/// Does the job token reach the endpoint at all?
enum Reach {
    Open,
    /// Code of its own decides there who signs in and how.
    Unlisted,
    /// Then that is what has to be told.
    Closed,
}

fn reach(request: &Request, ground: &Ground<'_>) -> Reach {
    match (address(&request.url.value), &request.method) {
        (Address::Rest(path), Some(method)) if !path.routes(method, ground.catalogue(FORGE)).is_empty() => Reach::Open,
        (Address::Rest(path), Some(_)) if path.is_beyond_the_table() => Reach::Unlisted,
        (Address::Rest(_), Some(_)) | (Address::GraphQl, _) => Reach::Closed,
        _ => Reach::Open,
    }
}
