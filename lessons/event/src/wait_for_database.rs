//! Two connectors wait for a database: three times half a second, no longer.
//!
//! Watch who gives up before the database is ready, and where that is seen.
use colored::Colorize;
use database::{self, NotReady, StandIn};
use shared::prelude::*;
use stage::frame::option;

pub fn main() -> Result {
    let tries = option("tries").map_or(Ok(3), |tries| tries.parse())?;
    if let Some(address) = option("addr") {
        return wait_for(&address, None, tries).map(drop);
    }
    let expected = option("outcome").map(|outcome| outcome == "connected");
    let figures = match (option("ready-after"), expected) {
        (Some(seconds), _) => vec![seconds.parse()?],
        (None, Some(true)) => vec![1.0],
        (None, Some(false)) => vec![random(2..=4).into()],
        (None, None) => vec![random(2..=4).into(), 1.0],
    };
    for seconds in figures {
        phase!("the database will be ready after {seconds} s");
        let server = StandIn::start(seconds)?;
        let connected = wait_for(&server.address().to_string(), Some(&server), tries)?;
        if expected.is_some_and(|expected| expected != connected) {
            return Err("the run did not end as --outcome says: choose other --tries".into());
        }
    }
    Ok(())
}

/// Starts a checker and two connectors. Returns whether they connected.
fn wait_for(address: &str, stand_in: Option<&StandIn>, tries: u32) -> Result<bool> {
    let (ready, enough) = (Event::named("the database"), Event::named("the last try"));
    let checker = spawn("checker", {
        let (address, ready, enough) = (address.to_string(), ready.clone(), enough.clone());
        move || check(&address, &ready, &enough)
    });
    let connectors = ["connector 1", "connector 2"].map(|name| {
        let (address, ready) = (address.to_string(), ready.clone());
        spawn(name, move || connect(&address, &ready, tries))
    });
    let [first, second] = connectors.map(|connector| connector.join());
    let outcome = first?.and(second?);
    say!("join returns {outcome:?}");
    // A stand-in will be ready at last. A real server may never be.
    if stand_in.is_none_or(|server| server.wait_until_ready().is_err()) {
        enough.set();
    }
    checker.join()??;
    match outcome {
        Err(error) if stand_in.is_none() || error.is::<NotReady>() => Err(error),
        connected_or_timeout => Ok(connected_or_timeout.is_ok()),
    }
}

/// Asks until the server is ready, or no connector tries any more.
fn check(address: &str, ready: &Event, enough: &Event) -> Result {
    say!("{}", "is the database ready?".on_magenta());
    let mut answer = database::probe(address, Duration::from_secs(1));
    // A pause that can be cut short.
    while answer.is_err() && !enough.wait_timeout(simulated(0.3)) {
        answer = database::probe(address, Duration::from_secs(1));
    }
    say!("{}", format!("it is ready: {}", answer?).on_magenta());
    ready.set();
    Ok(())
}

fn connect(address: &str, ready: &Event, tries: u32) -> Result {
    for n in 1..=tries {
        say!("try {n} of {tries}");
        if ready.wait_timeout(simulated(0.5)) {
            let server = database::probe(address, Duration::from_secs(1))?;
            say!("connected: {server}");
            return Ok(());
        }
    }
    Err(format!("timed out after {tries} tries").into())
}
