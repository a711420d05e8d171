//! What came out: quickest run and median of each, and how they compare.

use std::fmt::Write as _;
use std::time::Duration;

use crate::contestants::{CACHE, HALLPASS, MINIMAL};
use crate::{MOST_OF_CACHE, MOST_OF_MINIMAL};

pub(crate) struct Row {
    name: String,
    pub(crate) times: Vec<Duration>,
}

impl Row {
    pub(crate) fn new(name: String) -> Self {
        Self { name, times: Vec::new() }
    }

    /// Quickest and median, in milliseconds.
    fn figures(&mut self) -> [f64; 2] {
        self.times.sort();
        let at = |place: usize| self.times.get(place).map_or(f64::NAN, |time| time.as_secs_f64() * 1000.0);
        [at(0), at(self.times.len() / 2)]
    }
}

fn of(rows: &mut [Row], name: &str) -> [f64; 2] {
    rows.iter_mut().find(|row| row.name == name).map_or([f64::NAN; 2], Row::figures)
}

pub(crate) fn render(rows: &mut [Row], runs: usize) -> String {
    let (minimal, cache) = (of(rows, MINIMAL), of(rows, CACHE));
    let mut text = format!("{runs} runs of each, in turn; whole processes, in milliseconds\n\n");
    text.push_str(
        "| | quickest | median | quickest / minimal | median / minimal | quickest / cache | median / cache |\n",
    );
    text.push_str("|---|---|---|---|---|---|---|\n");
    for row in rows {
        let [quickest, median] = row.figures();
        let ratios = [quickest / minimal[0], median / minimal[1], quickest / cache[0], median / cache[1]]
            .map(|ratio| format!("{ratio:.2}"));
        let _ = writeln!(text, "| {} | {quickest:.3} | {median:.3} | {} |", row.name, ratios.join(" | "));
    }
    text
}

/// What of the goals was missed, in median and quickest run alike, by more than the margin.
pub(crate) fn missed(rows: &mut [Row], margin: f64) -> Vec<String> {
    let goals = [(MINIMAL, MOST_OF_MINIMAL), (CACHE, MOST_OF_CACHE)];
    let goals = goals.map(|(name, most)| (name, of(rows, name), most * margin));
    let ours = rows.iter_mut().filter(|row| row.name.starts_with(HALLPASS));
    let mut missed = Vec::new();
    for row in ours {
        let figures = row.figures();
        for (name, other, most) in goals {
            if (0..2).all(|which| figures[which] > other[which] * most) {
                missed.push(format!("{} takes more than {most:.2} of {name}", row.name));
            }
        }
    }
    missed
}
