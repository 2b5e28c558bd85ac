//! The barrier.

use std::fmt;
use std::panic::Location;
use std::sync::{Arc, OnceLock};

use super::condvar::Condvar;
use super::mutex::Mutex;
use stage::record::{EntryId, Target};
use stage::waits;

/// A place where a number of threads meet: each waits until all have arrived.
/// Python's `threading.Barrier`. As [`std::sync::Barrier`], but the record shows
/// which arrival ended the waits.
///
/// ```
/// use shared::primitives::{Barrier, spawn};
///
/// static MEETING: Barrier = Barrier::new(2);
///
/// let friend = spawn("friend", || MEETING.wait());
/// MEETING.wait(); // Returns when both are here.
/// friend.join().unwrap();
/// ```
pub struct Barrier {
    threads: usize,
    arrivals: Mutex<Arrivals>,
    all_are_here: Condvar,
}

/// The arrivals at the meeting that is not complete yet.
struct Arrivals {
    count: usize,
    meeting: Option<Arc<Meeting>>,
}

/// Set when the meeting is complete, to the last arrival's entry in the record. Each
/// meeting has its own, so that a thread that is slow to wake up does not take the
/// next meeting for its own.
type Meeting = OnceLock<Option<EntryId>>;

/// What [`Barrier::wait`] returns.
///
/// ```
/// let result = shared::primitives::Barrier::new(1).wait();
/// assert!(result.is_leader());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BarrierWaitResult(bool);

impl BarrierWaitResult {
    /// Whether this thread is the leader: exactly one thread of each meeting is, so
    /// it can do what is to be done once.
    ///
    /// ```
    /// use shared::primitives::{Barrier, spawn};
    ///
    /// static MEETING: Barrier = Barrier::new(2);
    ///
    /// let friend = spawn("friend", || MEETING.wait().is_leader());
    /// let me = MEETING.wait().is_leader();
    /// assert_ne!(me, friend.join().unwrap());
    /// ```
    #[must_use]
    pub fn is_leader(&self) -> bool {
        self.0
    }
}

impl Barrier {
    /// A barrier for this number of threads. With 0 or 1, no thread waits.
    ///
    /// ```
    /// # use shared::primitives::Barrier;
    /// static ALONE: Barrier = Barrier::new(1);
    /// ALONE.wait(); // Returns at once.
    /// ```
    pub const fn new(threads: usize) -> Self {
        Barrier {
            threads,
            arrivals: Mutex::new(Arrivals {
                count: 0,
                meeting: None,
            }),
            all_are_here: Condvar::new(),
        }
    }

    /// Waits until all threads have arrived. Python's `Barrier.wait()`. The last one
    /// is the leader. After that, the barrier serves the next meeting.
    ///
    /// ```
    /// use shared::primitives::{Barrier, spawn};
    ///
    /// static MEETING: Barrier = Barrier::new(2);
    ///
    /// let friend = spawn("friend", || {
    ///     MEETING.wait();
    ///     MEETING.wait()
    /// });
    /// MEETING.wait();
    /// MEETING.wait();
    /// friend.join().unwrap();
    /// ```
    #[track_caller]
    pub fn wait(&self) -> BarrierWaitResult {
        let what = || format!("{} threads to meet", self.threads);
        let target = || Target::Barrier(u32::try_from(self.threads).unwrap_or(u32::MAX));
        let waiting = waits::begin(what, target, Location::caller(), None);
        let mut arrivals = self.arrivals.lock();
        arrivals.count += 1;
        if arrivals.count >= self.threads {
            arrivals.count = 0;
            if let Some(meeting) = arrivals.meeting.take() {
                let _ = meeting.set(waiting.entry());
                drop(arrivals);
                self.all_are_here.notify_all();
            }
            waiting.over(None);
            return BarrierWaitResult(true);
        }
        let meeting = Arc::clone(arrivals.meeting.get_or_insert_default());
        let last_arrival = loop {
            match meeting.get() {
                Some(last_arrival) => break *last_arrival,
                None => arrivals = self.all_are_here.wait(arrivals),
            }
        };
        drop(arrivals);
        waiting.over(last_arrival);
        BarrierWaitResult(false)
    }
}

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Barrier {{ threads: {} }}", self.threads)
    }
}
