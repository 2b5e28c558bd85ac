//! What the steps of a chosen interleaving leave in the record.

use std::time::Duration;

use shared::primitives::{Condvar, Mutex};
use stage::record::{self, About, Kind};
use turns::Turns;

#[derive(Debug, Default)]
struct State {
    is_set: bool,
    sets: u64,
}

/// Each step is in the record, with what the lock protects, who is asleep and who holds
/// the lock after it: a picture of the steps is drawn from this alone.
#[test]
fn each_step_enters_what_is_so_after_it() {
    record::start();
    let (state, changed) = (Mutex::new(State::default()), Condvar::new());
    let turns = Turns::new(&["waiter", "waiter", "setter", "setter", "waiter", "setter"]);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut now = turns.lock("setter", "locks", &state);
            (now.is_set, now.sets) = (true, 1);
            turns.unlock("setter", "sets", now);
            turns.step("setter", "does without the lock", || ());
        });
        let now = turns.lock("waiter", "looks", &state);
        turns.sleep("waiter", "sleeps", now, |now| {
            drop(changed.wait_timeout(now, Duration::from_millis(1)));
        });
        drop(turns.lock("waiter", "wakes", &state));
    });
    let log = record::take();
    let steps: Vec<_> = log
        .iter()
        .filter(|entry| entry.kind == Kind::Step)
        .collect();
    let after = |state: &str, asleep: &[&str], holder: Option<&str>| About::Step {
        state: state.split(", ").map(str::to_string).collect(),
        asleep: asleep.iter().map(|name| (*name).to_string()).collect(),
        holder: holder.map(str::to_string),
    };
    let (before, set) = ("is_set: false, sets: 0", "is_set: true, sets: 1");
    let expected = [
        ("looks", after(before, &[], Some("waiter"))),
        ("sleeps", after(before, &["waiter"], None)),
        ("locks", after(before, &["waiter"], Some("setter"))),
        ("sets", after(set, &["waiter"], None)),
        ("wakes", after(set, &[], Some("waiter"))),
    ];
    for (step, (what, about)) in std::iter::zip(&steps, expected) {
        assert_eq!((step.text.as_str(), &step.about), (what, &about));
        assert!(step.file.ends_with("tests/record.rs"), "{step:?}");
    }
    assert_eq!(steps.len(), 6);
}
