//! Actors that share a thread do not see each other's context, wherever one of
//! them is switched away from.

use std::panic::Location;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use stage::context::{self, Actor, ActorKind, Context, TaskId, current_actor, current_task};
use stage::pace::random;
use stage::record::{self, Entry, Kind};
use stage::{panics, say, waits};

/// The record belongs to the whole program.
static RECORD: Mutex<()> = Mutex::new(());

const TASK: TaskId = TaskId { pool: 0, number: 3 };

fn greenlet(name: &str) -> &'static Context {
    Context::new(Actor::new(ActorKind::Greenlet, name))
}

/// Runs `body` as another actor would: in the middle of whatever this one does.
fn as_other<T>(name: &str, body: impl FnOnce() -> T) -> T {
    let other = greenlet(name);
    let before = context::switch(Some(other));
    let result = body();
    context::switch(before);
    other.recycle();
    result
}

fn recorded(body: impl FnOnce()) -> Vec<Entry> {
    let _alone = RECORD.lock().unwrap_or_else(PoisonError::into_inner);
    record::start();
    body();
    record::take()
}

#[test]
fn in_the_middle_of_a_task_the_other_actor_is_in_none() {
    let log = recorded(|| {
        let _inside = context::enter_task(TASK);
        as_other("egon", || {
            assert_eq!(current_task(), None);
            say!("from outside");
            let _inside = context::enter_task(TaskId { pool: 1, number: 0 });
        });
        assert_eq!(current_task(), Some(TASK));
        say!("from inside");
    });
    let said = |entry: &Entry| (entry.actor.name.clone(), entry.task, entry.text.clone());
    let me = current_actor().name.clone();
    assert_eq!(
        log.iter().map(said).collect::<Vec<_>>(),
        [
            ("egon".to_string(), None, "from outside".to_string()),
            (me, Some(TASK), "from inside".to_string()),
        ]
    );
}

#[test]
fn a_task_that_one_actor_leaves_is_not_left_by_the_other() {
    let one = greenlet("one");
    let other = greenlet("other");
    let own = context::switch(Some(one));
    let of_one = context::enter_task(TASK);
    context::switch(Some(other));
    let of_other = context::enter_task(TaskId { pool: 0, number: 4 });
    context::switch(Some(one));
    drop(of_one);
    assert_eq!(current_task(), None);
    context::switch(Some(other));
    assert_eq!(current_task().map(|task| task.number), Some(4));
    drop(of_other);
    assert_eq!(current_task(), None);
    context::switch(own);
    one.recycle();
    other.recycle();
}

#[test]
fn in_the_middle_of_its_draws_a_task_draws_what_it_would_draw_alone() {
    let draws = |disturbed: bool| -> Vec<u32> {
        let _inside = context::enter_task(TASK);
        let draw = |_| {
            if disturbed {
                as_other("egon", || random::<u32, _>(0..1000));
            }
            random(0..1_000_000)
        };
        (0..5).map(draw).collect()
    };
    assert_eq!(draws(true), draws(false));
}

#[test]
fn in_the_middle_of_a_wait_the_other_actor_waits_for_something_else() {
    let log = recorded(|| {
        let waiting = waits::outside(|| "the first".to_string(), None);
        as_other("egon", || {
            let waiting = waits::outside(|| "the second".to_string(), None);
            let both = waits::all();
            let both: Vec<_> = both.iter().map(|(_, wait)| &*wait.what).collect();
            assert!(both.contains(&"the first") && both.contains(&"the second"));
            waiting.ended();
        });
        let left = waits::all();
        assert!(left.iter().any(|(_, wait)| wait.what == "the first"));
        assert!(left.iter().all(|(_, wait)| wait.what != "the second"));
        waiting.ended();
        assert!(
            waits::all()
                .iter()
                .all(|(_, wait)| wait.what != "the first")
        );
    });
    let wakes: Vec<&Entry> = log
        .iter()
        .filter(|entry| entry.kind == Kind::Wake)
        .collect();
    assert_eq!(wakes[0].actor.name, "egon");
    assert_eq!(wakes[1].actor, current_actor());
}

#[test]
fn in_the_middle_of_a_catch_the_other_actor_catches_nothing() {
    // A panic that nobody catches is reported; the hook that is there first does it.
    static REPORTS: AtomicUsize = AtomicUsize::new(0);
    let standard = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        match info.payload().downcast_ref::<&str>() {
            Some(&"reported") => drop(REPORTS.fetch_add(1, Ordering::Relaxed)),
            _ => standard(info),
        }
    }));
    let caught = panics::catch(|| {
        let inner = as_other("egon", || std::panic::catch_unwind(|| panic!("reported")));
        assert!(inner.is_err());
        assert_eq!(REPORTS.load(Ordering::Relaxed), 1);
        let line = Location::caller().line();
        if line > 0 {
            panic!("caught");
        }
    });
    let caught = caught.unwrap_err();
    assert_eq!(caught.message, "caught");
    assert!(caught.place.unwrap().contains("context.rs"));
    assert_eq!(REPORTS.load(Ordering::Relaxed), 1);
}

#[test]
fn the_other_actor_may_be_in_a_catch_of_its_own() {
    let caught = panics::catch(|| {
        as_other("egon", || {
            let inner = panics::catch(|| panic!("of egon"));
            assert_eq!(inner.unwrap_err().message, "of egon");
        });
        panic!("of mine")
    });
    let caught: panics::Caught = match caught {
        Ok(()) => unreachable!("it panicked"),
        Err(caught) => caught,
    };
    assert_eq!(caught.message, "of mine");
}

#[test]
fn a_recycled_context_has_forgotten_its_actor() {
    let first = greenlet("first");
    let own = context::switch(Some(first));
    std::mem::forget(context::enter_task(TASK));
    std::mem::forget(waits::outside(|| "for ever".to_string(), None));
    context::switch(own);
    first.recycle();
    let second = greenlet("second");
    assert!(std::ptr::eq(first, second), "the context is used again");
    context::switch(Some(second));
    assert_eq!(current_actor().name, "second");
    assert_eq!(current_task(), None);
    assert!(waits::all().iter().all(|(_, wait)| wait.what != "for ever"));
    context::switch(own);
    second.recycle();
}

#[test]
#[should_panic(expected = "cannot be recycled")]
fn a_context_in_use_is_not_recycled() {
    let here = greenlet("here");
    context::switch(Some(here));
    here.recycle();
}
