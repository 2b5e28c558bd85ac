//! An act, and what the sentences about it ask for.

use super::bars::Inside;
use super::names::{Task, seconds};
use super::order::Waiting;
use super::story::Story;
use crate::record::Kind;

/// One act, and what is known around it.
#[derive(Debug)]
pub struct Tale<'a> {
    pub story: &'a Story<'a>,
    pub events: &'a [usize],
    pub main: usize,
    pub waiting: &'a Waiting,
}

impl Tale<'_> {
    /// The first event of a kind in the act.
    pub fn first(&self, kind: Kind) -> Option<usize> {
        let mut events = self.events.iter().copied();
        events.find(|place| self.story.log.events[*place].kind == kind)
    }

    pub fn tasks_of(&self, kind: Kind) -> Vec<Task> {
        let events = self
            .events
            .iter()
            .map(|place| &self.story.log.events[*place]);
        events
            .filter(|event| event.kind == kind)
            .filter_map(|event| event.task)
            .collect()
    }

    pub fn spawned(&self, workers: bool) -> Vec<String> {
        let events = self
            .events
            .iter()
            .map(|place| &self.story.log.events[*place]);
        let spawned = events.filter(|event| event.kind == Kind::Spawn);
        let spawned = spawned.filter(|event| self.story.names.is_worker(&event.text) == workers);
        spawned.map(|event| event.text.clone()).collect()
    }

    /// How long the pause was that is over at the beginning of the act.
    pub fn pause(&self) -> Option<String> {
        let awake = self.first(Kind::Awake)?;
        let sleep = self.story.begin_of(awake)?;
        Some(seconds_of(&self.story.log.events[sleep].text))
    }

    pub fn after_pause(&self, sentence: &str) -> String {
        match self.pause() {
            Some(pause) => format!("after a pause of {pause}, {sentence}"),
            None => sentence.to_string(),
        }
    }
}

/// Who does what happens at `place`: the task or callback, or else the actor.
pub fn subject(story: &Story<'_>, place: usize) -> String {
    match story.inside[place] {
        Inside::Nothing => story.names.actor(story.log.events[place].who).to_string(),
        // `/index/1` alone would be the page.
        Inside::Task(task) if story.names.task(task).starts_with('/') => {
            format!("the task {}", story.names.task(task))
        }
        Inside::Task(task) => story.names.task(task),
        Inside::Callback(task) => format!("the callback of {}", story.names.task(task)),
    }
}

/// A number of seconds, as the record writes it.
pub fn seconds_of(text: &str) -> String {
    text.parse().map_or_else(|_| text.to_string(), seconds)
}
