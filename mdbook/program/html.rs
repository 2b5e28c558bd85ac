//! Builds the HTML.

use std::path::Path;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use mdbook_driver::MDBook;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::preprocess::Lessons;
use crate::project::Project;
use crate::sources;

/// The first page, relative to the project's folder.
pub const SHOWN_AS: &str = "mdbook/book/index.html";

/// Builds the book from the pages as they are now, into the folder `book`.
pub fn build(project: &Project, book: &Path) -> Result<(), String> {
    listen();
    let mut problems = Vec::new();
    for page in sources::pages(project)? {
        problems.extend(sources::broken_includes(&page));
    }
    if !problems.is_empty() {
        return Err(problems.join("\n"));
    }
    COMPLAINED.store(false, Ordering::Relaxed);
    let mut maker = MDBook::load(project.book()).map_err(|error| format!("{error:#}"))?;
    maker.config.build.build_dir = book.to_path_buf();
    // The same as the command in `book.toml`, but without a second program.
    maker.with_preprocessor(Lessons);
    maker.build().map_err(|error| format!("{error:#}"))?;
    if COMPLAINED.load(Ordering::Relaxed) {
        return Err("mdBook built the book, but with the warnings above".to_string());
    }
    Ok(())
}

/// Whether mdBook has logged a warning or an error. It builds the book all the same, even
/// if a file is missing.
static COMPLAINED: AtomicBool = AtomicBool::new(false);

/// mdBook logs through `tracing`: without a subscriber, its warnings are lost.
fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing_subscriber::registry().with(Warnings).init();
    });
}

/// Prints the warnings, and remembers that there were some.
struct Warnings;

impl<S: Subscriber> Layer<S> for Warnings {
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
