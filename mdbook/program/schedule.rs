//! Several jobs at a time: first those that must be alone, then the others, the longest
//! first. The results come in the order of the jobs.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

/// How many jobs run at once. They mostly sleep.
const AT_ONCE: usize = 8;

/// What the order of the jobs depends on.
#[derive(Clone, Copy, Debug)]
pub struct Need {
    /// It measures something that another job would change.
    pub alone: bool,
    /// About how long it takes.
    pub length: f64,
}

/// Does `work` for each job and calls `done` with the job and its result, in the order of
/// the jobs, each as soon as it is there.
pub fn run<J: Sync, R: Send>(
    jobs: &[J],
    need: impl Fn(&J) -> Need,
    work: impl Fn(&J) -> R + Sync,
    mut done: impl FnMut(&J, R),
) {
    let needs: Vec<Need> = jobs.iter().map(need).collect();
    let (alone, mut others): (Vec<usize>, Vec<usize>) =
        (0..jobs.len()).partition(|job| needs[*job].alone);
    others.sort_by(|one, other| needs[*other].length.total_cmp(&needs[*one].length));
    let (finished, results) = mpsc::channel();
    thread::scope(|scope| {
        let work = &work;
        scope.spawn(move || {
            let finished = &finished;
            let do_one = move |job: usize| {
                let _ = finished.send((job, work(&jobs[job])));
            };
            alone.into_iter().for_each(&do_one);
            let queue = Mutex::new(VecDeque::from(others));
            let next = || {
                let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
                queue.pop_front()
            };
            thread::scope(|scope| {
                for _ in 0..AT_ONCE {
                    let finished = finished.clone();
                    scope.spawn(move || {
                        while let Some(job) = next() {
                            let _ = finished.send((job, work(&jobs[job])));
                        }
                    });
                }
            });
        });
        let mut waiting: Vec<Option<R>> = jobs.iter().map(|_| None).collect();
        let mut next = 0;
        for (job, result) in results {
            waiting[job] = Some(result);
            while let Some(result) = waiting.get_mut(next).and_then(Option::take) {
                done(&jobs[next], result);
                next += 1;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// A job: whether it is alone, and its length.
    type Job = (bool, f64);

    fn need(job: &Job) -> Need {
        Need {
            alone: job.0,
            length: job.1,
        }
    }

    #[test]
    fn those_that_need_it_are_alone_and_first() {
        let jobs: Vec<Job> = (0..20).map(|n| (n % 5 == 4, f64::from(n))).collect();
        let (running, started) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        let work = |job: &Job| {
            let others = running.fetch_add(1, Ordering::SeqCst);
            assert!(!job.0 || others == 0);
            started.lock().unwrap().push(*job);
            running.fetch_sub(1, Ordering::SeqCst);
        };
        run(&jobs, need, work, |_, ()| {});
        let started = started.into_inner().unwrap();
        assert_eq!(started.len(), 20);
        assert!(started[..4].iter().all(|job| job.0));
        assert!(started[4..].iter().all(|job| !job.0));
    }

    #[test]
    fn eight_run_at_once_and_the_longest_is_first() {
        let jobs: Vec<Job> = (0..16).map(|n| (false, f64::from(n))).collect();
        let (meeting, started) = (Barrier::new(AT_ONCE), Mutex::new(Vec::new()));
        let work = |job: &Job| {
            started.lock().unwrap().push(job.1);
            // Goes on when eight are here.
            meeting.wait();
        };
        run(&jobs, need, work, |_, ()| {});
        let mut first = started.into_inner().unwrap()[..8].to_vec();
        first.sort_by(f64::total_cmp);
        assert_eq!(first, [8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0]);
    }

    #[test]
    fn results_come_in_the_order_of_the_jobs() {
        let jobs: Vec<Job> = (0..50).map(|n| (n % 7 == 0, f64::from(n))).collect();
        let mut seen = Vec::new();
        run(
            &jobs,
            need,
            |job| job.1 * 2.0,
            |job, twice| seen.push((job.1, twice)),
        );
        let expected: Vec<(f64, f64)> = (0..50)
            .map(|n| (f64::from(n), 2.0 * f64::from(n)))
            .collect();
        assert_eq!(seen, expected);
    }
}
