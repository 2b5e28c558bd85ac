//! Which schedules are tried: each outcome that a program can have is found, with
//! fewer decisions than there are moments at which threads could switch.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex as Plain};

use model::atomic::{AtomicUsize, Ordering::SeqCst};
use model::{Checker, Condvar, Gate, Mutex, spawn};

/// One step of a small program, over two locks, an atomic and a condition
/// variable.
#[derive(Clone, Copy, Debug)]
enum Op {
    Lock(usize),
    Unlock(usize),
    /// To what the lock protects, if it is held; otherwise nothing happens.
    Append(usize, u8),
    Load,
    Store(usize),
    Swap(usize),
    Notify,
    /// On the first lock, if it is held; for a second at most.
    Wait,
}

/// A generator of random numbers, small and always the same.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit) as usize
    }

    fn program(&mut self, thread: u8, longest: u64) -> Vec<Op> {
        let steps = 2 + self.below(longest - 1);
        let mut held = [false; 2];
        let mut op = |random: &mut Self, step: usize| match random.below(12) {
            place @ 0..=4 => match held.iter().position(|held| *held) {
                Some(lock) if place > 1 => {
                    held[lock] = false;
                    Op::Unlock(lock)
                }
                _ => {
                    let lock = random.below(2);
                    held[lock] = true;
                    Op::Lock(lock)
                }
            },
            5 => Op::Append(random.below(2), thread * 10 + step as u8),
            6 => Op::Load,
            7 => Op::Store(step + 10 * usize::from(thread)),
            8 => Op::Swap(step + 10 * usize::from(thread)),
            9 | 10 => Op::Notify,
            _ => Op::Wait,
        };
        (0..steps).map(|step| op(self, step)).collect()
    }
}

#[derive(Default)]
struct World {
    locks: [Mutex<Vec<u8>>; 2],
    atomic: AtomicUsize,
    condvar: Condvar,
}

/// What the thread has seen.
fn run(program: &[Op], world: &World) -> Vec<String> {
    let mut seen = Vec::new();
    let mut guards = [None, None];
    for op in program {
        match *op {
            Op::Lock(lock) if guards[lock].is_none() => {
                let guard = world.locks[lock].lock();
                seen.push(format!("{:?}", *guard));
                guards[lock] = Some(guard);
            }
            Op::Unlock(lock) => guards[lock] = None,
            Op::Append(lock, value) => {
                if let Some(guard) = &mut guards[lock] {
                    guard.push(value);
                }
            }
            Op::Load => seen.push(world.atomic.load(SeqCst).to_string()),
            Op::Store(value) => world.atomic.store(value, SeqCst),
            Op::Swap(value) => seen.push(world.atomic.swap(value, SeqCst).to_string()),
            Op::Notify => world.condvar.notify_one(),
            Op::Wait => {
                if let Some(guard) = guards[0].take() {
                    let limit = std::time::Duration::from_secs(1);
                    let (guard, result) = world.condvar.wait_timeout(guard, limit);
                    seen.push(format!("{:?} {}", *guard, result.timed_out()));
                    guards[0] = Some(guard);
                }
            }
            Op::Lock(_) => {}
        }
    }
    seen
}

/// All outcomes of these programs, and whether they can get stuck. If
/// `every_moment`, a thread can also be stopped wherever it holds a lock.
fn outcomes(
    programs: &[Vec<Op>],
    early: usize,
    every_moment: bool,
) -> (BTreeSet<Vec<String>>, bool, usize) {
    let seen = Arc::new(Plain::new((BTreeSet::new(), 0)));
    let (sees, programs) = (Arc::clone(&seen), programs.to_vec());
    let checker = Checker::new().switches(usize::MAX).early(early).random(0);
    let failure = checker.find(move || {
        if every_moment {
            // One who tries can see that a lock is taken.
            drop(Mutex::new(()).try_lock());
        }
        let world = Arc::new(World::default());
        let threads: Vec<_> = programs
            .iter()
            .enumerate()
            .map(|(number, program)| {
                let (world, program) = (Arc::clone(&world), program.clone());
                spawn(format!("{number}"), move || run(&program, &world))
            })
            .collect();
        let mut outcome: Vec<String> = threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect();
        outcome.extend(world.locks.iter().map(|lock| format!("{:?}", *lock.lock())));
        outcome.push(world.atomic.load(SeqCst).to_string());
        let mut seen = sees.lock().unwrap();
        seen.0.insert(outcome);
        seen.1 += 1;
    });
    let (outcomes, runs) = std::mem::take(&mut *seen.lock().unwrap());
    (outcomes, failure.is_some(), runs)
}

/// Compares the outcomes of so many random programs. How many can get stuck, and
/// how many schedules there were.
fn compare(number: usize, threads: u8, longest: u64) -> (usize, usize, usize) {
    let mut random = Random(2026);
    let (mut stuck, mut few, mut many) = (0, 0, 0);
    for place in 0..number {
        let early = place % 2;
        let programs: Vec<_> = (0..threads)
            .map(|thread| random.program(thread, longest))
            .collect();
        let reduced = outcomes(&programs, early, false);
        let full = outcomes(&programs, early, true);
        assert_eq!(reduced.1, full.1, "stuck or not: {programs:?}");
        if reduced.1 {
            stuck += 1;
            continue;
        }
        assert!(full.2 < 50_000, "too many to be compared: {programs:?}");
        assert_eq!(reduced.0, full.0, "{programs:?}");
        few += reduced.2;
        many += full.2;
    }
    (stuck, few, many)
}

#[test]
fn fewer_decisions_miss_no_outcome_of_two_threads() {
    let (stuck, few, many) = compare(120, 2, 5);
    // The programs are worth the trouble.
    assert!(stuck > 0 && stuck < 50, "{stuck} can get stuck");
    assert!(2 * few < many, "{few} and {many} schedules");
}

#[test]
fn fewer_decisions_miss_no_outcome_of_three_threads() {
    let (stuck, few, many) = compare(8, 3, 2);
    assert!(stuck < 20, "{stuck} can get stuck");
    assert!(2 * few < many, "{few} and {many} schedules");
}

/// All outcomes of two threads, one of which returns something.
fn seen_by<T: Ord + Send + 'static>(one: fn(&World) -> T, other: fn(&World)) -> BTreeSet<T> {
    let seen = Arc::new(Plain::new(BTreeSet::new()));
    let sees = Arc::clone(&seen);
    Checker::new().early(0).random(0).check(move || {
        let world = Arc::new(World::default());
        let theirs = Arc::clone(&world);
        let thread = spawn("other", move || other(&theirs));
        let outcome = one(&world);
        sees.lock().unwrap().insert(outcome);
        thread.join().unwrap();
    });
    std::mem::take(&mut *seen.lock().unwrap())
}

#[test]
fn others_can_come_between_the_end_of_a_lock_and_what_follows() {
    let seen = seen_by(
        |world| {
            let length = world.locks[0].lock().len();
            (length, world.atomic.load(SeqCst))
        },
        |world| {
            world.locks[0].lock().push(1);
            world.atomic.store(1, SeqCst);
        },
    );
    assert_eq!(seen, [(0, 0), (0, 1), (1, 0), (1, 1)].into());
}

#[test]
fn others_can_come_between_a_look_under_the_lock_and_the_sleep() {
    let seen = seen_by(
        |world| {
            let guard = world.locks[0].lock();
            if world.atomic.load(SeqCst) == 1 {
                return None;
            }
            let limit = std::time::Duration::from_secs(1);
            Some(world.condvar.wait_timeout(guard, limit).1.timed_out())
        },
        |world| {
            world.atomic.store(1, SeqCst);
            world.condvar.notify_one();
        },
    );
    assert_eq!(seen, [None, Some(false), Some(true)].into());
}

#[test]
fn one_who_tries_finds_a_lock_taken() {
    let seen = Arc::new(Plain::new(BTreeSet::new()));
    let sees = Arc::clone(&seen);
    Checker::new().check(move || {
        let lock = Arc::new(Mutex::new(0));
        let other = Arc::clone(&lock);
        let holder = spawn("holder", move || *other.lock() += 1);
        let found = lock.try_lock().map(|guard| *guard);
        sees.lock().unwrap().insert(found);
        holder.join().unwrap();
    });
    assert_eq!(*seen.lock().unwrap(), [None, Some(0), Some(1)].into());
}

#[test]
fn each_sleeper_may_be_the_one_who_is_notified() {
    #[derive(Default)]
    struct Hall {
        asleep: usize,
        tickets: usize,
        passed: Vec<usize>,
    }
    let seen = Arc::new(Plain::new(Vec::new()));
    let sees = Arc::clone(&seen);
    Checker::new().switches(0).random(0).check(move || {
        let hall = Arc::new((Mutex::new(Hall::default()), Condvar::new(), Condvar::new()));
        let doors = [0, 1, 2].map(|_| Gate::default());
        let sleepers = [0, 1, 2].map(|number| {
            let (hall, door) = (Arc::clone(&hall), doors[number].clone());
            spawn(format!("sleeper {number}"), move || {
                door.wait();
                let (state, changed, ticket) = &*hall;
                let mut state = state.lock();
                state.asleep += 1;
                changed.notify_one();
                state = ticket.wait_while(state, |state| state.tickets == 0);
                state.tickets -= 1;
                state.passed.push(number);
                changed.notify_one();
            })
        });
        let (state, changed, ticket) = &*hall;
        let mut guard = state.lock();
        for (before, door) in [2, 0, 1].into_iter().enumerate() {
            doors[door].open();
            guard = changed.wait_while(guard, |state| state.asleep == before);
        }
        guard.tickets = 1;
        ticket.notify_one();
        guard = changed.wait_while(guard, |state| state.passed.is_empty());
        guard.tickets = 2;
        ticket.notify_all();
        drop(guard);
        for sleeper in sleepers {
            sleeper.join().unwrap();
        }
        sees.lock().unwrap().push(state.lock().passed[0]);
    });
    let mut seen = std::mem::take(&mut *seen.lock().unwrap());
    assert_eq!(seen[0], 2, "the one who has slept longest");
    seen.sort();
    seen.dedup();
    assert_eq!(seen, [0, 1, 2]);
}

#[test]
fn a_weak_exchange_may_fail_for_no_reason() {
    let test = || {
        let flag = AtomicUsize::new(0);
        let result = flag.compare_exchange_weak(0, 1, SeqCst, SeqCst);
        assert_eq!(result, Ok(0), "the exchange");
    };
    assert!(Checker::new().find(test).is_none());
    let failure = Checker::new().wake_ups(1).find(test).expect("it may");
    assert!(
        failure
            .report()
            .contains("for no reason, as a weak exchange may")
    );
    // In a loop, as it belongs.
    Checker::new().wake_ups(2).check(|| {
        let number = AtomicUsize::new(1);
        assert_eq!(number.fetch_update(SeqCst, SeqCst, |n| Some(n * 2)), Ok(1));
        assert_eq!(number.into_inner(), 2);
    });
}

#[test]
fn the_same_ones_are_tried_in_every_run() {
    let tried = || {
        let tried = Arc::new(Plain::new(Vec::new()));
        let tries = Arc::clone(&tried);
        Checker::new().wake_ups(1).check(move || {
            let log = Arc::new(Plain::new(String::new()));
            let lock = Arc::new(Mutex::new(()));
            let threads = ["a", "b", "c"].map(|name| {
                let (log, lock) = (Arc::clone(&log), Arc::clone(&lock));
                spawn(name, move || {
                    for _ in 0..3 {
                        let _guard = lock.lock();
                        log.lock().unwrap().push_str(name);
                    }
                })
            });
            for thread in threads {
                thread.join().unwrap();
            }
            tries.lock().unwrap().push(log.lock().unwrap().clone());
        });
        std::mem::take(&mut *tried.lock().unwrap())
    };
    let first = tried();
    assert!(first.len() > 400, "{}", first.len());
    assert_eq!(first[0], "aaabbbccc");
    assert_eq!(first, tried());
}

#[test]
fn one_who_yields_lets_the_others_go_on() {
    Checker::new().check(|| {
        let flag = Arc::new(AtomicUsize::new(0));
        let other = Arc::clone(&flag);
        let setter = spawn("setter", move || other.store(1, SeqCst));
        while flag.load(SeqCst) == 0 {
            model::thread::yield_now();
        }
        setter.join().unwrap();
    });
}
