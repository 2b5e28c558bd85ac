//! One check.

/// One check of an exercise. Made by [`checks!`](crate::checks).
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// The name of its function.
    pub name: &'static str,
    /// Panics with a sentence if the answer is wrong.
    pub run: fn(),
}

impl Check {
    /// Its name in plain words.
    ///
    /// ```
    /// let check = checking::Check { name: "pop_waits", run: || () };
    /// assert_eq!(check.title(), "pop waits");
    /// ```
    pub fn title(&self) -> String {
        self.name.replace('_', " ")
    }
}
