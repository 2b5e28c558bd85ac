//! Progress lines for downloads.
//!
//! On a terminal there is a line for each running download, and a total below the
//! lesson's lines. In a pipe or a file there are only the lines of the lesson.

use std::io::{self, IsTerminal};
use std::sync::Arc;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use stage::narrate::{self, Aside};

/// How often the lines are drawn, at most, a second.
const RATE: u8 = 10;

const RUNNING: &str = "{msg:24!} {bar:24} {bytes:>10}";
const TOTAL: &str = "{pos} files are whole";

/// The lines below the lesson's.
#[derive(Clone)]
pub(crate) struct Progress {
    drawn: Option<Arc<Drawn>>,
}

struct Drawn {
    lines: MultiProgress,
    total: ProgressBar,
    _aside: Aside,
}

/// The line of one download. It disappears when this is dropped.
pub(crate) struct Download {
    drawn: Option<(Arc<Drawn>, ProgressBar)>,
}

impl Progress {
    pub(crate) fn new() -> Self {
        // Both: these lines make room for what goes to standard output.
        if !io::stdout().is_terminal() || !io::stderr().is_terminal() {
            return Progress { drawn: None };
        }
        let lines = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(RATE));
        let total = lines.add(ProgressBar::no_length());
        total.set_style(style(TOTAL));
        let hidden = lines.clone();
        let aside = narrate::step_aside(move |say| hidden.suspend(say));
        Progress {
            drawn: Some(Arc::new(Drawn {
                lines,
                total,
                _aside: aside,
            })),
        }
    }

    /// A line for the download of this file.
    pub(crate) fn download(&self, name: &str) -> Download {
        let drawn = self.drawn.as_ref().map(|drawn| {
            // Inserted before it is styled: until then it would draw itself anywhere.
            let line = ProgressBar::no_length();
            let line = drawn.lines.insert_before(&drawn.total, line);
            line.set_style(style(RUNNING));
            line.set_message(name.to_string());
            (Arc::clone(drawn), line)
        });
        Download { drawn }
    }

    /// Nothing more is drawn, and what was drawn is gone.
    pub(crate) fn stop(&self) {
        if let Some(drawn) = &self.drawn {
            let _ = drawn.lines.clear();
            drawn.lines.set_draw_target(ProgressDrawTarget::hidden());
        }
    }
}

impl Drop for Drawn {
    fn drop(&mut self) {
        self.total.finish_and_clear();
        let _ = self.lines.clear();
    }
}

impl Download {
    /// Sets how long the file will be, if that is known.
    pub(crate) fn length(&self, length: Option<u64>) {
        if let (Some((_, line)), Some(length)) = (&self.drawn, length) {
            line.set_length(length);
        }
    }

    pub(crate) fn more(&self, bytes: usize) {
        if let Some((_, line)) = &self.drawn {
            line.inc(bytes as u64);
        }
    }

    /// Adds one to the total.
    pub(crate) fn whole(&self) {
        if let Some((drawn, _)) = &self.drawn {
            drawn.total.inc(1);
        }
    }
}

impl Drop for Download {
    fn drop(&mut self) {
        if let Some((drawn, line)) = &self.drawn {
            line.finish_and_clear();
            drawn.lines.remove(line);
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("a template of this file")
}
