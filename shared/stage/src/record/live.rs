//! What each thread of the lesson does, as far as the record knows, and what can be seen
//! of it from outside.
//!
//! The entries of a thread tell whether it runs, waits, sleeps, or is idle. If it ought
//! to run but is blocked, it waits in something that enters nothing: a sleep, a channel
//! or a lock of the standard library, a read. Such a wait is entered on its behalf.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::entry::{About, EntryId, Kind, Outcome, Target, WORKER};
use crate::context::{Actor, ActorKind, Primitive, TaskId, Wait};
use crate::threads::Glance;

/// What is shorter is not entered.
const LEAST: Duration = Duration::from_millis(5);

/// The threads of this process that belong to the lesson, by their numbers.
#[derive(Debug, Default)]
pub(super) struct Threads {
    all: BTreeMap<u32, Thread>,
}

/// Where an entry comes from, and when.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) actor: Arc<Actor>,
    /// The task inside which the actor is.
    pub(super) task: Option<TaskId>,
    pub(super) file: &'static str,
    pub(super) line: u32,
    /// Since the start of the section.
    pub(super) real: Duration,
    /// For how long the thread has been running or ready so far, and when that was
    /// measured: a moment before.
    pub(super) active: Option<Duration>,
    pub(super) measured: Duration,
}

/// An entry on behalf of an actor.
#[derive(Clone, Debug)]
pub(super) struct Behalf {
    pub(super) from: Source,
    pub(super) kind: Kind,
    pub(super) cause: Option<EntryId>,
    pub(super) text: String,
    pub(super) about: About,
}

/// One thread.
#[derive(Debug)]
struct Thread {
    /// Of its last entry.
    last: Source,
    /// Counts its entries.
    entries: u64,
    /// Its birth was entered on its behalf, and its end has to be.
    born_here: bool,
    /// It is idle, unless it runs a task or a callback.
    worker: bool,
    /// How many tasks and callbacks it is in.
    runs: u32,
    /// How many recorded waits and sleeps it is in.
    waits: u32,
    /// It has handed itself to an actor that has not entered anything yet.
    switched: bool,
    /// When it was surely not blocked: at its last entry, or when it was looked at.
    ran: Duration,
    blocked: Option<Blocked>,
}

/// A thread that ought to run is blocked, or was.
#[derive(Clone, Copy, Debug)]
struct Blocked {
    since: Duration,
    /// When it was last seen so.
    seen: Duration,
    /// When it was first seen running again. Its own next entry tells more exactly when
    /// it went on.
    over: Option<Duration>,
    /// For how long it had been running or ready before.
    active: Duration,
    /// The entry of the wait.
    wait: Option<EntryId>,
}

impl Threads {
    pub(super) const fn new() -> Self {
        Threads {
            all: BTreeMap::new(),
        }
    }

    /// The thread is about to enter something: what was entered on its behalf is over.
    /// With `birth`, its first entry is its birth. Returns whether that was entered now.
    pub(super) fn acts(
        &mut self,
        number: u32,
        from: &Source,
        kind: Kind,
        birth: bool,
        push: &mut dyn FnMut(Behalf) -> EntryId,
    ) -> bool {
        if self.all.contains_key(&number) {
            self.goes_on(number, from, push);
            return false;
        }
        let is_thread = from.actor.kind == ActorKind::Thread;
        // A thread that only creates others is none of the lesson's.
        let born_here = birth && is_thread && !matches!(kind, Kind::Born | Kind::Spawn);
        if born_here {
            push(Behalf {
                from: from.clone(),
                kind: Kind::Born,
                cause: None,
                text: String::new(),
                about: About::Nothing,
            });
        }
        let thread = Thread {
            last: from.clone(),
            entries: 0,
            born_here,
            worker: false,
            runs: 0,
            waits: 0,
            switched: false,
            ran: from.real,
            blocked: None,
        };
        self.all.insert(number, thread);
        born_here
    }

    /// The thread ends, and enters that only if its birth was entered on its behalf.
    pub(super) fn ends(
        &mut self,
        number: u32,
        from: Source,
        push: &mut dyn FnMut(Behalf) -> EntryId,
    ) {
        self.goes_on(number, &from, push);
        if self
            .all
            .remove(&number)
            .is_some_and(|thread| thread.born_here)
        {
            push(Behalf {
                from,
                kind: Kind::Exit,
                cause: None,
                text: String::new(),
                about: About::Nothing,
            });
        }
    }

    /// The thread runs now: what was seen of it is over.
    pub(super) fn goes_on(
        &mut self,
        number: u32,
        now: &Source,
        push: &mut dyn FnMut(Behalf) -> EntryId,
    ) {
        if let Some(thread) = self.all.get_mut(&number)
            && let Some(blocked) = thread.blocked.take()
        {
            // It has been active since it woke up.
            let active = now.active.unwrap_or_default();
            let over = now
                .measured
                .saturating_sub(active.saturating_sub(blocked.active));
            let latest = blocked.over.unwrap_or(now.real);
            thread.wake(blocked, over.max(blocked.seen).min(latest), push);
        }
    }

    /// The record ends: what is over is over, although the thread has entered nothing
    /// since.
    pub(super) fn end(&mut self, push: &mut dyn FnMut(Behalf) -> EntryId) {
        for thread in self.all.values_mut() {
            if let Some(blocked) = thread.blocked
                && let Some(over) = blocked.over
            {
                thread.wake(blocked, between(blocked.seen, over), push);
                thread.blocked = None;
            }
        }
    }

    /// The thread has entered something.
    pub(super) fn entered(&mut self, number: u32, from: Source, kind: Kind, text: &str) {
        let Some(thread) = self.all.get_mut(&number) else {
            return;
        };
        thread.entries += 1;
        thread.ran = from.real;
        thread.switched = kind == Kind::Switch;
        let ended = |count: u32| count.saturating_sub(1);
        match kind {
            Kind::Start | Kind::Callback => thread.runs += 1,
            Kind::End | Kind::CallbackEnd => thread.runs = ended(thread.runs),
            Kind::Wait | Kind::Sleep => thread.waits += 1,
            Kind::Wake | Kind::Awake => thread.waits = ended(thread.waits),
            Kind::Born => thread.worker = text == WORKER,
            _ => {}
        }
        thread.last = from;
        if kind == Kind::Exit {
            self.all.remove(&number);
        }
    }

    /// The threads that ought to be running, each with the number of its entries.
    pub(super) fn running(&self) -> Vec<(u32, u64)> {
        let running = self.all.iter().filter(|(_, thread)| thread.ought_to_run());
        running
            .map(|(number, thread)| (*number, thread.entries))
            .collect()
    }

    /// A thread was looked at after that number of entries. `told` says what a
    /// primitive has noted about its wait.
    pub(super) fn saw(
        &mut self,
        (number, entries): (u32, u64),
        real: Duration,
        glance: Glance,
        told: &mut dyn FnMut(u32) -> Option<Wait>,
        push: &mut dyn FnMut(Behalf) -> EntryId,
    ) {
        let Some(thread) = self.all.get_mut(&number) else {
            return;
        };
        // It has done something since: what was seen is from before.
        if thread.entries != entries || !thread.ought_to_run() {
            return;
        }
        match glance {
            Glance::Gone => {
                if let Some(blocked) = thread.blocked.take() {
                    let over = between(blocked.seen, blocked.over.unwrap_or(real));
                    thread.wake(blocked, over, push);
                }
                self.all.remove(&number);
            }
            Glance::Runs => {
                if let Some(blocked) = &mut thread.blocked {
                    blocked.over.get_or_insert(real);
                }
                thread.ran = real;
            }
            Glance::Blocked { on, active } => {
                if let Some(blocked) = &mut thread.blocked
                    && blocked.active == active
                    && blocked.over.is_none()
                {
                    blocked.seen = real;
                    if blocked.wait.is_none()
                        && real.saturating_sub(blocked.since) >= LEAST
                        && let Some(on) = on
                    {
                        let since = blocked.since;
                        let wait = thread.wait(since, active, on, told(number));
                        let entry = push(wait);
                        thread.blocked.as_mut().expect("it is blocked").wait = Some(entry);
                    }
                    return;
                }
                // It has run since the last look, if only for a moment.
                let mut ran = thread.ran;
                if let Some(blocked) = thread.blocked.take() {
                    let over = between(blocked.seen, blocked.over.unwrap_or(real));
                    thread.wake(blocked, over, push);
                    ran = ran.max(over);
                }
                // If it has not been blocked since its last entry, this is exact.
                let since = match thread.last.active {
                    Some(before) => thread.last.measured + active.saturating_sub(before),
                    None => real,
                };
                thread.blocked = Some(Blocked {
                    since: since.max(ran).min(real),
                    seen: real,
                    over: None,
                    active,
                    wait: None,
                });
            }
        }
    }
}

impl Thread {
    fn ought_to_run(&self) -> bool {
        self.waits == 0 && !self.switched && (!self.worker || self.runs > 0)
    }

    /// The last line that is known of it, at another time.
    fn at(&self, real: Duration, active: Option<Duration>) -> Source {
        Source {
            real,
            active,
            ..self.last.clone()
        }
    }

    fn wait(
        &self,
        since: Duration,
        active: Duration,
        on: &'static str,
        told: Option<Wait>,
    ) -> Behalf {
        let mut from = self.at(since, Some(active));
        let (mut text, mut target, mut limit) = (on.to_string(), Target::Seen, None);
        if let Some(wait) = told
            && let Some(primitive) = wait.primitive
        {
            (from.file, from.line) = (wait.at.file(), wait.at.line());
            text = wait.what.into_owned();
            limit = wait.limit.map(|limit| limit.as_secs_f64());
            target = match primitive {
                Primitive::Lock => Target::Lock,
                Primitive::Notification => Target::Notification,
            };
        }
        Behalf {
            from,
            kind: Kind::Wait,
            cause: None,
            text,
            about: About::Wait { target, limit },
        }
    }

    /// The wait is over, if it was long enough to be entered.
    fn wake(&self, blocked: Blocked, real: Duration, push: &mut dyn FnMut(Behalf) -> EntryId) {
        if blocked.wait.is_some() {
            push(Behalf {
                from: self.at(real, Some(blocked.active)),
                kind: Kind::Wake,
                cause: blocked.wait,
                text: String::new(),
                about: About::Outcome(Outcome::Woken),
            });
        }
    }
}

/// A time in between, where no more is known.
fn between(from: Duration, to: Duration) -> Duration {
    from + to.saturating_sub(from) / 2
}
