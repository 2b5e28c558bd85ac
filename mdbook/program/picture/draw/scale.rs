//! Where a moment is on the page, in per cent of the row's width.

/// A stretch of time, and where it is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// In seconds since the panel's beginning.
    pub from: f64,
    pub to: f64,
    /// In per cent.
    pub left: f64,
    pub right: f64,
}

/// The scale that the panels of a picture share.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    /// In order, with gaps between them.
    pub pieces: Vec<Piece>,
}

impl Scale {
    /// One piece, from 0 to `length` seconds.
    #[must_use]
    pub fn whole(length: f64, right: f64) -> Self {
        let piece = Piece {
            from: 0.0,
            // A run of no length still has a scale.
            to: length.max(1e-6),
            left: 0.0,
            right,
        };
        Scale {
            pieces: vec![piece],
        }
    }

    /// The place of a moment; one in a gap is at the gap's beginning.
    #[must_use]
    pub fn place(&self, at: f64) -> f64 {
        let mut place = 0.0;
        for piece in &self.pieces {
            if at < piece.from {
                break;
            }
            let share = (at.min(piece.to) - piece.from) / (piece.to - piece.from);
            place = piece.left + share * (piece.right - piece.left);
        }
        place
    }

    #[must_use]
    pub fn end(&self) -> f64 {
        self.pieces.last().map_or(0.0, |piece| piece.to)
    }

    /// The gaps between the pieces, as places and widths in per cent.
    pub fn gaps(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        let pairs = self.pieces.windows(2);
        pairs.map(|pair| (pair[0].right, pair[1].left - pair[0].right))
    }

    /// The moments with a number below them. Of several pieces, the beginnings of those
    /// that are not enlarged, and the end.
    #[must_use]
    pub fn ticks(&self) -> Vec<f64> {
        if self.pieces.len() > 1 {
            let longest = self
                .pieces
                .iter()
                .map(|piece| piece.to - piece.from)
                .fold(0.0, f64::max);
            let long = |piece: &&Piece| piece.to - piece.from > longest * 0.1;
            let ends = self.pieces.iter().filter(long).map(|piece| piece.to);
            return std::iter::once(0.0).chain(ends).collect();
        }
        let step = match self.end() {
            // Whole seconds are easier to read.
            2.0..=9.0 => 1.0,
            end => nice_step(end / 9.0),
        };
        let count = (self.end() / step * 1.0001).floor() as usize;
        (0..=count).map(|tick| tick as f64 * step).collect()
    }
}

/// The least of 1, 2, 5, 10, 20, … that is not below `least`.
fn nice_step(least: f64) -> f64 {
    let power = 10f64.powf(least.max(1e-9).log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0];
    let step = steps.iter().find(|step| *step * power >= least * 0.9999);
    step.unwrap_or(&10.0) * power
}

/// A moment or a length in words: `1.5 s`, `0.7 ms`.
#[must_use]
pub fn time(seconds: f64) -> String {
    let (figure, unit) = match seconds {
        0.0 => return "0 s".to_string(),
        0.05.. => (seconds, "s"),
        5e-5.. => (seconds * 1e3, "ms"),
        _ => (seconds * 1e6, "µs"),
    };
    let text = match figure {
        9.95.. => format!("{figure:.0}"),
        // A tick at 0.15 s, or a short length.
        ..1.0 if (figure * 10.0).fract() > 0.01 => format!("{figure:.2}"),
        _ => format!("{figure:.1}"),
    };
    format!("{} {unit}", text.strip_suffix(".0").unwrap_or(&text))
}

/// A total has the decimals that the lessons print.
#[must_use]
pub fn took(seconds: f64) -> String {
    match seconds {
        0.95.. => format!("{seconds:.1} s"),
        _ => time(seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_nice() {
        for (length, ticks) in [(3.0, 4), (17.0, 9), (0.001, 6), (9.3, 5)] {
            let all = Scale::whole(length, 100.0).ticks();
            assert_eq!(all.len(), ticks, "{length}: {all:?}");
        }
    }

    #[test]
    fn a_moment_in_a_gap_is_at_its_beginning() {
        let piece = |from, to, left, right| Piece {
            from,
            to,
            left,
            right,
        };
        let scale = Scale {
            pieces: vec![piece(0.0, 1.0, 0.0, 40.0), piece(5.0, 6.0, 60.0, 100.0)],
        };
        assert_eq!(scale.place(0.5), 20.0);
        assert_eq!(scale.place(3.0), 40.0);
        assert_eq!(scale.place(5.5), 80.0);
        assert_eq!(scale.place(9.0), 100.0);
    }

    #[test]
    fn times_have_a_unit() {
        for (seconds, words) in [
            (0.0, "0 s"),
            (3.0, "3 s"),
            (0.3, "0.3 s"),
            (17.02, "17 s"),
            (0.0007, "0.7 ms"),
        ] {
            assert_eq!(time(seconds), words);
        }
    }
}
