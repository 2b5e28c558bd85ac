//! Pictures as HTML and SVG.
//!
//! A picture is a grid of two columns, names and rows. Each row is an SVG without a
//! `viewBox`, with x in per cent and y in `em`: bars stretch with the page, and text keeps
//! its size. The colours are in `theme/pictures.css`.

pub mod actor;
pub mod label;
pub mod legend;
pub mod marks;
pub mod pieces;
pub mod queue;
pub mod row;
pub mod scale;
pub mod steps;
pub mod timeline;
pub mod words;

use maud::{Markup, html};

/// What striped and hatched bars are filled with. A page with several pictures has them
/// several times, all equal.
#[must_use]
pub fn patterns() -> Markup {
    let pattern = |id: &str, angle: &str, size: &str, inside: Markup| {
        html! {
            pattern id=(id) width=(size) height=(size) patternUnits="userSpaceOnUse"
                patternTransform={ "rotate(" (angle) ")" } { (inside) }
        }
    };
    let ground = |color: &str| {
        html! { rect width="6" height="6" style={ "fill:var(--p-" (color) ")" } {} }
    };
    let line = |style: &str| html! { path d="M0 0V6" style=(style) {} };
    html! {
        svg class="patterns" width="0" height="0" aria-hidden="true" {
            defs {
                (pattern("p-call", "45", "6", html! {
                    (ground("call"))
                    (line("stroke:var(--p-on);stroke-opacity:.45;stroke-width:2.4"))
                }))
                (pattern("p-ready", "-45", "6", html! {
                    (ground("work"))
                    (line("stroke:var(--p-page);stroke-opacity:.7;stroke-width:2.4"))
                }))
                (pattern("p-not", "-45", "5", line("stroke:var(--p-rule);stroke-opacity:.5")))
            }
        }
    }
}
