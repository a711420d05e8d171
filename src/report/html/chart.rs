//! When the tokens end, as a picture: the soonest one by one, the rest in words.

use serde::Serialize;

use crate::domain::report::{Report, Status};
use crate::report::escape::html::field;
use crate::report::human::{count, days_in_words};

/// More lines than this nobody reads; the table below has all.
const MOST: usize = 30;
/// Width of the part where time passes, and of the names before it.
const WIDTH: i64 = 640;
const NAMES: i64 = 220;
const STEP: i64 = 24;

#[derive(Serialize)]
pub(super) struct Chart {
    height: i64,
    ticks: Vec<Tick>,
    bars: Vec<Bar>,
    rest: Option<String>,
    endless: Option<String>,
    unstated: Option<String>,
}

#[derive(Serialize)]
struct Tick {
    x: i64,
    label: String,
}

#[derive(Serialize)]
struct Bar {
    y: i64,
    x: i64,
    width: i64,
    name: String,
    when: String,
    status: &'static str,
}

/// `None` where no token states its end.
pub(super) fn of(report: &Report) -> Option<Chart> {
    let mut ending: Vec<(i64, &str, Status)> = report
        .connections
        .iter()
        .filter_map(|held| Some((held.token.days_left?, held.name.as_str(), held.status)))
        .collect();
    if ending.is_empty() {
        return None;
    }
    ending.sort_by_key(|(days, name, _)| (*days, *name));
    let rest = ending.len().saturating_sub(MOST);
    ending.truncate(MOST);
    let last = ending.iter().map(|(days, ..)| *days).max().unwrap_or(0).clamp(30, 400);
    let at = |days: i64| NAMES + days.clamp(0, last) * WIDTH / last;
    let ticks = [0, 7, 30, 90, 180, 365].into_iter().filter(|days| *days <= last && (*days != 7 || last < 120));
    let bars: Vec<Bar> = (0_i64..)
        .zip(&ending)
        .map(|(line, (days, name, status))| Bar {
            y: 32 + line * STEP,
            x: NAMES,
            width: (at(*days) - NAMES).max(3),
            name: cut(&field(name)),
            when: if *days < 0 { format!("ended {} ago", days_in_words(-days)) } else { days_in_words(*days) },
            status: urgency(*days, *status),
        })
        .collect();
    let of = |what: fn(&Option<String>) -> bool| {
        report.connections.iter().filter(|held| what(&held.token.expires_at)).count()
    };
    let endless = of(|text| text.as_deref() == Some("never"));
    let unstated = of(Option::is_none);
    Some(Chart {
        height: 40 + i64::try_from(bars.len()).unwrap_or(0) * STEP,
        ticks: ticks.map(|days| Tick { x: at(days), label: tick(days) }).collect(),
        bars,
        rest: (rest > 0).then(|| format!("{} later", count(rest, "more token"))),
        endless: (endless > 0).then(|| format!("{} without an end", count(endless, "token"))),
        unstated: (unstated > 0).then(|| format!("{} whose end is not stated", count(unstated, "token"))),
    })
}

/// The colour is that of the time left; a token that the run is not content with is not green.
fn urgency(days: i64, status: Status) -> &'static str {
    match days {
        ..=-1 => "fail",
        0..=29 => "warn",
        _ if status == Status::Fail => "warn",
        _ => "pass",
    }
}

fn tick(days: i64) -> String {
    match days {
        0 => "now".to_owned(),
        365 => "1 year".to_owned(),
        days => format!("{days} days"),
    }
}

fn cut(name: &str) -> String {
    crate::report::escape::shorten(name, 28).into_owned()
}
