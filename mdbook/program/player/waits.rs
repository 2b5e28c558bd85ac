//! The sentences about waits: for what, and how they ended.

use super::names::{count, seconds};
use super::story::Story;
use super::tale::subject;
use crate::log::Entry;
use crate::record::{About, Kind, Outcome, Target};

/// What a wait is for, as in “waits for …”.
pub fn target(story: &Story<'_>, wait: &Entry) -> String {
    let text = || plainly(story, &wait.text);
    let About::Wait { target, .. } = &wait.about else {
        return text();
    };
    match target {
        Target::Result(task) => {
            let name = story.names.task_of_pool((task.pool, task.number));
            format!("the result of {name}")
        }
        Target::Pool(pool) => format!("{} to finish", story.names.pool(*pool).name),
        Target::Actor(name) => format!("{name} to end"),
        Target::Event(name) => name.clone(),
        Target::Barrier(threads) => format!("all {} threads to meet", count(*threads as usize)),
        Target::Futures(futures) if wait.text.is_empty() => {
            format!("{} results", count(*futures as usize))
        }
        Target::Lock if wait.text.is_empty() => "the lock".to_string(),
        Target::Notification if wait.text.is_empty() => "a notification".to_string(),
        Target::Channel if wait.text.is_empty() => "the channel".to_string(),
        _ => text(),
    }
}

/// That an actor waits, without its name: `waits for the result of task 3`.
pub fn waits(story: &Story<'_>, wait: &Entry) -> String {
    let limit = match &wait.about {
        About::Wait {
            limit: Some(limit), ..
        } if *limit <= 0.0 => return format!("asks for {}, without waiting", target(story, wait)),
        About::Wait {
            limit: Some(limit), ..
        } => format!(", for at most {}", seconds(limit * story.log.speed)),
        _ => String::new(),
    };
    let seen = matches!(
        &wait.about,
        About::Wait {
            target: Target::Seen,
            ..
        }
    );
    match wait.text.as_str() {
        "sleep" if seen => format!("sleeps{limit}"),
        text if seen && ["a read", "an accept", "a write", "a poll"].contains(&text) => {
            format!("is blocked in {text}{limit}")
        }
        _ => format!("waits for {}{limit}", target(story, wait)),
    }
}

/// How a wait ended.
pub fn wakes(story: &Story<'_>, place: usize) -> String {
    let events = &story.log.events;
    let wake = &events[place];
    let who = subject(story, place);
    let wait = story.begin_of(place).map(|place| &events[place]);
    match wake.about {
        About::Outcome(Outcome::GaveUp) => match wait {
            Some(wait) => format!("{who} gives up{}", after(story, wait)),
            None => format!("{who} gives up"),
        },
        About::Outcome(Outcome::Answered(took)) => {
            let awaited = wait.map(|wait| target(story, wait)).unwrap_or_default();
            format!("{who} has {awaited}, which took {}", seconds(took))
        }
        _ => match (why(story, wake, wait), wait) {
            (Some(why), _) => format!("{who} goes on, because {why}"),
            (None, Some(_)) => format!("{who} goes on: {}", over(story, place)),
            (None, None) => format!("{who} goes on"),
        },
    }
}

/// Why something goes on after a wait: that what it waited for is there, or that it waited
/// too long.
pub fn over(story: &Story<'_>, wake: usize) -> String {
    let events = &story.log.events;
    let Some(wait) = story.begin_of(wake).map(|place| &events[place]) else {
        return "its wait is over".to_string();
    };
    let awaited = target(story, wait);
    let comes = ["the answer", "the greeting", "the result"];
    match events[wake].about {
        About::Outcome(Outcome::GaveUp) => format!("it gave up{}", after(story, wait)),
        _ if comes.iter().any(|what| awaited.starts_with(what)) => {
            format!("{awaited} has arrived")
        }
        _ => format!("its wait for {awaited} is over"),
    }
}

/// ` after waiting 1.5 s for the result of task 3`.
fn after(story: &Story<'_>, wait: &Entry) -> String {
    let awaited = target(story, wait);
    match wait.about {
        About::Wait {
            limit: Some(limit), ..
        } if limit > 0.0 => {
            let limit = seconds(limit * story.log.speed);
            format!(" after waiting {limit} for {awaited}")
        }
        About::Wait { limit: Some(_), .. } => format!(": {awaited} is not there"),
        _ => format!(" its wait for {awaited}"),
    }
}

/// What ended the wait.
fn why(story: &Story<'_>, wake: &Entry, wait: Option<&Entry>) -> Option<String> {
    let events = &story.log.events;
    let cause = &events[wake.cause?];
    if cause.who == wake.who {
        return None;
    }
    let names = &story.names;
    let by = names.actor(cause.who);
    let of_pool = wait.is_some_and(|wait| match &wait.about {
        About::Wait { target, .. } => matches!(target, Target::Pool(_)),
        _ => target(story, wait).ends_with(" to finish"),
    });
    Some(match (cause.kind, cause.task) {
        (Kind::End, Some(task)) if cause.text.is_empty() => {
            format!("{} is done", names.task_of_pool(task))
        }
        (Kind::End, Some(task)) => format!("{} has failed", names.task_of_pool(task)),
        (Kind::Cancel, Some(task)) => format!("{} was cancelled", names.task_of_pool(task)),
        (Kind::Set, _) if !cause.text.is_empty() => format!("{by} has set {}", cause.text),
        (Kind::Set, _) => format!("{by} has set the event"),
        (Kind::Exit, _) if of_pool => format!("{by}, the last worker, has ended"),
        (Kind::Exit, _) => format!("{by} has ended"),
        (Kind::Callback | Kind::CallbackEnd, Some(task)) => {
            format!("the callback of {} has run", names.task_of_pool(task))
        }
        _ => return None,
    })
}

/// ``the end of the thread `car 1` `` is `car 1 to end`, and `the end of pool-0` is
/// `pool-0 to finish`.
fn plainly(story: &Story<'_>, text: &str) -> String {
    let thread = text.strip_prefix("the end of the thread `");
    if let Some(name) = thread.and_then(|name| name.strip_suffix('`')) {
        return format!("{name} to end");
    }
    match text.strip_prefix("the end of ") {
        Some(pool) if story.names.is_pool(pool) => format!("{pool} to finish"),
        _ => text.to_string(),
    }
}
