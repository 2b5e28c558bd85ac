//! What fails in a task or in a callback is seen, and stops nothing else.
//!
//! Watch who reports each failure, and how many workers there are at the end.
use shared::prelude::*;

pub fn main() -> Result {
    let pool = ThreadPool::new(1)?;

    let panics = pool.submit(|| first_link(&[]))?;
    panics.add_done_callback(|done| say!("panics: the future has {:?}", done.result()));

    let fails = pool.submit(|| fetch("/lost"))?;
    fails.add_done_callback(|done| say!("fails: the future has {:?}", done.result()));
    fails.add_done_callback(|done| {
        // One `?` for what became of the task, one for what it returned.
        say!("fails: {} bytes", done.result()??);
        Ok(())
    });

    let good = pool.submit(|| fetch("/"))?;
    good.add_done_callback(|_| -> Result { Err("the disk is full".into()) });
    good.add_done_callback(|_| -> Result { panic!("this callback has a mistake") });
    good.add_done_callback(|done| say!("good: the future has {:?}", done.result()));

    let cancelled = pool.submit(|| fetch("/later"))?;
    cancelled.add_done_callback(|done| say!("cancelled: the future has {:?}", done.result()));
    cancelled.cancel();

    let last = pool.submit(|| say!("the worker takes the next task"))?;
    last.result()?;
    say!("workers: {:?}", pool.worker_names());
    Ok(())
}

/// A page without links has no first one.
fn first_link(links: &[&'static str]) -> &'static str {
    pause(1.0);
    links[0]
}

/// The size of a page, or why there is none.
fn fetch(path: &str) -> Result<usize, String> {
    pause(1.0);
    match path {
        "/lost" => Err(format!("{path}: status 404")),
        _ => Ok(1256),
    }
}
