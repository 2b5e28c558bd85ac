//! Time in a model: it passes when all threads wait, or when the checker decides
//! that the others are slow.

use std::ops::{Add, AddAssign, Sub, SubAssign};
use std::sync::OnceLock;
pub use std::time::Duration;

use crate::turns::{self, with};

/// A moment, as `std::time::Instant`. In a model it is read off the model's own
/// clock, which starts anew in each execution.
///
/// A sleep and a wait with a limit move that clock to their end. That happens
/// when no thread can go on, and to the wait that ends first. It can also happen
/// earlier, as if the other threads were slow: see [`Checker::early`].
///
/// [`Checker::early`]: crate::Checker::early
///
/// ```
/// use model::time::{Duration, Instant};
///
/// model::Checker::new().early(0).check(|| {
///     let began = Instant::now();
///     model::thread::sleep(Duration::from_secs(3600));
///     assert_eq!(began.elapsed(), Duration::from_secs(3600)); // No real time has passed.
/// });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(std::time::Instant);

impl Instant {
    /// Now.
    pub fn now() -> Self {
        match turns::in_model() {
            false => Instant(std::time::Instant::now()),
            true => Instant(in_model()),
        }
    }

    /// The time since then.
    pub fn elapsed(&self) -> Duration {
        Instant::now().duration_since(*self)
    }

    /// The time from then to this. Zero if this was earlier.
    pub fn duration_since(&self, earlier: Instant) -> Duration {
        self.0.saturating_duration_since(earlier.0)
    }

    /// The time from then to this, if this was not earlier.
    pub fn checked_duration_since(&self, earlier: Instant) -> Option<Duration> {
        self.0.checked_duration_since(earlier.0)
    }

    /// The time from then to this. Zero if this was earlier.
    pub fn saturating_duration_since(&self, earlier: Instant) -> Duration {
        self.0.saturating_duration_since(earlier.0)
    }

    /// So much later, if the clock goes that far.
    pub fn checked_add(&self, time: Duration) -> Option<Instant> {
        self.0.checked_add(time).map(Instant)
    }

    /// So much earlier, if the clock goes that far.
    pub fn checked_sub(&self, time: Duration) -> Option<Instant> {
        self.0.checked_sub(time).map(Instant)
    }
}

impl Add<Duration> for Instant {
    type Output = Instant;
    fn add(self, time: Duration) -> Instant {
        Instant(self.0 + time)
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, time: Duration) {
        self.0 += time;
    }
}

impl Sub<Duration> for Instant {
    type Output = Instant;
    fn sub(self, time: Duration) -> Instant {
        Instant(self.0 - time)
    }
}

impl SubAssign<Duration> for Instant {
    fn sub_assign(&mut self, time: Duration) {
        self.0 -= time;
    }
}

impl Sub for Instant {
    type Output = Duration;
    fn sub(self, earlier: Instant) -> Duration {
        self.duration_since(earlier)
    }
}

/// What the clock of the model shows, on the scale of the standard library. It
/// starts at the same moment in each execution, which is in the past.
fn in_model() -> std::time::Instant {
    static ZERO: OnceLock<std::time::Instant> = OnceLock::new();
    let zero = *ZERO.get_or_init(std::time::Instant::now);
    zero + with(|engine| engine.clock)
}

/// A moment until which a thread waits: an [`Instant`], or one of the standard
/// library. In a model the latter comes, too, when the model's clock has gone far
/// enough, but when exactly differs from run to run.
pub trait Deadline: Copy {
    /// The time that is left.
    #[doc(hidden)]
    fn left(self) -> Duration;
}

impl Deadline for Instant {
    fn left(self) -> Duration {
        self.duration_since(Instant::now())
    }
}

impl Deadline for std::time::Instant {
    fn left(self) -> Duration {
        let left = self.saturating_duration_since(std::time::Instant::now());
        match turns::in_model() && !left.is_zero() {
            true => self.saturating_duration_since(in_model()),
            false => left,
        }
    }
}
