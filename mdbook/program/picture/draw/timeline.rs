//! A timeline: panels below one another, on one scale.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::label::{em, words};
use super::legend::{Sign, legend, sign};
use super::marks::{axis, band, brackets, flag, gaps, headings, line, upright};
use super::pieces::enlarged;
use super::queue::queue;
use super::row::{Frame, bars, height};
use super::scale::{Scale, time};
use crate::picture::model::panel::Panel;
use crate::picture::model::rows::Row;
use crate::picture::model::run::Run;
use crate::picture::model::spans::Activity;
use crate::picture::model::view::View;
use crate::picture::options::Options;

/// The drawing and its legend. `runs[0]` is the page's own.
#[must_use]
pub fn timeline(runs: &[Run], panels: &[Panel], options: &Options, said: &str) -> Markup {
    let longest = panels.iter().map(Panel::length).fold(0.0, f64::max);
    let several = panels.len() > 1;
    let mut signs = BTreeSet::new();
    let mut drawn = Vec::new();
    for (number, panel) in panels.iter().enumerate() {
        let run = &runs[panel.run];
        let (length, right) = match (several, options.own_scale) {
            (false, _) => (panel.length(), 100.0),
            (true, true) => (panel.length(), 98.0),
            (true, false) => (longest, 98.0),
        };
        let view = View::new(run, panel, length, options);
        let sets: Vec<f64> = view.sets();
        let zoomed = options
            .zoom
            .then(|| enlarged(&view.rows, panel.from, panel.to, &sets))
            .flatten();
        let (scale, texts) = zoomed.unwrap_or_else(|| (Scale::whole(length, right), Vec::new()));
        let frame = Frame {
            run,
            scale: &scale,
            from: panel.from,
            own: panel.run == 0,
            many: view.rows.len() > 8,
        };
        if several {
            signs.insert(Sign::End);
        }
        let last = number + 1 == panels.len() || options.own_scale;
        drawn.push(html! {
            @if several { (head(panel, &view)) }
            (headings_if(&frame, &texts))
            (body(&frame, panel, &view, several, options, &mut signs))
            @if last { (axis(&frame)) }
        });
    }
    html! {
        div role="img" aria-label=(said) {
            div class="grid" { @for panel in drawn { (panel) } }
        }
        (legend(&signs))
    }
}

fn headings_if(frame: &Frame<'_>, texts: &[String]) -> Markup {
    html! { @if !texts.is_empty() { (headings(frame, texts)) } }
}

fn head(panel: &Panel, view: &View) -> Markup {
    html! {
        div class="head" {
            span {
                b { (panel.name) }
                @if !panel.about.is_empty() { ": " (panel.about) }
            }
            span {
                @if let Some(work) = view.work { (took(work)) " of work took " } @else { "took " }
                b { (took(panel.length())) }
            }
        }
    }
}

/// A total has the decimals that the lessons print.
#[must_use]
pub fn took(seconds: f64) -> String {
    match seconds {
        0.95.. => format!("{seconds:.1} s"),
        _ => time(seconds),
    }
}

fn body(
    frame: &Frame<'_>,
    panel: &Panel,
    view: &View,
    ends: bool,
    options: &Options,
    signs: &mut BTreeSet<Sign>,
) -> Markup {
    let behind = html! {
        @for tick in frame.scale.ticks() { (upright("g", frame.scale.place(tick))) }
        @for (moment, ..) in &view.flags { (upright("flag", frame.x(moment.at))) }
        @if ends { (upright("end", frame.x(panel.to))) }
    };
    for row in &view.rows {
        signs.extend(
            row.spans
                .iter()
                .filter(|span| frame.seen(span))
                .map(|span| sign(&span.activity, span.task.is_some())),
        );
        let tasks = row.spans.iter().filter_map(|span| span.task);
        if tasks
            .filter_map(|id| frame.run.tasks.get(&id))
            .any(|task| !task.failure.is_empty())
        {
            signs.insert(Sign::Failed);
        }
    }
    for queue in view.queues.values() {
        signs.extend((!queue.cells.is_empty()).then_some(Sign::Queued));
        signs.extend((!queue.cancelled.is_empty()).then_some(Sign::Cancelled));
    }
    if !view.flags.is_empty() {
        signs.insert(Sign::Flag);
    }
    if !view.bands.is_empty() {
        signs.insert(Sign::Set);
    }
    let called = options
        .band
        .clone()
        .unwrap_or(("not set".to_string(), "set".to_string()));
    html! {
        @if !view.waves.is_empty() { (brackets(frame, &view.waves)) }
        @for reading in &view.flags { (flag(frame, reading)) }
        @for event in &view.bands { (band(frame, event, &called)) }
        @for row in &view.rows { (actor(frame, view, row, &behind, signs)) }
        @for (prefix, missing) in &view.absent { (absent(prefix, missing, &behind)) }
        @for queued in view.queues.values() {
            (queue(frame, queued, &behind, view.queues.len() == 1))
        }
    }
}

fn actor(
    frame: &Frame<'_>,
    view: &View,
    row: &Row,
    behind: &Markup,
    signs: &mut BTreeSet<Sign>,
) -> Markup {
    let waits = |place: &usize| view.bands.iter().any(|band| band.waiters.contains(place));
    let waiter = row.actors.iter().any(waits);
    let marked = options_marks(frame, row, waiter);
    if !marked.0.is_empty() {
        signs.insert(Sign::Begins);
    }
    if !marked.1.is_empty() {
        signs.insert(Sign::Goes);
    }
    let half = em(height(frame) / 2.0);
    html! {
        span class="who" { (row.name) }
        svg style={ "height:" (em(height(frame))) } aria-hidden="true" {
            @if waiter { (tint(frame, view)) }
            (behind)
            (bars(frame, row))
            @for at in &marked.0 { circle class="dot" cx=(super::label::pct(*at)) cy=(half) r=".3em" {} }
            @for at in &marked.1 {
                svg x=(super::label::pct(*at)) y=(half) { path class="go" d="M1 -5.5L11 0L1 5.5Z" {} }
            }
            @if waiter {
                @for band in &view.bands {
                    @for stretch in band.stretches.iter().filter(|stretch| stretch.set) {
                        @if stretch.entry.is_some() { (upright("flag", frame.x(stretch.from))) }
                    }
                }
            }
            (gaps(frame))
        }
    }
}

/// Behind a row whose actor waits for an event: the event's state.
fn tint(frame: &Frame<'_>, view: &View) -> Markup {
    let [band] = view.bands.as_slice() else {
        return html! {};
    };
    html! {
        @for stretch in &band.stretches {
            @let (left, right) = (frame.x(stretch.from), frame.x(stretch.to));
            rect class=(if stretch.set { "greenbg" } else { "redbg" }) x=(super::label::pct(left))
                width=(super::label::pct(right - left)) y="0" height="101%" {}
        }
    }
}

/// Where time is enlarged: when an actor begins, and when it goes on after its wait for
/// an event.
fn options_marks(frame: &Frame<'_>, row: &Row, waiter: bool) -> (Vec<f64>, Vec<f64>) {
    if frame.scale.pieces.len() < 2 || !waiter || row.actors.len() > 1 {
        return (Vec::new(), Vec::new());
    }
    let begins = row.actors.iter().map(|place| frame.run.actors[*place].from);
    let begins = begins
        .filter(|at| *at > frame.from)
        .map(|at| frame.x(at))
        .collect();
    let waits = row
        .spans
        .iter()
        .filter(|span| matches!(span.activity, Activity::Wait(_)));
    (begins, waits.map(|span| frame.x(span.to)).collect())
}

fn absent(prefix: &str, missing: &[u32], behind: &Markup) -> Markup {
    let row = |name: &str| {
        let inside = html! { (behind) (words("quiet", "never started", 0.6, 0.85)) };
        line(name, 1.7, &inside)
    };
    match missing {
        [first, .., last] if missing.len() > 3 => row(&format!("{prefix}_{first} to {last}")),
        few => html! { @for number in few { (row(&format!("{prefix}_{number}"))) } },
    }
}
