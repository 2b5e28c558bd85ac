//! How a pool of processes is made.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::driver::Driver;
use super::pool::{Core, ProcessPool};
use crate::error::PoolError;
use crate::pool::new_pool;
use crate::pool::sizes::default_processes;
use stage::work;
use workers::Processes;

/// Makes a [`ProcessPool`] with options. See [`ProcessPool::builder`].
///
/// ```
/// use shared::prelude::*;
///
/// # fn main() -> Result {
/// let builder: ProcessPoolBuilder = ProcessPool::builder();
/// assert_eq!(builder.workers(2).build()?.workers(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until `build`"]
pub struct ProcessPoolBuilder {
    workers: Option<usize>,
    prefix: Option<String>,
    tasks_per_worker: Option<u64>,
}

impl ProcessPool {
    /// A pool of at most `workers` processes. None is started before it is needed.
    ///
    /// # Errors
    ///
    /// As [`ProcessPoolBuilder::build`].
    ///
    /// ```
    /// use shared::prelude::*;
    ///
    /// assert!(ProcessPool::new(2).is_ok());
    /// assert!(ProcessPool::new(0).is_err());
    /// ```
    #[track_caller]
    pub fn new(workers: usize) -> Result<Self, PoolError> {
        Self::builder().workers(workers).build()
    }

    /// A pool with [`default_processes`] workers.
    ///
    /// # Errors
    ///
    /// As [`ProcessPoolBuilder::build`].
    ///
    /// ```
    /// # use shared::prelude::*;
    /// # fn main() -> Result {
    /// assert_eq!(ProcessPool::with_default_size()?.workers(), shared::pool::default_processes());
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn with_default_size() -> Result<Self, PoolError> {
        Self::builder().build()
    }

    /// A pool with options: the names of the workers, or after how many tasks they
    /// are replaced.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// # fn main() -> Result {
    /// let pool = ProcessPool::builder().workers(2).name_prefix("cook").build()?;
    /// assert!(format!("{pool:?}").contains("cook"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder() -> ProcessPoolBuilder {
        ProcessPoolBuilder::default()
    }
}

impl ProcessPoolBuilder {
    /// How many processes the pool may have, instead of [`default_processes`].
    ///
    /// ```
    /// # use shared::prelude::*;
    /// assert_eq!(ProcessPool::builder().workers(1).build().unwrap().workers(), 1);
    /// ```
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = Some(workers);
        self
    }

    /// The workers are called `<prefix>_0`, `<prefix>_1`, … instead of
    /// `process-<number of the pool>_0`, ….
    ///
    /// ```
    /// # use shared::prelude::*;
    /// assert!(ProcessPool::builder().name_prefix("cook").build().is_ok());
    /// ```
    pub fn name_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// After how many tasks a worker ends; a fresh one is started when it is needed.
    /// This helps against tasks that leak. Python's `max_tasks_per_child`.
    ///
    /// ```
    /// use shared::prelude::*;
    ///
    /// process_task!(process);
    /// fn process(_: ()) -> u32 {
    ///     std::process::id()
    /// }
    ///
    /// # fn main() -> Result {
    /// let pool = ProcessPool::builder().workers(1).tasks_per_worker(1).build()?;
    /// let first = pool.submit(process, ())?.result()?;
    /// assert_ne!(pool.submit(process, ())?.result()?, first);
    /// # Ok(())
    /// # }
    /// ```
    pub fn tasks_per_worker(mut self, calls: u64) -> Self {
        self.tasks_per_worker = Some(calls);
        self
    }

    /// Makes the pool.
    ///
    /// # Errors
    ///
    /// If a number is zero, if the names would contain a NUL, if this is a worker
    /// process itself, or if the system cannot start the thread that watches the
    /// workers.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// assert!(ProcessPool::builder().workers(0).build().is_err());
    /// ```
    #[track_caller]
    pub fn build(self) -> Result<ProcessPool, PoolError> {
        let workers = self.workers.unwrap_or_else(default_processes);
        new_pool::check(workers, self.prefix.as_ref())?;
        if self.tasks_per_worker == Some(0) {
            return Err(PoolError::Zero("tasks_per_worker"));
        }
        if workers::is_worker() {
            return Err(PoolError::InsideWorker);
        }
        let number = work::next_number();
        let name = self.prefix.unwrap_or_else(|| format!("process-{number}"));
        let refused = |error| PoolError::CannotStart {
            worker: name.clone(),
            error,
        };
        let world = Processes::new(number).map_err(refused)?;
        let core = Arc::new(Core {
            driver: Driver::begin(number, name, world, workers, self.tasks_per_worker)?,
            workers,
            submitted: AtomicU64::new(0),
        });
        new_pool::register(&core, number, &core.driver.name, true, workers);
        Ok(ProcessPool { core })
    }
}
