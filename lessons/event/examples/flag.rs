//! A flag that threads wait for, in plain Rust: std has no event, so this is one.
use std::sync::{Condvar, Mutex};
use std::{thread, time::Duration};

#[derive(Default)]
struct Event {
    flag: Mutex<bool>,
    changed: Condvar,
}

impl Event {
    fn is_set(&self) -> bool {
        *self.flag.lock().unwrap()
    }

    fn set(&self) {
        *self.flag.lock().unwrap() = true;
        self.changed.notify_all();
    }

    fn clear(&self) {
        *self.flag.lock().unwrap() = false;
    }

    /// Whether the flag was seen within this time.
    fn wait_timeout(&self, limit: Duration) -> bool {
        let flag = self.flag.lock().unwrap();
        let waited = self.changed.wait_timeout_while(flag, limit, |set| !*set);
        *waited.unwrap().0
    }
}

const SHORT: Duration = Duration::from_millis(250);

fn main() {
    let event = Event::default();
    println!("looks once: {}", event.wait_timeout(Duration::ZERO));
    println!("waits a little: {}", event.wait_timeout(SHORT));
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(2 * SHORT);
            event.set();
        });
        println!("waits for the setter: {}", event.wait_timeout(20 * SHORT));
    });
    println!("is_set says {}", event.is_set());
    event.clear();
    println!("after clear: is_set says {}", event.is_set());
}
