//! `Invoke-RestMethod` and `Invoke-WebRequest`.

use super::Script;
use super::lexer::{Kind, Token};
use crate::pipeline::data::Data;
use crate::pipeline::model::{Act, How, Presented, Word};
use crate::pipeline::programs::call::Call;

const NAMES: &[&str] = &["invoke-restmethod", "invoke-webrequest", "irm", "iwr"];
/// In Windows' own PowerShell these are the same; elsewhere they are programs.
const ALIASES: &[&str] = &["curl", "wget"];

/// Parameters that take no value.
const SWITCHES: &[&str] = &[
    "allowinsecureredirect",
    "allowunencryptedauthentication",
    "disablekeepalive",
    "followrellink",
    "nobodyprogress",
    "noproxy",
    "passthru",
    "preserveauthorizationonredirect",
    "preservehttpmethodonredirect",
    "proxyusedefaultcredentials",
    "resume",
    "skipcertificatecheck",
    "skipheadervalidation",
    "skiphttperrorcheck",
    "usebasicparsing",
    "usedefaultcredentials",
    "verbose",
    "debug",
];

/// The ones that matter here, by what tells them from all others.
const PARAMETERS: &[(&str, &str)] = &[
    ("uri", "u"),
    ("method", "me"),
    ("custommethod", "cu"),
    ("headers", "h"),
    ("token", "to"),
    ("authentication", "au"),
    ("credential", "cr"),
    ("websession", "w"),
];

impl Script<'_, '_> {
    pub(super) fn is_web(&self, name: &str, arguments: &[&[Token]]) -> bool {
        let lower = name.to_ascii_lowercase();
        let own = || {
            arguments.iter().any(|one| {
                let text = self.written(one).to_ascii_lowercase();
                ["-uri", "-headers", "-usebasicparsing", "-method"].contains(&text.as_str())
            })
        };
        NAMES.contains(&lower.as_str()) || ALIASES.contains(&lower.as_str()) && own()
    }

    pub(super) fn web(&self, tokens: &[Token], arguments: &[&[Token]]) -> Vec<Act> {
        let Some(span) = self.span(tokens) else { return Vec::new() };
        let mut call = Call {
            program: "Invoke-RestMethod",
            url: None,
            method: Some("GET".to_owned()),
            headers: None,
            tokens: Vec::new(),
            open: false,
            span,
        };
        let mut rest = arguments.iter().peekable();
        while let Some(argument) = rest.next() {
            if let [Token { kind: Kind::Splat(name), .. }] = argument {
                self.splat(name, &mut call);
                continue;
            }
            let written = self.written(argument);
            let Some(named) = parameter(written, argument) else {
                if call.url.is_none() {
                    call.url = known(self.argument(argument));
                }
                continue;
            };
            let (name, attached) = named.split_once(':').map_or((named, None), |(name, rest)| (name, Some(rest)));
            let name = name.to_ascii_lowercase();
            if SWITCHES.iter().any(|switch| *switch == name) {
                continue;
            }
            let value = match attached {
                // `-Method:Post` and `-Uri:$url`.
                Some("") | None => {
                    let next = rest.next_if(|next| parameter(self.written(next), next).is_none());
                    next.map_or(Data::Unknown, |next| self.argument(next))
                }
                Some(_) => Data::Unknown,
            };
            set(&name, value, &mut call);
        }
        call.acts()
    }

    /// `@name`: the parameters are in a table.
    fn splat(&self, name: &str, call: &mut Call) {
        match self.locals.get(name) {
            Some(Data::Table(entries)) => {
                for (name, value) in entries.clone() {
                    set(&name.to_ascii_lowercase(), value, call);
                }
            }
            _ => call.open = true,
        }
    }
}

fn parameter<'t>(written: &'t str, argument: &[Token]) -> Option<&'t str> {
    let is_word = matches!(argument.first().map(|first| &first.kind), Some(Kind::Word));
    let name = written.strip_prefix('-')?;
    (is_word && name.starts_with(|first: char| first.is_ascii_alphabetic())).then_some(name)
}

/// The address, unless nothing of it is known.
fn known(data: Data) -> Option<Word> {
    match data {
        Data::Text(word) => Some(word),
        _ => None,
    }
}

fn set(name: &str, value: Data, call: &mut Call) {
    let full = PARAMETERS.iter().find(|(full, least)| full.starts_with(name) && name.starts_with(least));
    match full.map(|(full, _)| *full) {
        Some("uri") => call.url = known(value),
        Some("method" | "custommethod") => {
            call.method = value.text().and_then(Word::text).map(|text| text.to_ascii_uppercase());
        }
        Some("headers") => call.headers = Some(value),
        Some("token") => match value {
            Data::Text(word) => {
                call.tokens.push(Presented { how: How::Bearer, value: word.value, span: word.span });
            }
            _ => call.open = true,
        },
        Some("credential" | "websession") => call.open = true,
        _ => {}
    }
}
