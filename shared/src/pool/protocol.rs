//! What travels between a program and its worker processes.
//!
//! One socket pair a worker. A frame is its length in four bytes, a header, and
//! a payload: an encoded argument or result. The worker's standard input, output
//! and error are not used, so that a task may print whatever it likes.

use std::any::type_name;
use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::TaskError;
use stage::record::{self, EntryId, TaskId};
use stage::run::Settings;
use stage::{narrate, panics};

/// No frame may be longer. A length from outside is compared with this before
/// any memory is set aside for it.
pub(super) const MAX_FRAME: usize = 256 << 20;

/// Of a frame from the pool to a worker. The first is a `Hello`, once.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Request {
    Hello {
        name: String,
        settings: Settings,
        recording: bool,
        spawned: Option<EntryId>,
    },
    /// Call the function with the argument, or with each of the arguments, that
    /// the payload holds.
    Call {
        task: TaskId,
        submitted: Option<EntryId>,
        function: String,
        chunk: bool,
    },
}

/// Of a frame from a worker to its pool.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Reply {
    Recorded(Box<record::Entry>),
    /// The payload is the result, if there is one.
    Done {
        error: Option<TaskError>,
        ended: Option<EntryId>,
    },
    /// Nobody reads what the worker prints; so nobody reads the pool's program.
    ReaderHasGone,
}

/// A frame, ready to be written.
pub(super) fn frame(header: &impl Serialize, payload: &[u8]) -> io::Result<Vec<u8>> {
    let bytes = postcard::to_extend(header, vec![0; 4]).map_err(io::Error::other)?;
    let length = bytes.len() - 4 + payload.len();
    if length > MAX_FRAME {
        return Err(io::Error::other(format!(
            "{length} bytes are too many to travel: at most {MAX_FRAME} may"
        )));
    }
    let mut bytes = bytes;
    // Fits: MAX_FRAME is below 2^32.
    bytes[..4].copy_from_slice(&(length as u32).to_le_bytes());
    bytes.extend_from_slice(payload);
    Ok(bytes)
}

/// The next frame, as its header and its payload; `None` when the other side has
/// closed after a whole frame.
pub(super) fn read_frame<H: DeserializeOwned>(
    from: &mut impl Read,
    buffer: &mut Vec<u8>,
) -> io::Result<Option<(H, usize)>> {
    let mut length = [0; 4];
    match from.read(&mut length)? {
        0 => return Ok(None),
        read => from.read_exact(&mut length[read..])?,
    }
    let length = u32::from_le_bytes(length) as usize;
    if length > MAX_FRAME {
        let text =
            format!("a frame of {length} bytes was announced, but {MAX_FRAME} are the limit");
        return Err(io::Error::new(io::ErrorKind::InvalidData, text));
    }
    buffer.clear();
    // Grows with what really comes, not with what was announced.
    let read = from.take(length as u64).read_to_end(buffer)?;
    if read < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let (header, payload) = postcard::take_from_bytes(buffer).map_err(|error| {
        io::Error::new(
            io::ErrorKind::InvalidData,
            format!("corrupt frame: {error}"),
        )
    })?;
    let start = buffer.len() - payload.len();
    Ok(Some((header, start)))
}

/// Looks out for a frame for a moment before its reader falls asleep. The other
/// side often answers within microseconds, while a core that has fallen asleep
/// needs many of them to wake.
pub(super) fn look_out(socket: &UnixStream) {
    const MOMENT: Duration = Duration::from_micros(50);
    let until = Instant::now() + MOMENT;
    let mut watched = [PollFd::new(socket.as_fd(), PollFlags::POLLIN)];
    while poll(&mut watched, PollTimeout::ZERO) == Ok(0) && Instant::now() < until {
        thread::yield_now();
    }
}

/// Writes a whole frame.
pub(super) fn send(mut to: impl Write, frame: &[u8]) -> io::Result<()> {
    to.write_all(frame)
}

/// A function that worker processes know. Made by
/// [`process_task!`](crate::process_task).
#[doc(hidden)]
#[derive(Debug)]
pub struct Entry {
    pub name: fn() -> &'static str,
    pub one: fn(&[u8]) -> Result<Vec<u8>, TaskError>,
    pub chunk: fn(&[u8]) -> Result<Vec<u8>, TaskError>,
}

/// All of them. The linker collects this list, so that it is complete before
/// `main`, in the program and in its workers alike.
#[doc(hidden)]
#[linkme::distributed_slice]
pub static PROCESS_TASKS: [Entry];

/// Makes a function known to worker processes. It stands beside the function:
///
/// ```
/// use shared::prelude::*;
///
/// process_task!(square);
///
/// fn square(n: u64) -> u64 {
///     n * n
/// }
///
/// # fn main() -> Result {
/// let pool = ProcessPool::new(2)?;
/// assert_eq!(pool.submit(square, 12)?.result()?, 144);
/// # Ok(())
/// # }
/// ```
///
/// Only a named function can be a process task, since only a name can travel to
/// another process; a closure cannot. It takes one argument, which may be a
/// tuple. The argument and the result must be serialisable with `serde`.
#[macro_export]
macro_rules! process_task {
    ($function:path) => {
        const _: () = {
            #[$crate::__private::linkme::distributed_slice($crate::pool::PROCESS_TASKS)]
            #[linkme(crate = $crate::__private::linkme)]
            static ENTRY: $crate::pool::Entry = $crate::pool::Entry {
                name: || $crate::pool::entry_name(&$function),
                one: |argument| $crate::pool::run_one($function, argument),
                chunk: |arguments| $crate::pool::run_chunk($function, arguments),
            };
        };
    };
}

/// The full path of a function, the same in every process of one program.
#[doc(hidden)]
pub fn entry_name<F>(_: &F) -> &'static str {
    type_name::<F>()
}

/// The entry of the function with that full path.
pub(super) fn find(function: &str) -> Option<&'static Entry> {
    static BY_NAME: OnceLock<HashMap<&'static str, &'static Entry>> = OnceLock::new();
    let by_name = BY_NAME.get_or_init(|| {
        let mut by_name = HashMap::new();
        for entry in PROCESS_TASKS {
            let name = (entry.name)();
            assert!(
                by_name.insert(name, entry).is_none(),
                "process_task!({name}) is written twice: write it once"
            );
        }
        by_name
    });
    by_name.get(function).copied()
}

/// In the worker: decodes, calls, encodes.
#[doc(hidden)]
pub fn run_one<F, A, R>(function: F, argument: &[u8]) -> Result<Vec<u8>, TaskError>
where
    F: Fn(A) -> R,
    A: DeserializeOwned,
    R: Serialize,
{
    caught(|| encode("result", &function(decode("argument", argument)?)))
}

/// In the worker: the same for each of several arguments. What goes wrong with
/// one stays in its place.
#[doc(hidden)]
pub fn run_chunk<F, A, R>(function: F, arguments: &[u8]) -> Result<Vec<u8>, TaskError>
where
    F: Fn(A) -> R,
    A: DeserializeOwned,
    R: Serialize,
{
    let arguments: Vec<A> = caught(|| decode("argument", arguments))?;
    let results: Vec<Result<Vec<u8>, TaskError>> = arguments
        .into_iter()
        .map(|argument| caught(|| encode("result", &function(argument))))
        .collect();
    encode("result", &results)
}

/// Turns a panic into an error: of the function, or of the argument while it is
/// read, or of the result while it is written.
fn caught<T>(body: impl FnOnce() -> Result<T, TaskError>) -> Result<T, TaskError> {
    panics::catch(body).unwrap_or_else(|caught| {
        let who =
            stage::context::current_task().map_or("a task".to_string(), |task| task.to_string());
        narrate::say(format_args!("{who} panicked: {caught}"));
        Err(TaskError::Panicked(caught.message))
    })
}

/// Encodes a value; `what` it is stands in the error.
pub(super) fn encode<T: Serialize>(what: &str, value: &T) -> Result<Vec<u8>, TaskError> {
    postcard::to_stdvec(value).map_err(|error| not_serialisable::<T>(what, &error))
}

/// Decodes a value; `what` it is stands in the error.
pub(super) fn decode<T: DeserializeOwned>(what: &str, bytes: &[u8]) -> Result<T, TaskError> {
    postcard::from_bytes(bytes).map_err(|error| not_serialisable::<T>(what, &error))
}

fn not_serialisable<T>(what: &str, error: &postcard::Error) -> TaskError {
    TaskError::NotSerialisable(format!(
        "the {what}, a {}, cannot travel to another process: {error}",
        type_name::<T>()
    ))
}
