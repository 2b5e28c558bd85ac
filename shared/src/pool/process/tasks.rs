//! The functions that worker processes know, and how they are called there.

use std::any::type_name;
use std::collections::HashMap;
use std::sync::OnceLock;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::codec::{decode, encode};
use stage::{narrate, panics};
use workers::{Call, Failure};

/// A function that worker processes know. Made by
/// [`process_task!`](crate::process_task).
#[doc(hidden)]
#[derive(Debug)]
pub struct ProcessTask {
    pub name: fn() -> &'static str,
    pub one: fn(&[u8]) -> Result<Vec<u8>, Failure>,
    pub chunk: fn(&[u8]) -> Result<Vec<u8>, Failure>,
}

/// All of them. The linker collects this list, so that it is complete before
/// `main`, in the program and in its workers alike.
#[doc(hidden)]
#[linkme::distributed_slice]
pub static PROCESS_TASKS: [ProcessTask];

/// Makes a function known to worker processes. Write it beside the function:
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
///
/// Bytes travel as they are. In a release build, a `Vec<u8>` is nearly as fast as a
/// `String`: 100 MiB take well under a second there and back. In a debug build each
/// byte of a `Vec<u8>` is a function call, so prefer a `String`, or the type
/// `ByteBuf` of the crate `serde_bytes`, for more than a few mebibytes. A frame may
/// have 256 MiB.
#[macro_export]
macro_rules! process_task {
    ($function:path) => {
        const _: () = {
            #[$crate::__private::linkme::distributed_slice($crate::pool::PROCESS_TASKS)]
            #[linkme(crate = $crate::__private::linkme)]
            static TASK: $crate::pool::ProcessTask = $crate::pool::ProcessTask {
                name: || $crate::pool::task_name(&$function),
                one: |argument| $crate::pool::run_one($function, argument),
                chunk: |arguments| $crate::pool::run_chunk($function, arguments),
            };
        };
    };
}

/// The full path of a function, the same in every process of one program.
#[doc(hidden)]
pub fn task_name<F>(_: &F) -> &'static str {
    type_name::<F>()
}

/// The task whose function has that full path.
pub(super) fn find(function: &str) -> Option<&'static ProcessTask> {
    static BY_NAME: OnceLock<HashMap<&'static str, &'static ProcessTask>> = OnceLock::new();
    let by_name = BY_NAME.get_or_init(|| {
        let mut by_name = HashMap::new();
        for task in PROCESS_TASKS {
            let name = (task.name)();
            assert!(
                by_name.insert(name, task).is_none(),
                "process_task!({name}) is written twice: write it once"
            );
        }
        by_name
    });
    by_name.get(function).copied()
}

// SAFETY: runs before `main`, when the standard library of this platform is
// ready but nothing else has started.
ctor::declarative::ctor! {
    #[ctor(unsafe)]
    fn before_main() {
        // SAFETY: there is no other thread yet.
        unsafe { workers::work_if_worker(perform) };
    }
}

/// In the worker: calls the function that the pool asks for.
fn perform(call: &Call, argument: &[u8]) -> Result<Vec<u8>, Failure> {
    match find(&call.function) {
        Some(known) if call.chunk => (known.chunk)(argument),
        Some(known) => (known.one)(argument),
        None => Err(Failure::CannotTravel(format!(
            "this worker does not know the function `{}`",
            call.function
        ))),
    }
}

/// In the worker: decodes, calls, encodes.
#[doc(hidden)]
pub fn run_one<F, A, R>(function: F, argument: &[u8]) -> Result<Vec<u8>, Failure>
where
    F: Fn(A) -> R,
    A: DeserializeOwned,
    R: Serialize,
{
    caught(|| encode("result", &function(decode("argument", argument)?)))
}

/// In the worker: the same for each of several arguments. If one of them fails,
/// the others still run.
#[doc(hidden)]
pub fn run_chunk<F, A, R>(function: F, arguments: &[u8]) -> Result<Vec<u8>, Failure>
where
    F: Fn(A) -> R,
    A: DeserializeOwned,
    R: Serialize,
{
    let arguments: Vec<A> = caught(|| decode("argument", arguments))?;
    let results: Vec<Result<Vec<u8>, Failure>> = arguments
        .into_iter()
        .map(|argument| caught(|| encode("result", &function(argument))))
        .collect();
    encode("result", &results)
}

/// Turns a panic into an error: of the function, or of the argument while it is
/// read, or of the result while it is written or dropped.
fn caught<T>(body: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    panics::catch(body).unwrap_or_else(|caught| {
        let who =
            stage::context::current_task().map_or("a task".to_string(), |task| task.to_string());
        narrate::say(format_args!("{who} panicked: {caught}"));
        Err(Failure::Panicked(caught.message))
    })
}
