//! What the standard library blocks in is seen from outside, and entered into the record
//! on behalf of the thread. So ordinary Rust code in a section gets an ordinary picture.

#![cfg(target_os = "linux")]

use std::io::Read;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::panic::Location;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use stage::record::{self, About, Entry, Kind, Outcome, Target};
use stage::threads;

/// For everything that a test waits for.
const LIMIT: Duration = Duration::from_secs(20);

/// There is one record in a program, so one test at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Says something that only the record hears.
#[track_caller]
fn note(text: &'static str) {
    let text = || text.to_string();
    record::enter(Kind::Say, None, None, Location::caller(), text);
}

#[track_caller]
fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < LIMIT, "{what}, and in time");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Returns when the thread is blocked and has been looked at often enough for that to
/// be entered: for how long it was blocked meanwhile, at least.
#[track_caller]
fn until_seen(number: u32) -> Duration {
    // For how long it has run, if it is blocked now.
    let blocked = || {
        let all = threads::all().unwrap();
        let mut found = all.into_iter().filter(|thread| thread.number == number);
        let thread = found.find(|thread| thread.state == 'S');
        thread.map(|thread| (thread.running, thread.ready))
    };
    loop {
        wait_until("the thread is blocked", || blocked().is_some());
        let (before, start, looks) = (blocked(), Instant::now(), record::looks());
        thread::sleep(Duration::from_millis(30));
        wait_until("it is looked at", || record::looks() > looks + 3);
        let held = start.elapsed();
        // Not in something else at first.
        if before.is_some() && blocked() == before {
            return held;
        }
    }
}

/// Records a thread that blocks in `block`, until `release` ends that.
#[track_caller]
fn recorded(
    block: impl FnOnce() + Send + 'static,
    release: impl FnOnce(),
) -> (Vec<Entry>, Duration) {
    record::start();
    let (tell, told) = mpsc::channel();
    let (end, ended) = mpsc::channel();
    let blocked = thread::Builder::new().name("blocked".to_string());
    let blocked = blocked
        .spawn(move || {
            note("before");
            tell.send(threads::own_number().unwrap()).unwrap();
            block();
            note("after");
            end.send(()).unwrap();
        })
        .unwrap();
    let number = told.recv_timeout(LIMIT).expect("it starts, and in time");
    let held = until_seen(number);
    release();
    ended.recv_timeout(LIMIT).expect("it goes on, and in time");
    blocked.join().unwrap();
    (record::take(), held)
}

fn of<'a>(log: &'a [Entry], name: &str) -> Vec<&'a Entry> {
    let own = log.iter().filter(|entry| entry.actor.name == name);
    own.collect()
}

/// Between its two notes, the thread waited once, for this, and for about as long as it was
/// held.
#[track_caller]
fn assert_seen(on: &str, block: impl FnOnce() + Send + 'static, release: impl FnOnce()) {
    let _alone = alone();
    let (log, held) = recorded(block, release);
    let own = of(&log, "blocked");
    let kinds: Vec<Kind> = own.iter().map(|entry| entry.kind).collect();
    let expected = [Kind::Born, Kind::Say, Kind::Wait, Kind::Wake, Kind::Say];
    // It has ended, but that may be too recent to be seen.
    assert!(kinds.starts_with(&expected), "{own:#?}");
    let [_, before, wait, wake, after] = own[..5] else {
        unreachable!()
    };
    assert_eq!(wait.text, on);
    let about = About::Wait {
        target: Target::Seen,
        limit: None,
    };
    assert_eq!(wait.about, about);
    assert_eq!(wake.about, About::Outcome(Outcome::Woken));
    assert_eq!(
        (wake.cause, wait.actor.clone()),
        (Some(wait.id), before.actor.clone())
    );
    let length = wake.real - wait.real;
    // A thread that wakes up may be blocked again at once, by the lock of a barrier for
    // instance. If it was looked at just then, it woke up somewhere between two looks.
    assert!(length >= held / 2, "{length:?} of {held:?}: {own:#?}");
    assert!(before.real <= wait.real && wake.real <= after.real);
    assert!(log.is_sorted_by_key(|entry| (entry.id.number, entry.real)));
}

#[test]
fn a_sleep_is_seen() {
    let length = Duration::from_secs(1);
    assert_seen("sleep", move || thread::sleep(length), || ());
}

#[test]
fn a_join_is_seen() {
    let (end, ended) = mpsc::channel::<()>();
    let other = thread::spawn(move || ended.recv_timeout(LIMIT).is_ok());
    assert_seen(
        "another thread",
        move || assert!(other.join().unwrap()),
        move || end.send(()).unwrap(),
    );
}

#[test]
fn the_end_of_a_scope_is_seen() {
    let (end, ended) = mpsc::channel::<()>();
    let block = move || {
        thread::scope(|scope| {
            scope.spawn(move || ended.recv_timeout(LIMIT).unwrap());
        });
    };
    assert_seen("another thread", block, move || end.send(()).unwrap());
}

#[test]
fn a_channel_is_seen() {
    let (send, receive) = mpsc::channel();
    assert_seen(
        "another thread",
        move || receive.recv().unwrap(),
        move || send.send(()).unwrap(),
    );
}

#[test]
fn a_lock_is_seen() {
    let lock = Arc::new(Mutex::new(()));
    let other = Arc::clone(&lock);
    let held = lock.lock().unwrap();
    let block = move || drop(other.lock().unwrap());
    assert_seen("another thread", block, move || drop(held));
}

#[test]
fn a_condition_variable_is_seen() {
    let both = Arc::new((Mutex::new(false), Condvar::new()));
    let others = Arc::clone(&both);
    let block = move || {
        let guard = others.0.lock().unwrap();
        drop(others.1.wait_while(guard, |is_set| !*is_set).unwrap());
    };
    assert_seen("another thread", block, move || {
        *both.0.lock().unwrap() = true;
        both.1.notify_all();
    });
}

#[test]
fn a_barrier_is_seen() {
    let barrier = Arc::new(Barrier::new(2));
    let other = Arc::clone(&barrier);
    let block = move || {
        other.wait();
    };
    assert_seen("another thread", block, move || {
        barrier.wait();
    });
}

/// Two ends of a connection.
fn connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (server, _) = listener.accept().unwrap();
    server.set_read_timeout(Some(LIMIT)).unwrap();
    (client, server)
}

#[test]
fn a_read_is_seen() {
    let (client, mut server) = connection();
    let block = move || assert_eq!(server.read(&mut [0]).unwrap(), 0);
    assert_seen("a read", block, move || drop(client));
}

#[test]
fn an_accept_is_seen() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let block = move || drop(listener.accept().unwrap());
    assert_seen("an accept", block, move || {
        drop(TcpStream::connect(address).unwrap());
    });
}

/// A thread that was not started by the library has a birth and an end all the same.
#[test]
fn the_end_of_a_thread_is_seen() {
    let _alone = alone();
    record::start();
    thread::spawn(|| note("here I am")).join().unwrap();
    let looks = record::looks();
    wait_until("the end is looked for", || record::looks() > looks + 1);
    let log = record::take();
    let name = &log
        .iter()
        .find(|entry| entry.text == "here I am")
        .unwrap()
        .actor
        .name;
    let kinds: Vec<Kind> = of(&log, name).iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, [Kind::Born, Kind::Say, Kind::Exit]);
}

/// A wait that is still going on at the end of the record has no end.
#[test]
fn a_wait_that_goes_on_is_in_the_record_without_an_end() {
    let _alone = alone();
    record::start();
    let (send, receive) = mpsc::channel::<()>();
    let (tell, told) = mpsc::channel();
    let patient = thread::spawn(move || {
        note("I wait");
        tell.send(threads::own_number().unwrap()).unwrap();
        receive.recv()
    });
    until_seen(told.recv_timeout(LIMIT).unwrap());
    let log = record::take();
    let kinds: Vec<Kind> = log.iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, [Kind::Born, Kind::Say, Kind::Wait]);
    drop(send);
    assert!(patient.join().unwrap().is_err());
}

/// The thread that ends the record has nothing to enter after its last wait.
#[test]
fn a_wait_of_the_thread_that_takes_the_record_is_over() {
    let _alone = alone();
    record::start();
    note("I sleep");
    thread::sleep(Duration::from_millis(500));
    let log = record::take();
    let kinds: Vec<Kind> = log.iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, [Kind::Say, Kind::Wait, Kind::Wake]);
    let length = log[2].real - log[1].real;
    assert!(length >= Duration::from_millis(490), "{length:?}");
}

/// What computes is never taken for something that waits, also where there are more
/// threads than cores; nor is what is blocked for a moment only.
#[test]
fn who_computes_or_is_blocked_for_a_moment_does_not_wait() {
    let _alone = alone();
    record::start();
    let computing = || {
        note("I compute");
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(100) {}
        note("I have computed");
    };
    let threads: Vec<_> = (0..4).map(|_| thread::spawn(computing)).collect();
    for thread in threads {
        thread.join().unwrap();
    }
    thread::spawn(|| {
        note("I nap");
        for _ in 0..50 {
            thread::sleep(Duration::from_micros(100));
        }
        note("I am awake");
    })
    .join()
    .unwrap();
    let log = record::take();
    assert!(log.iter().all(|entry| entry.kind != Kind::Wait), "{log:#?}");
}

/// What was seen is entered late, but stands where it belongs: numbers and times grow
/// along the record, and causes still point to what they meant.
#[test]
fn what_is_entered_late_stands_in_its_place() {
    let _alone = alone();
    record::start();
    let (send, receive) = mpsc::channel::<()>();
    let (tell, told) = mpsc::channel();
    let patient = thread::Builder::new().name("patient".to_string());
    let patient = patient.spawn(move || {
        note("I wait");
        tell.send(threads::own_number().unwrap()).unwrap();
        receive.recv().unwrap();
        note("I have waited");
    });
    let number = told.recv_timeout(LIMIT).unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    // Meanwhile another thread enters a lot.
    let stopped = Arc::clone(&stop);
    let busy = thread::spawn(move || {
        let at = Location::caller();
        while !stopped.load(Ordering::Relaxed) {
            let cause = record::enter(Kind::Set, None, None, at, || "the flag".to_string());
            record::enter(Kind::Clear, None, cause, at, || "the flag".to_string());
            thread::sleep(Duration::from_micros(100));
        }
    });
    until_seen(number);
    stop.store(true, Ordering::Relaxed);
    busy.join().unwrap();
    send.send(()).unwrap();
    patient.unwrap().join().unwrap();
    let log = record::take();
    assert!(log.is_sorted_by_key(|entry| entry.id.number));
    assert!(log.is_sorted_by_key(|entry| entry.real));
    let place = |kind, who: &str| {
        let is_it = |entry: &Entry| entry.kind == kind && entry.actor.name == who;
        log.iter().position(is_it).unwrap()
    };
    let wait = place(Kind::Wait, "patient");
    let last = log
        .iter()
        .rposition(|entry| entry.kind == Kind::Clear)
        .unwrap();
    assert!(wait < last, "it was entered after that");
    let of = |id| log.iter().find(|entry| Some(entry.id) == id).unwrap();
    for entry in log.iter().filter(|entry| entry.kind == Kind::Clear) {
        let cause = of(entry.cause);
        assert_eq!((cause.kind, &cause.actor), (Kind::Set, &entry.actor));
    }
    assert_eq!(of(log[place(Kind::Wake, "patient")].cause).id, log[wait].id);
}
