//! One line on a terminal while forges are asked: how far it is, in numbers and nothing else. It comes with the second
//! second and is gone before anything else is written.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::app::watch::Tally;

/// Whoever waits no longer wonders about nothing.
const PATIENCE: Duration = Duration::from_secs(1);
const REDRAW: Duration = Duration::from_millis(120);

/// Runs `work` with the line beside it, where there is to be one.
pub(super) fn beside<T>(shown: bool, tally: &Tally, work: impl FnOnce() -> T) -> T {
    if !shown {
        return work();
    }
    let (done, is_done) = channel::<()>();
    std::thread::scope(|scope| {
        let began = Instant::now();
        let draw = move || {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            bar.set_style(ProgressStyle::default_spinner());
            while is_done.recv_timeout(REDRAW) == Err(RecvTimeoutError::Timeout) {
                if let Some(text) = line(tally, began.elapsed()) {
                    bar.set_message(text);
                    bar.tick();
                }
            }
            bar.finish_and_clear();
        };
        // Without room for another thread there is no line, and the work goes on.
        let drawing = std::thread::Builder::new().spawn_scoped(scope, draw);
        let worked = work();
        drop(done);
        if let Ok(drawing) = drawing {
            let _ = drawing.join();
        }
        worked
    })
}

/// What the line says after this time; nothing in the first second, and where nobody was asked.
fn line(tally: &Tally, elapsed: Duration) -> Option<String> {
    if elapsed < PATIENCE || tally.asked() == 0 {
        return None;
    }
    let tokens = if tally.tokens() == 1 { "1 token".to_owned() } else { format!("{} tokens", tally.tokens()) };
    Some(format!("asking about {tokens}: {} of {} requests answered", tally.answered(), tally.asked()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::ports::{Conversation, Transport};
    use crate::app::watch::Watched;

    struct Nobody;

    impl Transport for Nobody {
        fn converse(&self, _: &mut [Box<dyn Conversation + '_>]) {}
    }

    #[test]
    fn a_run_that_is_over_in_a_second_shows_nothing() {
        let tally = Tally::default();
        assert_eq!(line(&tally, Duration::from_secs(5)), None, "nobody was asked");
        Watched { transport: &Nobody, tally: &tally }.converse(&mut []);
        assert_eq!(line(&tally, Duration::from_millis(999)), None);
    }

    #[test]
    fn the_work_is_done_once_with_and_without_the_line() {
        for shown in [false, true] {
            let mut times = 0;
            beside(shown, &Tally::default(), || times += 1);
            assert_eq!(times, 1);
        }
    }
}
