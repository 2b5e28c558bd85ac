//! The figures of the crawls, as lines and as the table of the book's page.

use bench::spread::Spread;

use crate::answer::{Crawl, Result};

/// The medians for one number of workers.
#[derive(Debug)]
pub(crate) struct Compared {
    workers: usize,
    ours: Crawl,
    theirs: Option<Crawl>,
}

impl Compared {
    /// # Errors
    ///
    /// If not all crawls have done the same: their figures cannot be compared.
    pub(crate) fn new(workers: usize, ours: &[Crawl], theirs: &[Crawl]) -> Result<Self> {
        let done = |crawl: &Crawl| (crawl.pages, crawl.files, crawl.bytes, crawl.failed);
        let first = &ours[0];
        let mut all = ours.iter().chain(theirs);
        if let Some(other) = all.find(|crawl| done(crawl) != done(first)) {
            return Err(format!("not the same work: {first:?} and {other:?}").into());
        }
        Ok(Compared {
            workers,
            ours: median(ours),
            theirs: (!theirs.is_empty()).then(|| median(theirs)),
        })
    }
}

/// Of each figure by itself.
fn median(crawls: &[Crawl]) -> Crawl {
    let of = |figure: fn(&Crawl) -> f64| {
        let spread = Spread::of(crawls.iter().map(figure));
        spread.expect("there is a crawl").median
    };
    Crawl {
        seconds: of(|crawl| crawl.seconds),
        cpu: of(|crawl| crawl.cpu),
        peak_kib: of(|crawl| crawl.peak_kib as f64) as u64,
        ..crawls[0].clone()
    }
}

pub(crate) fn heading(times: usize) {
    println!(
        "A crawl of the whole site, in seconds, CPU seconds and MiB at the peak; medians of {times}."
    );
    println!("workers  here                          Python");
}

pub(crate) fn line(compared: &Compared) {
    let Compared {
        workers,
        ours,
        theirs,
    } = compared;
    let row = |crawl: &Crawl| {
        format!(
            "{:6.2} s  {:5.2} s  {:5.1} MiB",
            crawl.seconds,
            crawl.cpu,
            mib(crawl)
        )
    };
    let beside = theirs.as_ref().map(|theirs| {
        format!(
            "{}   {:.1} times the time, {:.1} the CPU time, {:.1} the memory",
            row(theirs),
            theirs.seconds / ours.seconds,
            theirs.cpu / ours.cpu,
            mib(theirs) / mib(ours)
        )
    });
    println!(
        "{workers:7}  {}   {}",
        row(ours),
        beside.unwrap_or_default()
    );
}

/// What each crawl has done.
pub(crate) fn work(compared: &Compared) {
    let crawl = &compared.ours;
    println!(
        "Each crawl: {} pages and {} files of {:.1} MiB in all; {} failed, as they should.",
        crawl.pages,
        crawl.files,
        crawl.bytes as f64 / f64::from(1 << 20),
        crawl.failed
    );
}

/// The table of the book's page Numbers, ready to paste, and the README's line.
pub(crate) fn markdown(all: &[Compared]) {
    println!("\nThe crawl's table of the book's page Numbers:\n");
    println!(
        "| workers | this workbook: time | CPU | memory | Python: time | CPU | memory |\n\
         |---|---|---|---|---|---|---|"
    );
    for compared in all {
        let cells = |crawl: &Crawl| {
            format!(
                "{:.2} s | {:.2} s | {:.1} MiB",
                crawl.seconds,
                crawl.cpu,
                mib(crawl)
            )
        };
        let theirs = compared.theirs.as_ref();
        println!(
            "| {} | {} | {} |",
            compared.workers,
            cells(&compared.ours),
            theirs.map_or_else(|| " | | ".to_string(), cells)
        );
    }
    println!("\nThe crawl's line of README.md:\n");
    for compared in all.iter().filter(|compared| compared.workers == 50) {
        let Compared { ours, theirs, .. } = compared;
        let cells = |crawl: &Crawl| {
            format!(
                "{:.2} s, {:.2} s of CPU time, {:.1} MiB",
                crawl.seconds,
                crawl.cpu,
                mib(crawl)
            )
        };
        let theirs = theirs.as_ref().map(cells);
        println!(
            "| a crawl of {} pages and {} files on 50 workers | {} | Python with `requests` {} |",
            ours.pages,
            ours.files,
            cells(ours),
            theirs.unwrap_or_default()
        );
    }
}

fn mib(crawl: &Crawl) -> f64 {
    crawl.peak_kib as f64 / 1024.0
}
