//! Callbacks, and crawlers made of them.

mod async_or_callback;
mod crawler_as_completed;
mod crawler_callback;
mod crawler_collect;
mod crawler_fused;
mod errors;
mod from_scratch;
mod movie_board;
mod page_sizes;
mod pool_callback;
mod site;
mod thread_callback;
mod video_crawler;
mod who_runs;

use crawl::options::{OUT, URL, WORKERS};

fn main() -> std::process::ExitCode {
    // In the order of the book.
    shared::chapter!(
        "callbacks",
        [
            thread_callback,
            pool_callback,
            who_runs,
            async_or_callback,
            crawler_collect.options(&[URL, WORKERS]),
            crawler_fused.options(&[URL, WORKERS]),
            crawler_callback.options(&[URL, WORKERS]),
            crawler_as_completed.options(&[URL, WORKERS]),
            video_crawler.options(&[URL, WORKERS, OUT]),
            page_sizes.options(&[URL, OUT]),
            movie_board.options(&[URL, WORKERS, OUT]),
            errors,
            from_scratch,
            site.waits_for_a_person().options(site::OPTIONS),
        ]
    )
}
