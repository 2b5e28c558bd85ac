//! Who waits, for what, since when: the table from which a hang is explained.
//!
//! The caller that knows what a wait means ("the result of task 3") enters it. A
//! wait that no caller has entered is entered by its primitive ("a notification").
//! The watchdog (see [`frame`](crate::frame)) reads the table when nothing has
//! moved for long.
//!
//! The library enters its own waits. For a wait for the world outside, such as a
//! server's answer, there is [`outside`].

use std::borrow::Cow;
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::context;
use crate::record::{self, About, EntryId, Kind, Outcome, Target};
use crate::{ending, run};

pub use crate::context::{Primitive, Wait};

/// Counts the waits that began or ended, and the lines that were printed. The
/// watchdog looks whether it has changed.
static MOVES: AtomicU64 = AtomicU64::new(0);

/// How many threads are in something that ends by itself: a pause, a wait with
/// a time limit, a task in a child process.
static ENDING_BY_THEMSELVES: AtomicUsize = AtomicUsize::new(0);

/// What starts the watchdog in a program that has no frame of a chapter, such as an
/// exercise. Such a program enters it here, and the linker collects it.
#[doc(hidden)]
#[allow(unsafe_code, reason = "linkme's attribute; no unsafe block")]
#[linkme::distributed_slice]
pub static WATCHED: [fn()];

/// Something has moved.
pub fn moved() {
    MOVES.fetch_add(1, Ordering::Relaxed);
}

/// How much has moved so far.
pub(crate) fn moves() -> u64 {
    MOVES.load(Ordering::Relaxed)
}

/// Whether a thread is in something that ends by itself.
pub(crate) fn ends_by_itself() -> bool {
    ENDING_BY_THEMSELVES.load(Ordering::Relaxed) > 0
}

/// The names of the actors that wait now, with their waits.
pub fn all() -> Vec<(String, Wait)> {
    context::wait_slots()
        .iter()
        .filter_map(|slot| {
            let wait = slot.wait.lock().clone();
            wait.map(|wait| (slot.actor.name.clone(), wait))
        })
        .collect()
}

/// Keeps the watchdog quiet while something runs that it cannot see but that
/// ends by itself.
#[derive(Debug)]
#[must_use = "when it is dropped, the watchdog is no longer quiet"]
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

/// A time limit: how long it is, and when it is over.
///
/// ```
/// use stage::waits::Limit;
/// use std::time::Duration;
///
/// let limit = Limit::from_now(Duration::from_secs(3)).unwrap();
/// assert_eq!(limit.length, Duration::from_secs(3));
/// assert!(Limit::from_now(Duration::MAX).is_none(), "too long for the clock");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// As it was given, in real time.
    pub length: Duration,
    /// When it is over.
    pub deadline: Instant,
}

impl Limit {
    /// A limit that counts from now. `None` if it is too long for the clock, which counts
    /// as no limit.
    pub fn from_now(length: Duration) -> Option<Self> {
        Self::counted_from(Instant::now(), length)
    }

    /// A limit that counts from an earlier moment.
    pub fn counted_from(start: Instant, length: Duration) -> Option<Self> {
        let deadline = start.checked_add(length)?;
        Some(Limit { length, deadline })
    }
}

/// A wait that goes on until this is dropped.
///
/// Stays on its thread: the table has one line a thread.
#[derive(Debug)]
#[must_use = "when it is dropped, the wait is over"]
pub struct Waiting {
    entered: bool,
    begun: Option<EntryId>,
    at: &'static Location<'static>,
    limit: Option<Duration>,
    _ends: Option<EndsByItself>,
    _stays_on_its_thread: PhantomData<*const ()>,
}

/// Enters a wait whose meaning is known, into the table and the record. `target` is
/// called only if there is a record.
pub fn begin<W: Into<Cow<'static, str>>>(
    what: impl Fn() -> W,
    target: impl FnOnce() -> Target,
    at: &'static Location<'static>,
    limit: Option<Limit>,
) -> Waiting {
    let limit = limit.map(|limit| limit.length);
    let begun = record::enter_about(Kind::Wait, None, None, at, || {
        let (target, limit) = (target(), limit.map(|limit| limit.as_secs_f64()));
        (what().into().into_owned(), About::Wait { target, limit })
    });
    let mut waiting = enter(what, None, at, limit);
    waiting.begun = begun;
    waiting
}

/// Enters a wait of a primitive into the table, unless it is part of one whose meaning
/// is known. If it lasts, the record shows it as well.
pub fn primitive(what: Primitive, at: &'static Location<'static>, limit: Option<Limit>) -> Waiting {
    let limit = limit.map(|limit| limit.length);
    enter(|| what.text(), Some(what), at, limit)
}

fn enter<W: Into<Cow<'static, str>>>(
    what: impl Fn() -> W,
    primitive: Option<Primitive>,
    at: &'static Location<'static>,
    limit: Option<Duration>,
) -> Waiting {
    for watch in WATCHED {
        watch();
    }
    let mut entered = false;
    // Only the actor itself enters a wait here, so the line stays free while `what`
    // runs. No lock is held then: `what` may look at this table, or wait.
    if let Some(slot) = context::wait_slot()
        && slot.wait.lock().is_none()
    {
        let wait = Wait {
            what: what().into(),
            primitive,
            limit,
            at,
            since: Instant::now(),
            thread: slot.thread,
        };
        entered = true;
        *slot.wait.lock() = Some(wait);
    }
    moved();
    Waiting {
        entered,
        begun: None,
        at,
        limit,
        _ends: limit.map(|_| EndsByItself::begin()),
        _stays_on_its_thread: PhantomData,
    }
}

/// Enters a wait for something outside of this program: an answer from a socket,
/// a file that is to appear. It is shown in the timeline, and named if the
/// program hangs. The wait is over with [`Waiting::ended`], or when the guard is
/// dropped.
///
/// `limit` says that the wait ends by itself, because the socket has a time limit
/// for instance. The watchdog then keeps quiet. This function does not end the wait.
/// A limit that is too long for the clock counts as none.
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
pub fn outside<W: Into<Cow<'static, str>>>(
    what: impl Fn() -> W,
    limit: Option<Duration>,
) -> Waiting {
    let limit = limit.and_then(Limit::from_now);
    begin(what, || Target::Outside, Location::caller(), limit)
}

impl Waiting {
    /// The entry of the wait in the record, if it is recorded.
    pub fn entry(&self) -> Option<EntryId> {
        self.begun
    }

    /// What was waited for is there.
    ///
    /// ```
    /// let waiting = stage::waits::outside(|| "the file", None);
    /// // The file is there.
    /// waiting.ended();
    /// ```
    pub fn ended(self) {
        self.over(None);
        ending::stay_if_interrupted();
    }

    /// As [`ended`](Self::ended), after a wait that was meant to take this number of
    /// simulated seconds: a server that plays a slow one says how slow it was. So the
    /// record tells lateness from length.
    ///
    /// ```
    /// let waiting = stage::waits::outside(|| "an answer", None);
    /// stage::pace::pause(0.01);
    /// waiting.ended_after(0.01);
    /// ```
    pub fn ended_after(mut self, seconds: f64) {
        self.wake(None, || (seconds.to_string(), Outcome::Answered(seconds)));
        drop(self);
        ending::stay_if_interrupted();
    }

    /// The wait is over, because its time limit is.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let limit = Duration::from_millis(10);
    /// let waiting = stage::waits::outside(|| "an answer", Some(limit));
    /// std::thread::sleep(limit); // There is no answer.
    /// waiting.gave_up();
    /// ```
    pub fn gave_up(mut self) {
        let limit = self.limit;
        self.wake(None, || {
            let seconds = limit.map(|limit| run::current().in_simulated_seconds(limit));
            let text = seconds.map_or(String::new(), |seconds| seconds.to_string());
            (text, Outcome::GaveUp)
        });
    }

    /// The wait is over, and `cause` ended it. `None` if that is not known.
    pub fn over(mut self, cause: Option<EntryId>) {
        self.wake(cause, || (String::new(), Outcome::Woken));
    }

    /// Records the end of the wait, once.
    fn wake(&mut self, cause: Option<EntryId>, how: impl FnOnce() -> (String, Outcome)) {
        if let Some(begun) = self.begun.take() {
            let cause = cause.unwrap_or(begun);
            record::enter_about(Kind::Wake, None, Some(cause), self.at, || {
                let (text, outcome) = how();
                (text, About::Outcome(outcome))
            });
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        // Not over before, if a panic ended the wait for instance. Without an end in
        // the record, the actor would be drawn waiting to the end of the run.
        self.wake(None, || (String::new(), Outcome::Woken));
        moved();
        if self.entered
            && let Some(slot) = context::wait_slot()
        {
            *slot.wait.lock() = None;
        }
    }
}
