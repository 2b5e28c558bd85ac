//! Makes a timeline of the record.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::around;
use super::model::{Activity, Arrow, ArrowEnd, Mark, Moment, Row, Segment, Span, Timeline, Why};
use crate::record::{About, ActorKind, Entry, EntryId, Kind, Outcome, Target, WORKER};

impl Timeline {
    /// The timeline of a record. It ends with the last entry.
    ///
    /// The record need not be sorted. A span without a start, as after a section that
    /// left a thread running, is left out. A span without an end goes on to the end of
    /// its actor.
    ///
    /// ```
    /// use stage::record;
    /// use stage::timeline::Timeline;
    ///
    /// record::start();
    /// stage::say!("hello");
    /// assert_eq!(Timeline::new(&record::take()).rows.len(), 1);
    /// ```
    pub fn new(log: &[Entry]) -> Self {
        Self::until(log, Moment::default())
    }

    /// The timeline of a record that ends at `end`, which may be long after the last
    /// entry: nothing happens in a hang.
    ///
    /// ```
    /// use stage::timeline::{Moment, Timeline};
    ///
    /// let one = std::time::Duration::from_secs(1);
    /// let end = Moment { real: one, simulated: one };
    /// assert_eq!(Timeline::until(&[], end).end, end);
    /// ```
    pub fn until(log: &[Entry], end: Moment) -> Self {
        let mut log: Vec<&Entry> = log.iter().collect();
        log.sort_by_key(|event| event.real);
        let end = log.last().map_or(end, |last| end.max(Moment::of(last)));

        let events: HashMap<EntryId, &Entry> = log.iter().map(|event| (event.id, *event)).collect();
        let mut drafts: Vec<Draft> = Vec::new();
        let mut places: HashMap<(u32, u32), usize> = HashMap::new();
        for event in &log {
            let key = (event.actor.process, event.actor.number);
            let place = *places.entry(key).or_insert_with(|| {
                let cause = event.cause.and_then(|cause| events.get(&cause));
                drafts.push(Draft::new(event, cause.copied(), drafts.is_empty()));
                drafts.len() - 1
            });
            if let (Kind::Start, _) | (Kind::Born, WORKER) = (event.kind, event.text.as_str()) {
                drafts[place].row.worker = true;
            }
        }
        for event in &log {
            let place = places[&(event.actor.process, event.actor.number)];
            drafts[place].take(event);
            if event.kind == Kind::Switch {
                // The actor that has the thread now goes on.
                let process = event.actor.process;
                let other = drafts.iter_mut().find(|draft| {
                    draft.row.actor.process == process && draft.row.actor.name == event.text
                });
                if let Some(other) = other {
                    other.resume(Moment::of(event));
                }
            }
        }

        // How fast the system was in starting them differs from run to run. The
        // sort is stable.
        drafts.sort_by_key(|draft| draft.created);
        // An actor that only created others is none of the lesson's: the threads of a
        // process pool that read.
        let first = drafts.first().map(|draft| Arc::clone(&draft.row.actor));
        let rows: Vec<Row> = drafts
            .into_iter()
            .filter(|draft| draft.acts || Some(&draft.row.actor) == first.as_ref())
            .map(|draft| draft.finish(end))
            .collect();
        Timeline {
            arrows: arrows(&log, &events, &rows),
            phases: around::phases(&log, end),
            queues: around::queues(&log),
            flags: around::flags(&log),
            names: around::names(&log),
            rows,
            end,
        }
    }
}

fn arrows(log: &[&Entry], events: &HashMap<EntryId, &Entry>, rows: &[Row]) -> Vec<Arrow> {
    let places: HashMap<(u32, u32), usize> = rows
        .iter()
        .enumerate()
        .map(|(place, row)| ((row.actor.process, row.actor.number), place))
        .collect();
    let end_of = |event: &Entry| {
        let row = *places.get(&(event.actor.process, event.actor.number))?;
        Some(ArrowEnd {
            row,
            at: Moment::of(event),
            event: event.id,
        })
    };
    log.iter()
        .filter_map(|effect| {
            let cause = events.get(&effect.cause?)?;
            let why = match (effect.kind, cause.kind) {
                (Kind::Start, _) => Why::Submitted,
                (Kind::Callback, _) => Why::CalledBack,
                // Caused by its own beginning: it is not known what ended it. The last
                // one to come to a barrier ends the waits of others.
                (Kind::Wake, Kind::Wait) if cause.actor == effect.actor => return None,
                (Kind::Wake, _) => Why::Woken,
                (Kind::Born, _) => Why::Spawned,
                _ => return None,
            };
            Some(Arrow {
                why,
                from: end_of(cause)?,
                to: end_of(effect)?,
            })
        })
        .collect()
}

/// A row while the log is read.
struct Draft {
    row: Row,
    /// When another created it, or else when it first did something.
    created: Duration,
    /// Spans that have begun and not ended, the innermost last.
    open: Vec<usize>,
    /// Up to here the segments are known.
    known: Moment,
    /// It handed its thread to another.
    suspended: bool,
    /// At its last entry, for how long it had been running or ready.
    active: Option<(Moment, Duration)>,
    /// It was blocked since then, and the record does not tell why.
    blocked: bool,
    last: Moment,
    ends_with_log: bool,
    exited: bool,
    acts: bool,
}

impl Draft {
    fn new(event: &Entry, cause: Option<&Entry>, is_first: bool) -> Self {
        let at = Moment::of(event);
        let created = cause.filter(|cause| cause.kind == Kind::Spawn);
        // The first one, as a rule the main thread, lived before and will live on.
        let born = match is_first && event.kind != Kind::Born {
            true => Moment::default(),
            false => at,
        };
        Draft {
            row: Row {
                actor: Arc::clone(&event.actor),
                worker: event.actor.kind == ActorKind::Process,
                born,
                exit: born,
                death: String::new(),
                spans: Vec::new(),
                segments: Vec::new(),
                marks: Vec::new(),
            },
            created: created.map_or(at, Moment::of).real,
            open: Vec::new(),
            known: born,
            suspended: false,
            active: None,
            blocked: false,
            last: at,
            ends_with_log: is_first || event.kind == Kind::Born,
            exited: false,
            acts: false,
        }
    }

    fn take(&mut self, event: &Entry) {
        let at = Moment::of(event);
        self.last = at;
        self.acts |= event.kind != Kind::Spawn;
        if self.exited {
            // What is thrown away at the very end may still have something to say.
            self.row.exit = at;
        }
        self.resume(at);
        self.account(at, event.cpu);
        match event.kind {
            Kind::Wait if is_sleep(event) => self.open(Activity::Sleeping, event),
            Kind::Start => self.open(Activity::Running, event),
            Kind::Callback => self.open(Activity::Callback, event),
            Kind::Sleep => self.open(Activity::Sleeping, event),
            Kind::Wait => self.open(Activity::Waiting, event),
            Kind::End => drop(self.close(Activity::Running, event)),
            Kind::CallbackEnd => drop(self.close(Activity::Callback, event)),
            Kind::Awake => drop(self.close(Activity::Sleeping, event)),
            Kind::Wake => self.close_wait(event),
            Kind::Born => {}
            Kind::Exit => {
                self.row.death.clone_from(&event.text);
                self.end_all(at);
                self.exited = true;
            }
            _ => self.row.marks.push(Mark {
                kind: event.kind,
                task: event.task,
                at,
                text: event.text.clone(),
                file: event.file.clone(),
                line: event.line,
                event: event.id,
            }),
        }
        if event.kind == Kind::Switch {
            self.know(at);
            self.suspended = true;
        }
    }

    fn open(&mut self, activity: Activity, event: &Entry) {
        let at = Moment::of(event);
        self.know(at);
        self.open.push(self.row.spans.len());
        self.row.spans.push(Span {
            activity,
            task: event.task,
            from: at,
            to: at,
            depth: self.open.len() - 1,
            text: event.text.clone(),
            target: match &event.about {
                About::Wait { target, .. } => Some(target.clone()),
                _ => None,
            },
            gave_up: false,
            failure: String::new(),
            file: event.file.clone(),
            line: event.line,
            began: event.id,
            ended: None,
        });
    }

    /// Ends the innermost open span of this kind, and what is open inside of it.
    fn close(&mut self, activity: Activity, event: &Entry) -> Option<usize> {
        let about_a_task = matches!(activity, Activity::Running | Activity::Callback);
        let found = self.open.iter().rposition(|place| {
            let span = &self.row.spans[*place];
            span.activity == activity && (!about_a_task || span.task == event.task)
        });
        let found = found?;
        let at = Moment::of(event);
        self.know(at);
        let closed = self.open[found];
        for place in self.open.drain(found..) {
            self.row.spans[place].to = at;
        }
        let span = &mut self.row.spans[closed];
        span.ended = Some(event.id);
        if about_a_task {
            span.failure.clone_from(&event.text);
        }
        Some(closed)
    }

    /// Ends the wait of which this is the end; a sleep that was seen from outside, too.
    fn close_wait(&mut self, event: &Entry) {
        let open = self.open.iter().rev();
        let mut open = open.map(|place| &self.row.spans[*place]);
        let own = open.find(|span| span.target.is_some() && Some(span.began) == event.cause);
        let activity = own.map_or(Activity::Waiting, |span| span.activity);
        let place = self.close(activity, event);
        if let Some(place) = place {
            self.row.spans[place].gave_up = event.about == About::Outcome(Outcome::GaveUp);
        }
    }

    /// What is known of the time since the last entry, from the time for which the actor
    /// was running or ready meanwhile.
    fn account(&mut self, at: Moment, active: Option<Duration>) {
        let Some(now) = active else { return };
        if let Some((since, before)) = self.active.replace((at, now))
            && is_blocked(
                at.real.saturating_sub(since.real),
                now.saturating_sub(before),
            )
        {
            self.know(since);
            self.blocked = true;
            self.know(at);
            self.blocked = false;
        }
    }

    fn resume(&mut self, at: Moment) {
        if self.suspended {
            self.know(at);
            self.suspended = false;
        }
    }

    /// The segment up to this moment is what goes on now.
    fn know(&mut self, at: Moment) {
        if at.real <= self.known.real && at.simulated <= self.known.simulated {
            return;
        }
        let span = self.open.last().copied();
        let (activity, task) = match span.map(|place| &self.row.spans[place]) {
            Some(span) if !self.suspended => (span.activity, span.task),
            // A greenlet that sleeps has handed its thread to others.
            Some(span) if matches!(span.activity, Activity::Sleeping | Activity::Waiting) => {
                (span.activity, span.task)
            }
            Some(span) => (Activity::Idle, span.task),
            None if self.suspended || self.row.worker => (Activity::Idle, None),
            None => (Activity::Running, None),
        };
        let activity = match activity {
            Activity::Running | Activity::Callback if self.blocked => Activity::NotRecorded,
            known => known,
        };
        self.row.segments.push(Segment {
            activity,
            task,
            from: self.known,
            to: at,
            span,
        });
        self.known = at;
    }

    fn end_all(&mut self, at: Moment) {
        self.know(at);
        for place in self.open.drain(..) {
            self.row.spans[place].to = at;
        }
        self.row.exit = at;
    }

    fn finish(mut self, end: Moment) -> Row {
        if !self.exited {
            let at = match self.ends_with_log || !self.open.is_empty() {
                true => end,
                false => self.last,
            };
            // Nothing is known of what it did after its last entry.
            self.blocked = self.active.is_some_and(|(last, _)| {
                self.know(last);
                is_blocked(at.real.saturating_sub(last.real), Duration::ZERO)
            });
            self.end_all(at);
        }
        self.row
    }
}

/// What is not known for less than this is not shown.
const SHORT: Duration = Duration::from_millis(20);

/// Whether an actor was blocked that ought to have been running all this time, but was
/// running or ready for no longer than that.
fn is_blocked(time: Duration, active: Duration) -> bool {
    time.saturating_sub(active) > SHORT && active < time / 2
}

/// Whether this is a sleep that was seen from outside.
fn is_sleep(event: &Entry) -> bool {
    let seen = matches!(
        &event.about,
        About::Wait {
            target: Target::Seen,
            ..
        }
    );
    seen && event.text == "sleep"
}
