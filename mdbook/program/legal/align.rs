//! Puts the doings of a strand in two runs side by side.
//!
//! They have to be the same in the same order, except that a doing that is not certain
//! may be missing in either of them.

use super::doing::Doing;

/// Pairs of places, and the first difference.
#[derive(Debug, Default)]
pub struct Alignment {
    /// The place in the old run, and in the new one.
    pub pairs: Vec<(usize, usize)>,
    /// The places of the first doings that do not fit.
    pub difference: Option<(usize, usize)>,
}

/// The largest table of pairs that is searched. Longer strands are compared greedily.
const LARGEST: usize = 4_000_000;

#[must_use]
pub fn align(old: &[Doing], new: &[Doing]) -> Alignment {
    let greedy = greedily(old, new);
    if greedy.difference.is_none() || old.len() * new.len() > LARGEST {
        return greedy;
    }
    thoroughly(old, new).unwrap_or(greedy)
}

/// Takes each pair that fits, and then leaves out what need not be there. After the first
/// difference, what fits further on is still paired: its times can be compared.
fn greedily(old: &[Doing], new: &[Doing]) -> Alignment {
    let mut found = Alignment::default();
    let (mut left, mut right) = (0, 0);
    while left < old.len() || right < new.len() {
        match (old.get(left), new.get(right)) {
            (Some(before), Some(now)) if before.is(now) => {
                found.pairs.push((left, right));
                (left, right) = (left + 1, right + 1);
            }
            (Some(before), _) if !before.certain => left += 1,
            (_, Some(now)) if !now.certain => right += 1,
            (before, now) => {
                found.difference.get_or_insert((left, right));
                let later = |rest: &[Doing], what: Option<&Doing>| {
                    rest.iter()
                        .position(|doing| what.is_some_and(|what| what.is(doing)))
                };
                let added = later(new.get(right..).unwrap_or_default(), before);
                let lost = later(old.get(left..).unwrap_or_default(), now);
                match (added, lost) {
                    (Some(added), Some(lost)) if lost < added => left += lost,
                    (Some(added), _) => right += added,
                    (None, Some(lost)) => left += lost,
                    (None, None) => (left, right) = (left + 1, right + 1),
                }
            }
        }
    }
    found
}

/// Tries every way, from the end backwards. `None` if there is none without a difference.
fn thoroughly(old: &[Doing], new: &[Doing]) -> Option<Alignment> {
    let (rows, columns) = (old.len() + 1, new.len() + 1);
    let mut fits = vec![false; rows * columns];
    for left in (0..rows).rev() {
        for right in (0..columns).rev() {
            let at = |left: usize, right: usize| fits[left * columns + right];
            let (before, now) = (old.get(left), new.get(right));
            let both = before.zip(now).is_some_and(|(before, now)| before.is(now));
            let fit = (before.is_none() && now.is_none())
                || (both && at(left + 1, right + 1))
                || (before.is_some_and(|doing| !doing.certain) && at(left + 1, right))
                || (now.is_some_and(|doing| !doing.certain) && at(left, right + 1));
            fits[left * columns + right] = fit;
        }
    }
    let mut found = Alignment::default();
    let (mut left, mut right) = (0, 0);
    if !fits[0] {
        return None;
    }
    while left < old.len() || right < new.len() {
        let at = |left: usize, right: usize| {
            left < rows && right < columns && fits[left * columns + right]
        };
        let both = (old.get(left).zip(new.get(right))).is_some_and(|(old, new)| old.is(new));
        if both && at(left + 1, right + 1) {
            found.pairs.push((left, right));
            (left, right) = (left + 1, right + 1);
        } else if old.get(left).is_some_and(|doing| !doing.certain) && at(left + 1, right) {
            left += 1;
        } else {
            right += 1;
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A letter is a doing; a small one need not be there.
    fn doings(letters: &str) -> Vec<Doing> {
        let doing = |(event, letter): (usize, char)| Doing {
            event,
            text: letter.to_uppercase().to_string(),
            raw: String::new(),
            figures: Vec::new(),
            certain: letter.is_uppercase(),
            wait: None,
        };
        letters.chars().enumerate().map(doing).collect()
    }

    #[test]
    fn what_is_not_certain_may_be_missing() {
        for (old, new) in [
            ("ABC", "ABC"),
            ("AbC", "AC"),
            ("AC", "AbC"),
            // What was short in one run may be long in the other.
            ("AbC", "ABC"),
            ("aA", "A"),
            ("A", "aA"),
            ("abAB", "AB"),
            ("", "a"),
        ] {
            let found = align(&doings(old), &doings(new));
            assert_eq!(found.difference, None, "{old} {new}");
        }
    }

    #[test]
    fn what_is_certain_has_to_be_there() {
        for (old, new, place) in [
            ("ABC", "AC", (1, 1)),
            ("AC", "ABC", (1, 1)),
            ("ABC", "ACB", (1, 1)),
            ("AB", "A", (1, 1)),
            ("aA", "", (1, 0)),
        ] {
            let found = align(&doings(old), &doings(new));
            assert_eq!(found.difference, Some(place), "{old} {new}");
        }
    }

    #[test]
    fn after_a_difference_the_rest_is_paired() {
        assert_eq!(
            align(&doings("ABCD"), &doings("AXCD")).pairs,
            [(0, 0), (2, 2), (3, 3)]
        );
        assert_eq!(
            align(&doings("ACD"), &doings("ABCD")).pairs,
            [(0, 0), (1, 2), (2, 3)]
        );
    }
}
