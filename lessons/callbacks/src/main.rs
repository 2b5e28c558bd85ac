//! Callbacks, and crawlers made of them.

mod crawler_callback;
mod crawler_collect;
mod crawler_fused;
mod movie_board;
mod page_sizes;
mod thread_callback;
mod video_crawler;

use crawl::options::{OUT, URL, WORKERS};

fn main() -> std::process::ExitCode {
    // In the order of the book.
    shared::chapter!(
        "callbacks",
        [
            thread_callback,
            crawler_collect.options(&[URL, WORKERS]),
            crawler_fused.options(&[URL, WORKERS]),
            crawler_callback.options(&[URL, WORKERS]),
            video_crawler.options(&[URL, WORKERS, OUT]),
            page_sizes.options(&[URL, OUT]),
            movie_board.options(&[URL, WORKERS, OUT]),
        ]
    )
}
