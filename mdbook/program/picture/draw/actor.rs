//! The row of one actor: its bars, and what stands before and behind them.

use maud::{Markup, html};

use super::label::{em, pct};
use super::marks::{gaps, upright};
use super::row::{Frame, bars, height};
use crate::picture::model::rows::Row;
use crate::picture::model::spans::Activity;
use crate::picture::model::view::View;

/// The name and the row.
#[must_use]
pub fn actor(frame: &Frame<'_>, view: &View, row: &Row, behind: &Markup) -> Markup {
    let waiter = view.waits(row);
    let marks = Marks::of(frame, view, row);
    let half = em(height(frame) / 2.0);
    html! {
        span class="who" { (row.name) }
        svg style={ "height:" (em(height(frame))) } aria-hidden="true" {
            @if waiter { (tint(frame, view)) }
            (behind)
            (bars(frame, row))
            @for at in &marks.begins { circle class="dot" cx=(pct(*at)) cy=(half) r=".3em" {} }
            @for at in &marks.goes {
                svg x=(pct(*at)) y=(half) { path class="go" d="M1 -5.5L11 0L1 5.5Z" {} }
            }
            @for (at, entry) in &marks.callbacks {
                svg x=(pct(*at)) y=(half) {
                    path class="called" data-e=[frame.ids(&[*entry])] d="M0 -6L6 0L0 6L-6 0Z" {}
                }
            }
            @for at in &marks.deaths {
                svg x=(pct(*at)) y=(half) { path class="cross" d="M4 -5L14 5M4 5L14 -5" {} }
            }
            @if waiter {
                @for at in view.sets() { (upright("flag", frame.x(at))) }
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
            rect class=(if stretch.set { "greenbg" } else { "redbg" }) x=(pct(left))
                width=(pct(right - left)) y="0" height="101%" {}
        }
    }
}

/// What happens in a moment, as places in per cent.
#[derive(Debug, Default)]
pub struct Marks {
    /// The actor begins.
    pub begins: Vec<f64>,
    /// It goes on after its wait for an event.
    pub goes: Vec<f64>,
    /// A callback that is too short for a bar, with its place in the log.
    pub callbacks: Vec<(f64, usize)>,
    /// It was killed.
    pub deaths: Vec<f64>,
}

impl Marks {
    #[must_use]
    pub fn of(frame: &Frame<'_>, view: &View, row: &Row) -> Self {
        let mut marks = Marks::default();
        let [place] = row.actors.as_slice() else {
            return marks;
        };
        let actor = &frame.run.actors[*place];
        let inside = |at: f64| at > view.from && at <= view.to;
        if frame.scale.pieces.len() > 1 && view.waits(row) {
            marks
                .begins
                .extend(inside(actor.from).then(|| frame.x(actor.from)));
            let waits = row
                .spans
                .iter()
                .filter(|span| matches!(span.activity, Activity::Wait(_)));
            marks.goes.extend(waits.map(|span| frame.x(span.to)));
        }
        if view.marks_callbacks {
            let short = row
                .spans
                .iter()
                .filter(|span| span.activity == Activity::Callback && !frame.seen(span));
            marks
                .callbacks
                .extend(short.map(|span| (frame.x(span.from), span.entry)));
        }
        if !actor.death.is_empty() && inside(actor.to) {
            marks.deaths.push(frame.x(actor.to));
        }
        marks
    }
}
