//! One page that stands alone: no network, no data inside scripts. What is in it can be read without its script, which only
//! filters and unfolds.

mod chart;
mod grid;
mod view;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, HtmlEscape};
use sha2::{Digest, Sha256};

use super::Options;
use crate::domain::report::Report;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

pub fn render(report: &Report, options: &Options) -> Vec<u8> {
    let mut environment = Environment::new();
    environment.add_filter("ticked", ticked);
    // The name's ending switches the escaping of HTML on for everything that is put in.
    let page = PAGE.replace("/*STYLE*/", STYLE).replace("/*SCRIPT*/", SCRIPT);
    environment.add_template("page.html", &page).expect("the template is part of the program");
    let page = environment.get_template("page.html").expect("it was added just now");
    let view = view::Page::of(report, options, policy());
    let text = page.render(Serde(&view)).expect("the template asks for nothing that the view lacks");
    (text.trim_end().to_owned() + "\n").into_bytes()
}

/// Text with what stands between back-ticks as code; an odd one is only a character.
fn ticked(text: &str) -> Value {
    let pieces: Vec<&str> = text.split('`').collect();
    if pieces.len().is_multiple_of(2) {
        return Value::from(text);
    }
    let marked = pieces.iter().enumerate().map(|(index, piece)| match index % 2 {
        0 => HtmlEscape(piece).to_string(),
        _ => format!("<code>{}</code>", HtmlEscape(piece)),
    });
    Value::from_safe_string(marked.collect())
}

/// Nothing may be loaded or sent; of scripts and styles only ours may run, known by their hashes.
fn policy() -> String {
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

fn hash(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text.as_bytes()))
}
