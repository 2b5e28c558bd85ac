//! A website on this machine, for the crawlers of the lessons.
//!
//! [`Site::start`] serves it on loopback until the [`Site`] is dropped. It is
//! real: sockets, HTTP/1.1 with persistent connections, HTML that was not written
//! for regular expressions, pages that fail. There are no files behind it: this
//! program generates every byte, the same in every run.
//!
//! ```
//! use std::io::{Read, Write};
//! use std::net::TcpStream;
//!
//! let site = site::Site::start()?;
//! let mut client = TcpStream::connect(site.address()).unwrap();
//! client.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
//! let mut answer = String::new();
//! client.read_to_string(&mut answer).unwrap();
//! assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"));
//! # Ok::<(), site::SiteError>(())
//! ```
//!
//! # Addresses
//!
//! | address | what |
//! |---|---|
//! | `/` | explains the site to a person |
//! | `/index/1` … `/index/10` | lists of videos: each `a.item` leads to a detail page |
//! | `/video/7` | a detail page: `h1.title`, `data.size` (its `value` is in bytes), `code.sha256`, `a.download`; `a.related` leads to another page |
//! | `/files/video-07.mp4` | the file: random bytes, not a film |
//! | `/board/1` … `/board/5` | the movie board: ten `dl.board-wrapper dd` each, with `i.board-index`, `p.name`, `p.star`, `p.releasetime` |
//!
//! Links are relative or absolute. Absolute ones have the host that the client
//! asked for. Any other address is answered 404. What the server says to requests
//! that are not valid, and what it does with clients that linger, stands with
//! the package `http_server`.
//!
//! # Time
//!
//! An answer begins after a latency of a quarter of a second to two and a half
//! seconds. Only the seed and the address decide how long it is. A file takes a
//! further quarter of a second for each MiB, a part of one counting as a whole.
//! It is sent evenly over that time, in small pieces. No answer takes more than
//! three seconds in all.
//!
//! These are *simulated* seconds: `--speed` scales them. Each answer says in the
//! header `Server-Timing: wait;dur=750` how many simulated milliseconds it was
//! made to take, latency and transfer together (for HEAD, the latency alone).
//! The ten index pages have latencies such that no two of them end at the same
//! moment when two, three or four workers fetch them in order, nor when all are
//! fetched at once; and for the five pages of the board it is so with four
//! workers, or all at once. They do not end in the order of their numbers.
//!
//! # Traps
//!
//! | address | what goes wrong |
//! |---|---|
//! | `/video/5` | 404: it is listed, but was removed |
//! | `/video/9` | answers after 20 s of *real* time, at any `--speed` from 0.3 on (below that, after 6 simulated seconds) and latency |
//! | `/old/11` | a redirect (302) to `/video/11`, which is listed by this old address only |
//! | `/video/12?part=1&lang=fr` | found only with this query; in the link its `&` is `&amp;`, as it has to be |
//! | `/video/13` | the file ends in the middle: fewer bytes than its `Content-Length` says |
//! | `/video/15`, `/video/22` | suggest the file names `../../etc/x` and `/etc/x` (attribute `download`); the files themselves are good |
//! | `/video/17` | one byte of the file is damaged: it does not fit its SHA-256 |
//! | `/video/19` | 500 |
//! | `/video/23` | the page ends in the middle of a tag, before size, checksum and link |
//! | `/video/26` | the server hangs up without answering |
//! | `/video/99` | listed on page 3 in a comment only; 404 |
//!
//! Listed twice: video 2 (pages 1 and 2: relative, then absolute), 7 (pages 3 and
//! 5), 16 (page 6, relative and absolute), 1 (page 1 and twice on page 8, once
//! with a fragment), 24 (pages 8 and 10, there without a scheme). A crawler that
//! compares addresses must resolve them first.
//!
//! What a naive expression makes of the index pages, for
//! `<a class="item" href="(.*?)">`:
//!
//! | page | what happens |
//! |---|---|
//! | 1, 5, 10 | the address before the class (videos 2, 13, 29): not found |
//! | 2, 6, 9 | single quotes (4, 17, 25): not found |
//! | 3, 8 | a line break inside the tag (7, 23): not found |
//! | 3, 10 | no quotes (8, 30): not found |
//! | 3 | an entry in a comment (99): found, and leads nowhere |
//! | 4 | an entity in a query (12): found, but `&amp;` left as it is leads nowhere |
//! | 5 | capitals (14): not found |
//! | 7 | a second class (21): not found |
//! | 2, 6, 9 | a link that begins with `..` (6, 18, 27): found, but no address by itself |

mod catalog;
mod error;
mod latency;
mod markup;
mod movies;
mod other_pages;
mod routes;
mod serving;
mod site;
mod video_pages;

pub use catalog::{Video, videos};
pub use error::SiteError;
pub use latency::Latency;
pub use movies::{Movie, movies};
pub use site::{Site, SiteBuilder};
