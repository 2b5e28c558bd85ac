//! How a check says what is wrong.

/// Refuses the answer with a sentence unless `got` is what is `wanted`.
///
/// # Panics
///
/// If it is not, with the sentence and both values.
///
/// ```should_panic
/// let queue: Vec<u32> = vec![];
/// checking::expect(queue.first(), Some(&7), "The first one out has to be the first one in.");
/// ```
pub fn expect<T: PartialEq + std::fmt::Debug>(got: T, wanted: T, sentence: &str) {
    if got != wanted {
        refuse(format!(
            "{sentence}\n\n  it should be {wanted:?}\n  but it is    {got:?}"
        ));
    }
}

/// Refuses the answer with a sentence.
///
/// # Panics
///
/// Always: with this sentence.
pub fn refuse(sentence: impl Into<String>) -> ! {
    // Without the usual report: the place in the checks is of no use to a student.
    std::panic::resume_unwind(Box::new(sentence.into()))
}
