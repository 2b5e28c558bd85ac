//! The real [`World`]: the worker processes of a pool, and how one thread watches all
//! of them.
//!
//! One thread is enough, since nothing here waits for a single worker: sockets
//! are read and written as far as they allow. A frame is written by the thread
//! that has it; only what does not fit into the socket is left to the watching
//! thread.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::link::{Again, Link};
use crate::machine::Worker;
use crate::protocol::{self, Frame};
use crate::world::{News, Pace, World};
use stage::record::EntryId;
use stage::threads::Background;

/// The worker processes of one pool.
pub struct Processes {
    /// Which pool of the section.
    pool: u32,
    links: Mutex<BTreeMap<Worker, Arc<Link>>>,
    /// A byte in here makes `poll` return.
    bell: UnixStream,
    rung: UnixStream,
    watching: Mutex<Watching>,
}

struct Watching {
    scratch: Vec<u8>,
    /// A reply has just come, so that another may be near.
    lively: bool,
    again: Again,
}

impl Processes {
    /// None as yet, of the pool with this number.
    ///
    /// # Errors
    ///
    /// If the system gives no descriptor.
    pub fn new(pool: u32) -> io::Result<Self> {
        let (bell, rung) = UnixStream::pair()?;
        bell.set_nonblocking(true)?;
        rung.set_nonblocking(true)?;
        Ok(Processes {
            pool,
            links: Mutex::default(),
            bell,
            rung,
            watching: Mutex::new(Watching {
                scratch: vec![0; protocol::SCRATCH],
                lively: false,
                again: Again::Never,
            }),
        })
    }

    /// The system's numbers of the processes, in the order of their start.
    pub fn ids(&self) -> Vec<u32> {
        self.links().values().map(|link| link.child.id()).collect()
    }

    /// Kills every worker, and waits briefly for their ends.
    pub fn kill_all(&self) {
        let links: Vec<_> = self.links().values().cloned().collect();
        for link in &links {
            link.child.kill();
        }
        for link in &links {
            link.child.wait_briefly();
        }
    }

    fn links(&self) -> MutexGuard<'_, BTreeMap<Worker, Arc<Link>>> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn link(&self, worker: Worker) -> Option<Arc<Link>> {
        self.links().get(&worker).cloned()
    }
}

impl World for Processes {
    fn start(&self, worker: Worker, name: &str, spawned: Option<EntryId>) -> io::Result<()> {
        let link = Link::start(self.pool, worker, name, spawned)?;
        self.links().insert(worker, Arc::new(link));
        Ok(())
    }

    fn send(&self, worker: Worker, frame: Frame) {
        if let Some(link) = self.link(worker)
            && link.send(frame)
        {
            self.wake();
        }
    }

    fn dismiss(&self, worker: Worker) {
        if let Some(link) = self.link(worker) {
            link.dismiss();
            // It has a time limit from now on.
            self.wake();
        }
    }

    fn kill(&self, worker: Worker) {
        if let Some(link) = self.link(worker) {
            link.child.kill();
        }
    }

    fn wake(&self) {
        // Fails only if the pipe is full of unread bytes. Then `watch` returns anyway.
        let _ = (&self.bell).write(&[1]);
    }

    fn watch(&self, pace: Pace, learn: &mut dyn FnMut(News<'_>)) {
        let mut watching = self.watching.lock().unwrap_or_else(PoisonError::into_inner);
        let watching = &mut *watching;
        let links: Vec<Arc<Link>> = self.links().values().cloned().collect();
        let mut polled = vec![PollFd::new(self.rung.as_fd(), PollFlags::POLLIN)];
        let mut open = Vec::new();
        for link in &links {
            if let Some((socket, wanted)) = link.wanted() {
                polled.push(PollFd::new(socket, wanted));
                open.push(link);
            }
        }
        let timeout = match (pace, watching.again) {
            (Pace::Look, _) => PollTimeout::ZERO,
            (_, Again::Soon) => milliseconds(1),
            (Pace::End, _) | (_, Again::Later) => milliseconds(50),
            (Pace::Wait, Again::Never) => PollTimeout::NONE,
        };
        let lively = std::mem::take(&mut watching.lively);
        if !(lively && pace != Pace::Look && protocol::spin(&mut polled)) {
            // What this thread waits for says nothing about the lesson.
            let _background = Background::begin();
            // Fails only if a signal interrupts it. Then nothing is ready.
            let _ = poll(&mut polled, timeout);
        }

        if polled[0].any() == Some(true) {
            let _ = (&self.rung).read(&mut [0; 64]);
        }
        for (link, polled) in open.iter().zip(&polled[1..]) {
            let ready = polled.revents().unwrap_or(PollFlags::empty());
            if ready.contains(PollFlags::POLLOUT) {
                link.flush();
            }
            if ready.intersects(!PollFlags::POLLOUT) {
                watching.lively |= link.read(&mut watching.scratch, learn);
            }
        }
        watching.again = Again::Never;
        for link in &links {
            let mut gone = false;
            let again = link.check(pace == Pace::End, &mut watching.scratch, &mut |news| {
                if let News::Gone { .. } = news {
                    // Before the driver learns of it: the replacement may need the
                    // descriptor.
                    gone = true;
                    self.links().remove(&link.worker);
                }
                learn(news);
            });
            if !gone {
                watching.again = watching.again.min(again);
            }
        }
    }
}

impl fmt::Debug for Processes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Processes {:?}>", self.ids())
    }
}

fn milliseconds(number: u8) -> PollTimeout {
    PollTimeout::from(number)
}
