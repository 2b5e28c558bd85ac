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
    /// The thread of the connection that ended last. The next one to end joins it.
    ended: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Connection {
    stream: Arc<TcpStream>,
    thread: JoinHandle<()>,
    /// When it began to wait for a request. None while it serves one, and when it
    /// is being closed.
    idle: Option<Instant>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    #[default]
    Running,
    /// Exchanges that have begun are finished; no others are begun.
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

    /// Waits until there is room for one more connection. If all are taken, closes
    /// an idle one. False if the server ends.
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

    /// Adds a connection. `start` starts its thread.
    pub(crate) fn add(
        &self,
        stream: Arc<TcpStream>,
        start: impl FnOnce(u64) -> io::Result<JoinHandle<()>>,
    ) -> io::Result<()> {
        // Locked until the entry is made: the thread looks it up.
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

    /// Marks the connection as waiting for a request. False if the server ends, and
    /// the connection should not wait.
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

    /// Marks the connection as serving a request.
    pub(crate) fn busy(&self, number: u64) {
        if let Some(connection) = self.state().connections.get_mut(&number) {
            connection.idle = None;
        }
    }

    /// Removes a connection whose thread is about to end.
    pub(crate) fn ended(&self, number: u64) {
        let mut state = self.state();
        let previous = state.connections.remove(&number).and_then(|connection| {
            // The client should see the end now, even if the socket is still in
            // use elsewhere in this process.
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

    /// Waits until `moment`. False if the server reaches the phase `ends` before.
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

    /// Begins the end of the server: closes idle connections.
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

    /// Waits until no connection is left. False if some are left at the deadline.
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
    /// Closes the connection that has been idle longest, if it has settled. If it
    /// has not, returns when it will have.
    fn close_the_idlest(&mut self, settled: Duration) -> Option<Instant> {
        let idle = self.connections.values_mut();
        let idlest = idle
            .filter(|open| open.idle.is_some())
            .min_by_key(|open| open.idle)?;
        let settled = idlest.idle? + settled;
        if settled > Instant::now() {
            return Some(settled);
        }
        // Its thread sees the end of the stream and removes the connection.
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
    use std::sync::mpsc::{self, Receiver};
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

    fn wait_for_room(slots: &Arc<Slots>) -> Receiver<bool> {
        let (waited, room) = mpsc::channel();
        let slots = Arc::clone(slots);
        thread::spawn(move || waited.send(slots.wait_for_room()));
        room
    }

    #[test]
    fn the_longest_idle_connection_makes_room() {
        let slots = Arc::new(Slots::new(Limits {
            connections: 3,
            settled: Duration::ZERO,
            ..Limits::default()
        }));
        let clients = [add(&slots), add(&slots), add(&slots)];
        slots.make_room();
        assert!(clients.iter().all(is_open), "all are busy");

        assert!(slots.idle(2) && slots.idle(1) && slots.idle(0));
        slots.busy(2);
        let room = wait_for_room(&slots);
        assert_eq!((&clients[1]).read(&mut [0]).unwrap(), 0);
        slots.ended(1);
        assert!(room.recv_timeout(LIMIT).unwrap());
        assert!(is_open(&clients[0]) && is_open(&clients[2]));
        slots.stop();
        slots.join();
    }

    #[test]
    fn a_connection_has_time_to_settle() {
        let slots = Arc::new(Slots::new(Limits {
            connections: 1,
            settled: LIMIT,
            ..Limits::default()
        }));
        let client = add(&slots);
        assert!(slots.idle(0));
        slots.make_room();
        assert!(is_open(&client));
        // The wait for room ends with the server.
        let room = wait_for_room(&slots);
        slots.stop();
        assert!(!room.recv_timeout(LIMIT).unwrap());
        slots.join();
    }
}
