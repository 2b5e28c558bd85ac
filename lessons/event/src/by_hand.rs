//! An event in twenty lines of std, which has none: a flag, a lock, a place to sleep.
//!
//! Watch the same things as in `traffic_light`: which line lets the cars go?
use shared::prelude::*;
use std::sync::{Arc, Condvar, Mutex};

#[derive(Default)]
struct Light {
    is_green: Mutex<bool>,
    changed: Condvar,
}

impl Light {
    fn set(&self) {
        *self.is_green.lock().unwrap() = true;
        self.changed.notify_all();
    }

    fn clear(&self) {
        *self.is_green.lock().unwrap() = false;
    }

    /// Returns whether it was green before the time was over.
    fn wait_timeout(&self, limit: Duration) -> bool {
        let is_green = self.is_green.lock().unwrap();
        // Sleeps as long as the closure says true, and gives the lock away meanwhile.
        let waited = self
            .changed
            .wait_timeout_while(is_green, limit, |is_green| !*is_green);
        *waited.unwrap().0
    }
}

pub fn main() -> Result {
    let light = Arc::new(Light::default());
    say!("the light is red");
    let mut cars = Vec::new();
    for (n, seconds) in (1..).zip([1.0, 5.0, 5.0, 5.0]) {
        let light = Arc::clone(&light);
        cars.push(spawn(format!("car {n}"), move || drive(&light, seconds)));
    }
    pause(2.0);
    say!("the light is green");
    light.set();
    for car in cars {
        car.join()?;
    }

    light.clear();
    let green = light.wait_timeout(Duration::ZERO);
    say!("the light is red again: green is {green}");
    Ok(())
}

fn drive(light: &Light, seconds: f64) {
    say!("waits {seconds} s at most");
    match light.wait_timeout(simulated(seconds)) {
        true => say!("goes"),
        false => say!("turns round"),
    }
}
