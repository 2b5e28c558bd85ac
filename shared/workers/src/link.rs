//! One worker process and this side of its socket. Nothing here waits.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::net::Shutdown;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use nix::poll::PollFlags;

use crate::child::{Child, End, Status};
use crate::machine::Worker;
use crate::protocol::{Frame, Incoming, Reply, Request};
use crate::world::News;
use stage::record::{self, Actor, EntryId, Kind};
use stage::{ending, run};

/// How long a worker may take to end after it was dismissed, and how long one may
/// stay stopped while its pool is shut down.
const GRACE: Duration = Duration::from_secs(2);

/// How long a worker may live after it has closed its socket.
const LAST_STEPS: Duration = Duration::from_secs(1);

pub(crate) struct Link {
    pub(crate) worker: Worker,
    pub(crate) child: Child,
    socket: UnixStream,
    outgoing: Mutex<Outgoing>,
    /// Used by the thread that watches, and by no other.
    watched: Mutex<Watched>,
}

#[derive(Default)]
struct Outgoing {
    parts: VecDeque<Vec<u8>>,
    /// How much of the first part is written.
    written: usize,
    dismissed: Option<Instant>,
}

#[derive(Default)]
struct Watched {
    incoming: Incoming,
    /// The worker's last entry in the record.
    last: Option<(EntryId, Kind, Arc<Actor>)>,
    closed: Option<Instant>,
    /// For how long it was seen to be stopped while the pool is shut down.
    stopped: Duration,
    looked: Option<Instant>,
    /// Why it was killed, if this program did so.
    killed: Option<&'static str>,
}

/// When a link is to be looked at again, if nothing comes from it before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Again {
    /// In a moment: its process is about to end.
    Soon,
    /// In a while: it was dismissed, and has a time limit.
    Later,
    Never,
}

impl Link {
    pub(crate) fn start(
        pool: u32,
        worker: Worker,
        name: &str,
        spawned: Option<EntryId>,
    ) -> io::Result<Link> {
        let hello = Request::Hello {
            name: name.to_string(),
            settings: run::current().settings.clone(),
            recording: record::recording(),
            spawned,
            pool,
        };
        let hello = Frame::new(&hello, Vec::new())?;
        let (child, socket) = Child::start(name)?;
        let link = Link {
            worker,
            child,
            socket,
            outgoing: Mutex::default(),
            watched: Mutex::default(),
        };
        if let Err(error) = link.socket.set_nonblocking(true) {
            link.child.kill();
            link.child.wait_briefly();
            return Err(error);
        }
        link.send(hello);
        Ok(link)
    }

    /// Sends what the worker takes at once, and keeps the rest for
    /// [`flush`](Self::flush). Returns whether something is kept.
    pub(crate) fn send(&self, frame: Frame) -> bool {
        let mut outgoing = self.outgoing();
        outgoing.parts.push_back(frame.head);
        if !frame.payload.is_empty() {
            outgoing.parts.push_back(frame.payload);
        }
        outgoing.write(&self.socket);
        !outgoing.parts.is_empty()
    }

    /// Sends what is kept, as far as the worker takes it.
    pub(crate) fn flush(&self) {
        self.outgoing().write(&self.socket);
    }

    /// The worker reads the end of the stream, and ends.
    pub(crate) fn dismiss(&self) {
        self.outgoing().dismissed = Some(Instant::now());
        // Fails only if the worker has gone already.
        let _ = self.socket.shutdown(Shutdown::Write);
    }

    /// The socket, and what of it is waited for; nothing once it has closed.
    pub(crate) fn wanted(&self) -> Option<(BorrowedFd<'_>, PollFlags)> {
        if self.watched().closed.is_some() {
            return None;
        }
        let mut flags = PollFlags::POLLIN;
        flags.set(PollFlags::POLLOUT, !self.outgoing().parts.is_empty());
        Some((self.socket.as_fd(), flags))
    }

    /// Reads what is there, at most once: the other workers have their turn. Returns
    /// whether a reply came.
    pub(crate) fn read(&self, scratch: &mut [u8], learn: &mut dyn FnMut(News<'_>)) -> bool {
        let mut watched = self.watched();
        match watched.incoming.read(&self.socket, scratch) {
            Ok(0) => watched.close(),
            Ok(_) => return watched.take_frames(self, learn),
            Err(error) if would_block(&error) => {}
            // The worker ended before it had read all that was sent to it.
            Err(_) => watched.close(),
        }
        false
    }

    /// Looks whether the process has ended, and ends it when its time is up. The
    /// pool is shut down, if `ending`.
    pub(crate) fn check(
        &self,
        ending: bool,
        scratch: &mut [u8],
        learn: &mut dyn FnMut(News<'_>),
    ) -> Again {
        let dismissed = self.outgoing().dismissed;
        if !ending && dismissed.is_none() && self.watched().closed.is_none() {
            return Again::Never;
        }
        let status = self.child.status();
        if let Status::Ended(end) = status {
            self.read_the_rest(scratch, learn);
            self.gone(&end, learn);
            return Again::Never;
        }
        let mut watched = self.watched();
        let watched = &mut *watched;
        let now = Instant::now();
        // Only the time in which this thread could look counts. If the whole program
        // was stopped, the worker was so with it.
        let passed = watched
            .looked
            .replace(now)
            .map_or(Duration::ZERO, |looked| (now - looked).min(GRACE / 10));
        let stopped = status == Status::Stopped;
        watched.stopped = if stopped {
            watched.stopped + passed
        } else {
            Duration::ZERO
        };
        let too_late = |since: Option<Instant>, limit| since.is_some_and(|at| now - at > limit);
        if too_late(watched.closed, LAST_STEPS) || too_late(dismissed, GRACE) {
            self.child.kill();
        } else if ending && watched.stopped > GRACE && watched.killed.is_none() {
            watched.killed = Some("was stopped while the pool was to end, and had to be killed");
            self.child.kill();
        }
        match watched.closed {
            Some(_) => Again::Soon,
            None => Again::Later,
        }
    }

    /// A worker may have said something before its process ended.
    fn read_the_rest(&self, scratch: &mut [u8], learn: &mut dyn FnMut(News<'_>)) {
        while self.watched().closed.is_none() {
            let mut watched = self.watched();
            match watched.incoming.read(&self.socket, scratch) {
                Ok(read) if read > 0 => {
                    watched.take_frames(self, learn);
                }
                _ => watched.close(),
            }
        }
    }

    fn gone(&self, end: &End, learn: &mut dyn FnMut(News<'_>)) {
        if end.was_asked() {
            ending::stay_if_all_were_asked();
        }
        let mut watched = self.watched();
        let how = match watched.killed {
            Some(why) => why.to_string(),
            None => end.to_string(),
        };
        let exit = match watched.last.take() {
            Some((id, Kind::Exit, _)) => Some(id),
            // It died before it could say so.
            Some((id, _, actor)) => record::enter_death(actor, id, how.clone()),
            None => None,
        };
        drop(watched);
        learn(News::Gone {
            worker: self.worker,
            how: self.described(&how),
            exit,
        });
    }

    fn described(&self, how: &str) -> String {
        format!("(process {}) {how}", self.child.id())
    }

    fn outgoing(&self) -> MutexGuard<'_, Outgoing> {
        self.outgoing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn watched(&self) -> MutexGuard<'_, Watched> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outgoing {
    fn write(&mut self, mut socket: &UnixStream) {
        while let Some(part) = self.parts.front() {
            match socket.write(&part[self.written..]) {
                Ok(written) => self.written += written,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if would_block(&error) => return,
                // The worker has gone, which the thread that reads will notice.
                Err(_) => return self.parts.clear(),
            }
            if self.written == part.len() {
                self.parts.pop_front();
                self.written = 0;
            }
        }
    }
}

impl Watched {
    fn close(&mut self) {
        self.closed.get_or_insert_with(Instant::now);
        self.incoming = Incoming::default();
    }

    /// Passes on what has come. Returns whether a reply was among it.
    fn take_frames(&mut self, link: &Link, learn: &mut dyn FnMut(News<'_>)) -> bool {
        let worker = link.worker;
        let mut replied = false;
        loop {
            match self.incoming.next() {
                Ok(Some((Reply::Recorded(entry), _))) => {
                    self.last = Some((entry.id, entry.kind, Arc::clone(&entry.actor)));
                    record::adopt(*entry);
                }
                Ok(Some((Reply::Done { failure, ended }, payload))) => {
                    replied = true;
                    let result = match failure {
                        None => Ok(self.incoming.payload(payload)),
                        Some(failure) => Err(failure),
                    };
                    learn(News::Replied {
                        worker,
                        result,
                        ended,
                    });
                }
                Ok(Some((Reply::ReaderHasGone, _))) => ending::reader_has_gone(),
                Ok(None) => break,
                Err(error) => {
                    // What follows makes no sense either.
                    self.close();
                    let how = format!("sent what no worker sends ({error})");
                    let how = link.described(&how);
                    learn(News::Corrupt { worker, how });
                    break;
                }
            }
        }
        self.incoming.tidy();
        replied
    }
}

fn would_block(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}
