//! Where the record is kept.

use std::collections::HashMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use super::entry::{Entry, EntryId};
use super::live::{Behalf, Source, Threads};
use crate::context::{TaskId, Wait};
use crate::run;
use crate::threads::Glance;

static RECORDING: AtomicBool = AtomicBool::new(false);
static NEXT_ENTRY: AtomicU64 = AtomicU64::new(0);
static STORE: Mutex<Store> = Mutex::new(Store {
    log: Log {
        entries: Vec::new(),
        shuffled: false,
    },
    threads: Threads::new(),
    home: None,
});

/// In a worker process: sends the entries to the parent.
static SENDER: OnceLock<fn(&Entry)> = OnceLock::new();

struct Store {
    log: Log,
    threads: Threads,
    /// The thread that started the record. It lived before.
    home: Option<u32>,
}

struct Log {
    entries: Vec<Entry>,
    /// Whether an entry stands in front of one with a smaller number.
    shuffled: bool,
}

/// The thread that enters something.
#[derive(Clone, Copy, Debug)]
pub(super) struct Author {
    /// The system's number of it.
    pub(super) number: u32,
    /// Whether its birth and its end are entered by nobody else.
    pub(super) birth: bool,
}

/// Costs one relaxed load.
pub(super) fn recording() -> bool {
    RECORDING.load(Ordering::Relaxed)
}

/// Begins a record on the thread with this number.
pub(super) fn start(home: Option<u32>) {
    let mut store = STORE.lock();
    store.log.entries.clear();
    store.log.shuffled = false;
    store.threads = Threads::new();
    store.home = home;
    RECORDING.store(true, Ordering::Relaxed);
}

/// In a worker process: the entries go to the parent.
pub(super) fn send_to(send: fn(&Entry), recording: bool) {
    let _ = SENDER.set(send);
    RECORDING.store(recording, Ordering::Relaxed);
}

/// From now on, nothing is entered.
pub(super) fn stop() {
    RECORDING.store(false, Ordering::Relaxed);
}

/// Nothing is entered until [`resume`]. Returns whether a record was kept.
pub(super) fn pause() -> bool {
    RECORDING.swap(false, Ordering::Relaxed)
}

/// The end of a pause.
pub(super) fn resume(was_recording: bool) {
    RECORDING.fetch_or(was_recording, Ordering::Relaxed);
}

/// The entries so far, in order.
pub(super) fn take() -> Vec<Entry> {
    let mut store = STORE.lock();
    let mut entries = std::mem::take(&mut store.log.entries);
    if std::mem::take(&mut store.log.shuffled) {
        number_anew(&mut entries);
    }
    entries
}

/// Takes over an entry of another process.
pub(super) fn adopt(entry: Entry) {
    STORE.lock().log.entries.push(entry);
}

/// Enters what happens now. Without an author, it is entered for an actor that cannot
/// do so itself. `task` is what it is about, if that is not the task inside which it
/// happens. Returns the name of the entry, and whether the author's birth was entered.
pub(super) fn append(
    mut what: Behalf,
    task: Option<TaskId>,
    author: Option<Author>,
) -> (EntryId, bool) {
    // Number and time are taken under the lock, so that both grow along the record.
    let mut store = STORE.lock();
    let Store { log, threads, home } = &mut *store;
    what.from.real = run::current().elapsed().0;
    let mut born = false;
    if let Some(Author { number, birth }) = author {
        let birth = birth && Some(number) != *home;
        born = threads.acts(number, &what.from, what.kind, birth, &mut |behalf| {
            log.push(behalf, None)
        });
        threads.entered(number, what.from.clone(), what.kind, &what.text);
    }
    (log.push(what, task), born)
}

/// A thread ends. That is entered if its birth was entered on its behalf.
pub(super) fn ends(number: u32, mut from: Source) {
    let mut store = STORE.lock();
    let Store { log, threads, .. } = &mut *store;
    from.real = run::current().elapsed().0;
    threads.ends(number, from, &mut |behalf| log.push(behalf, None));
}

/// The threads that ought to be running, each with the number of its entries.
pub(super) fn running() -> Vec<(u32, u64)> {
    STORE.lock().threads.running()
}

/// A thread was looked at, after that number of entries; see [`Threads::saw`].
pub(super) fn saw(
    thread: (u32, u64),
    real: Duration,
    glance: Glance,
    told: &mut dyn FnMut(u32) -> Option<Wait>,
) {
    let mut store = STORE.lock();
    let Store { log, threads, .. } = &mut *store;
    threads.saw(thread, real, glance, told, &mut |behalf| {
        log.push(behalf, None)
    });
}

/// A thread runs, and enters nothing: what was seen of it is over.
pub(super) fn goes_on(number: u32, mut now: Source) {
    let mut store = STORE.lock();
    let Store { log, threads, .. } = &mut *store;
    now.real = run::current().elapsed().0;
    threads.goes_on(number, &now, &mut |behalf| log.push(behalf, None));
}

/// The record ends: what is over is over.
pub(super) fn end() {
    let mut store = STORE.lock();
    let Store { log, threads, .. } = &mut *store;
    threads.end(&mut |behalf| log.push(behalf, None));
}

impl Log {
    fn push(&mut self, what: Behalf, task: Option<TaskId>) -> EntryId {
        let Behalf {
            from,
            kind,
            cause,
            text,
            about,
        } = what;
        let id = EntryId {
            process: std::process::id(),
            number: NEXT_ENTRY.fetch_add(1, Ordering::Relaxed),
        };
        let entry = Entry {
            id,
            cause,
            actor: from.actor,
            task: task.or(from.task),
            kind,
            text,
            about,
            cpu: from.active,
            file: from.file.to_string(),
            line: from.line,
            real: from.real,
            simulated: run::current().simulated(from.real),
        };
        match SENDER.get() {
            Some(send) => send(&entry),
            None => self.insert(entry),
        }
        id
    }

    /// What was seen from outside began a moment ago: it stands behind what this
    /// process had entered by then.
    fn insert(&mut self, entry: Entry) {
        let is_earlier =
            |other: &Entry| other.id.process == entry.id.process && other.real <= entry.real;
        let place = self.entries.iter().rposition(is_earlier);
        let place = place.map_or(0, |place| place + 1);
        let own = |other: &Entry| other.id.process == entry.id.process;
        if self.entries[place..].iter().any(own) {
            self.shuffled = true;
            self.entries.insert(place, entry);
        } else {
            self.entries.push(entry);
        }
    }
}

/// Gives the entries of this process numbers that grow along the record.
fn number_anew(entries: &mut [Entry]) {
    let process = std::process::id();
    let own = |id: &EntryId| id.process == process;
    let old: Vec<u64> = entries
        .iter()
        .map(|entry| &entry.id)
        .filter(|id| own(id))
        .map(|id| id.number)
        .collect();
    let mut sorted = old.clone();
    sorted.sort_unstable();
    let new: HashMap<u64, u64> = std::iter::zip(old, sorted).collect();
    for entry in entries {
        for id in std::iter::once(&mut entry.id).chain(&mut entry.cause) {
            if own(id) {
                id.number = new.get(&id.number).copied().unwrap_or(id.number);
            }
        }
    }
}
