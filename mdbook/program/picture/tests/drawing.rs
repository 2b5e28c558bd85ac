//! How it is drawn.

use scraper::{Html, Selector};

use super::logs::{Writer, cancelled, cars, two_workers};
use crate::log::Log;
use crate::picture::draw::timeline::timeline;
use crate::picture::model::naming::Labels;
use crate::picture::model::panel::{Panel, panels};
use crate::picture::model::run::Run;
use crate::picture::options::Options;
use crate::project::Section;
use crate::record::Kind;

fn options(text: &str) -> Options {
    Options::parse(&Section::new("pools", "bounded"), text).unwrap()
}

fn drawn(logs: &[Log], text: &str) -> Html {
    let runs: Vec<Run> = logs
        .iter()
        .map(|log| Run::new(log, &Labels::default()))
        .collect();
    let all: Vec<Panel> = (runs.iter().enumerate())
        .flat_map(|(number, run)| panels(number, run, &[]))
        .collect();
    let html = timeline(&runs, &all, &options(text), "The point.").into_string();
    assert!(
        !html.contains("NaN") && !html.contains("inf") && !html.contains("\n\n"),
        "{html}"
    );
    Html::parse_fragment(&html)
}

fn all<'a>(html: &'a Html, selector: &str) -> Vec<scraper::ElementRef<'a>> {
    let selector = Selector::parse(selector).unwrap();
    let found: Vec<_> = html.select(&selector).collect();
    found
}

fn texts(html: &Html, selector: &str) -> Vec<String> {
    all(html, selector)
        .iter()
        .map(|element| element.text().collect())
        .collect()
}

/// In per cent.
fn number(element: &scraper::ElementRef<'_>, name: &str) -> f64 {
    let value = element.attr(name).unwrap_or_default();
    value.trim_end_matches('%').parse().unwrap()
}

#[test]
fn bars_are_where_their_times_are() {
    let html = drawn(&[two_workers()], "");
    let bars = all(&html, "rect.work[data-e]");
    let places: Vec<(f64, f64)> = (bars.iter())
        .map(|bar| (number(bar, "x").round(), number(bar, "width").round()))
        .collect();
    assert_eq!(
        places,
        [
            (0.0, 33.0),
            (33.0, 33.0),
            (67.0, 33.0),
            (0.0, 33.0),
            (33.0, 33.0)
        ]
    );
}

#[test]
fn each_bar_names_the_event_that_began_it() {
    let log = two_workers();
    let html = drawn(std::slice::from_ref(&log), "");
    for bar in all(&html, "rect.work[data-e]") {
        let entry: usize = bar.attr("data-e").unwrap().parse().unwrap();
        assert_eq!(log.events[entry].kind, Kind::Start);
    }
    let cells = all(&html, "rect.queue[data-e]");
    assert_eq!(cells.len(), 4);
    for cell in cells {
        let entry: usize = cell.attr("data-e").unwrap().parse().unwrap();
        assert_eq!(log.events[entry].kind, Kind::Submit);
    }
}

#[test]
fn brackets_name_the_waves() {
    let html = drawn(&[two_workers()], "");
    let words = texts(&html, "text.strong");
    assert!(words.contains(&"wave 1: 2 tasks".to_string()), "{words:?}");
    assert!(words.contains(&"wave 3: 1 task".to_string()), "{words:?}");
}

#[test]
fn a_cancelled_task_is_struck_through() {
    let html = drawn(&[cancelled()], "");
    assert_eq!(texts(&html, "text.struck"), ["c2", "c3"]);
    assert_eq!(all(&html, ".grid rect.gone").len(), 2);
}

#[test]
fn the_legend_has_what_the_picture_has() {
    let plain = texts(&drawn(&[two_workers()], "hide=main"), ".key li");
    assert_eq!(plain, ["works", "in the queue", "has nothing to do"]);
    let cancelled = texts(&drawn(&[cancelled()], ""), ".key li");
    assert!(
        cancelled.contains(&"cancelled".to_string()),
        "{cancelled:?}"
    );
}

#[test]
fn rivals_share_a_scale_and_say_their_totals() {
    let html = drawn(&[two_workers(), cancelled()], "beside=map");
    assert_eq!(
        texts(&html, ".head span:last-child"),
        ["took 3.0 s", "took 1.0 s"]
    );
    // The last line of the shorter one is at a third of the longer one's.
    let ends = all(&html, ".grid line.end[y1=\"0\"]");
    let places: Vec<f64> = ends.iter().map(|end| number(end, "x1")).collect();
    assert_eq!(places[0], 98.0);
    assert!(
        (places.last().unwrap() - 98.0 / 3.0).abs() < 0.1,
        "{places:?}"
    );
    // Only what belongs to the page's own run can be played.
    let own = all(&html, "rect.gone[data-e]");
    assert!(own.is_empty());
}

#[test]
fn a_rival_may_be_a_phase_and_stand_before_the_page_s_own_run() {
    let phases = |names: [&str; 2]| {
        let mut log = Writer::new(&["main", "pool-0_0"]);
        for (from, name) in [(0, names[0]), (1000, names[1])] {
            log.add(from, 0, Kind::Phase, name);
            log.task(from, from + 1000, 1, (0, from), "");
        }
        log.done()
    };
    let own = Section::new("pools", "bounded");
    let text = "beside=\"map:2, bounded:1\" titles=\"one / other\"";
    let logs = [phases(["a", "b"]), phases(["c", "d"])];
    let html = crate::picture::timeline(&own, &logs, &options(text), "The point.").into_string();
    let html = Html::parse_fragment(&html);
    let heads = texts(&html, ".head span:first-child");
    assert_eq!(heads, ["map: one", "bounded: other"]);
    let played: Vec<usize> = (all(&html, "rect.work[data-e]").iter())
        .map(|bar| bar.attr("data-e").unwrap().parse().unwrap())
        .collect();
    assert_eq!(played.len(), 1);
    assert_eq!(logs[0].events[played[0]].at, 0);
}

#[test]
fn moments_are_enlarged() {
    let html = drawn(&[cars(10)], "zoom band=\"red, green\"");
    let heads = texts(&html, "text.quiet.w, text.quiet:not(.n)");
    assert!(
        heads.iter().any(|head| head.ends_with("enlarged")),
        "{heads:?}"
    );
    let names = texts(&html, "text.on");
    assert!(names.contains(&"green".to_string()) && names.contains(&"red".to_string()));
    // All ten go on in the last piece, each at a place of its own.
    let goes = all(&html, "svg > svg:has(path.go)");
    let mut places: Vec<f64> = goes
        .iter()
        .map(|go| number(go, "x"))
        .filter(|x| *x > 60.0)
        .collect();
    places.dedup();
    assert_eq!(places.len(), 10, "{places:?}");
}

#[test]
fn the_description_says_the_structure() {
    let html = drawn(&[two_workers()], "");
    let label = all(&html, "[role=img]")[0]
        .attr("aria-label")
        .unwrap()
        .to_string();
    assert_eq!(
        label,
        "The point. 3 waves: 2, 2, 1; up to 3 tasks in a queue; it takes 3.0 s."
    );
    let svgs = all(&html, "svg:not([aria-hidden] svg)");
    assert!(
        svgs.iter()
            .all(|svg| svg.attr("aria-hidden") == Some("true"))
    );
}

/// A label that does not fit is not drawn: it would run into its neighbours.
#[test]
fn labels_fit_their_bars() {
    let mut log = Writer::new(&["main", "pool-0_0"]);
    log.task(0, 50, 1, (0, 0), "task 123456 starts");
    log.task(50, 4000, 1, (0, 1), "task 7 starts");
    let html = drawn(&[log.done()], "queue=no");
    assert_eq!(texts(&html, "text.on"), ["task 7"]);
}

#[test]
fn names_are_beside_the_rows_and_not_in_them() {
    let html = drawn(&[two_workers()], "");
    let children = all(&html, ".grid > *");
    for pair in children.chunks(2) {
        assert_eq!(
            (pair[0].value().name(), pair[1].value().name()),
            ("span", "svg")
        );
        assert_eq!(pair[1].attr("viewbox").or(pair[1].attr("viewBox")), None);
    }
}

#[test]
fn an_empty_log_is_drawn() {
    for log in [Writer::new(&["main"]).done(), Writer::new(&[]).done()] {
        drawn(&[log], "zoom");
    }
}
