//! What both pools can do.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::PoolError;
use crate::future::Future;

/// What both pools can do: Python's `Executor`. Code over `&impl Executor` runs
/// on threads or on processes.
///
/// It demands what the stricter of the two demands: a task is a named function with
/// one argument that can be sent to another process, not any closure.
///
/// ```
/// use shared::prelude::*;
///
/// fn double(n: u32) -> u32 {
///     n * 2
/// }
///
/// fn lesson(pool: &impl Executor) -> Result<u32> {
///     Ok(pool.submit_call(double, 21)?.result()?)
/// }
///
/// # fn main() -> Result {
/// assert_eq!(lesson(&ThreadPool::new(1)?)?, 42);
/// # Ok(())
/// # }
/// ```
pub trait Executor {
    /// Submits the call `function(argument)`.
    ///
    /// # Errors
    ///
    /// If the pool is shut down or broken, or does not know the function.
    fn submit_call<F, A, R>(&self, function: F, argument: A) -> Result<Future<R>, PoolError>
    where
        F: Fn(A) -> R + Copy + Send + 'static,
        A: Serialize + Send + 'static,
        R: DeserializeOwned + Send + Sync + 'static;

    /// Waits until every task is done and ends the workers.
    ///
    /// # Errors
    ///
    /// If called by one of the pool's own workers.
    fn shutdown(&self) -> Result<(), PoolError>;
}
