//! The life of a worker, from its start to the end of the pool.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::state::{Core, Standing, State};
use crate::error::BrokenPool;
use crate::primitives::{self, MutexGuard, Patience};
use stage::panics::Payload;
use stage::{narrate, panics};

impl Core {
    /// Sees to it that what is queued finds a worker: an idle one, or a new one if
    /// the pool may have one.
    ///
    /// # Errors
    ///
    /// If the system refuses the first worker: then the pool is broken. A pool that
    /// has workers goes on with those.
    pub(super) fn provide_worker(
        self: &Arc<Self>,
        mut state: MutexGuard<'_, State>,
    ) -> Result<(), BrokenPool> {
        if state.queue.len() <= state.idle() {
            if state.coming > 0 {
                // Only those that look for a moment see this. It is not relied on.
                self.arrivals.fetch_add(1, Ordering::Relaxed);
            }
            // Those that come back look at the queue by themselves.
            let wake = state.asleep > 0 && state.queue.len() > state.coming;
            drop(state);
            if wake {
                self.work.notify_one();
            }
            return Ok(());
        }
        if state.names.len() == self.workers {
            return Ok(());
        }
        let Err((worker, error)) = self.start_worker(&mut state) else {
            return Ok(());
        };
        let left = state.names.len();
        if left == 0 {
            let what = format!("the system cannot start its first worker, {worker}: {error}");
            let broken = BrokenPool { worker, what };
            state.broken = Some(broken.clone());
            let queue = std::mem::take(&mut state.queue);
            drop(state);
            for job in queue {
                job.cancel();
            }
            return Err(broken);
        }
        let told = std::mem::replace(&mut state.refusal_told, true);
        drop(state);
        if !told {
            let workers = if left == 1 { "worker" } else { "workers" };
            narrate::say(format_args!(
                "the system cannot start the worker {worker}: {error}; \
                 the pool goes on with the {left} {workers} that it has"
            ));
        }
        Ok(())
    }

    fn start_worker(self: &Arc<Self>, state: &mut State) -> Result<(), (String, std::io::Error)> {
        let name = format!("{}_{}", self.prefix, state.started);
        let core = Arc::clone(self);
        let thread = primitives::try_spawn_worker(self.number, name.clone(), {
            let name = name.clone();
            move || core.work(&name)
        });
        match thread {
            Ok(thread) => {
                state.started += 1;
                state.names.push(name);
                state.threads.push(thread);
                Ok(())
            }
            Err(error) => Err((name, error)),
        }
    }

    fn work(self: &Arc<Self>, name: &str) {
        self.enter();
        self.initialize(name);
        let mut patience = Patience::default();
        let mut state = self.state.lock();
        loop {
            if let Some(job) = state.queue.pop_front() {
                patience = Patience::default();
                let mut standing = Standing {
                    queue_was_empty: state.queue.is_empty(),
                    broken: state.broken.clone(),
                    coming: false,
                };
                state.busy += 1;
                drop(state);
                job.run(&mut standing);
                state = self.state.lock();
                state.busy -= 1;
                state.done += 1;
                state.coming -= usize::from(standing.coming);
            } else if state.is_drained() {
                break;
            } else if patience.is_left() {
                // It looks again before anything else, so it is as good as here.
                state.coming += 1;
                let arrivals = self.arrivals.load(Ordering::Relaxed);
                drop(state);
                while patience.is_left() && self.arrivals.load(Ordering::Relaxed) == arrivals {
                    patience.wait();
                }
                state = self.state.lock();
                state.coming -= 1;
            } else {
                state.asleep += 1;
                state = self.work.wait(state);
                state.asleep -= 1;
            }
        }
        // Nothing can come any more, so the others may leave, too.
        state.names.retain(|other| other != name);
        let last = state.names.is_empty();
        drop(state);
        self.work.notify_all();
        if last {
            self.garbage_came.notify_all();
            self.empty.notify_all();
        }
    }

    fn initialize(self: &Arc<Self>, worker: &str) {
        let Some(initializer) = &self.initializer else {
            return;
        };
        let (failure, payload) = match panics::catch(initializer) {
            Ok(Ok(())) => return,
            Ok(Err(error)) => (error.to_string(), Payload::default()),
            Err(caught) => (caught.to_string(), caught.payload),
        };
        let mut state = self.state.lock();
        if state.broken.is_none() {
            state.broken = Some(BrokenPool {
                worker: worker.to_string(),
                what: format!("the initializer of {worker} failed: {failure}"),
            });
        }
        drop(state);
        self.drop_payload(payload);
    }
}
