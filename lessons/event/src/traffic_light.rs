//! Ten cars wait at a red light, and one `set` lets all of them go.
//!
//! Watch when each car goes, and after which line of `main`.
use shared::prelude::*;

pub fn main() -> Result {
    // The main thread is the light.
    let green = Event::named("the green light");
    say!("the light is red");
    let mut cars = Vec::new();
    for n in 1..=10 {
        let green = green.clone();
        cars.push(spawn(format!("car {n}"), move || drive(&green)));
    }

    pause(5.0);
    // Said before `set`: after it, a car could be faster than this line.
    say!("the light is green");
    green.set();
    for car in cars {
        car.join()?;
    }
    say!("all cars have gone");
    Ok(())
}

fn drive(green: &Event) {
    say!("waits at the light");
    green.wait();
    say!("goes");
}
