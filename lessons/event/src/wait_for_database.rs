//! Two connectors wait for a database: three times half a second, no longer.
//!
//! Watch who gives up before the database is ready, and where that is seen.
use colored::Colorize;
use shared::database::{self, StandIn};
use shared::lesson::{Opt, Value, option};
use shared::prelude::*;

#[rustfmt::skip]
pub const OPTIONS: &[Opt] = &[
    Opt::new("addr", Value::Address, "wait for this MySQL or MariaDB server, not for the stand-in"),
    Opt::new("outcome", Value::OneOf(&["connected", "timeout"]), "only the run that ends so"),
    Opt::new("ready-after", Value::Seconds, "the stand-in is ready after S simulated seconds"),
    Opt::new("tries", Value::Count { min: 1, max: 1000 }, "how often a connector tries (3)"),
];

pub fn main() -> Result {
    if let Some(address) = option("addr") {
        return wait_for(&address, false)?;
    }
    let (slow, fast) = (random(2..=4).into(), 1.0);
    let figures = match (option("ready-after"), option("outcome").as_deref()) {
        (Some(_), Some(_)) => return Err("give --outcome or --ready-after, not both".into()),
        (Some(seconds), None) => vec![seconds.parse()?],
        (None, None) => vec![slow, fast],
        (None, Some("connected")) => vec![fast],
        (None, Some(_)) => vec![slow],
    };
    for seconds in figures {
        say!("the database will be ready after {seconds} s");
        let database = StandIn::start(seconds)?;
        let _timeout_or_not = wait_for(&database.address().to_string(), true)?;
    }
    Ok(())
}

/// Starts a checker and two connectors. Returns what became of the connectors.
fn wait_for(address: &str, ready_some_day: bool) -> Result<Result> {
    let (ready, enough) = (Event::named("the database"), Event::named("the last try"));
    let start = |name, work: fn(&str, &Event, &Event) -> Result| {
        let (address, ready, enough) = (address.to_string(), ready.clone(), enough.clone());
        spawn(name, move || work(&address, &ready, &enough))
    };
    let checker = start("checker", check);
    let connectors = [start("connector 1", connect), start("connector 2", connect)];
    let [first, second] = connectors.map(|connector| connector.join());
    let outcome = first?.and(second?);
    say!("join returns {outcome:?}");
    if !ready_some_day {
        enough.set();
    }
    checker.join()??;
    Ok(outcome)
}

/// Asks the server until it is ready, or nobody tries any more.
fn check(address: &str, ready: &Event, enough: &Event) -> Result {
    say!("{}", "is the database ready?".on_magenta());
    loop {
        match database::probe(address, Duration::from_secs(1)) {
            Ok(server) => {
                say!("{}", format!("it is ready: {server}").on_magenta());
                ready.set();
                return Ok(());
            }
            Err(error) if enough.wait_within(simulated(0.3)) => return Err(error.into()),
            Err(_) => {}
        }
    }
}

fn connect(address: &str, ready: &Event, _: &Event) -> Result {
    let tries = option("tries").map_or(Ok(3), |tries| tries.parse())?;
    for n in 1..=tries {
        say!("try {n} of {tries}");
        if ready.wait_within(simulated(0.5)) {
            let server = database::probe(address, Duration::from_secs(1))?;
            say!("connected: {server}");
            return Ok(());
        }
    }
    Err(format!("timed out after {tries} tries").into())
}
