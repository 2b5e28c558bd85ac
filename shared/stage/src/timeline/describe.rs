//! The timeline in words: for those who cannot see the picture.

use super::model::{Activity, Row, Span, Timeline};
use crate::record::Kind;

/// More actors than this are only counted.
const ROWS: usize = 12;
/// More tasks of one worker than this are only counted.
const TASKS: usize = 20;
/// More waits of one actor than this are only counted.
const WAITS: usize = 3;

impl Timeline {
    /// What happened, in a few sentences.
    ///
    /// ```
    /// use stage::record;
    /// use stage::pace::pause;
    /// use stage::timeline::Timeline;
    ///
    /// record::start();
    /// pause(0.1);
    /// let words = Timeline::new(&record::take()).describe();
    /// assert!(words.contains("main slept 0.1 s"), "{words}");
    /// ```
    pub fn describe(&self) -> String {
        let mut sentences = vec![self.summary()];
        for row in self.rows.iter().take(ROWS) {
            let deeds = deeds(row);
            if !deeds.is_empty() {
                sentences.push(format!("{} {}.", row.actor.name, and(&deeds)));
            }
        }
        if self.rows.len() > ROWS {
            let more = self.rows.len() - ROWS;
            sentences.push(format!("And {}.", count(more, "more actor")));
        }
        sentences.join(" ")
    }

    /// The first sentence of the description.
    pub(super) fn summary(&self) -> String {
        let tasks: Vec<&Span> = self.tasks().collect();
        let seconds = seconds(self.end.seconds());
        if tasks.is_empty() {
            return match self.rows.len() {
                0 => "Nothing was recorded.".to_string(),
                rows => format!("{} in {seconds}.", count(rows, "actor")),
            };
        }
        let workers = self.rows.iter().filter(|row| row.tasks().count() > 0);
        let mut text = format!(
            "{} ran {} in {seconds}",
            count(workers.count(), "worker"),
            count(tasks.len(), "task")
        );
        if tasks.len() > 1 {
            text.push_str(&format!(", at most {} at once", most_at_once(&tasks)));
        }
        let failed = tasks.iter().filter(|task| !task.failure.is_empty());
        let marks = self.rows.iter().flat_map(|row| &row.marks);
        let cancelled = marks.filter(|mark| mark.kind == Kind::Cancel);
        let unfinished = tasks.iter().filter(|task| task.ended.is_none());
        for (number, what) in [
            (failed.count(), "failed"),
            (cancelled.count(), "cancelled"),
            (unfinished.count(), "never ended"),
        ] {
            if number > 0 {
                text.push_str(&format!(", {number} {what}"));
            }
        }
        text.push('.');
        text
    }

    fn tasks(&self) -> impl Iterator<Item = &Span> {
        self.rows.iter().flat_map(Row::tasks)
    }
}

impl Row {
    /// The tasks that it ran.
    pub(super) fn tasks(&self) -> impl Iterator<Item = &Span> {
        self.of(Activity::Running)
    }

    /// Its spans of one kind.
    pub(super) fn of(&self, activity: Activity) -> impl Iterator<Item = &Span> {
        self.spans
            .iter()
            .filter(move |span| span.activity == activity)
    }
}

fn deeds(row: &Row) -> Vec<String> {
    let mut deeds = Vec::new();
    let submitted = row.marks.iter().filter(|mark| mark.kind == Kind::Submit);
    let submitted = submitted.count();
    if submitted > 0 {
        deeds.push(format!("submitted {}", count(submitted, "task")));
    }
    let tasks: Vec<String> = row
        .tasks()
        .map(|span| match span.task {
            Some(task) => task.number.to_string(),
            None => "without a number".to_string(),
        })
        .collect();
    match tasks.len() {
        0 => {}
        1 => deeds.push(format!("ran task {}", tasks[0])),
        2..=TASKS => deeds.push(format!("ran tasks {}", and(&tasks))),
        many => deeds.push(format!(
            "ran tasks {} and {} more",
            tasks[..TASKS].join(", "),
            many - TASKS
        )),
    }
    let callbacks = row.of(Activity::Callback).count();
    if callbacks > 0 {
        deeds.push(format!("ran {}", count(callbacks, "callback")));
    }
    // What a task waits for or sleeps through is a part of the task.
    let outer = |activity| {
        let spans = row.of(activity).filter(|span| span.depth == 0);
        // What was there already took a moment, and was no wait.
        let long = spans.filter(|span| span.to.seconds() - span.from.seconds() >= 0.001);
        long.collect::<Vec<&Span>>()
    };
    let waits = outer(Activity::Waiting);
    match waits.len() {
        0 => {}
        1..=WAITS => {
            for wait in waits {
                deeds.push(format!("waited {} for {}", length(&[wait]), wait.text));
            }
        }
        many => deeds.push(format!("waited {many} times, {} in all", length(&waits))),
    }
    let sleeps = outer(Activity::Sleeping);
    match sleeps.len() {
        0 => {}
        1 => deeds.push(format!("slept {}", length(&sleeps))),
        many => deeds.push(format!("slept {many} times, {} in all", length(&sleeps))),
    }
    if !row.death.is_empty() {
        deeds.push(format!("ended by accident ({})", row.death));
    }
    deeds
}

fn most_at_once(tasks: &[&Span]) -> usize {
    let mut changes: Vec<_> = tasks
        .iter()
        .flat_map(|task| [(task.from.real, 1), (task.to.real, -1)])
        .collect();
    // One that ends when another starts makes room for it.
    changes.sort();
    let mut running: i64 = 0;
    let mut most = 0;
    for (_, change) in changes {
        running += change;
        most = most.max(running);
    }
    usize::try_from(most).unwrap_or_default().max(1)
}

fn length(spans: &[&Span]) -> String {
    let all = spans
        .iter()
        .map(|span| span.to.seconds() - span.from.seconds());
    seconds(all.sum())
}

/// A length of simulated time, as precise as it is long.
pub(super) fn seconds(seconds: f64) -> String {
    match seconds.abs() {
        0.1.. => format!("{seconds:.1} s"),
        0.01.. => format!("{seconds:.2} s"),
        _ => format!("{seconds:.3} s"),
    }
}

fn count(number: usize, what: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {what}{ending}")
}

/// `a`, `a and b`, `a, b and c`.
fn and(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
