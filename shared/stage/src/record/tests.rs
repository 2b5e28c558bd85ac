//! What is entered on behalf of a thread that was looked at, without any real thread.

use std::sync::Arc;
use std::time::Duration;

use super::entry::{About, EntryId, Kind, Outcome, Target, WORKER};
use super::live::{Behalf, Source, Threads};
use crate::context::{Actor, ActorKind};
use crate::threads::Glance;

const THREAD: u32 = 17;

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// One thread, and what was entered on its behalf.
struct Scene {
    threads: Threads,
    actor: Arc<Actor>,
    entered: Vec<Behalf>,
    /// How often it has entered something itself.
    entries: u64,
}

impl Scene {
    fn new() -> Self {
        Scene {
            threads: Threads::new(),
            actor: Actor::new(ActorKind::Thread, "egon"),
            entered: Vec::new(),
            entries: 0,
        }
    }

    /// It enters something at that time, after it has been active for so long.
    fn enters(&mut self, real: u64, active: u64, kind: Kind, text: &str) {
        let from = Source {
            actor: Arc::clone(&self.actor),
            task: None,
            file: "lesson.rs",
            line: 7,
            real: ms(real),
            active: Some(ms(active)),
            measured: ms(real),
        };
        let entered = &mut self.entered;
        self.threads.acts(THREAD, &from, kind, true, &mut |behalf| {
            note(entered, behalf)
        });
        self.threads.entered(THREAD, from, kind, text);
        self.entries += 1;
    }

    fn seen(&mut self, real: u64, glance: Glance) {
        let thread = (THREAD, self.entries);
        let entered = &mut self.entered;
        let push = &mut |behalf| note(entered, behalf);
        self.threads
            .saw(thread, ms(real), glance, &mut |_| None, push);
    }

    /// Kind and time of what was entered on its behalf, but for its birth.
    fn told(&self) -> Vec<(Kind, u128)> {
        let entered = self.entered.iter().filter(|entry| entry.kind != Kind::Born);
        entered
            .map(|entry| (entry.kind, entry.from.real.as_millis()))
            .collect()
    }
}

fn note(entered: &mut Vec<Behalf>, behalf: Behalf) -> EntryId {
    entered.push(behalf);
    EntryId {
        process: 1,
        number: entered.len() as u64,
    }
}

fn asleep(active: u64) -> Glance {
    Glance::Blocked {
        on: Some("sleep"),
        active: ms(active),
    }
}

/// The times that the thread was active tell when it fell asleep and when it woke up,
/// however rarely it is looked at.
#[test]
fn a_wait_begins_and_ends_when_the_thread_was_active_no_longer_and_again() {
    let mut scene = Scene::new();
    scene.enters(100, 10, Kind::Say, "");
    scene.seen(150, asleep(13));
    scene.seen(180, asleep(13));
    scene.enters(300, 20, Kind::Say, "");
    assert_eq!(scene.told(), [(Kind::Wait, 103), (Kind::Wake, 293)]);
    let [_, wait, wake] = &scene.entered[..] else {
        panic!("{:#?}", scene.entered);
    };
    let about = About::Wait {
        target: Target::Seen,
        limit: None,
    };
    assert_eq!((&wait.about, wait.text.as_str()), (&about, "sleep"));
    assert_eq!(wake.about, About::Outcome(Outcome::Woken));
    assert_eq!(wake.cause.unwrap().number, 2, "its own wait");
    assert_eq!((wait.from.file, wait.from.line), ("lesson.rs", 7));
}

#[test]
fn a_moment_is_not_entered_however_often_it_repeats() {
    let mut scene = Scene::new();
    scene.enters(100, 10, Kind::Say, "");
    for look in 0..50 {
        // Between two looks it runs, if only for a moment.
        scene.seen(102 + 2 * look, asleep(10 + look));
    }
    scene.enters(300, 80, Kind::Say, "");
    assert_eq!(scene.told(), []);
}

#[test]
fn what_is_shorter_than_five_milliseconds_is_not_entered() {
    let mut scene = Scene::new();
    scene.enters(100, 10, Kind::Say, "");
    scene.seen(102, asleep(10));
    scene.seen(104, asleep(10));
    scene.enters(106, 11, Kind::Say, "");
    assert_eq!(scene.told(), []);
}

#[test]
fn two_waits_without_an_entry_between_them_are_two() {
    let mut scene = Scene::new();
    scene.enters(100, 10, Kind::Say, "");
    for (at, active) in [(102, 11), (110, 11), (120, 11), (122, 12), (130, 12)] {
        scene.seen(at, asleep(active));
    }
    scene.seen(132, Glance::Runs);
    scene.enters(140, 22, Kind::Say, "");
    let kinds: Vec<Kind> = scene.told().iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, [Kind::Wait, Kind::Wake, Kind::Wait, Kind::Wake]);
    assert_eq!(scene.told()[0].1, 101);
    assert_eq!(scene.told()[1].1, 121, "in between, where no more is known");
    // It has been active for ten milliseconds since.
    assert_eq!(scene.told()[3].1, 130);
}

#[test]
fn what_is_known_is_not_looked_at() {
    let mut scene = Scene::new();
    let runs = |scene: &Scene| !scene.threads.running().is_empty();
    scene.enters(1, 0, Kind::Born, WORKER);
    assert!(!runs(&scene), "a worker is idle");
    scene.enters(2, 0, Kind::Start, "");
    assert!(runs(&scene), "it runs a task");
    scene.enters(3, 0, Kind::Wait, "");
    assert!(!runs(&scene), "it has entered a wait");
    scene.enters(4, 0, Kind::Wake, "");
    scene.enters(5, 0, Kind::Sleep, "1");
    assert!(!runs(&scene), "it sleeps");
    scene.enters(6, 0, Kind::Awake, "");
    assert!(runs(&scene));
    scene.enters(7, 0, Kind::Switch, "another");
    assert!(!runs(&scene), "another has its thread");
    scene.enters(8, 0, Kind::End, "");
    assert!(!runs(&scene), "it is idle again");
    scene.enters(9, 0, Kind::Callback, "");
    assert!(runs(&scene));
    scene.enters(10, 0, Kind::Exit, "");
    assert!(!runs(&scene));
}

/// What was seen before the thread entered something says nothing of the time after it.
#[test]
fn a_look_that_comes_too_late_counts_for_nothing() {
    let mut scene = Scene::new();
    scene.enters(100, 10, Kind::Say, "");
    scene.seen(102, asleep(10));
    let before = scene.entries;
    scene.enters(120, 12, Kind::Say, "");
    scene.entries = before;
    scene.seen(121, asleep(10));
    scene.seen(140, asleep(10));
    assert_eq!(scene.told(), []);
}

#[test]
fn only_a_thread_that_was_not_born_in_the_record_is_born_on_its_behalf() {
    for (kind, born) in [(Kind::Say, true), (Kind::Born, false), (Kind::Spawn, false)] {
        let mut scene = Scene::new();
        scene.enters(100, 10, kind, "");
        assert_eq!(!scene.entered.is_empty(), born, "{kind:?}");
        let from = Source {
            actor: Arc::clone(&scene.actor),
            task: None,
            file: "lesson.rs",
            line: 7,
            real: ms(200),
            active: None,
            measured: ms(200),
        };
        let entered = &mut scene.entered;
        scene
            .threads
            .ends(THREAD, from, &mut |behalf| note(entered, behalf));
        let ended = scene.entered.iter().any(|entry| entry.kind == Kind::Exit);
        assert_eq!(ended, born, "{kind:?}");
    }
}
