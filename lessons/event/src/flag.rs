//! Everything that an event can do: `set`, `clear`, `is_set`, `wait`.
//!
//! Watch the last two lines: `wait` and `is_set` give different answers.
use shared::prelude::*;

pub fn main() -> Result {
    let flag = Event::named("the flag");
    say!("a new event: is_set says {}", flag.is_set());
    say!("looks once: {}", flag.wait_timeout(Duration::ZERO));
    say!("waits 0.5 s: {}", flag.wait_timeout(simulated(0.5)));

    let setter = spawn("setter", {
        let flag = flag.clone();
        move || {
            pause(1.0);
            say!("sets the flag");
            flag.set();
        }
    });
    say!("waits 5 s at most: {}", flag.wait_timeout(simulated(5.0)));
    setter.join()?;
    flag.wait();
    say!("a wait changes nothing: is_set says {}", flag.is_set());
    flag.clear();
    say!("after clear: is_set says {}", flag.is_set());

    // A second question is asked at another moment.
    let cleared = Event::named("the clear");
    let waiter = spawn("waiter", {
        let (flag, cleared) = (flag.clone(), cleared.clone());
        move || {
            let was_set = flag.wait_timeout(simulated(5.0));
            cleared.wait();
            say!("wait says {was_set}");
            say!("is_set says {}", flag.is_set());
        }
    });
    pause(1.0);
    say!("sets the flag, and clears it at once");
    flag.set();
    flag.clear();
    cleared.set();
    waiter.join()?;
    Ok(())
}
