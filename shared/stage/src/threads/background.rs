//! Threads that serve the library and are no part of a lesson.

use std::collections::BTreeSet;
use std::marker::PhantomData;

use parking_lot::Mutex;

use super::number::own_number;

static BACKGROUND: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

/// Marks the current thread as one that serves the library, until this is dropped. A
/// server inside the program waits for connections all the time, for instance: that
/// says nothing about the lesson, so the watchdog looks past such a thread.
///
/// It stays on its thread. Only what the thread does by itself should be inside: a task
/// or a callback that it runs belongs to the lesson.
///
/// ```
/// use stage::threads::Background;
///
/// let server = std::thread::spawn(|| {
///     let _background = Background::begin();
///     // Accepts connections …
/// });
/// # server.join().unwrap();
/// ```
#[derive(Debug)]
#[must_use = "when it is dropped, the thread is a part of the lesson again"]
pub struct Background {
    /// `None` if it is inside another one.
    number: Option<u32>,
    _stays_on_its_thread: PhantomData<*const ()>,
}

impl Background {
    /// From now on, this thread serves the library.
    pub fn begin() -> Self {
        let number = own_number().filter(|number| BACKGROUND.lock().insert(*number));
        Background {
            number,
            _stays_on_its_thread: PhantomData,
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            BACKGROUND.lock().remove(&number);
        }
    }
}

/// The numbers of those threads.
pub(crate) fn background() -> BTreeSet<u32> {
    BACKGROUND.lock().clone()
}

/// Whether the current thread is one of them.
pub(crate) fn is_background() -> bool {
    own_number().is_some_and(|number| BACKGROUND.lock().contains(&number))
}
