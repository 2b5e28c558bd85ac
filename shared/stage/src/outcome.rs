//! What a section's `main`, or a callback, may return.

use std::error::Error as StdError;

/// Any error. `?` in a section turns every other error into this one.
///
/// ```
/// let error: stage::Error = "no egg left".into();
/// assert_eq!(error.to_string(), "no egg left");
/// ```
pub type Error = Box<dyn StdError + Send + Sync>;

/// The standard result, with [`Error`] unless another error is named. `Result`
/// alone is what a section's `main` returns.
///
/// ```
/// fn lesson() -> stage::Result {
///     let number: u32 = "13".parse()?;
///     assert_eq!(number, 13);
///     Ok(())
/// }
/// # lesson().unwrap();
/// ```
pub type Result<T = (), E = Error> = std::result::Result<T, E>;

/// Nothing, or a [`Result`] whose error is reported: what a section's `main` and
/// a callback may return.
///
/// ```
/// use stage::{Outcome, Result};
///
/// let good: Result = Ok(());
/// assert!(good.into_result().is_ok());
/// assert!(().into_result().is_ok());
/// ```
pub trait Outcome {
    /// The same as a result.
    ///
    /// # Errors
    ///
    /// The error that was returned.
    ///
    /// ```
    /// use stage::{Outcome, Result};
    ///
    /// let bad: Result = Err("no egg left".into());
    /// assert_eq!(bad.into_result().unwrap_err().to_string(), "no egg left");
    /// ```
    fn into_result(self) -> Result;
}

impl Outcome for () {
    fn into_result(self) -> Result {
        Ok(())
    }
}

impl Outcome for Result {
    fn into_result(self) -> Result {
        self
    }
}
