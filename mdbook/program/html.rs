//! Makes the HTML.

use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use mdbook_driver::MDBook;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::preprocess::Lessons;
use crate::project::Project;
use crate::sources;

/// Where the book is, from the project's folder.
pub const SHOWN_AS: &str = "mdbook/book/index.html";

/// Makes the book of the pages as they are now.
pub fn build(project: &Project) -> Result<(), String> {
    listen();
    let mut problems = Vec::new();
    for page in sources::pages(project)? {
        problems.extend(sources::broken_includes(&page));
    }
    if !problems.is_empty() {
        return Err(problems.join("\n"));
    }
    COMPLAINED.store(false, Ordering::Relaxed);
    let mut book = MDBook::load(project.book()).map_err(|error| format!("{error:#}"))?;
    // In place of the command of the same name: no second program is needed.
    book.with_preprocessor(Lessons);
    book.build().map_err(|error| format!("{error:#}"))?;
    if COMPLAINED.load(Ordering::Relaxed) {
        return Err("mdBook made the book, but not without complaint (see above)".to_string());
    }
    Ok(())
}

/// mdBook has logged a warning or an error: a missing file, for example, is no
/// more than that to it.
static COMPLAINED: AtomicBool = AtomicBool::new(false);

/// mdBook speaks through `tracing`, and to nobody if nobody listens.
fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing_subscriber::registry().with(Ears).init();
    });
}

struct Ears;

impl<S: Subscriber> Layer<S> for Ears {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if *event.metadata().level() > Level::WARN
            || !event.metadata().target().starts_with("mdbook")
        {
            return;
        }
        COMPLAINED.store(true, Ordering::Relaxed);
        let mut text = Text(String::new());
        event.record(&mut text);
        eprintln!("mdBook: {}", text.0);
    }
}

struct Text(String);

impl tracing::field::Visit for Text {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}
