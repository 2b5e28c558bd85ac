//! What stands above the rows: brackets over waves, the state of an event, and flags.

use maud::{Markup, html};

use super::label::{em, label, pct, room, words};
use super::row::Frame;
use super::scale::time;
use crate::picture::model::band::Band;
use crate::picture::model::tasks::Moment;
use crate::picture::model::waves::Wave;

/// A row with a name, or without one, for something that is no actor.
#[must_use]
pub fn line(name: &str, height: f64, inside: &Markup) -> Markup {
    html! {
        span class="who" { (name) }
        svg style={ "height:" (em(height)) } aria-hidden="true" { (inside) }
    }
}

/// A bracket that is narrower, in per cent, has no room for its number.
const NARROW: f64 = 4.0;

/// A bracket over each wave.
#[must_use]
pub fn brackets(frame: &Frame<'_>, waves: &[Wave]) -> Markup {
    if waves
        .iter()
        .any(|wave| frame.x(wave.to) - frame.x(wave.from) < NARROW)
    {
        return html! {};
    }
    let inside = html! {
        @for (wave, number) in waves.iter().zip(1..) {
            @let (left, right) = (frame.x(wave.from) + 0.4, frame.x(wave.to) - 0.4);
            @let noun = if wave.tasks == 1 { "task" } else { "tasks" };
            @let long = format!("wave {number}: {} {noun}", wave.tasks);
            @let short = format!("{number}: {}", wave.tasks);
            line class="end" x1=(pct(left)) x2=(pct(right)) y1="1.5em" y2="1.5em" {}
            (label("strong", &[&long, &short, &wave.tasks.to_string()],
                f64::midpoint(left, right), 0.75, right - left))
        }
    };
    line("", 1.9, &inside)
}

/// The state of an event as a band. `called` is what it is called while it is clear, and
/// while it is set.
#[must_use]
pub fn band(frame: &Frame<'_>, band: &Band, called: &(String, String)) -> Markup {
    let inside = html! {
        @for stretch in &band.stretches {
            @let (left, right) = (frame.x(stretch.from), frame.x(stretch.to));
            @let (class, name) = if stretch.set { ("green", &called.1) } else { ("red", &called.0) };
            @let ids = stretch.entry.and_then(|entry| frame.ids(&[entry]));
            rect class=(class) data-e=[ids] x=(pct(left)) width=(pct(right - left)) y=".15em" height="1.6em" rx="2" {
                title { (band.name) ": " (name) ", from " (time(stretch.from - frame.from)) }
            }
            @let (left, right) = frame.widest(stretch.from, stretch.to);
            (label("on", &[name], f64::midpoint(left, right), 0.95, right - left))
        }
    };
    html! { (line(&band.name, 1.9, &html! { (inside) (gaps(frame)) })) }
}

/// What hides the gaps between two pieces of time.
#[must_use]
pub fn gaps(frame: &Frame<'_>) -> Markup {
    html! {
        @for (left, width) in frame.scale.gaps() {
            rect class="gap" x=(pct(left)) width=(pct(width)) y="-.15em" height="120%" {}
        }
    }
}

/// A flag with its words, on the side where there is more room. On a narrow page, words
/// that are too long give way to the time.
#[must_use]
pub fn flag(frame: &Frame<'_>, (moment, text, value): &(Moment, String, f64)) -> Markup {
    let x = frame.x(moment.at);
    let (anchor, aside, width) = match x > 50.0 {
        true => ("flagt e", "-.8em", x),
        false => ("flagt", ".8em", 100.0 - x),
    };
    let time = format!("{value:.1} s");
    let long = format!("{}: {time}", text.strip_prefix("the ").unwrap_or(text));
    let fits = room(width, long.chars().count() + 2);
    let words = |class: &str, words: &str| {
        html! {
            text class={ (anchor) (class) } x=(pct(x)) dx=(aside) y="1.15em"
                data-e=[frame.ids(&[moment.entry])] { (words) }
        }
    };
    let inside = html! {
        svg x=(pct(x)) y=".45em" { path class="flagbox" d="M-6 0H6L0 11Z" {} }
        @if fits { (words("", &long)) } @else { (words(" w", &long)) (words(" n", &time)) }
    };
    line("", 1.5, &inside)
}

/// The words above the pieces of time.
#[must_use]
pub fn headings(frame: &Frame<'_>, texts: &[String]) -> Markup {
    let inside = html! {
        @for (piece, text) in frame.scale.pieces.iter().zip(texts) {
            @let (middle, width) = (f64::midpoint(piece.left, piece.right), piece.right - piece.left);
            @let short = text.split(',').next().unwrap_or_default();
            (label("quiet", &[text, short], middle, 0.65, width))
        }
    };
    line("", 1.4, &inside)
}

/// On a narrow page there is room for every second number, or every third.
fn every(texts: &[String], places: &[f64]) -> usize {
    let widest = texts
        .iter()
        .map(|text| text.chars().count())
        .max()
        .unwrap_or(0);
    let step = places
        .windows(2)
        .map(|pair| pair[1] - pair[0])
        .fold(f64::MAX, f64::min);
    (1..)
        .find(|every| room(step * *every as f64, widest + 3))
        .unwrap_or(1)
}

/// The numbers of an axis have one unit.
fn at_tick(tick: f64, ticks: &[f64]) -> String {
    let last = ticks.last().copied().unwrap_or_default();
    match last {
        0.0005..0.1 => format!("{} ms", rounded(tick * 1e3)),
        _ => time(tick),
    }
}

fn rounded(figure: f64) -> f64 {
    (figure * 100.0).round() / 100.0
}

/// A line through a whole row.
#[must_use]
pub fn upright(class: &str, x: f64) -> Markup {
    html! { line class=(class) x1=(pct(x)) x2=(pct(x)) y1="0" y2="100%" {} }
}

/// The axis: every other number only where there is room.
#[must_use]
pub fn axis(frame: &Frame<'_>) -> Markup {
    let ticks = frame.scale.ticks();
    let texts: Vec<String> = ticks.iter().map(|tick| at_tick(*tick, &ticks)).collect();
    let places: Vec<f64> = ticks.iter().map(|tick| frame.scale.place(*tick)).collect();
    let every = every(&texts, &places);
    let inside = html! {
        @for piece in &frame.scale.pieces {
            line class="axis" x1=(pct(piece.left)) x2=(pct(piece.right)) y1=".03em" y2=".03em" {}
        }
        @for (number, tick) in ticks.iter().enumerate() {
            @let x = frame.scale.place(*tick);
            line class="axis" x1=(pct(x)) x2=(pct(x)) y1="0" y2=".3em" {}
            @let anchor = if number == 0 { " first" } else if x > 97.0 { " last e" } else { " m" };
            @let wide = if number.is_multiple_of(every) { "" } else { " w" };
            (words(&format!("tick{anchor}{wide}"), &texts[number], x, 0.95))
        }
    };
    line("", 1.5, &inside)
}
