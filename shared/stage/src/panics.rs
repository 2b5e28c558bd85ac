//! What a panic said, and who says it.
//!
//! A task that panics is not an accident of the program: its future carries
//! the panic to whoever asks. So the standard report, with its hint about
//! backtraces, is replaced by one narrated line.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use crate::{context, ending};

/// A panic that was caught.
#[derive(Debug)]
pub struct Caught {
    /// What it said.
    pub message: String,
    /// Where it was raised, as `file:line`, when known.
    pub place: Option<String>,
    /// What it carried besides the message.
    pub payload: Payload,
}

/// What a panic carried, unless that was just a text.
///
/// Its destructor is the program's code. It may be slow, so whoever catches a
/// panic decides where to drop this. Dropping it never panics.
#[derive(Debug, Default)]
pub struct Payload(Option<Box<dyn Any + Send>>);

impl Payload {
    /// Whether there is nothing to drop.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }
}

impl Drop for Payload {
    fn drop(&mut self) {
        if let Some(payload) = self.0.take() {
            let dropped = catch_unwind(AssertUnwindSafe(|| drop(payload)));
            // The second panic carries a payload as well. It is leaked, or this
            // would never end.
            std::mem::forget(dropped);
        }
    }
}

/// Runs `body`, and turns its panic into a value without the standard report.
///
/// ```
/// let caught = stage::panics::catch(|| panic!("no egg left")).unwrap_err();
/// assert_eq!(caught.message, "no egg left");
/// ```
pub fn catch<T>(body: impl FnOnce() -> T) -> Result<T, Caught> {
    // Unwind safety: what `body` could leave half changed is its own captures,
    // which are dropped by the unwinding.
    install_hook();
    let before = context::set_catching(true);
    let result = catch_unwind(AssertUnwindSafe(body));
    context::set_catching(before);
    result.map_err(|payload| {
        let is_text = payload.is::<&str>() || payload.is::<String>();
        Caught {
            message: message(&*payload),
            place: context::take_panic_place(),
            payload: Payload((!is_text).then_some(payload)),
        }
    })
}

/// The text of a panic's payload.
pub fn message(payload: &(dyn Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        (*text).to_string()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        "a panic without a text".to_string()
    }
}

/// Silences the standard report of panics that [`catch`] catches; all others
/// are reported as before.
fn install_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let text = message(info.payload());
            // The standard `println!` panics when its reader has gone.
            if text.starts_with("failed printing to stdout") && text.contains("Broken pipe") {
                ending::reader_has_gone();
            }
            if context::catching() {
                context::set_panic_place(
                    info.location()
                        .map(|at| format!("{}:{}", at.file(), at.line())),
                );
            } else {
                before(info);
            }
        }));
    });
}

impl std::fmt::Display for Caught {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{} ({place})", self.message),
            None => f.write_str(&self.message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Panics when dropped, again and again.
    struct Spiteful;

    impl Drop for Spiteful {
        fn drop(&mut self) {
            std::panic::panic_any(Spiteful);
        }
    }

    /// A panic's payload may panic when it is dropped: the panic is caught all
    /// the same.
    #[test]
    fn a_payload_that_panics_when_dropped_is_caught() {
        let caught = catch(|| {
            // The report of the second panic is caught as well.
            catch(|| std::panic::panic_any(Spiteful))
                .unwrap_err()
                .message
        });
        assert_eq!(caught.unwrap(), "a panic without a text");
    }
}
