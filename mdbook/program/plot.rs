//! A plot of the figures that a section printed.
//!
//! It shows every line of this form, with any words:
//!
//! ```text
//! asking every 0.10 s: 71.23 ms late, 0.90 ms of CPU time
//! ```
//!
//! Each line is a row, and each figure after the colon has a panel of its own. The
//! scales are logarithmic, with a dot at each figure: such figures often differ by a
//! factor of a thousand. The plot is drawn from the captured output whenever the book is
//! built, so the two always agree. It has the grid of the other pictures: names, and rows
//! that stretch with the page.

use std::fmt::Write;
use std::sync::LazyLock;

use maud::{Markup, html};
use regex::Regex;

use crate::ansi::plain;
use crate::project::Section;
use crate::text::pattern;

static LINE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"│ ([^:]+): (\d+\.\d+ [a-zµ][^,]*(?:, \d+\.\d+ [a-zµ][^,]*)*)$"));

/// Smaller figures are drawn here: it is the least that two decimals can show.
const LEAST: f64 = 0.01;

/// Per cent of a row that its scale takes: the rest is for the figures.
const RIGHT: f64 = 88.0;

struct Row {
    label: String,
    /// In the order of the columns.
    figures: Vec<f64>,
}

struct Table {
    /// The unit of each figure and the words after it: `ms late`.
    columns: Vec<String>,
    rows: Vec<Row>,
}

/// The plot as HTML without blank lines. `point` is what it shows, in a sentence.
pub fn html(section: &Section, output: &str, point: &str) -> Result<Markup, String> {
    Ok(draw(&table(section, output)?, point))
}

fn table(section: &Section, output: &str) -> Result<Table, String> {
    let mut table = Table {
        columns: Vec::new(),
        rows: Vec::new(),
    };
    for line in plain(output).lines() {
        let Some(found) = LINE.captures(line) else {
            continue;
        };
        let (mut columns, mut figures) = (Vec::new(), Vec::new());
        for part in found[2].split(", ") {
            let (figure, words) = part.split_once(' ').unwrap_or((part, ""));
            columns.push(words.to_string());
            figures.extend(figure.parse::<f64>());
        }
        if table.rows.is_empty() {
            table.columns = columns;
        } else if table.columns != columns {
            let what = format!("{section} prints figures of two kinds, and a plot shows one");
            return Err(format!("{what}; one is `{}`", found[2].trim()));
        }
        let label = found[1].to_string();
        table.rows.push(Row { label, figures });
    }
    if table.rows.is_empty() {
        return Err(format!(
            "{section} prints no line such as `name: 1.5 ms late, 0.2 ms of CPU time`"
        ));
    }
    Ok(table)
}

/// The exponents of the powers of ten around all figures of a column.
fn decades(table: &Table, column: usize) -> (i32, i32) {
    let figures = || table.rows.iter().map(|row| row.figures[column].max(LEAST));
    let least = figures().fold(f64::INFINITY, f64::min).log10().floor();
    let most = figures().fold(0.0, f64::max).log10().ceil();
    (least as i32, (most as i32).max(least as i32 + 1))
}

fn draw(table: &Table, point: &str) -> Markup {
    html! {
        div role="img" aria-label={ (point) " " (described(table)) } {
            div class="grid names" {
                @for (column, words) in table.columns.iter().enumerate() { (panel(table, column, words)) }
            }
        }
    }
}

/// The panel of one figure, on a scale of its own.
fn panel(table: &Table, column: usize, words: &str) -> Markup {
    let (first, last) = decades(table, column);
    let x = |figure: f64| {
        let share = (figure.max(LEAST).log10() - f64::from(first)) / f64::from(last - first);
        format!("{:.2}%", RIGHT * share)
    };
    let decades: Vec<f64> = (first..=last).map(|decade| 10f64.powi(decade)).collect();
    html! {
        div class="head" { b { (words) } }
        @for row in &table.rows {
            @let figure = row.figures[column];
            span class="who" { (row.label) }
            svg style="height:1.75em" aria-hidden="true" {
                @for decade in &decades {
                    line class="g" x1=(x(*decade)) x2=(x(*decade)) y1="0" y2="100%" {}
                }
                line class="runs" x1="0%" x2=(x(figure)) y1=".88em" y2=".88em" {}
                svg x=(x(figure)) y=".88em" {
                    circle class="point" r="5" {}
                    text class="ink" x=".8em" dy=".36em" { (shown(figure)) }
                }
            }
        }
        span class="who" {}
        svg style="height:1.5em" aria-hidden="true" {
            line class="axis" x1="0%" x2=(format!("{RIGHT}%")) y1=".03em" y2=".03em" {}
            @for (number, decade) in decades.iter().enumerate() {
                @let wide = if decades.len() > 5 && number % 2 == 1 { "tick m w" } else { "tick m" };
                line class="axis" x1=(x(*decade)) x2=(x(*decade)) y1="0" y2=".3em" {}
                text class=(wide) x=(x(*decade)) y="1.25em" { (power(*decade)) }
            }
        }
    }
}

/// A power of ten, without needless zeros.
fn power(decade: f64) -> String {
    let decimals = (-decade.log10()).round().max(0.0) as usize;
    format!("{decade:.decimals$}")
}

/// The figures in words.
fn described(table: &Table) -> String {
    let mut text = String::from("On logarithmic scales.");
    for row in &table.rows {
        let figures: Vec<String> = (row.figures.iter().zip(&table.columns))
            .map(|(figure, words)| format!("{} {words}", shown(*figure)))
            .collect();
        let _ = write!(text, " {}: {}.", row.label, figures.join(", "));
    }
    text
}

/// With two or three significant digits.
fn shown(figure: f64) -> String {
    match figure {
        10.0.. => format!("{figure:.0}"),
        1.0.. => format!("{figure:.1}"),
        _ => format!("{figure:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "  0.0 s  lesson      │ polling: asks\n\
        \x1b[2m  1.2 s\x1b[0m  main        │ asking <all> the time: 0.04 ms late, 1076.25 ms of CPU time\n  \
        6.5 s  main        │ being told: 0.00 ms late, 0.46 ms of CPU time\n  \
        6.5 s  lesson      │ polling took 6.5 s\n";

    fn section() -> Section {
        Section::new("sync_vs_async", "polling")
    }

    #[test]
    fn lines_with_figures_become_rows() {
        let table = table(&section(), OUTPUT).unwrap();
        assert_eq!(table.columns, ["ms late", "ms of CPU time"]);
        assert_eq!(table.rows.len(), 2);
        assert_eq!(table.rows[0].figures, [0.04, 1076.25]);
        assert_eq!(table.rows[1].label, "being told");
        assert_eq!(decades(&table, 0), (-2, -1));
        assert_eq!(decades(&table, 1), (-1, 4));
    }

    #[test]
    fn the_plot_is_described_in_words() {
        let html = html(&section(), OUTPUT, "Asking costs.")
            .unwrap()
            .into_string();
        assert!(
            html.contains("\"Asking costs. On logarithmic scales."),
            "{html}"
        );
        assert!(html.contains("asking &lt;all&gt; the time: 0.04 ms late, 1076 ms of CPU time."));
        assert_eq!(html.matches("<circle").count(), 4);
        assert!(!html.contains("\n\n") && !html.contains("NaN"));
    }

    #[test]
    fn output_without_a_table_is_an_error() {
        assert!(html(&section(), "  0.0 s  main │ hello\n", "").is_err());
        let other = format!("{OUTPUT}  7.0 s  main        │ more: 1.5 s late\n");
        let complaint = html(&section(), &other, "").unwrap_err();
        assert!(complaint.contains("1.5 s late"), "{complaint}");
    }
}
