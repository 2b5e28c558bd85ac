//! A lost wake-up in plain Rust, and an event that counts its sets.
use std::sync::{Barrier, Condvar, Mutex};
use std::{thread, time::Duration};

fn main() {
    println!("between the look and the sleep the flag is set:");
    let (flag, changed, turn) = (Mutex::new(false), Condvar::new(), Barrier::new(2));
    thread::scope(|scope| {
        scope.spawn(|| {
            // The look. The lock is free again at the end of this line.
            let is_set = *flag.lock().unwrap();
            turn.wait(); // Between these two lines it is the setter's turn.
            turn.wait();
            if !is_set {
                let (guard, limit) = (flag.lock().unwrap(), Duration::from_millis(500));
                let (guard, slept) = changed.wait_timeout(guard, limit).unwrap();
                println!("timed out: {}, is set: {guard}", slept.timed_out());
            }
        });
        turn.wait();
        *flag.lock().unwrap() = true;
        changed.notify_all(); // No thread sleeps yet: it wakes none.
        turn.wait();
    });

    println!("the lock is kept until the sleep, and the sets are counted:");
    // Whether it is set, and how often it has been.
    let (state, changed) = (Mutex::new((false, 0)), Condvar::new());
    thread::scope(|scope| {
        scope.spawn(|| {
            let now = state.lock().unwrap();
            turn.wait();
            let sets = now.1;
            let now = changed.wait_while(now, |now| !now.0 && now.1 == sets);
            println!("woke up, is set: {}", now.unwrap().0);
        });
        turn.wait();
        let mut now = state.lock().unwrap(); // Only a waiter that sleeps lets it go.
        *now = (true, now.1 + 1);
        changed.notify_all();
        now.0 = false; // Cleared before the waiter can look: only the count tells.
    });
}
