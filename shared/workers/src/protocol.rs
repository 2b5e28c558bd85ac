//! What travels between a program and its worker processes.
//!
//! Each worker has a socket pair. A frame is its length in four bytes, a header,
//! and a payload: an encoded argument or result. The worker's standard input,
//! output and error are not used, so a task may print.

use std::io::{self, Read};
use std::ops::Range;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollTimeout, poll};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::call::{Call, Failure};
use stage::record::{self, EntryId};
use stage::run::Settings;

/// No frame may be longer. A length that comes from the other side is compared
/// with this before any memory is allocated for it.
pub(crate) const MAX_FRAME: usize = 256 << 20;

/// A payload of at most this size is copied behind its header, so that one system
/// call writes both.
const SMALL: usize = 64 << 10;

/// The most memory that an empty buffer keeps, in bytes.
const KEPT: usize = 256 << 10;

/// The header of a frame from the pool to a worker. The first is a `Hello`, once.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Request {
    Hello {
        name: String,
        settings: Settings,
        recording: bool,
        spawned: Option<EntryId>,
        /// Which pool of the section.
        pool: u32,
    },
    /// The payload is the encoded argument.
    Call(Call),
}

/// The header of a frame from a worker to its pool.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Reply {
    Recorded(Box<record::Entry>),
    /// The payload is the result, if there is one.
    Done {
        failure: Option<Failure>,
        ended: Option<EntryId>,
    },
    /// The reader of the worker's output has gone, and with it the reader of the
    /// whole program's.
    ReaderHasGone,
}

/// A message to a worker, ready to be written: its parts, one after the other.
#[derive(Debug)]
pub struct Frame {
    pub(crate) head: Vec<u8>,
    /// A large payload, which is not copied behind the head.
    pub(crate) payload: Vec<u8>,
}

impl Frame {
    /// A call, with the encoded argument, or the encoded list of arguments.
    ///
    /// # Errors
    ///
    /// If it is too long to travel.
    pub fn of_call(call: Call, argument: Vec<u8>) -> io::Result<Frame> {
        Frame::new(&Request::Call(call), argument)
    }

    /// # Errors
    ///
    /// If the frame is too long.
    pub(crate) fn new(header: &impl Serialize, payload: Vec<u8>) -> io::Result<Frame> {
        let mut head = postcard::to_extend(header, vec![0; 4]).map_err(io::Error::other)?;
        let length = head.len() - 4 + payload.len();
        if length > MAX_FRAME {
            return Err(io::Error::other(format!(
                "{length} bytes are too many to travel: at most {MAX_FRAME} may"
            )));
        }
        // Fits: MAX_FRAME is below 2^32.
        head[..4].copy_from_slice(&(length as u32).to_le_bytes());
        if payload.len() > SMALL {
            return Ok(Frame { head, payload });
        }
        head.extend_from_slice(&payload);
        Ok(Frame {
            head,
            payload: Vec::new(),
        })
    }
}

/// What has come from the other side, and the frames in it.
#[derive(Default)]
pub(crate) struct Incoming {
    bytes: Vec<u8>,
    /// Before this place, frames that were taken out.
    taken: usize,
}

impl Incoming {
    /// Reads once, and returns how many bytes came; 0 means that the other side has
    /// closed. The buffer grows with what really comes, not with what a frame
    /// announces.
    pub(crate) fn read(&mut self, mut from: impl Read, scratch: &mut [u8]) -> io::Result<usize> {
        self.tidy();
        let read = from.read(scratch)?;
        self.bytes.extend_from_slice(&scratch[..read]);
        Ok(read)
    }

    /// Takes out the next frame, if the whole of it is there: its header, and where
    /// its [`payload`](Self::payload) is.
    ///
    /// # Errors
    ///
    /// `InvalidData`, if this is no frame.
    pub(crate) fn next<H: DeserializeOwned>(&mut self) -> io::Result<Option<(H, Range<usize>)>> {
        let invalid = |text| io::Error::new(io::ErrorKind::InvalidData, text);
        let rest = &self.bytes[self.taken..];
        let Some((length, rest)) = rest.split_first_chunk() else {
            return Ok(None);
        };
        let length = u32::from_le_bytes(*length) as usize;
        if length > MAX_FRAME {
            return Err(invalid(format!(
                "a frame of {length} bytes was announced, but {MAX_FRAME} are the limit"
            )));
        }
        let Some(frame) = rest.get(..length) else {
            return Ok(None);
        };
        let (header, payload) = postcard::take_from_bytes(frame)
            .map_err(|error| invalid(format!("corrupt frame: {error}")))?;
        self.taken += 4 + length;
        let payload = self.taken - payload.len()..self.taken;
        Ok(Some((header, payload)))
    }

    /// The payload of the frame that was taken out last.
    pub(crate) fn payload(&self, place: Range<usize>) -> &[u8] {
        &self.bytes[place]
    }

    /// Whether every byte that has come was taken out.
    pub(crate) fn is_empty(&self) -> bool {
        self.taken == self.bytes.len()
    }

    /// Forgets the frames that were taken out, and the memory of large ones.
    pub(crate) fn tidy(&mut self) {
        if !self.is_empty() {
            self.bytes.drain(..self.taken);
        } else if self.bytes.capacity() > KEPT {
            self.bytes = Vec::new();
        } else {
            self.bytes.clear();
        }
        self.taken = 0;
    }
}

/// Spins briefly before the caller blocks, until one of the descriptors is ready.
/// The other side often answers within microseconds, while a core that has fallen
/// asleep needs many of them to wake.
pub(crate) fn spin(polled: &mut [PollFd<'_>]) -> bool {
    const MOMENT: Duration = Duration::from_micros(50);
    let until = Instant::now() + MOMENT;
    loop {
        if poll(polled, PollTimeout::ZERO) != Ok(0) {
            return true;
        }
        if Instant::now() >= until {
            return false;
        }
        thread::yield_now();
    }
}

/// As [`spin`], until something can be read from this socket.
pub(crate) fn spin_for(socket: &UnixStream) {
    spin(&mut [PollFd::new(socket.as_fd(), nix::poll::PollFlags::POLLIN)]);
}

/// The size of the buffers into which is read: no less than a socket holds.
pub(crate) const SCRATCH: usize = 256 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(payload: Vec<u8>) -> Vec<u8> {
        let Frame { mut head, payload } = Frame::new(&7_u8, payload).unwrap();
        head.extend(payload);
        head
    }

    /// Reads in pieces of at most `piece` bytes, and returns the payloads.
    fn payloads(mut bytes: &[u8], piece: usize) -> Vec<Vec<u8>> {
        let (mut incoming, mut scratch) = (Incoming::default(), vec![0; piece]);
        let mut payloads = Vec::new();
        while incoming.read(&mut bytes, &mut scratch).unwrap() > 0 {
            while let Some((7_u8, payload)) = incoming.next().unwrap() {
                payloads.push(incoming.payload(payload).to_vec());
            }
        }
        assert!(incoming.is_empty());
        payloads
    }

    #[test]
    fn frames_are_found_wherever_the_stream_is_cut() {
        let sent = [Vec::new(), vec![1, 2, 3], vec![4; 100_000], vec![5]];
        let bytes = sent.clone().map(frame).concat();
        for piece in [1, 2, 5, 4096, bytes.len()] {
            assert_eq!(payloads(&bytes, piece), sent, "pieces of {piece}");
        }
    }

    /// A length prefix is bounded, and what it announces is not allocated before it
    /// comes.
    #[test]
    fn memory_is_set_aside_for_what_has_come_only() {
        let mut scratch = [0; 64];
        let mut incoming = Incoming::default();
        let announced = u32::try_from(MAX_FRAME).unwrap().to_le_bytes();
        incoming.read(&announced[..], &mut scratch).unwrap();
        assert!(incoming.next::<u8>().unwrap().is_none());
        assert!(incoming.bytes.capacity() <= KEPT);
        let mut incoming = Incoming::default();
        incoming.read(&[0xff; 4][..], &mut scratch).unwrap();
        let error = incoming.next::<u8>().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }

    /// The buffer of a large frame is not kept.
    #[test]
    fn a_large_buffer_is_given_back() {
        let bytes = frame(vec![1; 8 << 20]);
        let mut incoming = Incoming::default();
        incoming
            .read(&bytes[..], &mut vec![0; bytes.len()])
            .unwrap();
        assert!(incoming.next::<u8>().unwrap().is_some());
        assert!(incoming.bytes.capacity() >= 8 << 20);
        incoming.tidy();
        assert!(incoming.bytes.capacity() <= KEPT);
    }

    /// A large payload is not copied behind its header.
    #[test]
    fn a_frame_that_is_too_long_is_an_error() {
        let large = Frame::new(&7_u8, vec![0; SMALL + 1]).unwrap();
        assert_eq!((large.head.len(), large.payload.len()), (5, SMALL + 1));
        assert!(Frame::new(&7_u8, vec![0; MAX_FRAME]).is_err());
    }
}
