//! Tables of steps.

use super::logs::Writer;
use crate::log::Log;
use crate::picture::draw;
use crate::picture::model::naming::Labels;
use crate::picture::model::run::Run;
use crate::picture::model::steps::{Table, tables};
use crate::record::{About, Kind};

fn step(log: &mut Writer, who: usize, text: &str, flag: &str, asleep: &[&str]) {
    let ms = log.log.events.len() as u64;
    let place = log.add(ms, who, Kind::Step, text);
    log.log.events[place].about = About::Step {
        state: vec![format!("flag: {flag}")],
        asleep: asleep.iter().map(|name| (*name).to_string()).collect(),
        holder: None,
    };
}

fn lost_wake_up(phases: bool) -> Log {
    let begin = if phases { Kind::Phase } else { Kind::Say };
    let mut log = Writer::new(&["main", "waiter", "setter"]);
    log.add(0, 0, begin, "wrong:");
    step(&mut log, 1, "looks", "not set", &[]);
    step(&mut log, 2, "sets", "set", &[]);
    step(&mut log, 1, "goes to sleep", "set", &["waiter"]);
    log.add(900, 0, Kind::Say, "step  waiter\n1     looks");
    log.add(901, 0, Kind::Say, "nothing woke the waiter");
    log.add(902, 0, begin, "right:");
    step(&mut log, 2, "sets", "set", &[]);
    log.log
}

fn of(log: &Log) -> Vec<Table> {
    tables(&Run::new(log, &Labels::default()))
}

#[test]
fn steps_are_tables_with_a_title_and_an_outcome() {
    for phases in [true, false] {
        let tables = of(&lost_wake_up(phases));
        assert_eq!(tables.len(), 2, "phases: {phases}");
        let first = &tables[0];
        assert_eq!(
            (first.title.as_str(), first.outcome.as_str()),
            ("wrong", "nothing woke the waiter")
        );
        assert_eq!(first.threads, ["waiter", "setter"]);
        assert_eq!(first.columns, ["flag"]);
        assert_eq!(first.steps[2].state, ["set"]);
        assert_eq!(tables[1].title, "right");
    }
}

#[test]
fn the_wrong_step_is_marked_and_can_be_played() {
    let html = draw::steps::steps(&of(&lost_wake_up(true)), &[(1, 3)]).into_string();
    assert!(
        html.contains("<span class=\"act bad\" data-e=\"3\">goes to sleep</span>"),
        "{html}"
    );
    assert_eq!(html.matches("act bad").count(), 1);
    assert_eq!(html.matches("data-e=").count(), 4);
    assert!(html.contains("<td class=\"flagc not\">not set</td>"));
}
