//! How long the site makes its visitors wait.
//!
//! All times are simulated seconds, in steps of a quarter: moments that differ are
//! clearly apart, also on a busy machine.

use crate::catalog::{Entry, split_mix};

/// The step of all latencies, in simulated seconds.
pub(crate) const STEP: f64 = 0.25;

/// Files are sent at this many bytes per simulated second. Their times are rounded
/// up to whole steps.
const RATE: u64 = 4 << 20;

/// Used if no shuffle of a seed is found that meets the conditions.
const INDEX_PAGES: [u8; 10] = [6, 9, 2, 3, 10, 5, 1, 4, 7, 8];
const BOARD_PAGES: [u8; 5] = [3, 4, 1, 2, 5];

/// The numbers of workers with which no two pages end together. With as many
/// workers as pages none do, since all latencies differ.
const FOR_THE_INDEX: &[usize] = &[4, 3, 2];
const FOR_THE_BOARD: &[usize] = &[4];

/// How long the site makes its visitors wait: the default, none at all, or the
/// default times a factor.
///
/// In simulated seconds: `--speed 10` makes each of them ten times shorter.
///
/// ```
/// use site::{Latency, Site};
///
/// // For a measurement: what remains is what the crawler itself costs.
/// let site = Site::builder().latency(Latency::none()).start()?;
/// # Ok::<(), site::SiteError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Latency {
    factor: f64,
}

impl Latency {
    /// No latency: every answer is sent at once, and a file as fast as the machine
    /// can. The page that is too slow stays so.
    ///
    /// ```
    /// assert_eq!(site::Latency::none(), site::Latency::scaled(0.0));
    /// ```
    pub fn none() -> Self {
        Latency { factor: 0.0 }
    }

    /// The default times `factor`. Whole numbers keep all latencies on the grid of
    /// quarters of a second.
    ///
    /// # Panics
    ///
    /// If `factor` is negative, greater than 1000, or not a number.
    ///
    /// ```
    /// assert_eq!(site::Latency::scaled(1.0), site::Latency::default());
    /// ```
    #[track_caller]
    pub fn scaled(factor: f64) -> Self {
        assert!(
            (0.0..=1000.0).contains(&factor),
            "a latency can be scaled by a number from 0 to 1000, not by {factor}"
        );
        Latency { factor }
    }
}

/// From a quarter of a second to three seconds, decided by seed and address.
impl Default for Latency {
    fn default() -> Self {
        Latency { factor: 1.0 }
    }
}

/// The latencies of one site, decided once.
#[derive(Debug)]
pub(crate) struct Latencies {
    seed: u64,
    factor: f64,
    index_pages: [u8; 10],
    board_pages: [u8; 5],
}

impl Latencies {
    pub(crate) fn new(seed: u64, latency: Latency) -> Self {
        Latencies {
            seed,
            factor: latency.factor,
            index_pages: never_together(seed, FOR_THE_INDEX).unwrap_or(INDEX_PAGES),
            board_pages: never_together(!seed, FOR_THE_BOARD).unwrap_or(BOARD_PAGES),
        }
    }

    /// How long the visitor waits for the answer to begin.
    pub(crate) fn of(&self, path: &str) -> f64 {
        let page = |begin, pages: &[u8]| {
            let number: usize = path.strip_prefix(begin)?.parse().ok()?;
            pages.get(number.checked_sub(1)?).copied().map(u64::from)
        };
        let steps = page("/index/", &self.index_pages)
            .or_else(|| page("/board/", &self.board_pages))
            .unwrap_or_else(|| {
                let most = if path.starts_with("/files/") { 4 } else { 6 };
                1 + split_mix(self.seed ^ fnv1a(path.as_bytes())) % most
            });
        steps as f64 * STEP * self.factor
    }

    /// How long this file's body takes.
    pub(crate) fn transfer(&self, entry: &Entry) -> f64 {
        entry.size.div_ceil(RATE / 4) as f64 * STEP * self.factor
    }
}

/// Latencies, in steps, that all differ. For each number of `workers` that fetch
/// the pages in order, no two pages end at the same moment, and they do not end in
/// order.
fn never_together<const PAGES: usize>(seed: u64, workers: &[usize]) -> Option<[u8; PAGES]> {
    let mut random = seed;
    let mut pages: [u8; PAGES] = std::array::from_fn(|page| page as u8 + 1);
    (0..20_000).find_map(|_| {
        for place in (1..PAGES).rev() {
            random = random.wrapping_add(1);
            pages.swap(place, (split_mix(random) % (place as u64 + 1)) as usize);
        }
        let fit = |workers| all_apart(&pages, workers) && mixed(&pages, workers);
        workers.iter().copied().all(fit).then_some(pages)
    })
}

fn all_apart(pages: &[u8], workers: usize) -> bool {
    let mut ends = ends(pages, workers);
    ends.sort_unstable();
    ends.windows(2).all(|two| two[0] < two[1])
}

/// Whether the first page is not among the first to end, and some of the others
/// overtake, too: reading the results in order then differs from reading them as
/// they come.
fn mixed(pages: &[u8], workers: usize) -> bool {
    let ends = ends(pages, workers);
    let overtaken = ends.windows(2).filter(|two| two[0] > two[1]).count();
    pages[0] >= 3 && (workers < 4 || overtaken >= pages.len() / 3)
}

/// When each page has arrived, in steps, if `workers` fetch them in order.
fn ends(pages: &[u8], workers: usize) -> Vec<u32> {
    let mut free = vec![0; workers];
    let fetch = |page: &u8| {
        let worker = free.iter_mut().min().expect("there are workers");
        *worker += u32::from(*page);
        *worker
    };
    pages.iter().map(fetch).collect()
}

/// The 64-bit FNV-1a hash: the same in every process and every release.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::CATALOG;

    fn fits(pages: &[u8], workers: &[usize]) -> bool {
        mixed(pages, 4) && workers.iter().all(|workers| all_apart(pages, *workers))
    }

    #[test]
    fn no_two_pages_end_together() {
        for seed in 0..200 {
            let latencies = Latencies::new(seed, Latency::default());
            assert!(fits(&latencies.index_pages, &[2, 3, 4, 10]), "seed {seed}");
            assert!(fits(&latencies.board_pages, &[4, 5]), "seed {seed}");
        }
        assert!(fits(&INDEX_PAGES, &[2, 3, 4, 10]));
        assert!(fits(&BOARD_PAGES, &[4, 5]));
        assert!(!all_apart(&[1, 2, 3, 4, 1], 4));
        assert!(!mixed(&[1, 2, 3, 4, 5], 4));
    }

    #[test]
    fn other_seeds_give_other_latencies() {
        let of = |seed| Latencies::new(seed, Latency::default());
        assert_eq!(of(3).index_pages, of(3).index_pages);
        assert_ne!(of(3).index_pages, of(4).index_pages);
        let details = |seed| {
            let latencies = of(seed);
            (1..=31).map(move |n| latencies.of(&format!("/video/{n}")).to_string())
        };
        assert!(details(3).eq(details(3)));
        assert!(!details(3).eq(details(4)));
    }

    #[test]
    fn all_latencies_are_on_the_grid_and_short() {
        let latencies = Latencies::new(7, Latency::default());
        for entry in &CATALOG {
            let wait = latencies.of(&format!("/files/video-{:02}.mp4", entry.number));
            let all = wait + latencies.transfer(entry);
            assert_eq!(all / STEP, (all / STEP).round());
            assert!((STEP..=3.0).contains(&all), "{all}");
        }
        assert_eq!(Latencies::new(7, Latency::none()).of("/index/1"), 0.0);
    }
}
