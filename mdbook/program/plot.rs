//! A plot of the figures that a section printed.
//!
//! It shows every line of this form, with any words:
//!
//! ```text
//! asking every 0.10 s: 71.23 ms late, 0.90 ms of CPU time
//! ```
//!
//! Each line is a row, and each figure after the colon has a column of its own. The
//! scales are logarithmic, with a dot at each figure: such figures often differ by a
//! factor of a thousand. The plot is drawn from the captured output whenever the book is
//! built, so the two always agree.

use std::fmt::Write;
use std::sync::LazyLock;

use regex::Regex;

use crate::ansi::{escaped, plain};
use crate::project::Section;
use crate::text::pattern;

static LINE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"│ ([^:]+): (\d+\.\d+ [a-zµ][^,]*(?:, \d+\.\d+ [a-zµ][^,]*)*)$"));

/// Smaller figures are drawn here: it is the least that two decimals can show.
const LEAST: f64 = 0.01;

const WIDTH: f64 = 760.0;
const LABELS: f64 = 165.0;
const GAP: f64 = 60.0;
const TOP: f64 = 44.0;
const ROW: f64 = 28.0;

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

/// The plot as an SVG without blank lines.
pub fn svg(section: &Section, output: &str) -> Result<String, String> {
    Ok(draw(section, &table(section, output)?))
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

fn draw(section: &Section, table: &Table) -> String {
    let id = format!("plot-{}-{}", section.chapter, section.name);
    let columns = table.columns.len() as f64;
    let bottom = TOP + ROW * table.rows.len() as f64;
    let width = (WIDTH - LABELS) / columns - GAP;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"lesson-plot\" viewBox=\"0 0 {WIDTH} {:.0}\" \
         role=\"img\" aria-labelledby=\"{id}-title {id}-desc\">\n\
         <title id=\"{id}-title\">Figures of {section}: {}</title>\n\
         <desc id=\"{id}-desc\">{}</desc>\n",
        bottom + 30.0,
        escaped(&table.columns.join(", ")),
        escaped(&described(table)),
    );
    let mut add = |element: String| svg.push_str(&(element + "\n"));
    for (column, words) in table.columns.iter().enumerate() {
        let left = LABELS + (width + GAP) * column as f64;
        let (first, last) = decades(table, column);
        let place = |figure: f64| {
            let share = (figure.max(LEAST).log10() - f64::from(first)) / f64::from(last - first);
            left + width * share
        };
        add(format!(
            "<text class=\"head\" x=\"{left:.1}\" y=\"22\">{}</text>",
            escaped(words)
        ));
        for decade in first..=last {
            let x = place(10f64.powi(decade));
            let decimals = usize::try_from(-decade).unwrap_or(0);
            add(format!(
                "<path class=\"grid\" d=\"M{x:.1} {:.1}V{bottom:.1}\"/>",
                TOP - 8.0
            ));
            add(format!(
                "<text class=\"tick\" x=\"{x:.1}\" y=\"{:.1}\">{:.decimals$}</text>",
                bottom + 18.0,
                10f64.powi(decade)
            ));
        }
        for (number, row) in table.rows.iter().enumerate() {
            let (x, y) = (
                place(row.figures[column]),
                TOP + ROW * (number as f64 + 0.5),
            );
            add(format!(
                "<path class=\"line\" d=\"M{left:.1} {y:.1}H{x:.1}\"/>"
            ));
            add(format!(
                "<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\"/>"
            ));
            add(format!(
                "<text class=\"figure\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                x + 9.0,
                y + 4.0,
                shown(row.figures[column])
            ));
        }
    }
    for (number, row) in table.rows.iter().enumerate() {
        add(format!(
            "<text class=\"name\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            LABELS - 14.0,
            TOP + ROW * (number as f64 + 0.5) + 4.0,
            escaped(&row.label)
        ));
    }
    svg.push_str("</svg>");
    svg
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
        let svg = svg(&section(), OUTPUT).unwrap();
        assert!(svg.contains("asking &lt;all&gt; the time: 0.04 ms late, 1076 ms of CPU time."));
        assert_eq!(svg.matches("<circle").count(), 4);
        assert!(!svg.contains("\n\n") && !svg.contains("NaN"));
    }

    #[test]
    fn output_without_a_table_is_an_error() {
        assert!(svg(&section(), "  0.0 s  main │ hello\n").is_err());
        let other = format!("{OUTPUT}  7.0 s  main        │ more: 1.5 s late\n");
        assert!(svg(&section(), &other).unwrap_err().contains("1.5 s late"));
    }
}
