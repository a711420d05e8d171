//! Arguments to commands, and what is said of those that are no use. Values that failed are never repeated: one may be a
//! token (R16, X-03).

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches};

use super::args::Arguments;
use crate::wiring::looks_like_a_secret;

/// How an invocation ended before it began.
pub(super) enum Early {
    /// Help or version, for standard output.
    Said(String),
    /// Help that nobody asked for, since no command was given.
    Lost(String),
    /// A mistake, for standard error.
    Mistake(String),
}

pub(super) fn read(arguments: &[OsString], color: bool) -> Result<Arguments, Early> {
    let texts: Vec<&str> = arguments
        .iter()
        .enumerate()
        .map(|(index, argument)| {
            let place = index + 1;
            argument.to_str().ok_or_else(|| Early::Mistake(format!("argument {place} is not valid UTF-8")))
        })
        .collect::<Result<_, _>>()?;
    let doctor = texts.first() == Some(&"doctor");
    if let Some(index) = texts.iter().position(|text| holds_a_secret(text) && !(doctor && names_a_user(text))) {
        return Err(Early::Mistake(format!(
            "argument {} looks like a token; arguments show in process lists and shell histories\n\
             hint: put it into a variable and use `--token-env NAME`, or use `--token-file` or `--token-stdin`; \
             if it was real, revoke it",
            index + 1
        )));
    }
    let choice = if color { clap::ColorChoice::Always } else { clap::ColorChoice::Never };
    let all = std::iter::once("hallpass").chain(texts);
    let matches = Arguments::command().color(choice).try_get_matches_from(all).map_err(|error| early(&error, color))?;
    Arguments::from_arg_matches(&matches).map_err(|error| early(&error, color))
}

fn holds_a_secret(text: &str) -> bool {
    let value = text.split_once('=').map_or(text, |(_, value)| value);
    let in_address =
        text.split_once("://").is_some_and(|(_, rest)| rest.split('/').next().is_some_and(|host| host.contains('@')));
    looks_like_a_secret(text) || looks_like_a_secret(value) || in_address
}

/// An address with a user name before its host that is too short for a token, and no password: Azure DevOps writes such.
fn names_a_user(text: &str) -> bool {
    let user_info = text.split_once("://").and_then(|(_, rest)| rest.split('/').next()?.split_once('@'));
    user_info.is_some_and(|(user, _)| user.len() < 20 && !user.contains(':')) && !looks_like_a_secret(text)
}

fn rendered(error: &clap::Error, color: bool) -> String {
    let text = error.render();
    if color { text.ansi().to_string() } else { text.to_string() }
}

fn early(error: &clap::Error, color: bool) -> Early {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Early::Said(rendered(error, color)),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => Early::Lost(rendered(error, color)),
        _ => Early::Mistake(mistake(error)),
    }
}

fn mistake(error: &clap::Error) -> String {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => texts.first().cloned(),
        _ => None,
    };
    // `--flag <VALUE>` names a flag; anything else might be a value.
    let flag =
        context(ContextKind::InvalidArg).map(|text| text.split(['=', ' ']).next().unwrap_or_default().to_owned());
    let named =
        flag.filter(|flag| flag.starts_with('-') && flag.len() < 40).map_or(String::new(), |flag| format!(" `{flag}`"));
    let what = match error.kind() {
        ErrorKind::UnknownArgument => format!("unknown argument{named}"),
        ErrorKind::InvalidSubcommand => "unknown command".to_owned(),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => format!("the value of{named} cannot be used"),
        ErrorKind::NoEquals | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("a value is missing for{named}")
        }
        ErrorKind::TooManyValues => format!("too many values for{named}"),
        ErrorKind::ArgumentConflict => format!("{} cannot be used with what else was given", named.trim_start()),
        ErrorKind::MissingRequiredArgument => "something required is missing".to_owned(),
        ErrorKind::MissingSubcommand => "a command is missing".to_owned(),
        _ => "these arguments cannot be used".to_owned(),
    };
    let hint =
        match (valid_values(error), context(ContextKind::SuggestedArg), context(ContextKind::SuggestedSubcommand)) {
            (Some(values), ..) => format!("it takes {values}"),
            (None, Some(suggested), _) => {
                format!("did you mean `{}`?", suggested.split(' ').next().unwrap_or_default())
            }
            (None, None, Some(command)) => format!("did you mean `{command}`?"),
            _ => "see `hallpass --help`".to_owned(),
        };
    format!("{what}\nhint: {hint}")
}

fn valid_values(error: &clap::Error) -> Option<String> {
    match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(values)) if !values.is_empty() => {
            Some(values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", "))
        }
        _ => None,
    }
}
