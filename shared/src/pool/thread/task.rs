//! One task, from the queue to its callbacks.
//!
//! A task lives in the same allocation as its future: the queue and the caller
//! hold two handles to one box.

use std::any::Any;
use std::panic::Location;
use std::sync::Arc;

use super::state::{Cancelling, Core, Job, Standing};
use crate::error::TaskError;
use crate::future::{self, Behind, Cell, Promise};
use stage::record::{self, EntryId, Kind, TaskId};
use stage::{context, narrate, panics};

/// A task that has not started. It stands behind its future.
pub(super) struct Held<F> {
    core: Arc<Core>,
    at: &'static Location<'static>,
    task: F,
}

/// The box of a task. Nothing is held any more once it has started.
pub(super) type TaskCell<T, F> = Cell<T, Option<Held<F>>>;

#[track_caller]
pub(super) fn new<T, F>(
    core: &Arc<Core>,
    id: TaskId,
    submitted: Option<EntryId>,
    task: F,
) -> Arc<TaskCell<T, F>>
where
    T: Send + Sync + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let held = Held {
        core: Arc::clone(core),
        at: Location::caller(),
        task,
    };
    Cell::new(id, submitted, Some(held))
}

impl<F: Send + 'static> Behind for Option<Held<F>> {
    /// The canceller drops the task, as soon as it has run the callbacks. Until
    /// then they belong to the pool.
    fn cancelled(&mut self) -> Option<Box<dyn Any>> {
        let Held { core, task, .. } = self.take()?;
        Some(Box::new((task, Cancelling::begin(core))))
    }
}

impl<T, F> Job for TaskCell<T, F>
where
    T: Send + Sync + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    fn id(&self) -> TaskId {
        self.task()
    }

    fn run(self: Arc<Self>, standing: &mut Standing) {
        let promise = Promise::of(self);
        let Some(Held { core, at, task }) = promise.take().flatten() else {
            return;
        };
        if let Some(broken) = standing.broken.take() {
            promise.keep(Err(TaskError::BrokenPool(broken)), None).run();
            return core.drop_elsewhere(task);
        }
        let id = promise.task();
        let inside = context::enter_task(id);
        let started = record::enter(Kind::Start, Some(id), promise.submitted(), at, String::new);
        let result = panics::catch(task).map_err(|caught| {
            narrate::say(format_args!("{id} panicked: {caught}"));
            core.drop_payload(caught.payload);
            TaskError::Panicked(caught.message)
        });
        let failure = || {
            let error = result.as_ref().err();
            error.map(ToString::to_string).unwrap_or_default()
        };
        let ended = record::enter(Kind::End, Some(id), started, at, failure);
        core.will_come_back(standing);
        let callbacks = promise.keep(result, ended);
        if !callbacks.is_empty() {
            core.will_not_come_back_yet(standing);
        }
        let cell = callbacks.run_and_return(|payload| core.drop_payload(payload));
        drop(inside);
        // The caller may have dropped its future: then the result is dropped here.
        if std::mem::needs_drop::<T>()
            && let Some(cell) = Arc::into_inner(cell)
        {
            core.drop_elsewhere(cell);
        }
    }

    fn cancel(self: Arc<Self>) -> bool {
        future::cancel(self as Arc<Cell<T>>, false)
    }
}

/// The function of a `map`, which many tasks share. The last of them to run must not
/// drop it on its worker, nor end with the panic of its destructor.
pub(super) struct Shared<F: Send + Sync + 'static> {
    core: Arc<Core>,
    function: Option<Arc<F>>,
}

impl<F: Send + Sync + 'static> Shared<F> {
    pub(super) fn new(core: &Arc<Core>, function: &Arc<F>) -> Self {
        Shared {
            core: Arc::clone(core),
            function: Some(Arc::clone(function)),
        }
    }

    pub(super) fn call<A, R>(&self, item: A) -> R
    where
        F: Fn(A) -> R,
    {
        let function = self.function.as_ref().expect("there until it is dropped");
        function(item)
    }
}

impl<F: Send + Sync + 'static> Drop for Shared<F> {
    fn drop(&mut self) {
        if let Some(function) = self.function.take().and_then(Arc::into_inner) {
            self.core.drop_elsewhere(function);
        }
    }
}

impl Core {
    /// This worker's result is about to be seen. If nothing is queued, it will
    /// be back at once, so the next task needs no new worker.
    fn will_come_back(&self, standing: &mut Standing) {
        if standing.queue_was_empty {
            self.state.lock().coming += 1;
            standing.coming = true;
        }
    }

    /// There are callbacks to run first: a task that relied on this worker gets
    /// another one.
    fn will_not_come_back_yet(self: &Arc<Self>, standing: &mut Standing) {
        if std::mem::take(&mut standing.coming) {
            let mut state = self.state.lock();
            state.coming -= 1;
            if !state.queue.is_empty() {
                // It fails only where there is no worker, but there is this one.
                let _ = self.provide_worker(state);
            }
        }
    }
}
