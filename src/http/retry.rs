//! Whether a question is asked again, and when (R11). Pure: what came in, a decision out.

use std::time::Duration;

use jiff::Timestamp;

use super::wait;
use crate::app::ports::{Method, Reply};

const MOST_ATTEMPTS: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// Jitter on a wait that the forge stated is at most this: it said when it wants to hear from us.
const MOST_ADDED: Duration = Duration::from_secs(1);
/// How much of a body is searched for the words of a rate limit.
const SEARCHED: usize = 4096;

/// One attempt that is over.
pub(super) struct Attempt {
    pub(super) method: Method,
    /// 1 for the first.
    pub(super) number: u32,
    /// What remains of the run's time.
    pub(super) left: Duration,
    pub(super) now: Timestamp,
    /// Spreads the waits of questions that failed together.
    pub(super) seed: u64,
}

/// What an attempt brought.
pub(super) enum Brought<'a> {
    Reply(&'a Reply),
    /// No answer, and the next try may well bring one: connection lost, timeout.
    Loss,
    /// No answer, and none to be had this way: a bad certificate, an answer out of bounds.
    Failure,
}

/// The wait before the next attempt; `None`: what came is final.
pub(super) fn again(attempt: &Attempt, brought: &Brought<'_>) -> Option<Duration> {
    if !matches!(attempt.method, Method::Get | Method::Head) || attempt.number >= MOST_ATTEMPTS {
        return None;
    }
    let stated = match brought {
        Brought::Loss => None,
        Brought::Reply(reply) if may_pass(reply) => wait::stated(reply, attempt.now),
        Brought::Reply(_) | Brought::Failure => return None,
    };
    let wait = match stated {
        Some(wait) => wait.saturating_add(part(wait / 4, attempt).min(MOST_ADDED)),
        None => backoff(attempt),
    };
    // A wait that does not fit is not begun: the reply says when the limit is reset, and that is told at once.
    (wait < attempt.left).then_some(wait)
}

/// Is it the forge's word that too much is asked of it?
pub(super) fn is_limit(reply: &Reply) -> bool {
    reply.status == 429 || (reply.status == 403 && rate_limited(reply))
}

/// Is this a refusal of the moment rather than of the question?
fn may_pass(reply: &Reply) -> bool {
    match reply.status {
        429 | 500 | 502..=504 | 520..=530 => true,
        403 => rate_limited(reply),
        _ => false,
    }
}

fn rate_limited(reply: &Reply) -> bool {
    reply.header("retry-after").is_some() || wait::used_up(reply) || {
        let start = &reply.body[..reply.body.len().min(SEARCHED)];
        String::from_utf8_lossy(start).to_ascii_lowercase().contains("rate limit")
    }
}

fn backoff(attempt: &Attempt) -> Duration {
    let pause = FIRST_PAUSE * (1 << (attempt.number - 1).min(MOST_ATTEMPTS));
    pause + part(pause / 2, attempt)
}

/// Some part of `whole`, the same for the same seed: there is nothing to guess here, so no random source is needed.
fn part(whole: Duration, attempt: &Attempt) -> Duration {
    let thousandths = mixed(attempt.seed ^ u64::from(attempt.number)) % 1000;
    // Waits that fit a run are far below the point where this saturates.
    whole.checked_mul(u32::try_from(thousandths).unwrap_or(0)).map_or(whole, |much| much / 1000)
}

/// The finaliser of splitmix64: neighbouring seeds give unrelated numbers.
fn mixed(seed: u64) -> u64 {
    let mut value = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn attempt(number: u32) -> Attempt {
        let now = Timestamp::from_second(1_780_000_000).unwrap();
        Attempt { method: Method::Get, number, left: MINUTE, now, seed: 7 }
    }

    fn reply(status: u16, headers: &[(&str, &str)], body: &str) -> Reply {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Reply { status, headers, body: body.as_bytes().to_vec() }
    }

    fn asked_again(status: u16, headers: &[(&str, &str)], body: &str) -> bool {
        again(&attempt(1), &Brought::Reply(&reply(status, headers, body))).is_some()
    }

    #[test]
    fn only_refusals_of_the_moment_are_asked_again() {
        for status in [429, 500, 502, 503, 504, 520, 522, 530] {
            assert!(asked_again(status, &[], ""), "{status}");
        }
        for status in [200, 203, 204, 301, 302, 307, 400, 401, 403, 404, 410, 418, 422, 451, 501, 505, 519, 531] {
            assert!(!asked_again(status, &[], ""), "{status}");
        }
    }

    #[test]
    fn a_403_is_asked_again_only_with_the_marks_of_a_rate_limit() {
        assert!(asked_again(403, &[("retry-after", "1")], ""));
        assert!(asked_again(403, &[("x-ratelimit-remaining", "0")], ""));
        assert!(asked_again(403, &[], r#"{"message":"You have exceeded a secondary rate limit."}"#));
        assert!(!asked_again(403, &[("x-ratelimit-remaining", "59")], r#"{"message":"403 Forbidden"}"#));
    }

    #[test]
    fn losses_are_asked_again_and_failures_are_not() {
        assert!(again(&attempt(1), &Brought::Loss).is_some());
        assert!(again(&attempt(1), &Brought::Failure).is_none());
    }

    #[test]
    fn nothing_is_asked_a_fourth_time_and_no_post_twice() {
        assert!(again(&attempt(2), &Brought::Loss).is_some());
        assert!(again(&attempt(3), &Brought::Loss).is_none());
        let post = Attempt { method: Method::Post, ..attempt(1) };
        assert!(again(&post, &Brought::Loss).is_none());
        assert!(again(&post, &Brought::Reply(&reply(503, &[], ""))).is_none());
        let head = Attempt { method: Method::Head, ..attempt(1) };
        assert!(again(&head, &Brought::Loss).is_some());
    }

    #[test]
    fn n_08_a_stated_wait_is_kept_and_little_is_added() {
        let wait = again(&attempt(1), &Brought::Reply(&reply(429, &[("retry-after", "2")], ""))).unwrap();
        assert!(wait >= Duration::from_secs(2) && wait <= Duration::from_secs(3), "{wait:?}");
    }

    #[test]
    fn n_09_a_wait_beyond_the_time_left_is_not_begun() {
        for value in ["86400", "9999999999", "60"] {
            let reply = reply(429, &[("retry-after", value)], "");
            assert_eq!(again(&attempt(1), &Brought::Reply(&reply)), None, "{value}");
        }
    }

    #[test]
    fn n_10_a_date_in_the_past_is_at_once() {
        let reply = reply(503, &[("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT")], "");
        assert_eq!(again(&attempt(1), &Brought::Reply(&reply)), Some(Duration::ZERO));
    }

    #[test]
    fn n_11_without_any_header_the_pauses_grow_and_stay_bounded() {
        for (number, least) in [(1, 1000), (2, 2000)] {
            let wait = again(&attempt(number), &Brought::Reply(&reply(429, &[], ""))).unwrap();
            let least = Duration::from_millis(least);
            assert!(wait >= least && wait <= least * 3 / 2, "{wait:?}");
        }
    }

    #[test]
    fn the_jitter_differs_between_questions_and_is_the_same_for_one() {
        let wait = |seed| again(&Attempt { seed, ..attempt(1) }, &Brought::Loss).unwrap();
        assert_eq!(wait(1), wait(1));
        let waits: std::collections::BTreeSet<Duration> = (0..50).map(wait).collect();
        assert!(waits.len() > 30, "{}", waits.len());
    }
}
