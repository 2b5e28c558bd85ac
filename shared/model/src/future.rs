//! An executor for one future.

use std::future::Future;
use std::panic::Location;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use crate::key::Key;
use crate::real;
use crate::status::{Sleep, Status, Woken};
use crate::turns::{self, with};
use crate::words::Wait;

/// Wakes the thread that waits for the future.
struct Alarm {
    key: Key,
    rings: AtomicBool,
    real: std::thread::Thread,
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.rings.store(true, Ordering::SeqCst);
        if !self.key.in_model() {
            return self.real.unpark();
        }
        with(|engine| {
            for sleeper in engine.sleepers(self.key.address()) {
                engine.wake(sleeper, Woken::Notified);
            }
        });
    }
}

/// Waits until the future is done, and returns its value.
///
/// ```
/// model::explore(0, || assert_eq!(model::block_on(async { 1 + 1 }), 2));
/// ```
#[track_caller]
pub fn block_on<F: Future>(future: F) -> F::Output {
    let at = Location::caller();
    let alarm = Arc::new(Alarm {
        key: Key::new(),
        rings: AtomicBool::new(false),
        real: std::thread::current(),
    });
    let waker = Waker::from(Arc::clone(&alarm));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return value;
        }
        while !alarm.rings.swap(false, Ordering::SeqCst) {
            if alarm.key.in_model() {
                with(|engine| engine.story.waits(engine.current, || Wait::Future, at));
                turns::pass(Status::Asleep(Sleep {
                    on: alarm.key.address(),
                    lock: None,
                    deadline: None,
                    light: false,
                }));
                with(|engine| engine.story.waits_no_longer(engine.current));
            } else {
                let _waiting = real::waiting(Wait::Future, at);
                std::thread::park();
            }
        }
    }
}
