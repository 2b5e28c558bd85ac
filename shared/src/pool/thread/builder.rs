//! Making a pool of threads.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use super::handle::ThreadPool;
use super::state::{Core, Initializer, State};
use crate::error::{PoolError, Result};
use crate::pool::new_pool;
use crate::pool::sizes::default_threads;
use crate::primitives::{Condvar, Mutex};
use stage::work;

/// Makes a [`ThreadPool`] with a name prefix or an initializer. See
/// [`ThreadPool::builder`].
#[derive(Default)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct ThreadPoolBuilder {
    workers: Option<usize>,
    prefix: Option<String>,
    initializer: Option<Initializer>,
}

impl ThreadPool {
    /// A pool of at most `workers` threads. None is started before it is needed.
    ///
    /// # Errors
    ///
    /// If `workers` is zero.
    ///
    /// ```
    /// use shared::prelude::*;
    ///
    /// assert!(ThreadPool::new(2).is_ok());
    /// assert!(ThreadPool::new(0).is_err());
    /// ```
    #[track_caller]
    pub fn new(workers: usize) -> Result<Self, PoolError> {
        Self::builder().workers(workers).build()
    }

    /// A pool with [`default_threads`] workers.
    ///
    /// # Errors
    ///
    /// None today. It returns a `Result` as [`new`](Self::new) does.
    #[track_caller]
    pub fn with_default_size() -> Result<Self, PoolError> {
        Self::builder().build()
    }

    /// To choose a name prefix or an initializer as well.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// # fn main() -> Result {
    /// let pool = ThreadPool::builder().workers(1).name_prefix("cook").build()?;
    /// let name = pool.submit(|| stage::context::current_actor().name.clone())?;
    /// assert_eq!(name.result()?, "cook_0");
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder() -> ThreadPoolBuilder {
        ThreadPoolBuilder::default()
    }
}

impl ThreadPoolBuilder {
    /// At most this many threads, instead of [`default_threads`].
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = Some(workers);
        self
    }

    /// The workers are called `<prefix>_0`, `<prefix>_1`, … instead of
    /// `pool-<number of the pool>_0`, …: Python's `thread_name_prefix`.
    pub fn name_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// Runs in every new worker before its first task. If it fails, the pool is
    /// broken: queued tasks and later submissions end with that error. Python's
    /// `initializer`.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// # fn main() -> Result {
    /// let pool = ThreadPool::builder().initializer(|| Err("no licence".into())).build()?;
    /// let error = pool.submit(|| ())?.result().unwrap_err();
    /// assert!(error.to_string().contains("no licence"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn initializer(mut self, initializer: impl Fn() -> Result + Send + Sync + 'static) -> Self {
        self.initializer = Some(Box::new(initializer));
        self
    }

    /// Makes the pool.
    ///
    /// # Errors
    ///
    /// If the number of workers is zero, or the prefix contains a NUL character.
    #[track_caller]
    pub fn build(self) -> Result<ThreadPool, PoolError> {
        let workers = self.workers.unwrap_or_else(default_threads);
        new_pool::check(workers, self.prefix.as_ref())?;
        let number = work::next_number();
        let core = Arc::new(Core {
            number,
            prefix: self.prefix.unwrap_or_else(|| format!("pool-{number}")),
            workers,
            initializer: self.initializer,
            state: Mutex::new(State::default()),
            arrivals: AtomicUsize::new(0),
            work: Condvar::new(),
            garbage_came: Condvar::new(),
            empty: Condvar::new(),
        });
        new_pool::register(&core, number, &core.prefix, false, workers);
        Ok(ThreadPool { core })
    }
}

impl fmt::Debug for ThreadPoolBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadPoolBuilder")
            .field("workers", &self.workers)
            .field("name_prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}
