//! Ten cars wait at a red light, in plain Rust: `Mutex`, `Condvar`, scoped threads.
//!
//! The light is red for 1 s here, not 5 s.
use std::sync::{Condvar, Mutex};
use std::thread;
use std::time::Duration;

fn main() {
    let is_green = &Mutex::new(false);
    let changed = &Condvar::new();
    println!("the light is red");
    thread::scope(|scope| {
        for n in 1..=10 {
            scope.spawn(move || {
                println!("car {n} waits at the light");
                let light = is_green.lock().unwrap();
                // Looks before it sleeps, and again whenever it wakes.
                let light = changed.wait_while(light, |green| !*green).unwrap();
                drop(light); // The next car needs this lock to wake up.
                println!("car {n} goes");
            });
        }
        thread::sleep(Duration::from_secs(1));
        println!("the light is green");
        *is_green.lock().unwrap() = true;
        changed.notify_all();
    });
    println!("all cars have gone");
}
