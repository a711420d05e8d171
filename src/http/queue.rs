//! Who goes next: at most so many requests in flight to one origin and in all, origins taking turns.

use std::collections::{BTreeMap, VecDeque};

use crate::domain::origin::Origin;

/// Numbers of flights that wait. It knows nothing about what they are.
pub(super) struct Queue {
    lanes: Vec<Lane>,
    by_origin: BTreeMap<Origin, usize>,
    flying: usize,
    turn: usize,
    per_origin: usize,
    in_all: usize,
}

#[derive(Default)]
struct Lane {
    waiting: VecDeque<u64>,
    flying: usize,
    /// How many flights of it wait for a rate limit to pass; while any does, none starts.
    held: usize,
}

impl Queue {
    pub(super) fn new(per_origin: usize, in_all: usize) -> Self {
        Self {
            lanes: Vec::new(),
            by_origin: BTreeMap::new(),
            flying: 0,
            turn: 0,
            per_origin: per_origin.max(1),
            in_all: in_all.max(1),
        }
    }

    pub(super) fn lane(&mut self, origin: &Origin) -> usize {
        if let Some(&lane) = self.by_origin.get(origin) {
            return lane;
        }
        self.lanes.push(Lane::default());
        self.by_origin.insert(origin.clone(), self.lanes.len() - 1);
        self.lanes.len() - 1
    }

    pub(super) fn push(&mut self, lane: usize, flight: u64) {
        self.lanes[lane].waiting.push_back(flight);
    }

    /// The next flight that may start; it holds its place until `release`.
    pub(super) fn admit(&mut self) -> Option<u64> {
        if self.flying >= self.in_all {
            return None;
        }
        for step in 0..self.lanes.len() {
            let at = (self.turn + step) % self.lanes.len();
            let lane = &mut self.lanes[at];
            if lane.flying >= self.per_origin || lane.held > 0 {
                continue;
            }
            if let Some(flight) = lane.waiting.pop_front() {
                lane.flying += 1;
                self.flying += 1;
                self.turn = at + 1;
                return Some(flight);
            }
        }
        None
    }

    /// Starts nothing in this lane until as many `resume` have come.
    pub(super) fn hold(&mut self, lane: usize) {
        self.lanes[lane].held += 1;
    }

    pub(super) fn resume(&mut self, lane: usize) {
        self.lanes[lane].held -= 1;
    }

    pub(super) fn release(&mut self, lane: usize) {
        self.lanes[lane].flying -= 1;
        self.flying -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Origin {
        Origin::parse(text).unwrap()
    }

    fn admitted(queue: &mut Queue) -> Vec<u64> {
        std::iter::from_fn(|| queue.admit()).collect()
    }

    #[test]
    fn origins_take_turns_and_keep_to_their_limit() {
        let mut queue = Queue::new(2, 100);
        let (one, other) = (queue.lane(&origin("https://one.test")), queue.lane(&origin("https://other.test")));
        for flight in 0..4 {
            queue.push(one, flight);
        }
        queue.push(other, 10);
        assert_eq!(admitted(&mut queue), [0, 10, 1]);
        queue.release(one);
        assert_eq!(admitted(&mut queue), [2]);
    }

    #[test]
    fn the_limit_for_all_holds_over_origins() {
        let mut queue = Queue::new(2, 3);
        for (number, host) in (0..).zip(["https://a.test", "https://b.test", "https://c.test"]) {
            let lane = queue.lane(&origin(host));
            queue.push(lane, number);
            queue.push(lane, number + 10);
        }
        assert_eq!(admitted(&mut queue), [0, 1, 2]);
        queue.release(0);
        assert_eq!(admitted(&mut queue), [10]);
    }

    #[test]
    fn a_held_origin_waits_for_all_its_limits_and_others_go_on() {
        let mut queue = Queue::new(5, 100);
        let (one, other) = (queue.lane(&origin("https://one.test")), queue.lane(&origin("https://other.test")));
        queue.push(one, 1);
        queue.push(other, 2);
        queue.hold(one);
        queue.hold(one);
        assert_eq!(admitted(&mut queue), [2]);
        queue.resume(one);
        assert!(admitted(&mut queue).is_empty());
        queue.resume(one);
        assert_eq!(admitted(&mut queue), [1]);
    }

    #[test]
    fn one_origin_has_one_lane() {
        let mut queue = Queue::new(2, 3);
        assert_eq!(queue.lane(&origin("https://a.test")), queue.lane(&origin("https://A.test:443")));
    }
}
