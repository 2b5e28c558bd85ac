// What one can do with locks, condition variables, barriers and atomics. This is
// compiled against several libraries; `the!` takes a result as each hands it out.

each! {
    fn a_lock_in_a_static() {
        static LOCK: Mutex<u32> = Mutex::new(7);
        let before = *the!(LOCK.lock());
        *the!(LOCK.lock()) += 1;
        assert_eq!(*the!(LOCK.lock()), before + 1);
    }

    fn a_lock_around_a_value() {
        let mut lock = Mutex::new(vec![1]);
        let mut guard = the!(lock.lock());
        assert!(attempt!(lock.try_lock()).is_none());
        guard.push(2);
        assert_eq!(format!("{guard:?}"), "[1, 2]");
        drop(guard);
        assert_eq!(attempt!(lock.try_lock()).map(|guard| guard.len()), Some(2));
        the!(lock.get_mut()).push(3);
        assert_eq!(the!(lock.into_inner()), [1, 2, 3]);
        assert_eq!(the!(Mutex::<String>::default().into_inner()), "");
        assert_eq!(the!(Mutex::from(1).lock()).to_string(), "1");
        assert!(format!("{:?}", Mutex::new(1)).starts_with("Mutex {"));
    }

    fn a_lock_around_something_of_any_size() {
        let list: Box<Mutex<[i32]>> = Box::new(Mutex::new([3, 1, 2]));
        the!(list.lock()).sort();
        assert_eq!(the!(list.lock())[..], [1, 2, 3]);
        let call: Arc<Mutex<dyn Fn() -> u32 + Send>> = Arc::new(Mutex::new(|| 7));
        assert_eq!(the!(call.lock())(), 7);
    }

    fn what_crosses_threads() {
        fn crosses<T: Send + Sync + std::panic::UnwindSafe + std::panic::RefUnwindSafe>() {}
        fn is_seen<T: Sync>() {}
        crosses::<Mutex<std::cell::Cell<u32>>>();
        crosses::<Condvar>();
        crosses::<Barrier>();
        crosses::<AtomicUsize>();
        is_seen::<MutexGuard<'static, u32>>();
    }

    fn a_wait_for_a_condition() {
        let light = Arc::new((Mutex::new(0), Condvar::new()));
        let theirs = Arc::clone(&light);
        let waiter = start!("waiter", move || {
            let mut count = the!(theirs.1.wait_while(the!(theirs.0.lock()), |n| *n < 1));
            while *count < 2 {
                count = the!(theirs.1.wait(count));
            }
            *count
        });
        *the!(light.0.lock()) += 1;
        light.1.notify_one();
        *the!(light.0.lock()) += 1;
        light.1.notify_all();
        assert_eq!(waiter.join().unwrap(), 2);
    }

    fn a_wait_with_a_limit() {
        let (lock, changed) = (Mutex::new(false), Condvar::default());
        let moment = Duration::from_millis(2);
        let began = Instant::now();
        let (guard, result) = the!(changed.wait_timeout_while(the!(lock.lock()), moment, |on| !*on));
        assert!(result.timed_out() && !*guard);
        assert!(began.elapsed() >= moment);
        let (guard, result) = the!(changed.wait_timeout_while(guard, moment, |on| *on));
        assert!(!result.timed_out());
        let (guard, _) = the!(changed.wait_timeout(guard, moment));
        assert!(!*guard);
    }

    fn a_barrier_has_one_leader() {
        static BARRIER: Barrier = Barrier::new(3);
        let others = [1, 2].map(|n| start!(format!("{n}"), || BARRIER.wait().is_leader()));
        let leads = usize::from(BARRIER.wait().is_leader());
        let leaders = others.map(|other| usize::from(other.join().unwrap()));
        assert_eq!(leads + leaders.iter().sum::<usize>(), 1);
    }

    fn a_thread_and_its_end() {
        let started = Instant::now();
        let thread = start!("counter", || 1 + 2);
        assert_eq!(thread.thread().name(), Some("counter"));
        let _ = thread.is_finished();
        assert_eq!(thread.join().unwrap(), 3);
        assert!(started <= Instant::now());
    }

    fn flags() {
        static FLAG: AtomicBool = AtomicBool::new(false);
        FLAG.store(false, SeqCst);
        assert!(!FLAG.swap(true, SeqCst));
        assert!(FLAG.load(SeqCst));
        assert_eq!(FLAG.compare_exchange(false, true, SeqCst, SeqCst), Err(true));
        assert!(FLAG.fetch_and(false, SeqCst));
        assert!(!FLAG.fetch_or(true, SeqCst));
        assert!(FLAG.fetch_xor(true, SeqCst));
        assert!(!FLAG.fetch_nand(true, SeqCst));
        assert!(FLAG.fetch_not(SeqCst));
        assert_eq!(FLAG.fetch_update(SeqCst, SeqCst, |_| None), Err(false));
        let mut flag = AtomicBool::from(true);
        assert_eq!(format!("{flag:?}"), "true");
        *flag.get_mut() = false;
        assert!(!flag.into_inner() && !AtomicBool::default().into_inner());
    }

    fn numbers() {
        assert_eq!(counted::<AtomicUsize>(), 10);
        assert_eq!(counted::<AtomicU64>(), 10);
    }
}

/// What is done to a number, of whatever kind.
trait Number {
    fn count() -> u64;
}

fn counted<T: Number>() -> u64 {
    T::count()
}

macro_rules! number {
    ($($name:ident)*) => {$(
        impl Number for $name {
            fn count() -> u64 {
                static SHARED: $name = $name::new(0);
                SHARED.store(1, SeqCst);
                assert_eq!(SHARED.fetch_add(5, SeqCst), 1);
                assert_eq!(SHARED.fetch_sub(2, SeqCst), 6);
                assert_eq!(SHARED.fetch_and(5, SeqCst), 4);
                assert_eq!(SHARED.fetch_or(3, SeqCst), 4);
                assert_eq!(SHARED.fetch_xor(1, SeqCst), 7);
                assert_eq!(SHARED.fetch_max(9, SeqCst), 6);
                assert_eq!(SHARED.fetch_min(8, SeqCst), 9);
                assert_eq!(SHARED.swap(9, SeqCst), 8);
                assert_eq!(SHARED.compare_exchange(9, 10, SeqCst, SeqCst), Ok(9));
                assert_eq!(SHARED.compare_exchange_weak(9, 11, SeqCst, SeqCst), Err(10));
                assert_eq!(SHARED.fetch_update(SeqCst, SeqCst, |n| n.checked_add(1)), Ok(10));
                let mut own = $name::from(SHARED.load(SeqCst));
                *own.get_mut() -= 1;
                assert_eq!(format!("{own:?}"), "10");
                let nand = $name::new(3);
                assert_eq!(nand.fetch_nand(1, SeqCst), 3);
                assert_eq!(nand.into_inner(), !1);
                assert_eq!($name::default().into_inner(), 0);
                own.into_inner().try_into().unwrap()
            }
        }
    )*};
}

number!(AtomicUsize AtomicU64);
