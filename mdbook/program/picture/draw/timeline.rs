//! A timeline: panels below one another, on one scale.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::label::{em, pct, words};
use super::legend::{Sign, legend, sign};
use super::row::{Frame, HEIGHT, bars};
use super::scale::{Scale, time};
use crate::picture::model::panel::Panel;
use crate::picture::model::rows::{Row, rows};
use crate::picture::model::run::Run;
use crate::picture::options::Options;

/// The drawing and its legend. `runs[0]` is the page's own.
#[must_use]
pub fn timeline(runs: &[Run], panels: &[Panel], options: &Options, said: &str) -> Markup {
    let longest = panels.iter().map(Panel::length).fold(0.0, f64::max);
    let several = panels.len() > 1;
    let shared = Scale::whole(longest, if several { 98.0 } else { 100.0 });
    let mut signs = BTreeSet::new();
    let mut drawn = Vec::new();
    for (number, panel) in panels.iter().enumerate() {
        let own = Scale::whole(panel.length(), 98.0);
        let scale = if options.own_scale { &own } else { &shared };
        let frame = Frame {
            run: &runs[panel.run],
            scale,
            from: panel.from,
            own: panel.run == 0,
        };
        let rows = rows(frame.run, panel.from, panel.to, options.fold, |name| {
            options.shows(name)
        });
        collect(&mut signs, &rows);
        if several {
            signs.insert(Sign::End);
        }
        let axis = number + 1 == panels.len() || options.own_scale;
        drawn.push(html! {
            @if several { (head(panel)) }
            (body(&frame, panel, &rows, several))
            @if axis { (ticks(scale)) }
        });
    }
    html! {
        div role="img" aria-label=(said) {
            div class="grid" { @for panel in drawn { (panel) } }
        }
        (legend(&signs))
    }
}

fn collect(signs: &mut BTreeSet<Sign>, rows: &[Row]) {
    let spans = rows.iter().flat_map(|row| &row.spans);
    signs.extend(spans.map(|span| sign(&span.activity, span.task.is_some())));
}

fn head(panel: &Panel) -> Markup {
    html! {
        div class="head" {
            span {
                b { (panel.name) }
                @if !panel.about.is_empty() { ": " (panel.about) }
            }
            span { "took " b { (took(panel.length())) } }
        }
    }
}

/// A total has the decimals that the lessons print.
fn took(seconds: f64) -> String {
    match seconds {
        0.05.. => format!("{seconds:.1} s"),
        _ => time(seconds),
    }
}

fn body(frame: &Frame<'_>, panel: &Panel, rows: &[Row], ends: bool) -> Markup {
    let behind = html! {
        @for tick in frame.scale.ticks() {
            (upright("g", frame.scale.place(tick)))
        }
        @if ends { (upright("end", frame.x(panel.to))) }
    };
    html! {
        @for row in rows {
            span class="who" { (row.name) }
            svg style={ "height:" (em(HEIGHT)) } aria-hidden="true" {
                (behind)
                (bars(frame, row))
            }
        }
    }
}

fn upright(class: &str, x: f64) -> Markup {
    html! { line class=(class) x1=(pct(x)) x2=(pct(x)) y1="0" y2="100%" {} }
}

/// The axis: every other number only where there is room.
fn ticks(scale: &Scale) -> Markup {
    let ticks = scale.ticks();
    let last = ticks.len() - 1;
    html! {
        span class="who" {}
        svg style="height:1.5em" aria-hidden="true" {
            line class="axis" x1="0%" x2="100%" y1=".03em" y2=".03em" {}
            @for (number, tick) in ticks.iter().enumerate() {
                @let x = scale.place(*tick);
                line class="axis" x1=(pct(x)) x2=(pct(x)) y1="0" y2=".3em" {}
                @let anchor = if number == 0 { "" } else if x > 97.0 { " e" } else { " m" };
                @let wide = if last > 4 && number % 2 == 1 { " w" } else { "" };
                (words(&format!("tick{anchor}{wide}"), &time(*tick), x, 0.95))
            }
        }
    }
}
