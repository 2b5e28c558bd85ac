//! How long to wait before trying again.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(10);
const LONGEST: Duration = Duration::from_secs(1);

/// Delays that double from 10 ms to 1 s.
#[derive(Debug)]
pub(crate) struct Backoff(Duration);

impl Backoff {
    pub(crate) fn new() -> Self {
        Backoff(FIRST)
    }

    pub(crate) fn next(&mut self) -> Duration {
        let delay = self.0;
        self.0 = (delay * 2).min(LONGEST);
        delay
    }

    pub(crate) fn reset(&mut self) {
        self.0 = FIRST;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The servers wait at the descriptor limit: 10 ms, doubling to 1 s.
    #[test]
    fn delays_double_up_to_a_second() {
        let mut backoff = Backoff::new();
        let mut delays = || backoff.next().as_millis();
        let first: Vec<u128> = (0..10).map(|_| delays()).collect();
        assert_eq!(first, [10, 20, 40, 80, 160, 320, 640, 1000, 1000, 1000]);
        backoff.reset();
        assert_eq!(backoff.next(), FIRST);
    }
}
