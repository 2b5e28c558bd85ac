//! The threads of a model, and the one place in which it is decided which of
//! them goes on.

use std::time::Duration;

use crate::decide::Decisions;
use crate::schedule::{Move, Price};
use crate::status::{Held, Sleep, Status, Thread, Woken};
use crate::story::{Cast, Story};
use crate::words::{Address, Place, Step};

/// A thread that spins for ever fails the model instead of hanging it.
pub(crate) const STEPS: usize = 20_000;

/// Why an execution ends before its threads do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    Deadlock,
    /// A thread waits for a lock that it holds itself.
    OwnLock,
    Spins,
    Panic(String),
}

/// What the thread that asked for a decision has to do.
pub(crate) enum Next {
    Stay,
    Switch,
    /// The execution is over: this thread never goes on.
    Never,
}

/// One model: its decisions, and the state of the current execution.
pub(crate) struct Engine {
    pub(crate) decisions: Decisions,
    pub(crate) story: Story,
    pub(crate) threads: Vec<Thread>,
    pub(crate) current: usize,
    pub(crate) clock: Duration,
    pub(crate) held: Vec<Held>,
    /// How many more threads may be started.
    pub(crate) threads_left: usize,
    /// Whether a thread can observe that a lock is taken without waiting for it, by
    /// `try_lock`. Then the holder can be stopped just before it unlocks, too.
    pub(crate) watched: bool,
    watched_next: bool,
    sleeps: usize,
    steps: usize,
    next: Option<usize>,
    pub(crate) stopped: Option<Stop>,
    pub(crate) over: bool,
    /// Who was unwinding a panic when it was stopped.
    pub(crate) unwinding: Option<usize>,
    options: Vec<(Move, Price)>,
}

impl Engine {
    pub(crate) fn new(decisions: Decisions, noting: bool, watched: bool) -> Self {
        Engine {
            decisions,
            story: Story::new(noting),
            threads: Vec::new(),
            current: 0,
            clock: Duration::ZERO,
            held: Vec::new(),
            threads_left: usize::MAX,
            watched,
            watched_next: watched,
            sleeps: 0,
            steps: 0,
            next: None,
            stopped: None,
            over: false,
            unwinding: None,
            options: Vec::new(),
        }
    }

    /// Prepares the next execution. False if there is none.
    pub(crate) fn next_execution(&mut self) -> bool {
        if self.stopped.is_some() {
            return false;
        }
        if self.watched != self.watched_next {
            self.watched = self.watched_next;
            self.decisions.restart_phase();
        }
        if !self.decisions.next_execution() {
            return false;
        }
        self.story.begin();
        self.threads.clear();
        self.held.clear();
        self.clock = Duration::ZERO;
        self.threads_left = usize::MAX;
        self.sleeps = 0;
        self.steps = 0;
        self.over = false;
        self.unwinding = None;
        self.current = self.add_thread("main".to_string());
        self.next = Some(self.current);
        true
    }

    /// A new thread; its number.
    pub(crate) fn add_thread(&mut self, name: String) -> usize {
        self.threads.push(Thread {
            name,
            status: Status::Ready,
            woken: Woken::Notified,
            slept: 0,
            fresh: false,
            token: false,
        });
        self.threads.len() - 1
    }

    pub(crate) fn me(&mut self) -> &mut Thread {
        &mut self.threads[self.current]
    }

    /// Notes a step of the current thread.
    pub(crate) fn step(&mut self, step: impl FnOnce() -> Step, at: Option<Place>) {
        self.story.step(self.current, step, at);
    }

    /// From the next execution on, a thread can be stopped before it unlocks.
    pub(crate) fn watch_locks(&mut self) {
        self.watched_next = true;
    }

    /// Whether the current thread has just taken a lock, and done nothing since.
    pub(crate) fn was_fresh(&mut self) -> bool {
        std::mem::take(&mut self.me().fresh) && !self.watched
    }

    /// The current thread has this lock from now on.
    pub(crate) fn take_lock(&mut self, lock: Address) {
        let by = self.current;
        self.held.push(Held { lock, by });
        self.me().fresh = true;
    }

    /// The current thread gives this lock back.
    pub(crate) fn free_lock(&mut self, lock: Address) {
        self.held.retain(|held| held.lock != lock);
        self.me().fresh = false;
    }

    pub(crate) fn holder(&self, lock: Address) -> Option<usize> {
        let mut held = self.held.iter();
        held.find(|held| held.lock == lock).map(|held| held.by)
    }

    /// The primitive is gone; another one may get its address.
    pub(crate) fn forget(&mut self, address: Address) {
        self.held.retain(|held| held.lock != address);
        self.story.forget(address);
    }

    /// When a limit that begins now is over. One of a thousand years is none.
    pub(crate) fn deadline(&self, limit: Duration) -> Option<Duration> {
        const NEVER: Duration = Duration::from_secs(1000 * 365 * 24 * 3600);
        (limit < NEVER).then(|| self.clock.saturating_add(limit))
    }

    fn is_due(&self, deadline: Option<Duration>) -> bool {
        deadline.is_some_and(|deadline| deadline <= self.clock)
    }

    pub(crate) fn could_go(&self, thread: usize) -> bool {
        let free = |lock: Address| self.holder(lock).is_none();
        match &self.threads[thread].status {
            Status::Ready => true,
            Status::Lock(lock) => free(*lock),
            Status::Asleep(sleep) => self.is_due(sleep.deadline) && sleep.lock.is_none_or(free),
            Status::Joins(other) => matches!(self.threads[*other].status, Status::Gone),
            Status::Gone => false,
        }
    }

    /// Decides which thread goes on when the current one has this status.
    pub(crate) fn after(&mut self, needs: Status, others_first: bool) -> Next {
        let me = self.current;
        if let Status::Asleep(_) = needs {
            self.sleeps += 1;
            self.threads[me].slept = self.sleeps;
        }
        self.threads[me].status = needs;
        self.threads[me].fresh = false;
        if self.over {
            return match self.could_go(me) {
                true => Next::Stay,
                false => Next::Never,
            };
        }
        if !std::thread::panicking() {
            self.unwinding = None;
        } else if self.unwinding.is_none() {
            self.unwinding = Some(me);
        }
        self.next = self.choose(others_first);
        match self.next {
            Some(next) if next == me => {
                self.next = None;
                Next::Stay
            }
            _ => Next::Switch,
        }
    }

    /// Decides which thread goes on. None if the execution has to stop.
    fn choose(&mut self, others_first: bool) -> Option<usize> {
        loop {
            self.steps += 1;
            if self.steps > STEPS {
                return self.stop(Stop::Spins);
            }
            let mut options = std::mem::take(&mut self.options);
            self.list(&mut options, others_first);
            let choice = match options.is_empty() {
                false => Some(self.decisions.pick(&options)),
                true => None,
            };
            self.options = options;
            match choice {
                Some(Move::TimeOut(thread)) => self.time_out(thread, true),
                Some(Move::WakeUp(thread)) => {
                    self.story.step(thread, || Step::WakesForNoReason, None);
                    self.wake(thread, Woken::NoReason);
                    self.current = thread;
                    return Some(thread);
                }
                Some(Move::Go(thread)) => {
                    if let Status::Asleep(_) = self.threads[thread].status {
                        self.time_out(thread, false);
                    }
                    self.current = thread;
                    return Some(thread);
                }
                Some(_) => unreachable!("no thread is chosen like this"),
                // Time passes until a thread can go on.
                None => match self.deadlines().map(|(_, deadline)| deadline).min() {
                    Some(deadline) => self.clock = deadline,
                    None => return self.stop(Stop::Deadlock),
                },
            }
        }
    }

    /// What can happen next, the simplest first. Empty if no thread can go on.
    fn list(&self, options: &mut Vec<(Move, Price)>, others_first: bool) {
        options.clear();
        let me = self.current;
        let goes_on = self.could_go(me);
        if goes_on && !others_first {
            options.push((Move::Go(me), Price::Nothing));
        }
        let price = match goes_on && !others_first {
            true => Price::Switch,
            false => Price::Nothing,
        };
        let others = (0..self.threads.len()).filter(|thread| *thread != me);
        let others = others.filter(|thread| self.could_go(*thread));
        options.extend(others.map(|thread| (Move::Go(thread), price)));
        if options.is_empty() && goes_on {
            options.push((Move::Go(me), Price::Nothing));
        }
        if options.is_empty() {
            return;
        }
        // The limit that is over first.
        if let Some(first) = self.sleeps().filter_map(|(_, sleep)| sleep.deadline).min() {
            let over = self
                .sleeps()
                .filter(|(thread, sleep)| sleep.deadline == Some(first) && !self.could_go(*thread));
            options.extend(over.map(|(thread, _)| (Move::TimeOut(thread), Price::Early)));
        }
        let light = self.sleeps().filter(|(thread, sleep)| {
            let free = |lock: Address| self.holder(lock).is_none();
            sleep.light && sleep.lock.is_none_or(free) && !self.could_go(*thread)
        });
        options.extend(light.map(|(thread, _)| (Move::WakeUp(thread), Price::WakeUp)));
    }

    fn sleeps(&self) -> impl Iterator<Item = (usize, &Sleep)> {
        let threads = self.threads.iter().enumerate();
        threads.filter_map(|(number, thread)| match &thread.status {
            Status::Asleep(sleep) => Some((number, sleep)),
            _ => None,
        })
    }

    /// Those limits that are not over.
    fn deadlines(&self) -> impl Iterator<Item = (usize, Duration)> {
        let sleeps = self.sleeps();
        sleeps
            .filter_map(|(thread, sleep)| Some((thread, sleep.deadline?)))
            .filter(|(_, deadline)| *deadline > self.clock)
    }

    fn time_out(&mut self, thread: usize, early: bool) {
        if let Status::Asleep(Sleep {
            deadline: Some(deadline),
            ..
        }) = self.threads[thread].status
        {
            self.clock = self.clock.max(deadline);
        }
        self.story.step(thread, || Step::TimeIsOver { early }, None);
        self.wake(thread, Woken::TimedOut);
    }

    /// Those who sleep on this, the longest sleep first.
    pub(crate) fn sleepers(&self, on: Address) -> Vec<usize> {
        let sleeps = self.sleeps().filter(|(_, sleep)| sleep.on == on);
        let mut sleepers: Vec<usize> = sleeps.map(|(thread, _)| thread).collect();
        sleepers.sort_by_key(|thread| self.threads[*thread].slept);
        sleepers
    }

    /// Ends the thread's sleep.
    pub(crate) fn wake(&mut self, thread: usize, why: Woken) {
        let thread = &mut self.threads[thread];
        if let Status::Asleep(sleep) = &thread.status {
            thread.woken = why;
            thread.status = match sleep.lock {
                Some(lock) => Status::Lock(lock),
                None => Status::Ready,
            };
        }
    }

    /// The execution ends here.
    pub(crate) fn stop(&mut self, why: Stop) -> Option<usize> {
        self.over = true;
        self.next = None;
        self.stopped.get_or_insert(why);
        None
    }

    /// `shuttle` asks which thread goes on: it can go on with any of these.
    pub(crate) fn next_thread(
        &mut self,
        current: Option<usize>,
        can_current_go_on: bool,
    ) -> Option<usize> {
        if self.over {
            return None;
        }
        if let Some(next) = self.next.take() {
            return Some(next);
        }
        let current = current?;
        if can_current_go_on {
            // It also asks when a thread starts another one, and when `main` ends.
            // Another thread can observe neither.
            return Some(current);
        }
        self.threads[current].status = Status::Gone;
        self.choose(false)
    }

    /// The steps of the current execution, and who waits in the end.
    pub(crate) fn tell(&self) -> (String, String) {
        let threads = self.threads.iter();
        let held = self.held.iter();
        self.story.tell(&Cast {
            names: threads.map(|thread| thread.name.as_str()).collect(),
            holders: held.map(|held| (held.lock, held.by)).collect(),
        })
    }
}
