//! The other side of a process pool: the program itself, started again.
//!
//! Whether a process is a worker is decided before `main`. So a worker never
//! runs the lesson, and under `cargo test` it never runs the tests: Python
//! programs write `if __name__ == "__main__":` for this.
//!
//! A worker leaves as soon as its socket closes, also in the middle of a task: no
//! worker outlives its parent, however the parent ended. One that is stopped at that
//! moment cannot leave; on Linux, the system kills it. It does so when the *thread*
//! ends that started the worker, so that thread has to live as long as the pool.

use std::io::{self, Write};
use std::ops::Range;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::panic::Location;
use std::process::exit;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigHandler, Signal, signal};

use crate::call::{Call, Failure, Perform};
use crate::protocol::{self, Frame, Incoming, Reply, Request};
use stage::record::{self, About, Entry, EntryId, Kind};
use stage::threads::Background;
use stage::{context, ending, frame, run};

/// Set, to the worker's name, in the environment of worker processes.
pub(crate) const VARIABLE: &str = "LESSON_WORKER";

/// Tasks end on one thread and events come from several; frames must not mix.
static SOCKET: OnceLock<Mutex<UnixStream>> = OnceLock::new();

/// Whether this process is a worker.
#[must_use]
pub fn is_worker() -> bool {
    SOCKET.get().is_some()
}

/// Makes this process a worker, if a pool has started it as one: then it calls
/// `perform` for each task, and this never returns. In any other process, it reads one
/// environment variable and does nothing else.
///
/// # Safety
///
/// Call it before `main`, when no other thread exists that could read the environment.
pub unsafe fn work_if_worker(perform: Perform) {
    if let Some(name) = std::env::var_os(VARIABLE) {
        // SAFETY: no other thread exists, as the caller promises.
        unsafe { std::env::remove_var(VARIABLE) };
        live(&name.to_string_lossy(), perform);
    }
}

fn live(name: &str, perform: Perform) -> ! {
    use io::ErrorKind::{BrokenPipe, ConnectionReset, UnexpectedEof};
    match work(perform) {
        Ok(()) => exit(0),
        // The parent has gone, in the middle of something. It is not for the
        // worker to say so.
        Err(error) if matches!(error.kind(), BrokenPipe | ConnectionReset | UnexpectedEof) => {
            exit(0)
        }
        Err(error) => {
            eprintln!("the worker {name} has to stop: {error} ({VARIABLE} is set by pools only)");
            exit(1)
        }
    }
}

/// The life of a worker: call after call, until the parent closes.
fn work(perform: Perform) -> io::Result<()> {
    let socket = take_socket()?;
    ignore_signals()?;
    #[cfg(target_os = "linux")]
    nix::sys::prctl::set_pdeathsig(Signal::SIGKILL)?;
    let lifeline = socket.try_clone()?;
    let mut requests = Requests {
        socket: socket.try_clone()?,
        incoming: Incoming::default(),
        scratch: vec![0; protocol::SCRATCH],
    };
    SOCKET
        .set(Mutex::new(socket))
        .expect("a worker begins to work once");

    let Some((
        Request::Hello {
            name,
            settings,
            recording,
            spawned,
            pool,
        },
        _,
    )) = requests.next()?
    else {
        return Err(io::ErrorKind::UnexpectedEof.into());
    };
    run::join(settings);
    ending::when_the_reader_has_gone(reader_has_gone);
    record::become_process(name, recording, send_entry);
    let born = record::enter_about(Kind::Born, None, spawned, Location::caller(), || {
        (record::WORKER.to_string(), About::Of { pool })
    });
    thread::Builder::new()
        .name("lifeline".to_string())
        .spawn(move || leave_when_closed(&lifeline))?;
    frame::watch();

    while let Some((request, payload)) = requests.next()? {
        if let Request::Call(call) = request {
            let argument = requests.incoming.payload(payload);
            let (result, ended) = run_task(&call, argument, perform);
            answer(result, ended)?;
        }
    }
    record::enter(Kind::Exit, None, born, Location::caller(), String::new);
    Ok(())
}

/// What the parent sends.
struct Requests {
    socket: UnixStream,
    incoming: Incoming,
    scratch: Vec<u8>,
}

impl Requests {
    /// Waits for the next request; `None` when the parent sends no more.
    fn next(&mut self) -> io::Result<Option<(Request, Range<usize>)>> {
        loop {
            if let Some(request) = self.incoming.next()? {
                return Ok(Some(request));
            }
            // Nothing large is kept meanwhile.
            self.incoming.tidy();
            protocol::spin_for(&self.socket);
            match self.incoming.read(&self.socket, &mut self.scratch) {
                Ok(0) if self.incoming.is_empty() => return Ok(None),
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
        }
    }
}

/// The socket came as standard input. Tasks get an empty one instead.
fn take_socket() -> io::Result<UnixStream> {
    let socket = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    // An error if this is no socket: the variable was set by hand.
    socket.peer_addr()?;
    nix::unistd::dup2_stdin(std::fs::File::open("/dev/null")?)?;
    Ok(socket)
}

/// Ctrl-C reaches every process of the terminal; what it means for the workers
/// is decided by their parent. A pipe without a reader is an error here, as it
/// is in every Rust program once `main` has begun.
fn ignore_signals() -> io::Result<()> {
    for number in [Signal::SIGINT, Signal::SIGPIPE] {
        // SAFETY: no handler is installed that could run at a bad moment; the
        // signal is ignored.
        unsafe { signal(number, SigHandler::SigIgn) }?;
    }
    Ok(())
}

/// The reader of this worker's output has gone; it is the parent's output, too. If
/// the worker just ended, the parent would take that for an accident. So the parent
/// is told, and ends both.
fn reader_has_gone() -> ! {
    if let Ok(frame) = Frame::new(&Reply::ReaderHasGone, Vec::new()) {
        // Fails only if the parent has gone already.
        let _ = send(&frame);
    }
    loop {
        thread::park();
    }
}

/// Sleeps until the parent's end of the socket is closed, and then ends this
/// process, whatever it is doing.
fn leave_when_closed(lifeline: &UnixStream) {
    let _background = Background::begin();
    loop {
        // No event is asked for: a hang-up is reported always, data never.
        let mut watched = [PollFd::new(lifeline.as_fd(), PollFlags::empty())];
        let hung_up = match poll(&mut watched, PollTimeout::NONE) {
            Ok(_) => watched[0].any().unwrap_or(true),
            Err(nix::errno::Errno::EINTR) => false,
            Err(_) => true,
        };
        if hung_up {
            exit(0);
        }
    }
}

fn run_task(
    call: &Call,
    argument: &[u8],
    perform: Perform,
) -> (Result<Vec<u8>, Failure>, Option<EntryId>) {
    let (at, task) = (Location::caller(), Some(call.task));
    let _inside = context::enter_task(call.task);
    let _running = ending::on_duty();
    let started = record::enter(Kind::Start, task, call.submitted, at, String::new);
    let result = perform(call, argument);
    let failure = || {
        let failure = result.as_ref().err();
        failure.map(ToString::to_string).unwrap_or_default()
    };
    let ended = record::enter(Kind::End, task, started, at, failure);
    (result, ended)
}

fn answer(result: Result<Vec<u8>, Failure>, ended: Option<EntryId>) -> io::Result<()> {
    let (failure, payload) = match result {
        Ok(payload) => (None, payload),
        Err(failure) => (Some(failure), Vec::new()),
    };
    let frame = Frame::new(&Reply::Done { failure, ended }, payload).or_else(|error| {
        let failure = Some(Failure::CannotTravel(format!("the result: {error}")));
        Frame::new(&Reply::Done { failure, ended }, Vec::new())
    })?;
    send(&frame)
}

fn send_entry(entry: &Entry) {
    // An entry is small. That the parent has gone is noticed by the lifeline.
    if let Ok(frame) = Frame::new(&Reply::Recorded(Box::new(entry.clone())), Vec::new()) {
        let _ = send(&frame);
    }
}

fn send(frame: &Frame) -> io::Result<()> {
    let socket = SOCKET.get().expect("a worker has its socket");
    let mut socket = socket.lock().unwrap_or_else(PoisonError::into_inner);
    socket.write_all(&frame.head)?;
    socket.write_all(&frame.payload)
}
