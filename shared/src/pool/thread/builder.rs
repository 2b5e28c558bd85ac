//! Making a pool of threads.

use std::fmt;
use std::panic::Location;
use std::sync::{Arc, Weak};

use super::handle::ThreadPool;
use super::state::{Core, Initializer, State};
use crate::error::{PoolError, Result};
use crate::pool::register::register;
use crate::pool::sizes::default_threads;
use crate::primitives::{Condvar, Mutex};
use stage::work;

/// Makes a [`ThreadPool`] with more say in it. See [`ThreadPool::builder`].
///
/// ```
/// use shared::prelude::*;
///
/// # fn main() -> Result {
/// let builder: ThreadPoolBuilder = ThreadPool::builder();
/// let pool = builder.workers(2).name_prefix("crawler").build()?;
/// assert_eq!(pool.workers(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Default)]
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
    /// None at present; as for [`new`](Self::new).
    ///
    /// ```
    /// # use shared::prelude::*;
    /// # fn main() -> Result {
    /// assert_eq!(ThreadPool::with_default_size()?.workers(), shared::pool::default_threads());
    /// # Ok(())
    /// # }
    /// ```
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
    /// At most so many threads, instead of [`default_threads`].
    ///
    /// ```
    /// # use shared::prelude::*;
    /// assert!(ThreadPool::builder().workers(3).build().is_ok());
    /// ```
    #[must_use]
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = Some(workers);
        self
    }

    /// The workers are called `<prefix>_0`, `<prefix>_1`, … instead of
    /// `pool-<number of the pool>_0`, …: Python's `thread_name_prefix`.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// assert!(ThreadPool::builder().name_prefix("cook").build().is_ok());
    /// ```
    #[must_use]
    pub fn name_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// Runs in every new worker before its first task. If it fails, the pool is
    /// broken: what is queued and what comes says so. Python's `initializer`.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// # fn main() -> Result {
    /// let pool = ThreadPool::builder().initializer(|| Ok(say!("ready"))).build()?;
    /// pool.submit(|| ())?.result()?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn initializer(mut self, initializer: impl Fn() -> Result + Send + Sync + 'static) -> Self {
        self.initializer = Some(Box::new(initializer));
        self
    }

    /// Makes the pool.
    ///
    /// # Errors
    ///
    /// If the number of workers is zero, or the prefix contains a NUL character.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// assert!(ThreadPool::builder().workers(0).build().is_err());
    /// ```
    #[track_caller]
    pub fn build(self) -> Result<ThreadPool, PoolError> {
        let workers = self.workers.unwrap_or_else(default_threads);
        if workers == 0 {
            return Err(PoolError::Zero("workers"));
        }
        if let Some(prefix) = self.prefix.as_ref().filter(|name| name.contains('\0')) {
            return Err(PoolError::Name(prefix.clone()));
        }
        let number = work::next_number();
        let core = Arc::new(Core {
            number,
            prefix: self.prefix.unwrap_or_else(|| format!("pool-{number}")),
            workers,
            initializer: self.initializer,
            state: Mutex::new(State::default()),
            work: Condvar::new(),
            garbage_came: Condvar::new(),
            empty: Condvar::new(),
        });
        let weak: Weak<Core> = Arc::downgrade(&core);
        register(weak, number, workers, Location::caller());
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
