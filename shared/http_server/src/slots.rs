//! The open connections: how many there are, which are idle, and how they end.

use std::collections::HashMap;
use std::io;
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::limits::Limits;

#[derive(Debug)]
pub(crate) struct Slots {
    pub(crate) limits: Limits,
    state: Mutex<State>,
    /// Notified when there may be room for a connection, or when one has ended.
    room: Condvar,
    /// Notified when the phase changes.
    phase: Condvar,
}

#[derive(Debug, Default)]
struct State {
    phase: Phase,
    next: u64,
    connections: HashMap<u64, Connection>,
    /// The thread that ended last. It is joined by the next one.
    ended: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Connection {
    stream: Arc<TcpStream>,
    thread: JoinHandle<()>,
    /// Since when it waits for a request. None while one is served, and when it
    /// has been told to close.
    idle: Option<Instant>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    #[default]
    Running,
    /// What has begun is finished; nothing else is begun.
    Draining,
    /// Everything ends now.
    Stopped,
}

impl Slots {
    pub(crate) fn new(limits: Limits) -> Self {
        Slots {
            limits,
            state: Mutex::default(),
            room: Condvar::new(),
            phase: Condvar::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_running(&self) -> bool {
        self.state().phase == Phase::Running
    }

    /// Waits until there is room for one more connection, and closes an idle one
    /// for that. False if the server ends.
    pub(crate) fn wait_for_room(&self) -> bool {
        let mut state = self.state();
        loop {
            if state.phase != Phase::Running {
                return false;
            }
            if state.connections.len() < self.limits.connections {
                return true;
            }
            state = match state.close_the_idlest(self.limits.settled) {
                Some(settled) => wait_until(&self.room, state, settled),
                None => (self.room.wait(state)).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// Closes the connection that has been idle longest, if there is one.
    pub(crate) fn make_room(&self) {
        self.state().close_the_idlest(self.limits.settled);
    }

    /// Adds a connection, for which `start` makes the thread.
    pub(crate) fn add(
        &self,
        stream: Arc<TcpStream>,
        start: impl FnOnce(u64) -> io::Result<JoinHandle<()>>,
    ) -> io::Result<()> {
        // Held until the entry is made: the thread looks for it.
        let mut state = self.state();
        if state.phase != Phase::Running {
            return Ok(());
        }
        let number = state.next;
        let thread = start(number)?;
        state.next += 1;
        let connection = Connection {
            stream,
            thread,
            idle: None,
        };
        state.connections.insert(number, connection);
        Ok(())
    }

    /// The connection waits for a request. False if it is not to wait.
    pub(crate) fn idle(&self, number: u64) -> bool {
        let mut state = self.state();
        if state.phase != Phase::Running {
            return false;
        }
        if let Some(connection) = state.connections.get_mut(&number) {
            connection.idle = Some(Instant::now());
        }
        let full = state.connections.len() >= self.limits.connections;
        drop(state);
        if full {
            self.room.notify_all();
        }
        true
    }

    /// The connection has received the beginning of a request.
    pub(crate) fn busy(&self, number: u64) {
        if let Some(connection) = self.state().connections.get_mut(&number) {
            connection.idle = None;
        }
    }

    /// The connection is over, and its thread is about to end.
    pub(crate) fn ended(&self, number: u64) {
        let mut state = self.state();
        let previous = state.connections.remove(&number).and_then(|connection| {
            // The client is to see the end now, also if the descriptor is still
            // in use elsewhere.
            let _ = connection.stream.shutdown(Shutdown::Both);
            state.ended.replace(connection.thread)
        });
        drop(state);
        self.room.notify_all();
        // A thread keeps its stack until it is joined.
        if let Some(previous) = previous {
            let _ = previous.join();
        }
    }

    /// Waits until then. False if the server stops before that, or, with
    /// `Phase::Draining`, if it begins to.
    pub(crate) fn wait_until(&self, moment: Instant, ends: Phase) -> bool {
        let mut state = self.state();
        loop {
            if state.phase >= ends {
                return false;
            }
            if moment <= Instant::now() {
                return true;
            }
            state = wait_until(&self.phase, state, moment);
        }
    }

    /// Nothing more is accepted; idle connections are closed.
    pub(crate) fn drain(&self) {
        let mut state = self.state();
        state.phase = state.phase.max(Phase::Draining);
        for connection in state.connections.values() {
            if connection.idle.is_some() {
                let _ = connection.stream.shutdown(Shutdown::Both);
            }
        }
        drop(state);
        self.phase.notify_all();
        self.room.notify_all();
    }

    /// Waits until no connection is left. False if there are some at the
    /// deadline.
    pub(crate) fn wait_for_all(&self, deadline: Instant) -> bool {
        let mut state = self.state();
        while !state.connections.is_empty() {
            if deadline <= Instant::now() {
                return false;
            }
            state = wait_until(&self.room, state, deadline);
        }
        true
    }

    /// Cuts all connections.
    pub(crate) fn stop(&self) {
        let mut state = self.state();
        state.phase = Phase::Stopped;
        for connection in state.connections.values() {
            // Ends the reads and writes that are under way.
            let _ = connection.stream.shutdown(Shutdown::Both);
        }
        drop(state);
        self.phase.notify_all();
        self.room.notify_all();
    }

    /// Waits for the threads of a stopped server.
    pub(crate) fn join(&self) {
        let (ended, connections) = {
            let mut state = self.state();
            let State {
                connections, ended, ..
            } = &mut *state;
            (ended.take(), std::mem::take(connections))
        };
        let threads = connections.into_values().map(|open| open.thread);
        for thread in ended.into_iter().chain(threads) {
            let _ = thread.join();
        }
    }
}

impl State {
    /// If there is an idle connection but it has not settled yet: when it will
    /// have. None if it was closed, or if there is none.
    fn close_the_idlest(&mut self, settled: Duration) -> Option<Instant> {
        let idle = self.connections.values_mut();
        let idlest = idle
            .filter(|open| open.idle.is_some())
            .min_by_key(|open| open.idle)?;
        let settled = idlest.idle? + settled;
        if settled > Instant::now() {
            return Some(settled);
        }
        // Its thread sees the end, and makes room.
        let _ = idlest.stream.shutdown(Shutdown::Both);
        idlest.idle = None;
        None
    }
}

fn wait_until<'a>(
    changed: &Condvar,
    state: MutexGuard<'a, State>,
    moment: Instant,
) -> MutexGuard<'a, State> {
    let left = moment.saturating_duration_since(Instant::now());
    match changed.wait_timeout(state, left) {
        Ok((state, _)) => state,
        Err(poisoned) => poisoned.into_inner().0,
    }
}

#[cfg(test)]
mod tests {
    use std::io::{ErrorKind, Read};
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(60);

    /// The client's end of a connection in the slots.
    fn add(slots: &Slots) -> TcpStream {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        client.set_read_timeout(Some(LIMIT)).unwrap();
        let (stream, _) = listener.accept().unwrap();
        slots
            .add(Arc::new(stream), |_| Ok(thread::spawn(|| {})))
            .unwrap();
        client
    }

    fn is_open(mut client: &TcpStream) -> bool {
        client.set_nonblocking(true).unwrap();
        let read = client.read(&mut [0]);
        client.set_nonblocking(false).unwrap();
        read.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
    }

    #[test]
    fn the_longest_idle_connection_makes_room() {
        let slots = Slots::new(Limits {
            connections: 3,
            settled: Duration::ZERO,
            ..Limits::default()
        });
        let clients = [add(&slots), add(&slots), add(&slots)];
        slots.make_room();
        assert!(clients.iter().all(is_open), "all are busy");

        assert!(slots.idle(2) && slots.idle(1) && slots.idle(0));
        slots.busy(2);
        thread::scope(|scope| {
            let room = scope.spawn(|| slots.wait_for_room());
            assert_eq!((&clients[1]).read(&mut [0]).unwrap(), 0);
            slots.ended(1);
            assert!(room.join().unwrap());
        });
        assert!(is_open(&clients[0]) && is_open(&clients[2]));
        slots.stop();
        slots.join();
    }

    #[test]
    fn a_connection_has_time_to_settle() {
        let slots = Slots::new(Limits {
            connections: 1,
            settled: LIMIT,
            ..Limits::default()
        });
        let client = add(&slots);
        assert!(slots.idle(0));
        slots.make_room();
        assert!(is_open(&client));
        // The end of the server ends the wait for room.
        thread::scope(|scope| {
            let room = scope.spawn(|| slots.wait_for_room());
            slots.stop();
            assert!(!room.join().unwrap());
        });
        slots.join();
    }
}
