//! Who waits, on what, since when: the table from which a hang is explained.
//!
//! A wait is entered by whoever knows what it means ("the result of task 3"),
//! or else by the primitive it ends in ("a notification"). The watchdog (see
//! [`frame`](crate::frame)) reads the table when nothing has moved for long.
//!
//! The library's own waits are entered by themselves. For those on the world
//! outside, a server's answer for instance, there is [`outside`].

use std::marker::PhantomData;
use std::panic::Location;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::context::{self, WaitSlot};
use crate::record::{self, EntryId, Kind};
use crate::{ending, run};

pub use crate::context::Wait;

/// Counts everything that moves. The watchdog looks whether it has changed.
static MOVES: AtomicU64 = AtomicU64::new(0);

/// How many threads are in something that ends by itself: a pause, a wait with
/// a time limit, a task in a child process.
static ENDING_BY_THEMSELVES: AtomicUsize = AtomicUsize::new(0);

static SLOTS: Mutex<Vec<Weak<WaitSlot>>> = Mutex::new(Vec::new());

/// What starts the watchdog in a program without the lessons' frame that is to be
/// watched all the same. Such a program enters it here, and the linker collects it.
#[doc(hidden)]
#[allow(unsafe_code, reason = "linkme's attribute; no unsafe block")]
#[linkme::distributed_slice]
pub static WATCHED: [fn()];

fn my_slot() -> Option<Arc<WaitSlot>> {
    context::wait_slot(|slot| {
        let mut slots = SLOTS.lock();
        slots.retain(|slot| slot.strong_count() > 0);
        slots.push(Arc::downgrade(slot));
    })
}

/// Something has moved.
pub fn moved() {
    MOVES.fetch_add(1, Ordering::Relaxed);
}

/// How much has moved so far.
pub(crate) fn moves() -> u64 {
    MOVES.load(Ordering::Relaxed)
}

/// Whether somebody is in something that ends by itself.
pub(crate) fn ends_by_itself() -> bool {
    ENDING_BY_THEMSELVES.load(Ordering::Relaxed) > 0
}

/// Everybody who waits now, with what they wait on.
pub fn all() -> Vec<(String, Wait)> {
    let slots: Vec<Arc<WaitSlot>> = SLOTS.lock().iter().filter_map(Weak::upgrade).collect();
    slots
        .iter()
        .filter_map(|slot| {
            let wait = slot.wait.lock();
            wait.clone().map(|wait| (slot.actor.name.clone(), wait))
        })
        .collect()
}

/// Keeps the watchdog quiet while something runs that it cannot see but that
/// ends by itself.
#[derive(Debug)]
pub struct EndsByItself(());

impl EndsByItself {
    /// Begins now, and ends when it is dropped.
    pub fn begin() -> Self {
        ENDING_BY_THEMSELVES.fetch_add(1, Ordering::Relaxed);
        EndsByItself(())
    }
}

impl Drop for EndsByItself {
    fn drop(&mut self) {
        moved();
        ENDING_BY_THEMSELVES.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A wait that goes on until this is dropped.
///
/// Stays on its thread: the table has one line a thread.
#[derive(Debug)]
pub struct Waiting {
    entered: bool,
    begun: Option<EntryId>,
    at: &'static Location<'static>,
    _ends: Option<EndsByItself>,
    _stays_on_its_thread: PhantomData<*const ()>,
}

/// Enters a wait whose meaning is known, into the table and the event log.
pub fn begin(
    what: impl Fn() -> String,
    at: &'static Location<'static>,
    deadline: Option<Instant>,
) -> Waiting {
    let begun = record::enter(Kind::Wait, None, None, at, &what);
    let mut waiting = enter(what, at, deadline);
    waiting.begun = begun;
    waiting
}

/// Enters a wait of a primitive, unless it is part of one whose meaning is known.
pub fn primitive(
    what: &'static str,
    at: &'static Location<'static>,
    deadline: Option<Instant>,
) -> Waiting {
    enter(|| what.to_string(), at, deadline)
}

fn enter(
    what: impl Fn() -> String,
    at: &'static Location<'static>,
    deadline: Option<Instant>,
) -> Waiting {
    for watch in WATCHED {
        watch();
    }
    let mut entered = false;
    if let Some(slot) = my_slot() {
        let mut wait = slot.wait.lock();
        if wait.is_none() {
            entered = true;
            *wait = Some(Wait {
                what: what(),
                at,
                since: Instant::now(),
            });
        }
    }
    moved();
    Waiting {
        entered,
        begun: None,
        at,
        _ends: deadline.map(|_| EndsByItself::begin()),
        _stays_on_its_thread: PhantomData,
    }
}

/// Enters a wait on something outside of this program: an answer from a socket,
/// a file that is to appear. It is shown in the timeline, and named when the
/// program hangs. The wait is over with [`Waiting::ended`], or when the guard is
/// dropped.
///
/// With `limit`, the wait ends by itself (a time limit is set on the socket, for
/// instance), so the watchdog keeps quiet. It is not this function that ends it.
/// A limit that is too long for the clock is none.
///
/// ```
/// use stage::waits;
/// use std::io::Read;
/// use std::time::Duration;
///
/// # let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
/// # let address = listener.local_addr().unwrap();
/// # std::thread::spawn(move || drop(listener.accept()));
/// let mut socket = std::net::TcpStream::connect(address).unwrap();
/// let limit = Duration::from_secs(5);
/// socket.set_read_timeout(Some(limit)).unwrap();
///
/// let waiting = waits::outside(|| format!("an answer from {address}"), Some(limit));
/// let answer = socket.read(&mut [0; 100]);
/// waiting.ended();
/// assert_eq!(answer.unwrap(), 0);
/// ```
#[track_caller]
pub fn outside(what: impl Fn() -> String, limit: Option<Duration>) -> Waiting {
    let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
    begin(what, Location::caller(), deadline)
}

impl Waiting {
    /// The entry of the wait in the record, if it is recorded.
    pub fn entry(&self) -> Option<EntryId> {
        self.begun
    }

    /// What was waited for is there.
    ///
    /// ```
    /// let waiting = stage::waits::outside(|| "the file".to_string(), None);
    /// // The file is there.
    /// waiting.ended();
    /// ```
    pub fn ended(self) {
        self.over(None);
        ending::stay_if_interrupted();
    }

    /// As [`ended`](Self::ended), after a wait that was made to take so many
    /// simulated seconds: a server that stands for a slow one says how slow it
    /// was. So the log tells lateness from length.
    ///
    /// ```
    /// let waiting = stage::waits::outside(|| "an answer".to_string(), None);
    /// stage::pace::pause(0.01);
    /// waiting.ended_after(0.01);
    /// ```
    pub fn ended_after(self, seconds: f64) {
        if self.begun.is_some() {
            record::enter(Kind::Wake, None, self.begun, self.at, || {
                seconds.to_string()
            });
        }
        drop(self);
        ending::stay_if_interrupted();
    }

    /// The wait is over, because its time limit is.
    pub fn over_after(self, limit: Duration) {
        if self.begun.is_some() {
            record::enter(Kind::Wake, None, self.begun, self.at, || {
                run::current().in_simulated_seconds(limit).to_string()
            });
        }
    }

    /// The wait is over, and `cause` ended it.
    pub fn over(self, cause: Option<EntryId>) {
        if self.begun.is_some() {
            let cause = cause.or(self.begun);
            record::enter(Kind::Wake, None, cause, self.at, String::new);
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        moved();
        if self.entered
            && let Some(slot) = my_slot()
        {
            *slot.wait.lock() = None;
        }
    }
}
