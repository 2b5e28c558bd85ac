//! Looks at the threads that ought to be running, while a record is kept.
//!
//! What a thread waits for in the standard library, or in another crate, enters nothing
//! into the record. The system knows of it: this thread asks every few milliseconds, as
//! far as that costs next to nothing. Only Linux tells; elsewhere such a wait is "not
//! recorded".

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use parking_lot::Mutex;

use super::store;
use crate::context::{self, Wait};
use crate::run;
use crate::threads::{self, Background, Glance};

/// Between two looks, at least.
const PAUSE: Duration = Duration::from_millis(2);

/// A look may take this part of the watcher's time. With a thousand threads to look at,
/// it looks less often.
const SHARE: u32 = 20;

static CURRENT: Mutex<Option<Watcher>> = Mutex::new(None);

/// Counts the looks.
static LOOKS: AtomicU64 = AtomicU64::new(0);

/// How often the watcher has looked at the threads so far.
pub(super) fn looks() -> u64 {
    LOOKS.load(Ordering::Acquire)
}

struct Watcher {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

/// Whether this system tells what threads wait for.
fn can_see() -> bool {
    static CAN: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
    *CAN.get_or_init(|| {
        let own = threads::own_number().and_then(threads::glance);
        // Without the files, this thread would seem to have gone.
        own.is_some_and(|glance| glance != Glance::Gone)
    })
}

/// Begins to look, and ends what looked before.
pub(super) fn start() {
    let mut current = CURRENT.lock();
    end(current.take());
    if !can_see() {
        return;
    }
    let stop = Arc::new(AtomicBool::new(false));
    let thread = thread::Builder::new().name("record".to_string()).spawn({
        let stop = Arc::clone(&stop);
        move || watch(&stop)
    });
    // If there can be no thread, what it would see is not recorded.
    *current = thread.ok().map(|thread| Watcher { stop, thread });
}

/// Looks a last time, and ends.
pub(super) fn stop() {
    let mut current = CURRENT.lock();
    if let Some(watcher) = current.take() {
        end(Some(watcher));
        look();
    }
}

fn end(watcher: Option<Watcher>) {
    if let Some(Watcher { stop, thread }) = watcher {
        stop.store(true, Ordering::Relaxed);
        thread.thread().unpark();
        // It does not panic; if it did, the record would only lack what it sees.
        let _ = thread.join();
    }
}

fn watch(stop: &AtomicBool) {
    let _background = Background::begin();
    let mut cost = Duration::ZERO;
    loop {
        thread::park_timeout(PAUSE.max(cost * SHARE));
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let before = threads::own_active_time();
        look();
        let after = threads::own_active_time();
        cost = after
            .unwrap_or_default()
            .saturating_sub(before.unwrap_or_default());
    }
}

/// Looks at each thread once.
fn look() {
    let background = threads::background();
    // Many may be asked for in one look, so the table is read once.
    let mut waits: Option<HashMap<u32, Wait>> = None;
    let mut told = |number: u32| waits.get_or_insert_with(noted).get(&number).cloned();
    let own = threads::own_number();
    for (number, entries) in store::running() {
        // This thread would find itself in the call that looks. While the record
        // pauses, nothing is entered.
        if background.contains(&number) || Some(number) == own || !store::recording() {
            continue;
        }
        if let Some(glance) = threads::glance(number) {
            let real = run::current().elapsed().0;
            store::saw((number, entries), real, glance, &mut told);
        }
    }
    LOOKS.fetch_add(1, Ordering::Release);
}

/// The waits that primitives have noted, by the numbers of their threads.
fn noted() -> HashMap<u32, Wait> {
    let slots = context::wait_slots();
    let waits = slots
        .iter()
        .map(|slot| (slot.thread, slot.wait.lock().clone()));
    waits
        .filter_map(|(number, wait)| Some((number?, wait?)))
        .collect()
}
