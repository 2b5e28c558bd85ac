//! Sends the answers, each at its pace.

use std::io;
use std::time::{Duration, Instant};

use http_server::{Head, Reply, Request};
use shared::prelude::simulated;

use crate::catalog::{Content, Entry};
use crate::latency::Latencies;
use crate::routes::{self, Answer};

/// When the page that is too slow answers: after this much real time, and never
/// before this many simulated seconds. A crawler at a slow pace is more patient.
const TOO_SLOW: Duration = Duration::from_secs(20);
const TOO_SLOW_SIMULATED: f64 = 6.0;

/// A file is sent in this many pieces, evenly over its time.
const PIECES: u32 = 32;

/// Answers a request. `own` is the site's host and port, for requests that do not
/// name one that can stand in a link.
pub(crate) fn answer(
    request: &Request,
    reply: &mut Reply<'_>,
    own: &str,
    latencies: &Latencies,
) -> io::Result<()> {
    // The time that making the answer takes is a part of its latency.
    let asked = Instant::now();
    let host = request.host().filter(|host| fits_a_link(host));
    let path = request.path();
    let answer = routes::answer(path, request.query(), host.unwrap_or(own));
    let wait = latencies.of(path);
    let begin = asked + simulated(wait);
    match answer {
        Answer::Page(status, text) => {
            reply.pause_until(begin)?;
            reply.send(&head(status, PAGE, wait), text.as_bytes())
        }
        Answer::Moved(address, text) => {
            reply.pause_until(begin)?;
            let head = head(302, PAGE, wait).header("Location", &address);
            reply.send(&head, text.as_bytes())
        }
        Answer::Slow(text) => {
            let too_slow = TOO_SLOW.max(simulated(TOO_SLOW_SIMULATED));
            reply.pause_until(asked + too_slow)?;
            let head = head(200, PAGE, too_slow.as_secs_f64());
            reply.send(&head, text.as_bytes())
        }
        Answer::Silence => reply.pause_until(begin),
        Answer::File(entry) => {
            reply.pause_until(begin)?;
            let transfer = match request.is_head() {
                true => 0.0,
                false => latencies.transfer(entry),
            };
            reply.begin(&head(200, FILE, wait + transfer), entry.size)?;
            if request.is_head() {
                return Ok(());
            }
            send_file(reply, entry, begin, simulated(transfer))
        }
    }
}

const PAGE: &str = "text/html; charset=utf-8";
const FILE: &str = "application/octet-stream";

/// The head of an answer that was made to take this many simulated seconds.
fn head(status: u16, content_type: &str, seconds: f64) -> Head {
    // In milliseconds, without what computing with fractions adds.
    let milliseconds = (seconds * 1e6).round() / 1e3;
    Head::new(status, content_type)
        .header("Cache-Control", "no-store")
        .header("Server-Timing", &format!("wait;dur={milliseconds}"))
}

/// Sends the file in pieces, each when its part of the time is over.
fn send_file(
    reply: &mut Reply<'_>,
    entry: &Entry,
    begin: Instant,
    transfer: Duration,
) -> io::Result<()> {
    let length = entry.size.div_ceil(u64::from(PIECES)).next_multiple_of(8);
    let mut piece = vec![0; usize::try_from(length).map_err(io::Error::other)?];
    let mut content = Content::sent(entry);
    for number in 1..=PIECES {
        let filled = content.fill(&mut piece);
        if filled == 0 {
            break;
        }
        reply.pause_until(begin + transfer * number / PIECES)?;
        reply.write(&piece[..filled])?;
    }
    Ok(())
}

/// Whether the host can stand in a link as it is. A host may have characters,
/// such as a quote, that end the link's address.
fn fits_a_link(host: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-.:[]".contains(c);
    host.len() <= 255 && host.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_cannot_break_out_of_a_link() {
        assert!(fits_a_link("127.0.0.1:8000") && fits_a_link("[::1]"));
        assert!(!fits_a_link("a'b") && !fits_a_link("a&b") && !fits_a_link("a\"b"));
    }
}
