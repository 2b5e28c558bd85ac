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
}

/// Runs `body`, and turns its panic into a value without the standard report.
pub fn catch<T>(body: impl FnOnce() -> T) -> Result<T, Caught> {
    // Unwind safety: what `body` could leave half changed is its own captures,
    // which are dropped by the unwinding.
    install_hook();
    let before = context::set_catching(true);
    let result = catch_unwind(AssertUnwindSafe(body));
    context::set_catching(before);
    result.map_err(|payload| Caught {
        message: message(&*payload),
        place: context::take_panic_place(),
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
