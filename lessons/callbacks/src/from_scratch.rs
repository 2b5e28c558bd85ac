//! A future with callbacks, in forty lines of plain Rust.
//!
//! Watch which thread prints each line that begins with "callback".
use shared::prelude::*;
use std::sync::{Arc, Condvar, Mutex};

/// Called once, by another thread, at a time when `main` may be over.
type Callback<T> = Box<dyn FnOnce(T) + Send + 'static>;

/// Clones are handles to the same result, now or later.
#[derive(Clone)]
struct Future<T>(Arc<(Mutex<State<T>>, Condvar)>);

struct State<T> {
    value: Option<T>,
    callbacks: Vec<Callback<T>>,
}

impl<T: Clone> Future<T> {
    fn new() -> Self {
        let (value, callbacks) = (None, Vec::new());
        Future(Arc::new((
            Mutex::new(State { value, callbacks }),
            Condvar::new(),
        )))
    }

    fn finish(&self, value: T) {
        let (state, done) = &*self.0;
        let mut now = state.lock().unwrap();
        now.value = Some(value.clone());
        let callbacks = std::mem::take(&mut now.callbacks);
        // Before the calls: a callback may use this future, and needs the lock then.
        drop(now);
        done.notify_all();
        for callback in callbacks {
            callback(value.clone());
        }
    }

    fn add_done_callback(&self, callback: impl FnOnce(T) + Send + 'static) {
        let mut now = self.0.0.lock().unwrap();
        match now.value.clone() {
            None => now.callbacks.push(Box::new(callback)),
            Some(value) => {
                drop(now);
                callback(value);
            }
        }
    }

    fn result(&self) -> T {
        let (state, done) = &*self.0;
        let now = done.wait_while(state.lock().unwrap(), |now| now.value.is_none());
        now.unwrap().value.clone().expect("the wait is over")
    }
}

pub fn main() -> Result {
    let future = Future::new();
    let worker = spawn("worker", {
        let future = future.clone();
        move || future.finish(work(3))
    });
    future.add_done_callback(|result| say!("callback 1: {result}"));
    let same = future.clone();
    future.add_done_callback(move |_| say!("callback 2 asks again: {}", same.result()));
    say!("over");
    say!("main has {}", future.result());
    // Until here the worker may still be busy with the callbacks.
    worker.join()?;
    future.add_done_callback(|result| say!("callback 3: {result}"));
    Ok(())
}

fn work(n: u32) -> u32 {
    pause(1.0);
    say!("the work is done");
    n * n
}
