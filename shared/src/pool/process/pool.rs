//! The pool, as its users see it.

use std::any::type_name;
use std::collections::VecDeque;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::answer::Decoding;
use super::codec::{decode, encode};
use super::driver::Driver;
use super::tasks;
use crate::error::{PoolError, Result};
use crate::future::Future;
use crate::pool::executor::Executor;
use crate::pool::map::{Chunk, Part, Results};
use stage::panics;
use stage::record::{self, Kind, TaskId};
use stage::work::{Report, Work};
use workers::machine::Machine;
use workers::{Call, Failure, Frame, Processes};

/// A bounded number of child processes that call functions.
///
/// The workers are this program, started again. They never run `main`; they know
/// the functions that [`process_task!`](crate::process_task) names, and
/// arguments and results travel to them and back as bytes. What they print
/// reaches the terminal.
///
/// A worker that dies breaks the pool, since its task may be half done. Every
/// pending future and every later submission then says which worker died, and how.
/// So does a pool for which the system starts no worker at all.
///
/// Dropping the pool finishes everything that was submitted, and then ends the
/// processes. No worker outlives this process, however it ends.
///
/// The pool exists on Unix only: Windows has no sockets that a child inherits as its
/// standard input.
///
/// ```
/// use shared::prelude::*;
///
/// process_task!(square);
/// fn square(n: u64) -> u64 {
///     n * n
/// }
///
/// # fn main() -> Result {
/// let pool = ProcessPool::new(2)?;
/// let squares: Vec<u64> = pool.map(square, 1..=11)?.collect::<Result<_, _>>()?;
/// assert_eq!(squares[10], 121);
/// # Ok(())
/// # }
/// ```
pub struct ProcessPool {
    pub(super) core: Arc<Core>,
}

/// The part of the pool that the frame of a chapter knows: see [`Work`].
pub(super) struct Core {
    pub(super) driver: Arc<Driver<Processes, Machine>>,
    pub(super) workers: usize,
    pub(super) submitted: AtomicU64,
}

impl ProcessPool {
    /// Queues the call `function(argument)` and returns at once: Python's `submit`.
    ///
    /// It never waits for a worker, however large the argument is. The task is
    /// pending until it is sent to a worker, and can be cancelled until then.
    ///
    /// If the argument or the result cannot be serialised, or the task panics, this
    /// future fails and no other.
    ///
    /// # Errors
    ///
    /// If the pool is shut down or broken, or if the function is not known: see
    /// [`process_task!`](crate::process_task).
    ///
    /// ```
    /// use shared::prelude::*;
    ///
    /// process_task!(total);
    /// fn total(prices: Vec<u32>) -> u32 {
    ///     prices.iter().sum()
    /// }
    ///
    /// # fn main() -> Result {
    /// let pool = ProcessPool::new(1)?;
    /// assert_eq!(pool.submit(total, vec![3, 4])?.result()?, 7);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn submit<F, A, R>(&self, function: F, argument: A) -> Result<Future<R>, PoolError>
    where
        F: Fn(A) -> R + Copy,
        A: Serialize,
        R: DeserializeOwned + Send + Sync + 'static,
    {
        let _ = function;
        self.core
            .submit::<F, _, R, _>(&argument, false, |bytes| decode("result", bytes))
    }

    /// Calls the function for every item. All items are submitted at once, and the
    /// results come in the order of the items. Python's `Executor.map`.
    ///
    /// # Errors
    ///
    /// As [`submit`](Self::submit).
    ///
    /// ```
    /// # use shared::prelude::*;
    /// # process_task!(square);
    /// # fn square(n: u64) -> u64 {
    /// #     n * n
    /// # }
    /// # fn main() -> Result {
    /// let pool = ProcessPool::new(2)?;
    /// assert_eq!(pool.map(square, [3, 4])?.map(Result::unwrap).collect::<Vec<_>>(), [9, 16]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn map<F, A, R>(
        &self,
        function: F,
        items: impl IntoIterator<Item = A>,
    ) -> Result<Results<R>, PoolError>
    where
        F: Fn(A) -> R + Copy,
        A: Serialize,
        R: DeserializeOwned + Clone + Send + Sync + 'static,
    {
        let called = Instant::now();
        let items = items.into_iter();
        let parts = items.map(|item| self.submit(function, item).map(Part::Item));
        Ok(Results::new(called, parts.collect::<Result<_, _>>()?))
    }

    /// As [`map`](Self::map), in batches of `size` items. The results are the same
    /// for any size. To send a batch costs little more than to send one item, so
    /// small tasks take a fraction of the time. Python's `map(…, chunksize=…)`.
    ///
    /// An item that cannot be serialised fails its whole batch.
    ///
    /// # Errors
    ///
    /// As [`submit`](Self::submit), and if `size` is zero.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// # process_task!(square);
    /// # fn square(n: u64) -> u64 {
    /// #     n * n
    /// # }
    /// # fn main() -> Result {
    /// let pool = ProcessPool::new(2)?;
    /// assert_eq!(pool.map_chunked(square, 0..1000, 100)?.count(), 1000);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn map_chunked<F, A, R>(
        &self,
        function: F,
        items: impl IntoIterator<Item = A>,
        size: usize,
    ) -> Result<Results<R>, PoolError>
    where
        F: Fn(A) -> R + Copy,
        A: Serialize,
        R: DeserializeOwned + Clone + Send + Sync + 'static,
    {
        let _ = function;
        let called = Instant::now();
        if size == 0 {
            return Err(PoolError::Zero("size"));
        }
        let mut items = items.into_iter();
        let mut parts = VecDeque::new();
        loop {
            let chunk: Vec<A> = items.by_ref().take(size).collect();
            if chunk.is_empty() {
                return Ok(Results::new(called, parts));
            }
            let future = self.core.submit::<F, _, _, _>(&chunk, true, decode_chunk)?;
            parts.push_back(Part::Chunk(chunk.len(), future));
        }
    }

    /// Takes no more tasks, waits until everything is done and the processes
    /// have ended. Python's `shutdown(wait=True)`. May be called again.
    ///
    /// A worker that is stopped meanwhile (SIGSTOP) and does not go on within two
    /// seconds is killed, which breaks the pool.
    ///
    /// # Errors
    ///
    /// If a callback of the pool calls it: it would wait for itself.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// # process_task!(length);
    /// # fn length(text: String) -> usize {
    /// #     text.len()
    /// # }
    /// # fn main() -> Result {
    /// let pool = ProcessPool::new(1)?;
    /// let length = pool.submit(length, "Egon".to_string())?;
    /// pool.shutdown()?;
    /// assert_eq!(length.result()?, 4); // it was finished
    /// assert!(pool.worker_ids().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn shutdown(&self) -> Result<(), PoolError> {
        self.core.driver.shutdown()
    }

    /// Takes no more tasks and returns at once; what is queued still runs.
    /// Python's `shutdown(wait=False)`.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// # process_task!(length);
    /// # fn length(text: String) -> usize {
    /// #     text.len()
    /// # }
    /// # fn main() -> Result {
    /// let pool = ProcessPool::new(1)?;
    /// let length = pool.submit(length, "Egon".to_string())?;
    /// pool.begin_shutdown();
    /// assert_eq!(length.result()?, 4);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn begin_shutdown(&self) {
        self.core.driver.begin_shutdown();
    }

    /// Cancels the tasks in the queue, and returns how many those are. The callbacks
    /// of these tasks run before it returns.
    ///
    /// ```
    /// use shared::prelude::*;
    ///
    /// process_task!(nap);
    /// fn nap(seconds: f64) {
    ///     pause(seconds);
    /// }
    ///
    /// # fn main() -> Result {
    /// let pool = ProcessPool::new(1)?;
    /// let futures = [(); 3].map(|()| pool.submit(nap, 0.01).unwrap());
    /// let cancelled = pool.cancel_queued(); // some may have started
    /// pool.shutdown()?;
    /// assert_eq!(futures.iter().filter(|future| future.is_cancelled()).count(), cancelled);
    /// # Ok(())
    /// # }
    /// ```
    pub fn cancel_queued(&self) -> usize {
        self.core.driver.cancel_queued()
    }

    /// How many processes the pool may have.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// assert_eq!(ProcessPool::new(3).unwrap().workers(), 3);
    /// ```
    pub fn workers(&self) -> usize {
        self.core.workers
    }

    /// The system's numbers of the processes that the pool has now, in the order of
    /// their start.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// assert!(ProcessPool::new(3).unwrap().worker_ids().is_empty()); // not needed yet
    /// ```
    pub fn worker_ids(&self) -> Vec<u32> {
        self.core.driver.world.ids()
    }
}

impl Core {
    #[track_caller]
    fn submit<F, A, R, D>(
        &self,
        argument: &A,
        chunk: bool,
        decode: D,
    ) -> Result<Future<R>, PoolError>
    where
        A: Serialize,
        R: Send + Sync + 'static,
        D: FnOnce(&[u8]) -> Result<R, Failure> + Send + 'static,
    {
        let function = type_name::<F>();
        if tasks::find(function).is_none() {
            return Err(PoolError::UnknownFunction(function));
        }
        self.driver.may_submit()?;
        // Encoding is code of the argument's type, and may panic.
        let payload = panics::catch(|| encode("argument", argument))
            .unwrap_or_else(|caught| Err(Failure::Panicked(caught.message)));
        let task = TaskId {
            pool: self.driver.number,
            number: self.submitted.fetch_add(1, Ordering::Relaxed),
        };
        let at = Location::caller();
        let submitted = record::enter(Kind::Submit, Some(task), None, at, String::new);
        let (promise, future, cancelled) = self.driver.pair(task, submitted);
        let call = Call {
            task,
            submitted,
            function: function.to_string(),
            chunk,
        };
        let frame = payload.and_then(|payload| {
            Frame::of_call(call, payload)
                .map_err(|error| Failure::CannotTravel(format!("the argument: {error}")))
        });
        match frame {
            Ok(frame) => {
                let answer = Box::new(Decoding(promise, decode));
                self.driver.submit(task.number, frame, answer, cancelled)?;
            }
            Err(failure) => promise.keep(Err(failure.into()), None).run(),
        }
        Ok(future)
    }
}

fn decode_chunk<R: DeserializeOwned>(bytes: &[u8]) -> Result<Chunk<R>, Failure> {
    let results: Vec<Result<Vec<u8>, Failure>> = decode("result", bytes)?;
    Ok(results
        .into_iter()
        .map(|result| Ok(decode("result", &result?)?))
        .collect())
}

/// Finishes everything that was submitted. In one of the pool's own callbacks,
/// which cannot wait for itself, the pool finishes on its own.
impl Drop for ProcessPool {
    fn drop(&mut self) {
        if matches!(self.shutdown(), Err(PoolError::FromItsOwnWorker)) {
            self.begin_shutdown();
        }
    }
}

impl Executor for ProcessPool {
    #[track_caller]
    fn submit_call<F, A, R>(&self, function: F, argument: A) -> Result<Future<R>, PoolError>
    where
        F: Fn(A) -> R + Copy + Send + 'static,
        A: Serialize + Send + 'static,
        R: DeserializeOwned + Send + Sync + 'static,
    {
        self.submit(function, argument)
    }

    #[track_caller]
    fn shutdown(&self) -> Result<(), PoolError> {
        ProcessPool::shutdown(self)
    }
}

impl Work for Core {
    fn report(&self) -> Report {
        let (done, running, queued) = self.driver.state.lock().machine.counts();
        Report {
            pool: self.driver.name.clone(),
            done,
            running,
            queued,
            starved: None,
        }
    }

    fn abandon(&self) {
        self.driver.abandon();
        self.driver.world.kill_all();
    }
}

impl fmt::Debug for ProcessPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = self.core.report();
        write!(
            f,
            "<ProcessPool {}: {} of at most {} workers, {} queued>",
            report.pool,
            self.core.driver.members(),
            self.core.workers,
            report.queued
        )
    }
}
