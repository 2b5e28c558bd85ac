// What one can do with threads and their own values, and with the other atomics.
// Compiled against several libraries, as `locks.rs`.

number!(AtomicU8 AtomicU16 AtomicU32 AtomicI8 AtomicI16 AtomicI32 AtomicI64 AtomicIsize);

thread_local! {
    static COUNT: Cell<u32> = const { Cell::new(1) };
    /// With a comment.
    pub(crate) static WORDS: RefCell<Vec<&'static str>> = RefCell::new(vec!["first"]);
}

each! {
    fn all_kinds_of_numbers() {
        let counts = [
            counted::<AtomicU8>(),
            counted::<AtomicU16>(),
            counted::<AtomicU32>(),
            counted::<AtomicI8>(),
            counted::<AtomicI16>(),
            counted::<AtomicI32>(),
            counted::<AtomicI64>(),
            counted::<AtomicIsize>(),
        ];
        assert_eq!(counts, [10; 8]);
    }

    fn pointers() {
        let (mut one, mut other) = (1, 2);
        let pointer = AtomicPtr::new(&raw mut one);
        let before = pointer.swap(&raw mut other, SeqCst);
        assert_eq!(before, &raw mut one);
        let result = pointer.compare_exchange(before, before, SeqCst, SeqCst);
        assert_eq!(result, Err(&raw mut other));
        assert!(AtomicPtr::<u8>::default().into_inner().is_null());
    }

    fn values_of_a_thread() {
        COUNT.set(1);
        assert_eq!(COUNT.replace(5), 1);
        assert_eq!(COUNT.with(Cell::get), 5);
        let theirs = start!("other", || (COUNT.get(), WORDS.take()));
        assert_eq!(theirs.join().unwrap(), (1, vec!["first"]));
        WORDS.with_borrow_mut(|words| words.push("second"));
        assert!(WORDS.with_borrow(|words| words.len()) >= 2);
        WORDS.set(vec!["last"]);
        assert_eq!(WORDS.replace(vec!["first"]), ["last"]);
        assert_eq!(COUNT.take(), 5);
        assert_eq!(COUNT.try_with(Cell::get), Ok(0));
    }

    fn a_thread_is_parked_and_unparked() {
        let main = thread::current();
        let other = start!("other", move || main.unpark());
        thread::park();
        other.join().unwrap();
        thread::park_timeout(Duration::from_millis(1));
        thread::sleep(Duration::from_millis(1));
        thread::yield_now();
        assert!(!thread::panicking());
    }

    fn threads_have_names_and_numbers() {
        let own = thread::current().id();
        let other = start!("other", || {
            (thread::current().id(), thread::current().name().map(String::from))
        });
        let (id, name) = {
            let number = other.thread().id();
            let (id, name) = other.join().unwrap();
            assert_eq!(id, number);
            (id, name)
        };
        assert_ne!(id, own);
        assert_eq!(name.as_deref(), Some("other"));
    }

    fn threads_may_borrow() {
        let (mut words, number) = (vec!["one"], AtomicUsize::new(0));
        let length = thread::scope(|scope| {
            let counter = scope.spawn(|| {
                // In a scope, a thread may start another one.
                scope.spawn(|| number.fetch_add(1, SeqCst));
                number.fetch_add(1, SeqCst)
            });
            let pusher = scope.spawn(|| {
                words.push("two");
                words.len()
            });
            let _ = pusher.is_finished();
            assert!(counter.join().unwrap() < 2);
            pusher.join().unwrap()
        });
        assert_eq!((length, words.len(), number.into_inner()), (2, 2, 2));
    }

    fn moments() {
        let now = Instant::now();
        let later = now + Duration::from_secs(1);
        assert_eq!(later - now, Duration::from_secs(1));
        assert_eq!(later - Duration::from_secs(1), now);
        assert_eq!(now.saturating_duration_since(later), Duration::ZERO);
        assert_eq!(now.checked_duration_since(later), None);
        assert_eq!(now.checked_add(Duration::from_secs(1)), Some(later));
        assert_eq!(later.checked_sub(Duration::from_secs(1)), Some(now));
        assert_eq!(later.duration_since(now), Duration::from_secs(1));
        assert!(now < later);
    }
}
