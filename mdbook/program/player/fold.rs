//! At most so many steps: what repeats is told once, and then in short.

use std::collections::HashMap;
use std::ops::Range;

/// A part of the story.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// One act.
    One(usize),
    /// Some acts in one sentence.
    Some {
        acts: Range<usize>,
        /// Whether each of them was told in full before, about something else.
        repeats: bool,
    },
}

/// The longest pattern that is looked for.
const LONGEST: usize = 12;

/// Parts of a story of as many acts as there are `shapes`: two acts of one shape differ
/// only in their names and numbers. At most `most` parts, which cover all acts in order.
pub fn fold(shapes: &[u64], most: usize) -> Vec<Part> {
    if shapes.len() <= most {
        return (0..shapes.len()).map(Part::One).collect();
    }
    let exact = patterns(shapes);
    if exact.len() <= most {
        return exact;
    }
    // The acts of different actors mix anew each time: no pattern. What was told a few
    // times is not told again then.
    let mut best = None;
    for told in [8, 5, 3, 2, 1] {
        for shortest in [3, 2] {
            let parts = what_is_new(shapes, told, shortest);
            if parts.len() <= most * 3 / 5 {
                return parts;
            }
            if parts.len() <= most {
                best.get_or_insert(parts);
            }
        }
    }
    if let Some(parts) = best {
        return parts;
    }
    // Everything is different, again and again.
    let length = shapes.len().div_ceil(most.max(1));
    let starts = (0..shapes.len()).step_by(length);
    let parts = starts.map(|start| Part::Some {
        acts: start..shapes.len().min(start + length),
        repeats: false,
    });
    parts.collect()
}

/// Each pattern that repeats is told once, and its repetitions in one part.
fn patterns(shapes: &[u64]) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut from = 0;
    while from < shapes.len() {
        let repeated = |length: &usize| {
            let pattern = shapes.get(from..from + length)?;
            let rest = shapes[from + length..].chunks_exact(*length);
            let times = rest.take_while(|chunk| *chunk == pattern).count();
            (times > 1).then_some((times * length, *length))
        };
        match (1..=LONGEST)
            .filter_map(|length| repeated(&length))
            .max_by_key(|found| (found.0, LONGEST - found.1))
        {
            Some((repeats, length)) => {
                parts.extend((from..from + length).map(Part::One));
                from += length;
                parts.push(Part::Some {
                    acts: from..from + repeats,
                    repeats: true,
                });
                from += repeats;
            }
            None => {
                parts.push(Part::One(from));
                from += 1;
            }
        }
    }
    parts
}

/// What has a shape that was told `told` times before is folded, if at least `shortest`
/// such acts follow each other.
fn what_is_new(shapes: &[u64], told: usize, shortest: usize) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut times: HashMap<u64, usize> = HashMap::new();
    let mut from = 0;
    while from < shapes.len() {
        let known = shapes[from..].iter();
        let known = known.take_while(|shape| times.get(shape).is_some_and(|times| *times >= told));
        let length = known.count();
        if length >= shortest {
            parts.push(Part::Some {
                acts: from..from + length,
                repeats: true,
            });
            from += length;
            continue;
        }
        for shape in shapes[from..].iter().take(length.max(1)) {
            *times.entry(*shape).or_default() += 1;
            parts.push(Part::One(from));
            from += 1;
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(parts: &[Part], acts: usize) {
        let mut next = 0;
        for part in parts {
            let range = match part {
                Part::One(act) => *act..act + 1,
                Part::Some { acts, .. } => acts.clone(),
            };
            assert_eq!(range.start, next, "{parts:?}");
            assert!(range.end > next, "{parts:?}");
            next = range.end;
        }
        assert_eq!(next, acts);
    }

    #[test]
    fn a_short_story_is_told_in_full() {
        let parts = fold(&[7; 100], 100);
        assert_eq!(parts.len(), 100);
        assert!(parts.iter().all(|part| matches!(part, Part::One(_))));
    }

    #[test]
    fn a_pattern_is_told_once() {
        // Begin, then take and end by turns, then the end.
        let mut shapes = vec![1];
        shapes.extend([2, 3].repeat(1000));
        shapes.push(4);
        let parts = fold(&shapes, 100);
        let expected = [
            Part::One(0),
            Part::One(1),
            Part::One(2),
            Part::Some {
                acts: 3..2001,
                repeats: true,
            },
            Part::One(2001),
        ];
        assert_eq!(parts, expected);
    }

    #[test]
    fn what_repeats_without_a_pattern_is_told_a_few_times() {
        // A sequence of three shapes that never becomes periodic, and something new in
        // the middle of it.
        let mut state = 1_u64;
        let mut shapes: Vec<u64> = (0..5000)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                (state >> 33) % 3
            })
            .collect();
        shapes[2500] = 9;
        let parts = fold(&shapes, 100);
        covers(&parts, 5000);
        assert!(parts.len() <= 100, "{}", parts.len());
        assert!(parts.contains(&Part::One(2500)), "what is new is told");
    }

    #[test]
    fn a_story_in_which_all_is_new_is_cut() {
        let shapes: Vec<u64> = (0..12_345).collect();
        let parts = fold(&shapes, 100);
        covers(&parts, 12_345);
        assert!(parts.len() <= 100);
    }
}
