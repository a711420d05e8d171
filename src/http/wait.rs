//! How long a forge asks us to wait, read from what it sent. Nothing it can send is trusted to be sensible.

use std::time::Duration;

use jiff::Timestamp;

use crate::app::ports::Reply;

/// A date in a header has 29 characters. What is much longer is not one, and is not given to a parser.
const LONGEST_DATE: usize = 64;
/// Ten digits of seconds reach past 300 years; what is longer is no number that anybody meant.
const MOST_DIGITS: usize = 10;
/// A reset below this is a number of seconds (the newer drafts of the header), above it a moment (all forges today).
const FIRST_MOMENT: u64 = 100_000_000;

/// The wait that the reply states: `Retry-After` in either form, else the moment the rate limit is reset. Zero when
/// that moment is over, nothing when none is stated or it cannot be read.
pub(super) fn stated(reply: &Reply, clock: Timestamp) -> Option<Duration> {
    // The server's clock is the one that its dates were made by; ours may be wrong by years.
    let now = reply.header("date").and_then(date).unwrap_or(clock);
    retry_after(reply, now).or_else(|| reset(reply, now))
}

fn retry_after(reply: &Reply, now: Timestamp) -> Option<Duration> {
    let value = reply.header("retry-after")?.trim();
    match digits(value) {
        Some(seconds) => Some(Duration::from_secs(seconds)),
        None => date(value).map(|moment| until(moment, now)),
    }
}

/// Only where the limit is used up: replies that are not about the limit carry these headers as well.
fn reset(reply: &Reply, now: Timestamp) -> Option<Duration> {
    if reply.status != 429 && !used_up(reply) {
        return None;
    }
    let value = reply.header("ratelimit-reset").or_else(|| reply.header("x-ratelimit-reset"))?;
    let number = digits(value.trim())?;
    if number < FIRST_MOMENT {
        return Some(Duration::from_secs(number));
    }
    let moment = Timestamp::from_second(i64::try_from(number).ok()?).ok()?;
    Some(until(moment, now))
}

/// Does the reply say that nothing is left of the rate limit?
pub(super) fn used_up(reply: &Reply) -> bool {
    ["ratelimit-remaining", "x-ratelimit-remaining"]
        .iter()
        .any(|name| reply.header(name).is_some_and(|value| value.trim() == "0"))
}

fn digits(value: &str) -> Option<u64> {
    let plain = !value.is_empty() && value.len() <= MOST_DIGITS && value.bytes().all(|byte| byte.is_ascii_digit());
    if plain { value.parse().ok() } else { None }
}

fn date(value: &str) -> Option<Timestamp> {
    if value.len() > LONGEST_DATE {
        return None;
    }
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(value).ok()
}

fn until(moment: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(moment.duration_since(now)).unwrap_or(Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_780_000_000;

    fn wait(status: u16, headers: &[(&str, &str)]) -> Option<u64> {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let reply = Reply { status, headers, body: Vec::new() };
        stated(&reply, Timestamp::from_second(NOW).unwrap()).map(|wait| wait.as_secs())
    }

    fn http_date(second: i64) -> String {
        let moment = Timestamp::from_second(second).unwrap();
        jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&moment).unwrap()
    }

    #[test]
    fn n_10_every_form_of_retry_after() {
        let many_digits = "9".repeat(30);
        let parentheses = "(".repeat(100 * 1024);
        let past = http_date(NOW - 3600);
        let future = http_date(NOW + 90);
        let cases: [(&str, Option<u64>); 12] = [
            ("2", Some(2)),
            (" 2 ", Some(2)),
            ("0", Some(0)),
            ("86400", Some(86_400)),
            (&past, Some(0)),
            (&future, Some(90)),
            ("-5", None),
            ("+5", None),
            ("1e9", None),
            ("", None),
            (&many_digits, None),
            (&parentheses, None),
        ];
        for (value, expected) in cases {
            let shown = &value[..value.len().min(30)];
            assert_eq!(wait(429, &[("retry-after", value)]), expected, "{shown}");
        }
    }

    #[test]
    fn short_comment_bombs_are_safe_too() {
        assert_eq!(wait(429, &[("retry-after", &"(".repeat(LONGEST_DATE))]), None);
    }

    #[test]
    fn t_06_dates_are_taken_against_the_clock_of_the_server() {
        let (server, later) = (http_date(0), http_date(60));
        assert_eq!(wait(429, &[("date", &server), ("retry-after", &later)]), Some(60));
        assert_eq!(wait(429, &[("date", &server), ("x-ratelimit-reset", "1780000000")]), Some(1_780_000_000));
    }

    #[test]
    fn the_reset_counts_only_where_the_limit_is_used_up() {
        let reset = ("x-ratelimit-reset", "1780000030");
        assert_eq!(wait(403, &[reset]), None);
        assert_eq!(wait(403, &[reset, ("x-ratelimit-remaining", "12")]), None);
        assert_eq!(wait(403, &[reset, ("x-ratelimit-remaining", "0")]), Some(30));
        assert_eq!(wait(429, &[("ratelimit-reset", "1780000030")]), Some(30));
        assert_eq!(wait(429, &[("ratelimit-reset", "30")]), Some(30));
        assert_eq!(wait(429, &[("ratelimit-reset", "1779999999")]), Some(0));
        assert_eq!(wait(429, &[("ratelimit-reset", "soon")]), None);
    }

    #[test]
    fn retry_after_goes_before_the_reset() {
        assert_eq!(wait(429, &[("ratelimit-reset", "1780000030"), ("retry-after", "3")]), Some(3));
    }
}
