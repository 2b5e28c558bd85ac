//! How times and ratios are written.

use std::fmt::{self, Display};

use crate::spread::Spread;

/// Nanoseconds, in the unit that suits them, with three digits.
#[derive(Clone, Copy, Debug)]
pub struct Time(pub f64);

impl Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, size) = unit(self.0);
        write!(f, "{} {unit}", digits(self.0 / size))
    }
}

/// The least and the greatest time, in the unit of the median.
#[derive(Clone, Copy, Debug)]
pub struct Range(pub Spread);

impl Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (_, size) = unit(self.0.median);
        let [low, high] = [self.0.low, self.0.high].map(|time| digits(time / size));
        write!(f, "({low} to {high})")
    }
}

fn unit(nanoseconds: f64) -> (&'static str, f64) {
    match nanoseconds {
        ..100.0 => ("ns", 1.0),
        ..1e6 => ("µs", 1e3),
        ..1e9 => ("ms", 1e6),
        _ => ("s", 1e9),
    }
}

/// A number with three digits, but at most two of them after the point.
pub fn digits(value: f64) -> String {
    match value {
        ..9.995 => format!("{value:.2}"),
        ..99.95 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_three_digits_and_the_unit_that_suits_it() {
        for (nanoseconds, text) in [
            (0.373, "0.37 ns"),
            (60.06, "60.1 ns"),
            (320.0, "0.32 µs"),
            (102_400.0, "102 µs"),
            (3.79e6, "3.79 ms"),
            (934e6, "934 ms"),
            (1.1e9, "1.10 s"),
        ] {
            assert_eq!(Time(nanoseconds).to_string(), text);
        }
    }

    #[test]
    fn a_range_is_in_the_unit_of_its_median() {
        let spread = Spread {
            low: 80.0,
            median: 320.0,
            high: 1_500.0,
        };
        assert_eq!(Range(spread).to_string(), "(0.08 to 1.50)");
    }
}
