//! The steps as HTML: a list that can be read without the script, which makes the player
//! of it.

use std::fmt::Write;

use super::queue::Shown;
use super::step::Step;
use super::steps::steps;
use crate::ansi::escaped;
use crate::captured::{self, Captured};
use crate::picture;
use crate::project::{Project, Section};

/// The player of a captured run, whose picture has the options `words`. Empty if there is
/// nothing to play.
pub fn html(project: &Project, section: &Section, words: &str) -> Result<String, String> {
    let Captured { log, output } = captured::read(project, section)?;
    let naming = picture::naming(section, words, &log)?;
    let steps = steps(&log, &naming, &output);
    if steps.len() < 2 {
        return Ok(String::new());
    }
    let mut html = format!(
        "<div class=\"player\" data-section=\"{section}\" data-source=\"{}\">\n\
         <details class=\"player-steps\"><summary>The run in {} sentences</summary>\n<ol>\n",
        section.source(),
        steps.len()
    );
    for step in &steps {
        html.push_str(&item(step));
    }
    html.push_str("</ol>\n</details>\n</div>\n");
    Ok(html)
}

fn item(step: &Step) -> String {
    let mut html = format!("<li data-t=\"{:.1}\"", step.at as f64 / 1e6);
    if let Some(line) = step.line {
        let _ = write!(html, " data-s=\"{line}\"");
    }
    for (name, ranges) in [("l", &step.printed), ("e", &step.bars)] {
        if !ranges.is_empty() {
            let _ = write!(html, " data-{name}=\"{}\"", list(ranges));
        }
    }
    if !step.queues.is_empty() {
        let queues: Vec<String> = step.queues.iter().map(queue).collect();
        let _ = write!(html, " data-q=\"{}\"", escaped(&queues.join(";")));
    }
    html + ">" + &escaped(&step.words) + "</li>\n"
}

/// `3 7-9`.
fn list(ranges: &[(usize, usize)]) -> String {
    let ranges = ranges.iter().map(|(first, last)| match last - first {
        0 => first.to_string(),
        _ => format!("{first}-{last}"),
    });
    ranges.collect::<Vec<_>>().join(" ")
}

/// `pool-0|task 3|task 4|+12`: the pool, the tasks, and how many more there are.
fn queue(queue: &Shown) -> String {
    let mut parts = vec![queue.pool.clone()];
    parts.extend(queue.tasks.iter().cloned());
    if queue.more > 0 {
        parts.push(format!("+{}", queue.more));
    }
    // What separates must not occur in a name.
    let parts = parts.iter().map(|part| part.replace(['|', ';'], " "));
    parts.collect::<Vec<_>>().join("|")
}
