//! What the site offers, and what is wrong with some of it.

use std::fmt::Write as _;
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use Fate::*;

/// A video that a crawler can fetch: it arrives whole and matches its checksum.
///
/// ```
/// let videos = site::videos();
/// assert_eq!(videos.len(), 24);
/// assert_eq!(videos[0].name, "video-01.mp4");
/// assert_eq!(videos[0].size, 1_048_576);
/// assert_eq!(videos[0].sha256.len(), 64);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Video {
    /// The last part of its address, such as `video-07.mp4`.
    pub name: String,
    /// Its size, in bytes.
    pub size: u64,
    /// The SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
}

/// The 24 videos that can be fetched, in the order of their numbers. The two whose
/// pages suggest a hostile name (see the [list of traps](crate#traps)) are among
/// them, since their content is good.
///
/// The first call computes the checksums, over 23 MiB in all.
///
/// ```
/// let all: u64 = site::videos().iter().map(|video| video.size).sum();
/// assert_eq!(all >> 20, 23);
/// ```
pub fn videos() -> Vec<Video> {
    let good = |entry: &&Entry| matches!(entry.fate, Good | Hostile(_));
    let video = |entry: &Entry| Video {
        name: entry.file(),
        size: entry.size,
        sha256: entry.sha256().to_string(),
    };
    CATALOG.iter().filter(good).map(video).collect()
}

/// What happens to a client that wants this video.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It gets the video.
    Good,
    /// It gets the video, and this name as a suggestion.
    Hostile(&'static str),
    /// The file ends before it is whole.
    Short,
    /// One byte of the file is wrong.
    Damaged,
    /// The page comes after every client's time limit.
    Slow,
    /// The page is a server error.
    Fails,
    /// The page ends before the link.
    Cut,
    /// There is no answer.
    HangsUp,
    /// There is no such page.
    Gone,
}

/// A video, as the index pages list it.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) number: u8,
    pub(crate) title: &'static str,
    /// Zero where no file is ever offered.
    pub(crate) size: u64,
    pub(crate) fate: Fate,
    sha256: OnceLock<String>,
}

#[rustfmt::skip]
pub(crate) static CATALOG: [Entry; 31] = [
    Entry::new(1, "Tide & time", 1_048_576, Good),
    Entry::new(2, "Crème brûlée, step by step", 524_365, Good),
    Entry::new(3, "A harbour at dawn", 65_536, Good),
    Entry::new(4, "It’s only rain", 2_097_152, Good),
    Entry::new(5, "Footage that was removed", 0, Gone),
    Entry::new(6, "Füchse im Schnee", 262_144, Good),
    Entry::new(7, "The slow boat to Ærø", 1_572_864, Good),
    Entry::new(8, "Ночной поезд", 786_433, Good),
    Entry::new(9, "One page, please wait", 0, Slow),
    Entry::new(10, "Eight mebibytes of clouds", 8_388_608, Good),
    Entry::new(11, "Moved: the old lighthouse", 393_216, Good),
    Entry::new(12, "Où est la gare ?", 655_360, Good),
    Entry::new(13, "Three ends of a rope", 1_048_576, Short),
    Entry::new(14, "东京的早晨", 1_048_576, Good),
    Entry::new(15, "Up and away", 327_680, Hostile("../../etc/x")),
    Entry::new(16, "Žluťoučký kůň", 131_081, Good),
    Entry::new(17, "The reel with a scratch", 524_288, Damaged),
    Entry::new(18, "How <b> & <i> met", 98_304, Good),
    Entry::new(19, "An error in the projector", 0, Fails),
    Entry::new(20, "Bees, a naïve view", 3_145_723, Good),
    Entry::new(21, "“Quoted”, a film about “quotes”", 204_800, Good),
    Entry::new(22, "From the root", 458_752, Hostile("/etc/x")),
    Entry::new(23, "Torn in the mid", 0, Cut),
    Entry::new(24, "Ein Tag im Öltank", 1_310_720, Good),
    Entry::new(25, "El año de la piñata", 163_840, Good),
    Entry::new(26, "Nobody answers", 0, HangsUp),
    Entry::new(27, "Minute by minute", 65_537, Good),
    Entry::new(28, "Καλημέρα, Θεσσαλονίκη", 425_984, Good),
    Entry::new(29, "Smørrebrød for beginners", 229_376, Good),
    Entry::new(30, "50 % off & other tales", 102_403, Good),
    Entry::new(31, "The end?", 1_048_577, Good),
];

/// The page of the video [`QUERIED`] is found only with this query. A crawler that
/// does not decode the entity in the link asks for another address.
pub(crate) const QUERY: &str = "part=1&lang=fr";
pub(crate) const QUERIED: u8 = 12;

/// This video is listed by its old address only, which redirects to the new one.
pub(crate) const MOVED: u8 = 11;

impl Entry {
    const fn new(number: u8, title: &'static str, size: u64, fate: Fate) -> Self {
        Entry {
            number,
            title,
            size,
            fate,
            sha256: OnceLock::new(),
        }
    }

    pub(crate) fn find(number: &str) -> Option<&'static Entry> {
        // As links have it: not `07`, not `+7`.
        (CATALOG.iter()).find(|entry| entry.number.to_string() == number)
    }

    pub(crate) fn find_file(name: &str) -> Option<&'static Entry> {
        (CATALOG.iter()).find(|entry| entry.size > 0 && entry.file() == name)
    }

    pub(crate) fn file(&self) -> String {
        format!("video-{:02}.mp4", self.number)
    }

    /// The checksum that the detail page promises.
    pub(crate) fn sha256(&self) -> &str {
        self.sha256.get_or_init(|| {
            let mut hash = Sha256::new();
            let mut piece = vec![0; 1 << 16];
            let mut content = Content::promised(self);
            loop {
                match content.fill(&mut piece) {
                    0 => break,
                    length => hash.update(&piece[..length]),
                }
            }
            hash.finalize()
                .iter()
                .fold(String::new(), |mut text, byte| {
                    let _ = write!(text, "{byte:02x}");
                    text
                })
        })
    }
}

/// The bytes of a file, generated as they are needed.
#[derive(Debug)]
pub(crate) struct Content {
    state: u64,
    at: u64,
    end: u64,
    damaged: Option<u64>,
}

impl Content {
    /// What the detail page promises.
    fn promised(entry: &Entry) -> Self {
        Content {
            // The states are far apart, so that no file is a part of another.
            state: split_mix(u64::from(entry.number)),
            at: 0,
            end: entry.size,
            damaged: None,
        }
    }

    /// What is sent.
    pub(crate) fn sent(entry: &Entry) -> Self {
        let mut content = Content::promised(entry);
        let middle = entry.size / 2;
        match entry.fate {
            Short => content.end = middle,
            Damaged => content.damaged = Some(middle),
            _ => {}
        }
        content
    }

    /// Fills `piece` with the next bytes and returns their number, which is less
    /// than its length only at the end. The length of `piece` is a multiple of 8.
    pub(crate) fn fill(&mut self, piece: &mut [u8]) -> usize {
        debug_assert!(piece.len().is_multiple_of(8));
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        let length = left.min(piece.len());
        for word in piece[..length.next_multiple_of(8)].chunks_exact_mut(8) {
            word.copy_from_slice(&split_mix(self.state).to_le_bytes());
            self.state = self.state.wrapping_add(GOLDEN);
        }
        let begin = self.at;
        self.at += length as u64;
        if let Some(damaged) = self.damaged
            && (begin..self.at).contains(&damaged)
        {
            piece[(damaged - begin) as usize] ^= 1;
        }
        length
    }
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// SplitMix64: one step of the generator, from this state.
pub(crate) fn split_mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(GOLDEN);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(mut content: Content, piece: usize) -> Vec<u8> {
        let mut piece = vec![0; piece];
        let mut all = Vec::new();
        loop {
            match content.fill(&mut piece) {
                0 => return all,
                length => all.extend_from_slice(&piece[..length]),
            }
        }
    }

    #[test]
    fn split_mix_gives_the_published_numbers() {
        assert_eq!(split_mix(0), 0xe220_a839_7b1d_cdaf);
        assert_eq!(split_mix(GOLDEN), 0x6e78_9e6a_a1b9_65f4);
    }

    #[test]
    fn pieces_of_any_length_give_the_same_file() {
        let entry = Entry::find("27").unwrap();
        let file = whole(Content::sent(entry), 8);
        assert_eq!(file.len() as u64, entry.size);
        assert_eq!(file, whole(Content::sent(entry), 65_536 + 8));
        assert_ne!(file[..100], whole(Content::sent(&CATALOG[0]), 8)[..100]);
    }

    #[test]
    fn what_is_wrong_is_wrong() {
        for entry in &CATALOG {
            let sent = whole(Content::sent(entry), 1 << 16);
            let promised = whole(Content::promised(entry), 1 << 16);
            match entry.fate {
                Short => assert!(sent.len() < promised.len() && promised.starts_with(&sent)),
                Damaged => {
                    let differ = |(a, b): &(&u8, &u8)| a != b;
                    assert_eq!(sent.len(), promised.len());
                    assert_eq!(sent.iter().zip(&promised).filter(differ).count(), 1);
                }
                _ => assert!(sent == promised),
            }
        }
    }

    #[test]
    fn the_numbers_are_the_places() {
        for (place, entry) in CATALOG.iter().enumerate() {
            assert_eq!(usize::from(entry.number), place + 1);
        }
    }
}
