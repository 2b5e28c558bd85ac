//! The contract of the process pool, with real child processes.

mod common;

use std::collections::BTreeSet;
use std::fmt;
use std::io::Read;
use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::thread;

use common::{Door, Gate, Notes, has_ended, send_signal, state_of, until, within};
use nix::sys::signal::Signal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use shared::prelude::*;

process_task!(square);
fn square(n: u64) -> u64 {
    n * n
}

process_task!(process);
fn process(_: ()) -> u32 {
    std::process::id()
}

process_task!(guest);
/// Knocks, waits, and returns its process.
fn guest(port: u16) -> u32 {
    common::knock(port);
    std::process::id()
}

process_task!(echo);
fn echo(bytes: Vec<u8>) -> Vec<u8> {
    bytes
}

process_task!(echo_text);
/// A text travels faster than a list of bytes, each of which may be any type.
fn echo_text(text: String) -> String {
    text
}

process_task!(panics);
fn panics(message: String) {
    panic!("{message}");
}

fn pool(workers: usize) -> ProcessPool {
    ProcessPool::new(workers).unwrap()
}

/// The text of a broken pool, from a future and from a later submission.
#[track_caller]
fn assert_broken<T: Clone + fmt::Debug>(
    pool: &ProcessPool,
    lost: &[Future<T>],
    worker: &str,
    how: &str,
) {
    for future in lost {
        match future.result() {
            Err(TaskError::BrokenPool(broken)) => {
                assert_eq!(broken.worker, worker);
                let said = broken.to_string();
                let begin = format!("broken pool: {worker} (process ");
                assert!(said.starts_with(&begin), "{said}");
                assert!(said.contains(how), "{said}");
            }
            other => panic!("{other:?}"),
        }
    }
    let error = pool.submit(square, 1).unwrap_err();
    assert!(matches!(error, PoolError::Broken(_)), "{error:?}");
    let said = error.to_string();
    assert!(said.contains(worker) && said.contains(how), "{said}");
    assert!(pool.map(square, [1]).is_err());
    assert!(pool.map_chunked(square, [1], 1).is_err());
    pool.shutdown().unwrap();
    assert!(pool.worker_ids().is_empty());
}

fn named(workers: usize, prefix: &str) -> ProcessPool {
    let builder = ProcessPool::builder().workers(workers).name_prefix(prefix);
    builder.build().unwrap()
}

const KILLED: &str = "was killed by signal 9 (SIGKILL)";

#[test]
fn zero_workers_and_zero_tasks_per_worker_are_errors_that_name_the_argument() {
    assert!(matches!(
        ProcessPool::new(0),
        Err(PoolError::Zero("workers"))
    ));
    let error = ProcessPool::builder()
        .tasks_per_worker(0)
        .build()
        .unwrap_err();
    assert!(matches!(error, PoolError::Zero("tasks_per_worker")));
}

/// Workers are real child processes of the same program.
#[test]
fn workers_are_child_processes_of_the_same_program() {
    within(|| {
        let pool = pool(2);
        let door = Door::new();
        let futures = [(); 2].map(|()| pool.submit(guest, door.port()).unwrap());
        let guests = [door.guest(), door.guest()];
        let ids: BTreeSet<u32> = pool.worker_ids().into_iter().collect();
        assert_eq!(ids, guests.iter().map(|guest| guest.process).collect());
        assert_eq!(ids.len(), 2);
        for id in &ids {
            let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
            let parent = format!("PPid:\t{}\n", std::process::id());
            assert!(status.contains(&parent), "{status}");
            let program = |id: &str| std::fs::read_link(format!("/proc/{id}/exe")).unwrap();
            assert_eq!(program(&id.to_string()), program("self"));
        }
        guests.into_iter().for_each(common::Guest::let_go);
        let results = futures.map(|future| future.result().unwrap());
        assert_eq!(BTreeSet::from(results), ids);
    });
}

#[test]
fn a_process_is_started_only_when_none_is_idle() {
    within(|| {
        let pool = pool(3);
        assert!(pool.worker_ids().is_empty());
        let first = pool.submit(process, ()).unwrap().result().unwrap();
        for _ in 0..50 {
            assert_eq!(pool.submit(process, ()).unwrap().result(), Ok(first));
        }
        assert_eq!(pool.worker_ids(), [first]);
    });
}

#[test]
fn never_more_processes_than_workers() {
    within(|| {
        let pool = pool(2);
        let door = Door::new();
        let futures: Vec<_> = (0..6)
            .map(|_| pool.submit(guest, door.port()).unwrap())
            .collect();
        let mut processes = BTreeSet::new();
        let mut inside = [door.guest(), door.guest()].map(Some);
        assert_eq!(pool.worker_ids().len(), 2);
        for n in 0..6 {
            let guest = inside[n % 2].take().unwrap();
            processes.insert(guest.process);
            guest.let_go();
            if n < 4 {
                inside[n % 2] = Some(door.guest());
            }
        }
        let results: BTreeSet<u32> = futures.iter().map(|f| f.result().unwrap()).collect();
        assert_eq!(results, processes);
        assert_eq!(processes.len(), 2);
    });
}

#[test]
fn workers_are_named_with_and_without_a_prefix() {
    process_task!(actor);
    fn actor(_: ()) -> String {
        stage::context::current_actor().name.clone()
    }
    within(|| {
        let cook = named(1, "cook").submit(actor, ()).unwrap();
        assert_eq!(cook.result().unwrap(), "cook_0");
        let name = pool(1).submit(actor, ()).unwrap().result().unwrap();
        let (pool_name, number) = name.rsplit_once('_').unwrap();
        assert_eq!(number, "0");
        let number = pool_name.strip_prefix("process-").unwrap();
        assert!(number.parse::<u32>().is_ok(), "{name}");
    });
}

mod one {
    shared::process_task!(same_name);
    pub(crate) fn same_name(_: ()) -> u32 {
        1
    }
}

mod two {
    pub(crate) mod inner {
        pub(crate) fn deep(n: u32) -> u32 {
            n * 2
        }
    }

    shared::process_task!(same_name);
    pub(crate) fn same_name(_: ()) -> u32 {
        2
    }
}

#[test]
fn functions_of_two_modules_may_have_the_same_name() {
    within(|| {
        let pool = pool(1);
        let one = pool.submit(one::same_name, ()).unwrap();
        let two = pool.submit(two::same_name, ()).unwrap();
        assert_eq!((one.result(), two.result()), (Ok(1), Ok(2)));
    });
}

#[test]
fn a_function_of_another_module_may_be_a_task() {
    process_task!(two::inner::deep);
    within(|| {
        let deep = pool(1).submit(two::inner::deep, 3).unwrap();
        assert_eq!(deep.result(), Ok(6));
    });
}

#[test]
fn an_unknown_function_is_an_error_that_names_process_task() {
    fn unknown(_: ()) {}
    let error = pool(1).submit(unknown, ()).unwrap_err();
    assert!(matches!(error, PoolError::UnknownFunction(_)), "{error:?}");
    let said = error.to_string();
    assert!(
        said.contains("write process_task!(unknown); beside it"),
        "{said}"
    );
    assert!(said.contains("::unknown`"), "{said}");
}

#[test]
fn a_pool_inside_a_worker_is_an_error() {
    process_task!(nest);
    fn nest(_: ()) -> Vec<String> {
        let pools = [ProcessPool::new(1), ProcessPool::with_default_size()];
        pools.map(|pool| pool.unwrap_err().to_string()).into()
    }
    within(|| {
        for said in pool(1).submit(nest, ()).unwrap().result().unwrap() {
            assert!(
                said.contains("a worker process cannot make a pool"),
                "{said}"
            );
        }
    });
}

#[test]
fn a_task_may_have_a_pool_of_threads() {
    process_task!(threads);
    fn threads(n: u64) -> u64 {
        let pool = ThreadPool::new(2).unwrap();
        pool.map(0..n, |n| n * n).unwrap().map(Result::unwrap).sum()
    }
    within(|| assert_eq!(pool(1).submit(threads, 4).unwrap().result(), Ok(14)));
}

/// The protocol does not use the standard streams: a task may.
#[test]
fn a_task_that_reads_standard_input_gets_the_end_of_file() {
    process_task!(read_input);
    fn read_input(_: ()) -> usize {
        let mut text = Vec::new();
        std::io::stdin().read_to_end(&mut text).unwrap()
    }
    within(|| {
        let pool = pool(1);
        assert_eq!(pool.submit(read_input, ()).unwrap().result(), Ok(0));
        assert_eq!(pool.submit(square, 2).unwrap().result(), Ok(4));
    });
}

#[test]
fn a_program_that_a_task_starts_is_no_worker() {
    process_task!(variable);
    fn variable(_: ()) -> Option<String> {
        std::env::var("LESSON_WORKER").ok()
    }
    within(|| assert_eq!(pool(1).submit(variable, ()).unwrap().result(), Ok(None)));
}

/// Workers ignore SIGINT: what it means is decided by the parent.
#[test]
fn a_worker_ignores_ctrl_c() {
    within(|| {
        let pool = pool(1);
        let door = Door::new();
        let future = pool.submit(guest, door.port()).unwrap();
        let guest = door.guest();
        let worker = guest.process;
        send_signal(worker, Signal::SIGINT);
        guest.let_go();
        assert_eq!(future.result(), Ok(worker));
    });
}

#[test]
fn a_worker_that_is_asked_to_end_does_and_is_named_with_the_signal() {
    within(|| {
        let pool = named(1, "asked");
        let door = Door::new();
        let future = pool.submit(guest, door.port()).unwrap();
        let guest = door.guest();
        send_signal(guest.process, Signal::SIGTERM);
        let how = "was killed by signal 15 (SIGTERM)";
        assert_broken(&pool, &[future], "asked_0", how);
        drop(guest);
    });
}

/// A killed worker: each future and later submission says which worker, and its signal.
#[test]
fn a_worker_that_is_killed_while_idle_breaks_the_pool() {
    within(|| {
        let pool = named(1, "idle");
        let victim = pool.submit(process, ()).unwrap().result().unwrap();
        send_signal(victim, Signal::SIGKILL);
        // Until the pool has noticed, a task may still be sent to the dead.
        let mut lost = Vec::new();
        until("the pool to notice", || match pool.submit(process, ()) {
            Ok(future) => {
                lost.push(future);
                false
            }
            Err(_) => true,
        });
        assert_broken(&pool, &lost, "idle_0", KILLED);
    });
}

/// As above, with tasks under way, queued and cancelled.
#[test]
fn a_worker_that_is_killed_in_a_task_breaks_the_pool_for_all_that_is_pending() {
    within(|| {
        let pool = named(2, "busy");
        let door = Door::new();
        let mut lost: Vec<_> = (0..6)
            .map(|_| pool.submit(guest, door.port()).unwrap())
            .collect();
        let guests = [door.guest(), door.guest()];
        let victim = pool.worker_ids()[1];
        let cancelled = lost.pop().unwrap();
        assert!(cancelled.cancel());
        let called = Notes::new();
        let note = called.clone();
        lost[4].add_done_callback(move |done| note.add(done.exception().is_some()));
        send_signal(victim, Signal::SIGKILL);
        let how = format!("(process {victim}) {KILLED}");
        assert_broken(&pool, &lost, "busy_1", &how);
        assert_eq!(cancelled.result(), Err(TaskError::Cancelled));
        assert_eq!(called.all(), [true]);
        for guest in guests {
            assert!(has_ended(guest.process), "the other worker lives on");
        }
    });
}

#[test]
fn threads_that_wait_already_are_woken_when_a_worker_dies() {
    within(|| {
        let pool = pool(1);
        let door = Door::new();
        let future = pool.submit(guest, door.port()).unwrap();
        let waiting = [future.clone(), future.clone()].map(|future| {
            thread::spawn(move || {
                let futures = [future];
                (
                    wait(&futures, Until::FirstError).done.len(),
                    futures[0].result(),
                )
            })
        });
        send_signal(door.guest().process, Signal::SIGKILL);
        for waiting in waiting {
            let (done, result) = waiting.join().unwrap();
            assert_eq!(done, 1);
            assert!(
                matches!(result, Err(TaskError::BrokenPool(_))),
                "{result:?}"
            );
        }
    });
}

/// `submit` never waits for a pipe. A worker that is killed while a payload larger than the
/// pipe is being written breaks the pool, without a hang.
#[test]
fn submit_waits_for_no_pipe_and_a_worker_killed_in_the_middle_of_an_argument_breaks_the_pool() {
    within(|| {
        let pool = named(1, "large");
        let victim = pool.submit(process, ()).unwrap().result().unwrap();
        send_signal(victim, Signal::SIGSTOP);
        until("the worker to stop", || {
            state_of(&victim.to_string()) == Some('T')
        });
        let argument = "seven ".repeat(1 << 20);
        // No one reads. If `submit` waited for that, the test would end here.
        let half_written = pool.submit(echo_text, argument.clone()).unwrap();
        let queued = pool.submit(echo_text, argument).unwrap();
        send_signal(victim, Signal::SIGKILL);
        assert_broken(&pool, &[half_written, queued], "large_0", KILLED);
    });
}

/// A killed worker is told also during shutdown.
#[test]
fn a_worker_that_is_killed_during_shutdown_breaks_the_pool() {
    within(|| {
        let pool = named(2, "late");
        let door = Door::new();
        let lost: Vec<_> = (0..4)
            .map(|_| pool.submit(guest, door.port()).unwrap())
            .collect();
        let guests = [door.guest(), door.guest()];
        let victim = pool.worker_ids()[0];
        thread::scope(|scope| {
            let waiting = scope.spawn(|| pool.shutdown());
            until("the shutdown to begin", || {
                matches!(pool.submit(square, 1), Err(PoolError::ShutDown))
            });
            send_signal(victim, Signal::SIGKILL);
            waiting.join().unwrap().unwrap();
        });
        assert_broken(&pool, &lost, "late_0", KILLED);
        assert!(guests.iter().all(|guest| has_ended(guest.process)));
    });
}

#[test]
fn dropping_a_pool_whose_worker_is_killed_meanwhile_ends() {
    within(|| {
        let pool = pool(1);
        let door = Door::new();
        let future = pool.submit(guest, door.port()).unwrap();
        let worker = door.guest();
        let dropping = thread::spawn(move || drop(pool));
        send_signal(worker.process, Signal::SIGKILL);
        dropping.join().unwrap();
        assert!(matches!(future.result(), Err(TaskError::BrokenPool(_))));
    });
}

/// A worker that exits unasked: the exit code is told.
#[test]
fn a_task_that_ends_its_process_breaks_the_pool_with_the_exit_code() {
    process_task!(exit);
    fn exit(code: i32) {
        std::process::exit(code);
    }
    within(|| {
        for code in [3, 0] {
            let pool = named(1, "exits");
            let lost = pool.submit(exit, code).unwrap();
            let how = format!("exited with code {code}");
            assert_broken(&pool, &[lost], "exits_0", &how);
        }
    });
}

#[test]
fn a_task_that_aborts_breaks_the_pool_with_the_signal() {
    process_task!(abort);
    fn abort(_: ()) {
        std::process::abort();
    }
    within(|| {
        let pool = named(1, "aborts");
        let lost = pool.submit(abort, ()).unwrap();
        assert_broken(&pool, &[lost], "aborts_0", "signal 6 (SIGABRT)");
    });
}

process_task!(write_to_the_pool);
/// Writes into the worker's socket to its pool, as no task should.
fn write_to_the_pool(bytes: Vec<u8>) {
    for entry in std::fs::read_dir("/proc/self/fd").unwrap() {
        let path = entry.unwrap().path();
        let number: i32 = path.file_name().unwrap().to_str().unwrap().parse().unwrap();
        let target = std::fs::read_link(&path).unwrap_or_default();
        if number > 2 && target.to_string_lossy().starts_with("socket:") {
            // SAFETY: a worker has no other sockets, and keeps this one for as
            // long as it lives.
            let socket = unsafe { BorrowedFd::borrow_raw(number) };
            assert_eq!(nix::unistd::write(socket, &bytes), Ok(bytes.len()));
            return;
        }
    }
    panic!("no socket was found");
}

/// A corrupt frame breaks the pool with a clear error.
#[test]
fn a_corrupt_frame_breaks_the_pool_with_a_clear_error() {
    within(|| {
        let pool = named(1, "corrupt");
        let mut bytes = vec![5, 0, 0, 0];
        bytes.extend([0xff; 5]);
        let lost = pool.submit(write_to_the_pool, bytes).unwrap();
        let queued = pool.submit(write_to_the_pool, Vec::new()).unwrap();
        let how = "sent what no worker sends (corrupt frame: ";
        assert_broken(&pool, &[lost, queued], "corrupt_0", how);
    });
}

/// The length of a frame is bounded before anything is allocated.
#[test]
fn the_length_of_a_frame_is_bounded() {
    within(|| {
        let pool = named(1, "longest");
        let lost = pool.submit(write_to_the_pool, vec![0xff; 4]).unwrap();
        let how = "a frame of 4294967295 bytes was announced, but 268435456 are the limit";
        assert_broken(&pool, &[lost], "longest_0", how);
    });
}

#[test]
fn a_worker_that_dies_in_the_middle_of_a_frame_breaks_the_pool() {
    process_task!(half_a_frame);
    fn half_a_frame(bytes: Vec<u8>) {
        write_to_the_pool(bytes);
        std::process::exit(4);
    }
    within(|| {
        for bytes in [vec![100, 0], vec![100, 0, 0, 0, 1, 2]] {
            let pool = named(1, "half");
            let lost = pool.submit(half_a_frame, bytes).unwrap();
            assert_broken(&pool, &[lost], "half_0", "exited with code 4");
        }
    });
}

/// Cannot be written, or cannot be read, or panics on the way.
#[derive(Clone, Debug, PartialEq)]
enum Awkward {
    Unwritable,
    Unreadable,
    PanicsWhenWritten,
    PanicsWhenRead,
}

impl Serialize for Awkward {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Awkward::Unwritable => Err(serde::ser::Error::custom("no ink")),
            Awkward::PanicsWhenWritten => panic!("spilt ink"),
            Awkward::Unreadable => serializer.serialize_bool(false),
            Awkward::PanicsWhenRead => serializer.serialize_bool(true),
        }
    }
}

impl<'de> Deserialize<'de> for Awkward {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match bool::deserialize(deserializer)? {
            true => panic!("lost spectacles"),
            false => Err(serde::de::Error::custom("no spectacles")),
        }
    }
}

process_task!(take);
fn take(_: Awkward) {}

process_task!(give);
fn give(kind: u32) -> Awkward {
    match kind {
        0 => Awkward::Unwritable,
        1 => Awkward::Unreadable,
        2 => Awkward::PanicsWhenWritten,
        _ => Awkward::PanicsWhenRead,
    }
}

#[track_caller]
fn assert_not_serialisable<T: Clone + fmt::Debug>(future: &Future<T>, what: &str) {
    match future.result() {
        Err(TaskError::NotSerialisable(said)) => {
            let begin = format!("the {what}, a ");
            assert!(
                said.starts_with(&begin) && said.contains("Awkward"),
                "{said}"
            );
            assert!(said.contains("cannot travel to another process"), "{said}");
        }
        other => panic!("{other:?}"),
    }
}

/// An argument that cannot be serialised fails that future only.
#[test]
fn an_argument_that_cannot_be_serialised_fails_that_future_only() {
    within(|| {
        let pool = pool(1);
        let worker = pool.submit(process, ()).unwrap().result();
        for awkward in [Awkward::Unwritable, Awkward::Unreadable] {
            assert_not_serialisable(&pool.submit(take, awkward).unwrap(), "argument");
        }
        assert_eq!(pool.submit(process, ()).unwrap().result(), worker);
    });
}

/// So does a result.
#[test]
fn a_result_that_cannot_be_serialised_fails_that_future_only() {
    within(|| {
        let pool = pool(1);
        let worker = pool.submit(process, ()).unwrap().result();
        for kind in [0, 1] {
            assert_not_serialisable(&pool.submit(give, kind).unwrap(), "result");
        }
        assert_eq!(pool.submit(process, ()).unwrap().result(), worker);
    });
}

/// A serialiser that panics fails that future only.
#[test]
fn a_panic_in_serialisation_fails_that_future_only() {
    within(|| {
        let pool = pool(1);
        let worker = pool.submit(process, ()).unwrap().result();
        let panicked = |message: &str| TaskError::Panicked(message.to_string());
        let argument_read = pool.submit(take, Awkward::PanicsWhenRead).unwrap();
        let result_written = pool.submit(give, 2).unwrap();
        let result_read = pool.submit(give, 3).unwrap();
        assert_eq!(argument_read.exception(), Some(panicked("lost spectacles")));
        assert_eq!(result_written.exception(), Some(panicked("spilt ink")));
        assert_eq!(result_read.exception(), Some(panicked("lost spectacles")));
        assert_eq!(pool.submit(process, ()).unwrap().result(), worker);
    });
}

/// Panics when it is dropped elsewhere than where it was made.
#[derive(Serialize, Deserialize)]
struct Homesick(u32);

impl Drop for Homesick {
    fn drop(&mut self) {
        assert_eq!(self.0, std::process::id(), "far from home");
    }
}

process_task!(homesick);
fn homesick(port: u16) -> Homesick {
    common::knock(port);
    Homesick(std::process::id())
}

/// A destructor of a result may panic.
#[test]
fn a_panicking_destructor_of_a_result_costs_the_pool_nothing() {
    within(|| {
        let (pool, door) = (pool(1), Door::new());
        // Dropped by the thread that reads it, since nobody else has the future.
        drop(pool.submit(homesick, door.port()).unwrap());
        door.guest().let_go();
        assert_eq!(pool.submit(square, 2).unwrap().result(), Ok(4));
        // Dropped by the thread that runs the callbacks.
        let future = pool.submit(homesick, door.port()).unwrap();
        future.add_done_callback(drop);
        drop(future);
        door.guest().let_go();
        assert_eq!(pool.submit(square, 3).unwrap().result(), Ok(9));
        pool.shutdown().unwrap();
    });
}

#[test]
fn one_that_cannot_be_serialised_stays_in_its_place_in_a_chunk() {
    within(|| {
        let pool = pool(1);
        let results: Vec<_> = pool.map_chunked(give, [0, 1], 2).unwrap().collect();
        for result in &results {
            assert!(
                matches!(result, Err(TaskError::NotSerialisable(_))),
                "{result:?}"
            );
        }
        assert_eq!(results.len(), 2);
    });
}

/// A panic in a task reaches the parent with its message; the worker lives on.
#[test]
fn a_panic_in_a_task_reaches_the_parent_with_its_message_and_the_worker_lives() {
    within(|| {
        let pool = pool(1);
        let worker = pool.submit(process, ()).unwrap().result();
        let bad = pool.submit(panics, "no egg left".to_string()).unwrap();
        let error = TaskError::Panicked("no egg left".to_string());
        assert_eq!(bad.result(), Err(error));
        assert_eq!(pool.submit(process, ()).unwrap().result(), worker);
    });
}

#[test]
fn map_keeps_the_order_and_an_error_in_its_own_place() {
    process_task!(tenth);
    fn tenth(n: i32) -> i32 {
        assert!(n != 0, "division by zero");
        10 / n
    }
    within(|| {
        let pool = pool(2);
        let results: Vec<_> = pool.map(tenth, [5, 0, 2]).unwrap().collect();
        let panicked = Err(TaskError::Panicked("division by zero".to_string()));
        let expected = [Ok(2), panicked, Ok(5)];
        assert_eq!(results, expected);
        for size in [1, 2, 3] {
            let results = pool.map_chunked(tenth, [5, 0, 2], size).unwrap();
            assert_eq!(results.collect::<Vec<_>>(), expected);
        }
    });
}

/// `map` gives the same results for any chunk size of at least 1.
#[test]
fn map_gives_the_same_results_for_any_chunk_size() {
    within(|| {
        let pool = pool(2);
        let expected: Vec<_> = (0..100).map(|n| Ok(n * n)).collect();
        assert_eq!(
            pool.map(square, 0..100).unwrap().collect::<Vec<_>>(),
            expected
        );
        for size in [1, 3, 100, 1000] {
            let results = pool.map_chunked(square, 0..100, size).unwrap();
            assert_eq!(results.collect::<Vec<_>>(), expected, "chunks of {size}");
        }
        assert_eq!(pool.map_chunked(square, [], 3).unwrap().count(), 0);
    });
}

/// A chunk size of zero is an error.
#[test]
fn a_chunk_size_of_zero_is_an_error() {
    let error = pool(1).map_chunked(square, [1], 0).unwrap_err();
    assert!(matches!(error, PoolError::Zero("size")), "{error:?}");
}

#[test]
fn every_item_of_a_chunk_says_that_the_pool_broke() {
    within(|| {
        let pool = pool(1);
        let door = Door::new();
        let results = pool.map_chunked(guest, [door.port(); 3], 3).unwrap();
        send_signal(door.guest().process, Signal::SIGKILL);
        let results: Vec<_> = results.collect();
        assert_eq!(results.len(), 3);
        for result in results {
            assert!(
                matches!(result, Err(TaskError::BrokenPool(_))),
                "{result:?}"
            );
        }
    });
}

#[test]
fn map_is_submitted_at_once_and_cancelled_by_its_timeout_or_by_dropping_it_half_read() {
    within(|| {
        for (dropped, size) in [(true, 1), (false, 1), (true, 2), (false, 2)] {
            let pool = pool(1);
            let door = Door::new();
            let items = [door.port(); 6];
            let mut results = pool.map_chunked(guest, items, size).unwrap();
            let mut started = Vec::new();
            // One chunk is read, the next one runs.
            for _ in 0..size {
                door.guest().let_go();
            }
            started.extend(results.next().unwrap());
            let inside = door.guest();
            if dropped {
                drop(results);
            } else {
                let mut results = results.timeout(Duration::ZERO);
                started.extend(results.by_ref().map_while(Result::ok));
                assert_eq!(results.next(), None);
            }
            inside.let_go();
            for _ in 1..size {
                door.guest().let_go();
            }
            // Would wait for ever for guests that nobody lets in.
            pool.shutdown().unwrap();
            assert!(started.len() <= size);
        }
    });
}

/// A worker that has retired after its tasks is replaced while there is a backlog.
#[test]
fn a_retired_worker_is_replaced_while_there_is_a_backlog() {
    within(|| {
        let builder = ProcessPool::builder().workers(1).tasks_per_worker(2);
        let pool = builder.build().unwrap();
        let results = pool.map(process, [(); 7]).unwrap();
        let results: Vec<u32> = results.map(Result::unwrap).collect();
        let pairs: Vec<&[u32]> = results.chunks(2).collect();
        for pair in &pairs {
            assert!(pair.iter().all(|id| *id == pair[0]), "{results:?}");
        }
        let different: BTreeSet<&u32> = results.iter().collect();
        assert_eq!(different.len(), 4, "{results:?}");
        pool.shutdown().unwrap();
        for id in different {
            assert!(has_ended(*id));
        }
    });
}

#[test]
fn several_workers_may_retire_after_one_task_each() {
    within(|| {
        let builder = ProcessPool::builder().workers(2).tasks_per_worker(1);
        let pool = builder.build().unwrap();
        let results = pool.map(process, [(); 6]).unwrap();
        let different: BTreeSet<u32> = results.map(Result::unwrap).collect();
        assert_eq!(different.len(), 6);
    });
}

#[test]
fn large_arguments_and_results_travel_whole() {
    within(|| {
        let pool = pool(2);
        let text: String = (0..1 << 20).map(|n| format!("{n:07} ")).collect();
        assert_eq!(text.len(), 8 << 20);
        let futures = [(); 4].map(|()| pool.submit(echo_text, text.clone()).unwrap());
        for future in futures {
            assert!(future.result().unwrap() == text, "the text has changed");
        }
    });
}

#[test]
fn any_bytes_and_any_shape_travel() {
    type Shape = (
        f64,
        Option<Option<char>>,
        Vec<(String, ())>,
        std::ffi::OsString,
    );
    process_task!(shape);
    fn shape(shape: Shape) -> Shape {
        shape
    }
    within(|| {
        use std::os::unix::ffi::OsStringExt;
        let pool = pool(1);
        for bytes in [
            Vec::new(),
            (0..=255).collect(),
            vec![0xff, 0xfe, 0, 0xc3, 0x28],
        ] {
            assert_eq!(
                pool.submit(echo, bytes.clone()).unwrap().result(),
                Ok(bytes)
            );
        }
        let name = std::ffi::OsString::from_vec(vec![b'/', 0xff, 0x80]);
        let words = vec![("å\0ø".to_string(), ()), (String::new(), ())];
        let given: Shape = (-0.0, Some(None), words, name);
        let got = pool.submit(shape, given.clone()).unwrap().result().unwrap();
        assert_eq!(got, given);
        assert!(got.0.is_sign_negative());
    });
}

/// Callbacks run in the order in which they were added and the tasks ended.
#[test]
fn callbacks_run_in_the_parent_one_after_another_on_the_callback_thread() {
    within(|| {
        let (pool, door) = (named(3, "baker"), Door::new());
        // The workers are held until all callbacks are in place: one that came
        // late would run here.
        let held = [(); 3].map(|()| pool.submit(guest, door.port()).unwrap());
        let queued = [(); 9].map(|()| pool.submit(process, ()).unwrap());
        let (calls, places) = (Notes::new(), Notes::new());
        for future in held.iter().chain(&queued) {
            for n in 0..2 {
                let (call, place) = (calls.clone(), places.clone());
                future.add_done_callback(move |done| {
                    call.add((done.task(), n, "begins"));
                    thread::yield_now();
                    let thread = thread::current().name().map(String::from);
                    place.add((std::process::id(), thread));
                    call.add((done.task(), n, "ends"));
                });
            }
        }
        for _ in 0..3 {
            door.guest().let_go();
        }
        pool.shutdown().unwrap();
        let calls = calls.all();
        assert_eq!(calls.len(), 48);
        for calls in calls.chunks(4) {
            let task = calls[0].0;
            let steps = [(0, "begins"), (0, "ends"), (1, "begins"), (1, "ends")];
            assert_eq!(calls, steps.map(|(n, step)| (task, n, step)));
        }
        let here = (std::process::id(), Some("baker_callbacks".to_string()));
        assert!(
            places.all().iter().all(|place| *place == here),
            "{places:?}"
        );
    });
}

/// A result is delivered as soon as it is there, also while callbacks run.
#[test]
fn results_come_while_callbacks_run() {
    within(|| {
        let pool = pool(1);
        let (door, gate) = (Door::new(), Gate::closed());
        let first = pool.submit(guest, door.port()).unwrap();
        let entrance = gate.entrance();
        first.add_done_callback(move |_| entrance.wait());
        door.guest().let_go();
        gate.wait_for_arrivals(1);
        assert!(first.result().is_ok());
        let results = pool.map(square, 0..10).unwrap();
        assert_eq!(results.filter(|result| result.is_ok()).count(), 10);
        assert_eq!(gate.arrivals(), 1);
    });
}

#[test]
fn a_panicking_callback_hides_no_later_one() {
    within(|| {
        let (pool, door, notes) = (pool(1), Door::new(), Notes::new());
        let future = pool.submit(guest, door.port()).unwrap();
        future.add_done_callback(|_| -> () { panic!("a bad callback") });
        let note = notes.clone();
        future.add_done_callback(move |_| note.add("called"));
        door.guest().let_go();
        pool.shutdown().unwrap();
        assert_eq!(notes.all(), ["called"]);
    });
}

/// A pool that drains takes what its own callbacks submit.
#[test]
fn a_chain_of_callbacks_is_finished_by_shutdown_with_wait() {
    fn next(pool: Arc<ProcessPool>, left: u64, notes: Notes<u64>) -> Result {
        if left > 0 {
            let future = pool.submit(square, left)?;
            future.add_done_callback(move |done| {
                notes.add(done.result()?);
                next(pool, left - 1, notes)
            });
        }
        Ok(())
    }
    within(|| {
        let (pool, door, notes) = (Arc::new(pool(2)), Door::new(), Notes::new());
        let first = pool.submit(guest, door.port()).unwrap();
        let (inside, note) = (Arc::clone(&pool), notes.clone());
        first.add_done_callback(move |_| next(inside, 3, note));
        pool.begin_shutdown();
        assert!(matches!(pool.submit(square, 1), Err(PoolError::ShutDown)));
        door.guest().let_go();
        pool.shutdown().unwrap();
        // A callback that came too late to be queued ran in its adder, which is
        // the callback thread as well.
        assert_eq!(notes.all(), [9, 4, 1]);
    });
}

/// A callback that waits for its own pool gets an error, never a deadlock.
#[test]
fn a_callback_that_shuts_its_own_pool_down_gets_an_error() {
    within(|| {
        let (pool, door, notes) = (Arc::new(pool(1)), Door::new(), Notes::new());
        let future = pool.submit(guest, door.port()).unwrap();
        let (inside, note) = (Arc::downgrade(&pool), notes.clone());
        future.add_done_callback(move |_| {
            let error = inside.upgrade().unwrap().shutdown().unwrap_err();
            note.add(matches!(error, PoolError::FromItsOwnWorker));
        });
        door.guest().let_go();
        until("the callback", || notes.all() == [true]);
    });
}

#[test]
fn submit_after_shutdown_is_an_error_and_shutdown_may_be_called_again() {
    within(|| {
        let pool = pool(1);
        pool.submit(square, 1).unwrap();
        pool.shutdown().unwrap();
        pool.shutdown().unwrap();
        assert!(matches!(pool.submit(square, 1), Err(PoolError::ShutDown)));
        assert!(matches!(pool.map(square, [1]), Err(PoolError::ShutDown)));
    });
}

#[test]
fn begin_shutdown_returns_at_once_and_everything_queued_still_runs() {
    within(|| {
        let (pool, door) = (pool(1), Door::new());
        let first = pool.submit(guest, door.port()).unwrap();
        let queued: Vec<_> = (0..5).map(|n| pool.submit(square, n).unwrap()).collect();
        pool.begin_shutdown();
        assert!(!first.is_done(), "it waited");
        assert!(matches!(pool.submit(square, 1), Err(PoolError::ShutDown)));
        door.guest().let_go();
        for (n, future) in (0..).zip(queued) {
            assert_eq!(future.result(), Ok(n * n));
        }
        until("the workers to go home", || pool.worker_ids().is_empty());
    });
}

#[test]
fn a_pending_task_can_be_cancelled_and_a_running_one_cannot() {
    within(|| {
        let (pool, door) = (pool(1), Door::new());
        let first = pool.submit(guest, door.port()).unwrap();
        let alone = pool.submit(guest, door.port()).unwrap();
        let queued = [(); 2].map(|()| pool.submit(guest, door.port()).unwrap());
        let inside = door.guest();
        assert!(alone.cancel());
        assert!(!first.cancel());
        pool.begin_shutdown();
        pool.cancel_queued();
        assert!(queued.iter().all(Future::is_cancelled));
        inside.let_go();
        // Would wait for ever for guests that nobody lets in.
        pool.shutdown().unwrap();
        assert!(first.result().is_ok());
    });
}

#[test]
fn code_over_an_executor_runs_on_processes() {
    fn lesson(pool: &impl Executor) -> Result<u64> {
        let squared = pool.submit_call(square, 7)?;
        pool.shutdown()?;
        Ok(squared.result()?)
    }
    within(|| assert_eq!(lesson(&pool(1)).unwrap(), 49));
}

/// No child outlives the pool.
#[test]
fn no_child_outlives_the_pool() {
    within(|| {
        let (pool, door) = (pool(3), Door::new());
        for _ in 0..3 {
            pool.submit(guest, door.port()).unwrap();
        }
        let guests = [door.guest(), door.guest(), door.guest()];
        let processes = guests.map(|guest| {
            let process = guest.process;
            guest.let_go();
            process
        });
        drop(pool);
        for process in processes {
            assert_eq!(state_of(&process.to_string()), None, "not even a zombie");
        }
    });
}

/// Both workers of a pool, idle.
fn idle_workers(pool: &ProcessPool) -> Vec<u32> {
    let door = Door::new();
    let futures = [(); 2].map(|()| pool.submit(guest, door.port()).unwrap());
    let guests = [door.guest(), door.guest()];
    guests.into_iter().for_each(common::Guest::let_go);
    assert!(futures.iter().all(|future| future.result().is_ok()));
    pool.worker_ids()
}

fn stop(process: u32) {
    send_signal(process, Signal::SIGSTOP);
    until("a process to stop", || {
        state_of(&process.to_string()) == Some('T')
    });
}

/// A worker that is stopped delays its own task only.
#[test]
fn a_stopped_worker_delays_its_own_task_only() {
    within(|| {
        let (pool, door) = (pool(2), Door::new());
        let slow = pool.submit(guest, door.port()).unwrap();
        let stopped = door.guest();
        let process = stopped.process;
        stop(process);
        stopped.let_go();
        let others = pool.map(square, 0..20).unwrap();
        assert_eq!(others.filter(|result| result.is_ok()).count(), 20);
        assert!(!slow.is_done());
        send_signal(process, Signal::SIGCONT);
        assert_eq!(slow.result(), Ok(process));
    });
}

/// A result is delivered as soon as it is there, whatever is being written to whom.
#[test]
fn results_come_while_a_large_argument_is_stuck_in_a_pipe() {
    within(|| {
        let pool = pool(2);
        let first = idle_workers(&pool)[0];
        stop(first);
        // The first worker is idle, so it is the one to get it.
        let stuck = pool.submit(echo_text, "seven ".repeat(1 << 20)).unwrap();
        until("the argument to be on its way", || stuck.is_running());
        let others = pool.map(square, 0..20).unwrap();
        assert_eq!(others.filter(|result| result.is_ok()).count(), 20);
        assert!(!stuck.is_done());
        send_signal(first, Signal::SIGCONT);
        assert_eq!(stuck.result().unwrap().len(), 6 << 20);
    });
}

/// Dropping a pool with a stopped worker ends within the grace time: its task is told
/// why.
#[test]
fn dropping_a_pool_ends_although_a_worker_is_stopped_in_a_task() {
    within(|| {
        let (pool, door) = (named(1, "stopped"), Door::new());
        let lost = pool.submit(guest, door.port()).unwrap();
        let guest = door.guest();
        stop(guest.process);
        drop(pool);
        let error = lost.exception().unwrap().to_string();
        assert!(
            error.starts_with("broken pool: stopped_0 (process "),
            "{error}"
        );
        assert!(
            error.contains("was stopped while the pool was to end"),
            "{error}"
        );
        assert!(has_ended(guest.process));
    });
}

#[test]
fn dropping_a_pool_ends_although_an_idle_worker_is_stopped() {
    within(|| {
        let pool = pool(2);
        let ids = idle_workers(&pool);
        stop(ids[1]);
        drop(pool);
        assert!(ids.into_iter().all(has_ended));
    });
}

/// A serialiser that panics fails its future only, also that of an argument.
#[test]
fn a_panic_while_an_argument_is_written_fails_that_future_only() {
    within(|| {
        let pool = pool(1);
        let worker = pool.submit(process, ()).unwrap().result();
        let bad = pool.submit(take, Awkward::PanicsWhenWritten).unwrap();
        let spilt = TaskError::Panicked("spilt ink".to_string());
        assert_eq!(bad.result(), Err(spilt.clone()));
        let many = [Awkward::PanicsWhenWritten, Awkward::Unreadable];
        let results: Vec<_> = pool.map(take, many).unwrap().collect();
        assert_eq!(results[0], Err(spilt));
        assert!(matches!(results[1], Err(TaskError::NotSerialisable(_))));
        assert_eq!(pool.submit(process, ()).unwrap().result(), worker);
    });
}

/// Stays in its destructor, in the parent.
#[derive(Serialize, Deserialize)]
struct Clinging(u32);

static CLINGS_TO: std::sync::OnceLock<common::Entrance> = std::sync::OnceLock::new();

impl Drop for Clinging {
    fn drop(&mut self) {
        if self.0 != std::process::id()
            && let Some(entrance) = CLINGS_TO.get()
        {
            entrance.wait();
        }
    }
}

process_task!(clinging);
fn clinging(_: ()) -> Clinging {
    Clinging(std::process::id())
}

/// The destructor of a result may wait for another task of the pool: it holds up none.
#[test]
fn a_destructor_of_a_result_that_waits_holds_up_no_task() {
    within(|| {
        let (pool, gate) = (pool(1), Gate::closed());
        CLINGS_TO.set(gate.entrance()).unwrap();
        drop(pool.submit(clinging, ()).unwrap());
        let results = pool.map(square, 0..20).unwrap();
        assert_eq!(results.filter(|result| result.is_ok()).count(), 20);
        gate.wait_for_arrivals(1);
        assert_eq!(pool.submit(square, 3).unwrap().result(), Ok(9));
        gate.open();
        pool.shutdown().unwrap();
    });
}

/// No buffer of the size of a large argument is kept.
#[test]
fn the_memory_of_a_large_argument_and_result_is_given_back() {
    within(|| {
        const SIZE: usize = 64 << 20;
        let pool = pool(1);
        let worker = pool.submit(process, ()).unwrap().result().unwrap();
        let text = pool.submit(echo_text, "x".repeat(SIZE)).unwrap();
        assert_eq!(text.result().unwrap().len(), SIZE);
        until("the worker to give its memory back", || {
            let status = std::fs::read_to_string(format!("/proc/{worker}/status")).unwrap();
            let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
            let resident = resident.unwrap().trim().strip_suffix(" kB").unwrap();
            resident.parse::<usize>().unwrap() * 1024 < SIZE / 2
        });
    });
}

/// A name that no thread or process can have is an error, and loses no task.
#[test]
fn a_name_with_a_nul_is_an_error() {
    let builder = ProcessPool::builder().name_prefix("a\0b");
    let error = builder.build().unwrap_err();
    assert!(matches!(error, PoolError::Name(_)), "{error:?}");
}

/// The callbacks of a task that was cancelled may submit to a pool that drains, as those
/// of a finished one may.
#[test]
fn a_callback_of_a_cancelled_task_may_submit_while_the_pool_drains() {
    within(|| {
        let (pool, door, notes) = (Arc::new(pool(1)), Door::new(), Notes::new());
        let held = pool.submit(guest, door.port()).unwrap();
        let inside = door.guest();
        let queued = [(); 2].map(|()| pool.submit(square, 5).unwrap());
        for future in &queued {
            let (pool, notes) = (Arc::clone(&pool), notes.clone());
            future.add_done_callback(move |done| {
                assert!(done.is_cancelled());
                let again = pool.submit(square, 6)?;
                again.add_done_callback(move |done| notes.add(done.result()));
                Result::Ok(())
            });
        }
        pool.begin_shutdown();
        assert!(matches!(pool.submit(square, 1), Err(PoolError::ShutDown)));
        assert!(queued[0].cancel());
        // The second, and what the first has submitted.
        assert_eq!(pool.cancel_queued(), 2);
        inside.let_go();
        pool.shutdown().unwrap();
        assert!(held.result().is_ok());
        assert_eq!(notes.all(), [Err(TaskError::Cancelled), Ok(36)]);
    });
}
