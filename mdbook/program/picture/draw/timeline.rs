//! A timeline: panels below one another, on one scale.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::actor::actor;
use super::label::words;
use super::legend::{Sign, legend, signs};
use super::marks::{axis, band, brackets, flag, headings, line, upright};
use super::pieces::enlarged;
use super::queue::queue;
use super::row::Frame;
use super::scale::{Scale, took};
use super::words::structure;
use crate::picture::model::panel::Panel;
use crate::picture::model::run::Run;
use crate::picture::model::view::View;
use crate::picture::options::Options;

/// The drawing and its legend. `runs[0]` is the page's own; `point` is what the picture
/// shows, in a sentence.
#[must_use]
pub fn timeline(runs: &[Run], panels: &[Panel], options: &Options, point: &str) -> Markup {
    let longest = panels.iter().map(Panel::length).fold(0.0, f64::max);
    let view = |panel: &Panel| {
        let scale = if options.own_scale {
            panel.length()
        } else {
            longest
        };
        View::new(&runs[panel.run], panel, scale, options)
    };
    let views: Vec<(&Panel, View)> = panels.iter().map(|panel| (panel, view(panel))).collect();
    // Beside others, a panel with nothing to see is left out.
    let seen = views.iter().filter(|(_, view)| !view.is_empty()).count();
    let shown = views
        .iter()
        .filter(|(_, view)| seen == 0 || !view.is_empty());
    let shown: Vec<&(&Panel, View)> = shown.collect();
    let several = shown.len() > 1;
    let mut all = BTreeSet::new();
    let mut drawn = Vec::new();
    for (number, (panel, view)) in shown.iter().enumerate() {
        let length = if options.own_scale {
            panel.length()
        } else {
            longest
        };
        let zoomed = options.zoom.then(|| enlarged(view)).flatten();
        let whole = || {
            (
                Scale::whole(length, if several { 98.0 } else { 100.0 }),
                Vec::new(),
            )
        };
        let (scale, texts) = zoomed.unwrap_or_else(whole);
        let frame = Frame {
            run: &runs[panel.run],
            scale: &scale,
            from: panel.from,
            own: panel.run == 0,
            many: view.rows.len() > 8,
        };
        all.extend(signs(&frame, view));
        all.extend(several.then_some(Sign::End));
        let last = number + 1 == shown.len() || options.own_scale;
        drawn.push(html! {
            @if several { (head(panel, view)) }
            @if !texts.is_empty() { (headings(&frame, &texts)) }
            (body(&frame, panel, view, several, options))
            @if last { (axis(&frame)) }
        });
    }
    html! {
        div role="img" aria-label={ (point) " " (structure(runs, &shown)) } {
            div class="grid" { @for panel in drawn { (panel) } }
        }
        (legend(&all))
    }
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

fn body(frame: &Frame<'_>, panel: &Panel, view: &View, ends: bool, options: &Options) -> Markup {
    let behind = html! {
        @for tick in frame.scale.ticks() { (upright("g", frame.scale.place(tick))) }
        @for (moment, ..) in &view.flags { (upright("flag", frame.x(moment.at))) }
        @if ends { (upright("end", frame.x(panel.to))) }
    };
    let called = options.band.clone();
    let called = called.unwrap_or(("not set".to_string(), "set".to_string()));
    html! {
        @if !view.waves.is_empty() { (brackets(frame, &view.waves)) }
        @for reading in &view.flags { (flag(frame, reading)) }
        @for event in &view.bands { (band(frame, event, &called)) }
        @for row in &view.rows { (actor(frame, view, row, &behind)) }
        @for (prefix, missing) in &view.absent { (absent(prefix, missing, &behind)) }
        @for queued in view.queues.values() {
            (queue(frame, queued, &behind, view.queues.len() == 1))
        }
    }
}

fn absent(prefix: &str, missing: &[u32], behind: &Markup) -> Markup {
    let row = |name: &str| {
        let inside = html! { (behind) (words("quiet", "never started", 0.6, 0.85)) };
        line(name, 1.7, &inside)
    };
    html! { @for number in missing { (row(&format!("{prefix}_{number}"))) } }
}
