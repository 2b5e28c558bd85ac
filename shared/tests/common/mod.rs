//! What the tests have in common: a limit on every wait, gates instead of
//! sleeps, and small programs that run as children.

// Each file of tests uses a part of it.
#![allow(dead_code, unreachable_pub)]

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use shared::prelude::*;

#[allow(unused_imports)]
pub use testing::{LIMIT, until, within};

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A list to which tasks and callbacks add, and which the test reads.
#[derive(Debug)]
pub struct Notes<T>(Arc<Mutex<Vec<T>>>);

impl<T> Clone for Notes<T> {
    fn clone(&self) -> Self {
        Notes(Arc::clone(&self.0))
    }
}

impl<T: Clone> Notes<T> {
    pub fn new() -> Self {
        Notes(Arc::default())
    }

    pub fn add(&self, note: T) {
        lock(&self.0).push(note);
    }

    pub fn all(&self) -> Vec<T> {
        lock(&self.0).clone()
    }
}

/// Closed until it is opened. It opens by itself when dropped, so that a test
/// that fails does not hang in its pools. Declare it after the pool.
#[derive(Debug)]
pub struct Gate(Entrance);

/// Where the tasks stand.
#[derive(Clone, Debug)]
pub struct Entrance(Arc<(Mutex<(bool, usize)>, Condvar)>);

impl Gate {
    pub fn closed() -> Self {
        Gate(Entrance(Arc::default()))
    }

    pub fn entrance(&self) -> Entrance {
        self.0.clone()
    }

    pub fn open(&self) {
        let (state, changed) = &*self.0.0;
        lock(state).0 = true;
        changed.notify_all();
    }

    /// Until so many have come to the entrance, whether or not it is open.
    #[track_caller]
    pub fn wait_for_arrivals(&self, count: usize) {
        let (state, changed) = &*self.0.0;
        let (state, timeout) = changed
            .wait_timeout_while(lock(state), LIMIT, |(_, arrived)| *arrived < count)
            .unwrap_or_else(PoisonError::into_inner);
        assert!(!timeout.timed_out(), "{} of {count} have come", state.1);
    }

    /// How many have come to the entrance so far.
    pub fn arrivals(&self) -> usize {
        lock(&self.0.0.0).1
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.open();
    }
}

impl Entrance {
    /// Until the gate is open.
    #[track_caller]
    pub fn wait(&self) {
        let (state, changed) = &*self.0;
        let mut state = lock(state);
        state.1 += 1;
        changed.notify_all();
        let (state, timeout) = changed
            .wait_timeout_while(state, LIMIT, |(open, _)| !*open)
            .unwrap_or_else(PoisonError::into_inner);
        drop(state);
        assert!(!timeout.timed_out(), "the gate stayed closed");
    }
}

/// A pool whose only worker stands at a gate: what is submitted stays queued.
pub fn held_pool() -> (ThreadPool, Gate, Future<()>) {
    let pool = ThreadPool::new(1).unwrap();
    let gate = Gate::closed();
    let entrance = gate.entrance();
    let holding = pool.submit(move || entrance.wait()).unwrap();
    gate.wait_for_arrivals(1);
    (pool, gate, holding)
}

/// A gate that reaches into other processes: the task knocks at its port.
#[derive(Debug)]
pub struct Door(TcpListener);

/// A task that has knocked and waits.
#[derive(Debug)]
pub struct Guest {
    stream: TcpStream,
    /// The process that it runs in.
    pub process: u32,
}

impl Door {
    pub fn new() -> Self {
        Door(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap())
    }

    pub fn port(&self) -> u16 {
        self.0.local_addr().unwrap().port()
    }

    /// The next task that knocks.
    pub fn guest(&self) -> Guest {
        self.0.set_nonblocking(true).unwrap();
        let mut stream = None;
        until("a task to knock", || {
            stream = self.0.accept().ok();
            stream.is_some()
        });
        let (mut stream, _) = stream.unwrap();
        stream.set_nonblocking(false).unwrap();
        let mut process = [0; 4];
        stream.read_exact(&mut process).unwrap();
        Guest {
            stream,
            process: u32::from_le_bytes(process),
        }
    }
}

impl Guest {
    /// The task goes on.
    pub fn let_go(mut self) {
        self.stream.write_all(&[1]).unwrap();
    }
}

/// In a task: says that it runs, and waits until it is let go, or until nobody
/// is there any more.
pub fn knock(port: u16) {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    stream.write_all(&std::process::id().to_le_bytes()).unwrap();
    let _ = stream.read(&mut [0]);
}

pub fn send_signal(process: u32, signal: Signal) {
    kill(Pid::from_raw(process as i32), signal).unwrap();
}

/// The letter that the system has for the state of a process or thread, such as
/// `S` for asleep and `T` for stopped; `None` when there is none.
pub fn state_of(path: &str) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{path}/stat")).ok()?;
    // The name before it is in brackets and may contain anything.
    stat.rsplit_once(") ")?.1.chars().next()
}

/// This thread, as [`state_of`] and [`until_asleep`] know it.
pub fn this_thread() -> String {
    let path = std::fs::read_link("/proc/thread-self").unwrap();
    format!("self/task/{}", path.file_name().unwrap().display())
}

/// Until a thread blocks in what it has said that it does next.
#[track_caller]
pub fn until_asleep(thread: &str) {
    until("a thread to block", || state_of(thread) == Some('S'));
}

/// Ended, whether or not its parent has asked for its end.
pub fn has_ended(process: u32) -> bool {
    matches!(state_of(&process.to_string()), None | Some('Z' | 'X'))
}

/// One of the programs in the folder `examples`, which `cargo test` builds.
pub fn program(name: &str, arguments: &[&str]) -> Command {
    let mut path: PathBuf = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    path.extend(["examples", name]);
    assert!(
        path.exists(),
        "{} is missing: cargo test -p shared --examples builds it",
        path.display()
    );
    let mut command = Command::new(path);
    command.args(arguments);
    // Whatever the person who runs the tests has set.
    for variable in [
        "LESSON_SPEED",
        "LESSON_WATCHDOG",
        "LESSON_EVENTS",
        "NO_COLOR",
        "CLICOLOR",
        "CLICOLOR_FORCE",
    ] {
        command.env_remove(variable);
    }
    command.env("RUST_BACKTRACE", "1");
    command
}

/// A program that runs, with what it has written so far.
#[derive(Debug)]
pub struct Running {
    child: Child,
    stdout: Option<Stream>,
    stderr: Option<Stream>,
}

/// A program that has ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub signal: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// What comes out of a pipe, read by a thread of its own.
#[derive(Debug)]
struct Stream {
    text: Arc<(Mutex<Text>, Condvar)>,
}

/// What has come, and whether that was all.
type Text = (Vec<u8>, bool);

impl Stream {
    fn read(mut pipe: impl Read + Send + 'static) -> Self {
        let text = Arc::new((Mutex::new((Vec::new(), false)), Condvar::new()));
        let stream = Stream {
            text: Arc::clone(&text),
        };
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                let read = pipe.read(&mut buffer).unwrap_or(0);
                let mut state = lock(&text.0);
                state.0.extend(&buffer[..read]);
                state.1 = read == 0;
                text.1.notify_all();
                if read == 0 {
                    return;
                }
            }
        });
        stream
    }

    /// Until `enough` holds for the text and for whether it has ended.
    fn wait(&self, enough: impl Fn(&str, bool) -> bool) -> Option<String> {
        let text = |state: &Text| String::from_utf8_lossy(&state.0).into_owned();
        let (state, timeout) = self
            .text
            .1
            .wait_timeout_while(lock(&self.text.0), LIMIT, |state| {
                !enough(&text(state), state.1)
            })
            .unwrap_or_else(PoisonError::into_inner);
        (!timeout.timed_out()).then(|| text(&state))
    }

    fn so_far(&self) -> String {
        String::from_utf8_lossy(&lock(&self.text.0).0).into_owned()
    }
}

impl Running {
    /// Starts it. Standard output and error are read, unless the command already
    /// has something else for them.
    pub fn start(command: &mut Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Self::start_with(command)
    }

    /// Starts it with the streams that the command has.
    pub fn start_with(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::null()).spawn().unwrap();
        Running {
            stdout: child.stdout.take().map(Stream::read),
            stderr: child.stderr.take().map(Stream::read),
            child,
        }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn signal(&self, signal: Signal) {
        send_signal(self.child.id(), signal);
    }

    /// Until this many lines of its standard output contain `part`; those lines.
    #[track_caller]
    pub fn wait_for_lines(&self, count: usize, part: &str) -> Vec<String> {
        self.wait_for_lines_of(&self.stdout, count, part)
    }

    /// The same for its standard error.
    #[track_caller]
    pub fn wait_for_errors(&self, count: usize, part: &str) -> Vec<String> {
        self.wait_for_lines_of(&self.stderr, count, part)
    }

    #[track_caller]
    fn wait_for_lines_of(&self, stream: &Option<Stream>, count: usize, part: &str) -> Vec<String> {
        let lines = |text: &str| -> Vec<String> {
            // Without the last, which may not be whole yet.
            let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
            let lines = whole.lines().filter(|line| line.contains(part));
            lines.map(String::from).collect()
        };
        let stream = stream.as_ref().expect("its output is read");
        let text = stream
            .wait(|text, ended| ended || lines(text).len() >= count)
            .unwrap_or_default();
        let found = lines(&text);
        if found.len() < count {
            let stderr = self.stderr.as_ref().map(Stream::so_far);
            panic!(
                "no {count} lines with `{part}` came, but:\n{}\n{stderr:?}",
                stream.so_far()
            );
        }
        found
    }

    /// Until it has ended, and until nobody holds its standard output and error
    /// any more: its children inherit them, so none of them is left then.
    #[track_caller]
    pub fn end(mut self) -> Ended {
        let mut status = None;
        until("the end of a program", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        let status = status.unwrap();
        let text = |stream: Option<Stream>| match stream {
            None => String::new(),
            Some(stream) => stream
                .wait(|_, ended| ended)
                .unwrap_or_else(|| panic!("a child is left: {}", stream.so_far())),
        };
        Ended {
            code: status.code(),
            signal: status.signal(),
            stdout: text(self.stdout.take()),
            stderr: text(self.stderr.take()),
        }
    }
}

/// A test that fails leaves nothing behind.
impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a program to its end.
#[track_caller]
pub fn run(command: &mut Command) -> Ended {
    Running::start(command).end()
}

/// What the narrated lines of an output say, without time and name.
pub fn said(output: &str) -> Vec<&str> {
    output
        .lines()
        .filter_map(|line| Some(line.split_once("│ ")?.1))
        .collect()
}
