//! Running the callbacks of a future that is done.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::panic::Location;
use std::sync::Arc;

use super::cell::{Behind, Callback, Cancelled, Cell};
use crate::primitives;
use stage::panics::Payload;
use stage::record::{self, About, EntryId, Kind};
use stage::{narrate, panics};

/// The callbacks of a future that has just been done, still to be run.
#[must_use]
pub(crate) struct Callbacks<T, B: Behind = ()> {
    pub(super) cell: Arc<Cell<T, B>>,
    pub(super) list: Vec<Callback<T>>,
    pub(super) ended: Option<EntryId>,
}

impl<T, B: Behind> Callbacks<T, B> {
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// What is left to run for this future, on another thread: its callbacks or, if
    /// no handle is left, the destructor of its result. Both may wait.
    pub(crate) fn rest(self) -> Option<Box<dyn FnOnce() + Send>>
    where
        T: Send + Sync + 'static,
        B: Sync,
    {
        if !self.is_empty() {
            return Some(Box::new(move || drop_caught(self.run_and_return(drop))));
        }
        let last = Arc::into_inner(self.cell)?;
        let value = last.end().is_some_and(|end| end.result.is_ok());
        (value && std::mem::needs_drop::<T>()).then(|| Box::new(move || drop_caught(last)) as _)
    }

    /// Runs them in order, on this thread. None of them can stop the next one.
    #[track_caller]
    pub(crate) fn run(self) {
        self.run_and_return(drop);
    }

    /// As [`run`](Self::run). `drop_payload` gets what a panicking callback leaves,
    /// and the caller the box, which this thread may be the last one to hold.
    #[track_caller]
    pub(crate) fn run_and_return(self, drop_payload: impl Fn(Payload)) -> Arc<Cell<T, B>> {
        let at = Location::caller();
        for callback in self.list {
            let cell = Arc::clone(&self.cell);
            drop_payload(call(callback, cell, self.ended, false, at));
        }
        self.cell
    }
}

/// Calls one callback. If it fails or panics, that is reported and goes no further;
/// what a panic carried is the caller's to drop. `late` says that it was added after the
/// end.
pub(super) fn call<T>(
    callback: Callback<T>,
    cell: Arc<Cell<T>>,
    ended: Option<EntryId>,
    late: bool,
    at: &'static Location<'static>,
) -> Payload {
    let task = cell.task();
    let begun = record::enter_about(Kind::Callback, Some(task), ended, at, || {
        (String::new(), About::Callback { late })
    });
    let (failure, payload) = match panics::catch(move || callback(cell)) {
        Ok(Ok(())) => Default::default(),
        Ok(Err(error)) => {
            let failure = format!("a callback of {task} failed: {error}");
            (failure, Payload::default())
        }
        Err(caught) => {
            let failure = format!("a callback of {task} panicked: {caught}");
            (failure, caught.payload)
        }
    };
    if !failure.is_empty() {
        narrate::say(format_args!("{failure}"));
    }
    record::enter(Kind::CallbackEnd, Some(task), begun, at, || failure);
    payload
}

/// Cancels the task, unless it has started: then its callbacks have run when this
/// returns. Returns whether it was this call that cancelled it. With `lost`, a
/// task that has started is cancelled as well, for it will never end.
#[track_caller]
pub(crate) fn cancel<T: 'static>(cell: Arc<Cell<T>>, lost: bool) -> bool {
    let at = Location::caller();
    let Some(cancelled) = cell.cancel(lost, at) else {
        return false;
    };
    let Cancelled {
        callbacks,
        ended,
        behind,
    } = cancelled;
    if callbacks.is_empty() && behind.is_none() {
        return true;
    }
    nested(move || {
        for callback in callbacks {
            call(callback, Arc::clone(&cell), ended, false, at);
        }
        drop_caught(behind);
    });
    true
}

/// Drops what is the program's, and may panic at that.
pub(crate) fn drop_caught<T>(value: T) {
    without_panic(|| drop(value));
}

/// Runs what drops the program's values. A panic is reported and goes no further.
pub(crate) fn without_panic<T>(body: impl FnOnce() -> T) -> Option<T> {
    let say = |caught| narrate::say(format_args!("a destructor panicked: {caught}"));
    panics::catch(body).map_err(say).ok()
}

/// How many cancellations may run inside of each other.
const DEEPEST: usize = 8;

primitives::thread_local! {
    /// How many run inside of each other on this thread, and those that wait.
    static NESTING: RefCell<Nesting> = const { RefCell::new(Nesting::new()) };
}

struct Nesting {
    depth: usize,
    waiting: VecDeque<Box<dyn FnOnce()>>,
}

impl Nesting {
    const fn new() -> Self {
        Nesting {
            depth: 0,
            waiting: VecDeque::new(),
        }
    }
}

/// Runs `body`, which must not panic.
///
/// A callback may cancel a future whose callback cancels the next one, and so on.
/// From a certain depth on, `body` is run as soon as the one inside which this was
/// called has ended, so that a chain of any length needs a bounded stack.
fn nested(body: impl FnOnce() + 'static) {
    let Ok(depth) = NESTING.try_with(|nesting| nesting.borrow().depth) else {
        // The thread is ending.
        return body();
    };
    if depth == DEEPEST {
        NESTING.with(|nesting| nesting.borrow_mut().waiting.push_back(Box::new(body)));
        return;
    }
    NESTING.with(|nesting| nesting.borrow_mut().depth += 1);
    body();
    if depth + 1 == DEEPEST {
        let next = || NESTING.with(|nesting| nesting.borrow_mut().waiting.pop_front());
        while let Some(body) = next() {
            body();
        }
    }
    NESTING.with(|nesting| nesting.borrow_mut().depth -= 1);
}
