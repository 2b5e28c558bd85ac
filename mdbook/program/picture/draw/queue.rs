//! The queue below its pool's workers: first in line on top.

use maud::{Markup, html};

use super::label::{em, label, pct};
use super::marks::gaps;
use super::row::Frame;
use crate::picture::model::naming::Name;
use crate::picture::model::queue::{Cancelled, Cell, Queue};
use crate::picture::model::spans::TaskId;

/// The height of a place, and of its cell, in em.
const STEP: f64 = 1.35;
const CELL: f64 = 1.2;

/// Of a longer queue the first places are drawn, and the rest is counted.
const PLACES: usize = 10;

/// How wide a cancelled task's cell is, in per cent.
const GONE: f64 = 9.0;

#[must_use]
pub fn queue(frame: &Frame<'_>, queue: &Queue, behind: &Markup, alone: bool) -> Markup {
    let depth = queue.depth();
    let places = depth.min(PLACES);
    let more = depth - places;
    let height = places as f64 * STEP + 0.4 + if more > 0 { STEP } else { 0.0 };
    let drawn = |place: usize| place < places;
    html! {
        span class="who q top" {
            @if alone { "queue" } @else { (frame.run.pools_name(queue_pool(queue))) }
            @if depth > 3 { span class="hint" { "first in line on top" } }
        }
        svg style={ "height:" (em(height)) } aria-hidden="true" {
            (behind)
            @for cell in queue.cells.iter().filter(|cell| drawn(cell.place)) { (waiting(frame, cell)) }
            @for gone in queue.cancelled.iter().filter(|gone| drawn(gone.place)) { (cancelled(frame, gone)) }
            @if more > 0 {
                text class="quiet" x=".5em" y=(em(places as f64 * STEP + 0.95)) dy=".36em" {
                    "and up to " (more) " more"
                }
            }
            (gaps(frame))
        }
    }
}

fn queue_pool(queue: &Queue) -> u32 {
    let cell = queue.cells.first().map(|cell| cell.task);
    let task = cell.or(queue.cancelled.first().map(|gone| gone.task));
    task.map_or(0, |(pool, _)| pool)
}

fn name(frame: &Frame<'_>, task: TaskId) -> Name {
    frame
        .run
        .tasks
        .get(&task)
        .map(|task| task.name.clone())
        .unwrap_or_default()
}

fn top(place: usize) -> f64 {
    place as f64 * STEP + 0.2
}

fn waiting(frame: &Frame<'_>, cell: &Cell) -> Markup {
    let (left, right) = (frame.x(cell.from), frame.x(cell.to));
    let name = name(frame, cell.task);
    html! {
        rect class="queue" data-e=[frame.ids(&[cell.entry])] x=(pct(left)) y=(em(top(cell.place)))
            width=(pct(right - left)) height=(em(CELL)) rx="2" {
            title { (name.long) " waits in the queue" }
        }
        (label("ink", &[&name.long, &name.short], f64::midpoint(left, right),
            top(cell.place) + CELL / 2.0, right - left))
    }
}

fn cancelled(frame: &Frame<'_>, gone: &Cancelled) -> Markup {
    let left = frame.x(gone.moment.at);
    let name = name(frame, gone.task);
    let middle = top(gone.place) + CELL / 2.0;
    html! {
        rect class="gone" data-e=[frame.ids(&[gone.moment.entry])] x=(pct(left)) y=(em(top(gone.place)))
            width=(pct(GONE)) height=(em(CELL)) rx="2" {
            title { (name.long) " is cancelled" }
        }
        (label("ink struck", &[&name.long, &name.short], left + GONE / 2.0, middle, GONE))
        svg x=(pct(left + GONE)) y=(em(middle)) {
            path class="cross" d="M5 -5L15 5M5 5L15 -5" {}
            text class="ink" x="1.8em" dy=".36em" { "cancelled" }
        }
    }
}
