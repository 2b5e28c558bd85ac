//! What a blocked thread waits for, as far as its system call tells it.

use std::fmt;

/// What a thread does at one moment, from the system call that it is in.
///
/// ```
/// use stage::threads::Doing;
///
/// assert_eq!(Doing::Sleeps.to_string(), "sleeps");
/// assert!(Doing::WaitsForThread.may_hang() && !Doing::Sleeps.may_hang());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Doing {
    /// It is in no system call that blocks: it runs, or is ready to.
    Runs,
    /// It waits without a limit, for another thread of this program: a lock, a
    /// condition variable, a channel, a barrier, the end of a thread.
    WaitsForThread,
    /// It waits for another thread, with a time limit.
    WaitsWithLimit,
    /// It sleeps on purpose.
    Sleeps,
    /// It waits for the end of a child process.
    WaitsForChild,
    /// It reads, writes, accepts or connects.
    WaitsForOutside,
    /// It is in another system call, or the system does not tell.
    Unknown,
}

impl Doing {
    /// Whether this can only end if another thread of this program ends it.
    pub fn may_hang(self) -> bool {
        self == Doing::WaitsForThread
    }
}

/// As the rest of a sentence whose subject is the thread.
impl fmt::Display for Doing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Doing::Runs => f.write_str("runs"),
            Doing::WaitsForThread => f.write_str("waits for another thread"),
            Doing::WaitsWithLimit => f.write_str("waits with a time limit"),
            Doing::Sleeps => f.write_str("sleeps"),
            Doing::WaitsForChild => f.write_str("waits for a child process"),
            Doing::WaitsForOutside => {
                f.write_str("waits for something outside of this program, to read or write")
            }
            Doing::Unknown => f.write_str("is in a wait that this workbook cannot see into"),
        }
    }
}

/// What a thread waits for, as it stands behind "waits for", from the same line as
/// [`parse`]. `None` if it does not wait, or in a call that tells nothing.
pub(super) fn waits_for(line: &str) -> Option<&'static str> {
    match parse(line) {
        Doing::Sleeps => Some("sleep"),
        Doing::WaitsForThread | Doing::WaitsWithLimit => Some("another thread"),
        Doing::WaitsForChild => Some("a child process"),
        #[cfg(target_os = "linux")]
        Doing::WaitsForOutside => calls::outside(line.split_whitespace().next()?.parse().ok()?),
        _ => None,
    }
}

/// From a line of `/proc/self/task/<number>/syscall`: the number of the call and
/// its six arguments, or `running`.
#[cfg(target_os = "linux")]
pub(super) fn parse(line: &str) -> Doing {
    use nix::libc;

    let mut words = line.split_whitespace();
    let number = match words.next() {
        Some("running") => return Doing::Runs,
        Some(word) => word.parse::<libc::c_long>(),
        None => return Doing::Unknown,
    };
    let argument = |word: &str| u64::from_str_radix(word.trim_start_matches("0x"), 16).ok();
    let arguments: Vec<u64> = words.map_while(argument).collect();
    match number {
        // Blocked, but not in a system call: by a page fault, for instance.
        Ok(-1) | Err(_) => Doing::Unknown,
        Ok(number) => calls::classify(number, &arguments),
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn parse(_: &str) -> Doing {
    Doing::Unknown
}

#[cfg(target_os = "linux")]
mod calls {
    use nix::libc::{self, c_long};

    use super::Doing;

    const SLEEPS: &[c_long] = &[
        libc::SYS_nanosleep,
        libc::SYS_clock_nanosleep,
        // What was interrupted, by SIGSTOP for instance, and had a time limit.
        libc::SYS_restart_syscall,
    ];

    const CHILD: &[c_long] = &[libc::SYS_wait4, libc::SYS_waitid];

    /// What reads, writes, accepts or connects, and how a wait in it is called.
    const OUTSIDE: &[(&str, &[c_long])] = &[
        ("a read", READS),
        ("a write", WRITES),
        ("an accept", &[libc::SYS_accept, libc::SYS_accept4]),
        ("a connection", &[libc::SYS_connect]),
        ("a poll", POLLS),
        ("a poll", OLD_POLLS),
        ("a file", FILES),
        ("a file", OLD_FILES),
    ];

    const READS: &[c_long] = &[
        libc::SYS_read,
        libc::SYS_readv,
        libc::SYS_pread64,
        libc::SYS_recvfrom,
        libc::SYS_recvmsg,
        libc::SYS_recvmmsg,
    ];

    const WRITES: &[c_long] = &[
        libc::SYS_write,
        libc::SYS_writev,
        libc::SYS_pwrite64,
        libc::SYS_sendto,
        libc::SYS_sendmsg,
        libc::SYS_sendfile,
        libc::SYS_splice,
        libc::SYS_copy_file_range,
    ];

    const POLLS: &[c_long] = &[
        libc::SYS_ppoll,
        libc::SYS_pselect6,
        libc::SYS_epoll_pwait,
        libc::SYS_epoll_pwait2,
    ];

    const FILES: &[c_long] = &[libc::SYS_openat, libc::SYS_flock, libc::SYS_fsync];

    /// Those that newer architectures do not have any more.
    #[cfg(target_arch = "x86_64")]
    const OLD_POLLS: &[c_long] = &[libc::SYS_poll, libc::SYS_select, libc::SYS_epoll_wait];
    #[cfg(target_arch = "x86_64")]
    const OLD_FILES: &[c_long] = &[libc::SYS_open];
    #[cfg(not(target_arch = "x86_64"))]
    const OLD_POLLS: &[c_long] = &[];
    #[cfg(not(target_arch = "x86_64"))]
    const OLD_FILES: &[c_long] = &[];

    /// How a wait in a call that reads, writes, accepts or connects is called.
    pub(super) fn outside(number: c_long) -> Option<&'static str> {
        let mut all = OUTSIDE.iter();
        let found = all.find(|(_, calls)| calls.contains(&number))?;
        Some(found.0)
    }

    pub(super) fn classify(number: c_long, arguments: &[u64]) -> Doing {
        let is_one_of = |calls: &[c_long]| calls.contains(&number);
        if is_one_of(&[libc::SYS_futex]) {
            futex(arguments)
        } else if is_one_of(SLEEPS) {
            Doing::Sleeps
        } else if is_one_of(CHILD) {
            Doing::WaitsForChild
        } else if outside(number).is_some() {
            Doing::WaitsForOutside
        } else {
            Doing::Unknown
        }
    }

    /// `futex(address, operation, value, timeout, …)`: what locks, condition
    /// variables, channels and joins end in.
    fn futex(arguments: &[u64]) -> Doing {
        let [_, operation, _, timeout, ..] = arguments else {
            return Doing::Unknown;
        };
        let flags = libc::FUTEX_PRIVATE_FLAG | libc::FUTEX_CLOCK_REALTIME;
        // An `int`: what the upper half of the register holds has no meaning.
        let operation = *operation as i32 & !flags;
        let waits = [
            libc::FUTEX_WAIT,
            libc::FUTEX_WAIT_BITSET,
            libc::FUTEX_LOCK_PI,
        ];
        match (waits.contains(&operation), timeout) {
            (true, 0) => Doing::WaitsForThread,
            (true, _) => Doing::WaitsWithLimit,
            (false, _) => Doing::Unknown,
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use nix::libc;

    #[test]
    fn a_futex_waits_for_a_thread_or_with_a_limit() {
        let line = |operation: i32, timeout: u64| {
            let number = libc::SYS_futex;
            format!("{number} 0x7f0010 {operation:#x} 0x0 {timeout:#x} 0x0 0xffffffff 0x7ff 0x7f3")
        };
        let private = libc::FUTEX_PRIVATE_FLAG;
        for operation in [libc::FUTEX_WAIT, libc::FUTEX_WAIT_BITSET | private] {
            assert_eq!(parse(&line(operation, 0)), Doing::WaitsForThread);
            assert_eq!(parse(&line(operation, 0x7ffc)), Doing::WaitsWithLimit);
        }
        let wakes = parse(&line(libc::FUTEX_WAKE | private, 0));
        assert_eq!(wakes, Doing::Unknown);
    }

    #[test]
    fn a_wait_is_called_by_what_it_is_for() {
        for (number, what) in [
            (libc::SYS_clock_nanosleep, Some("sleep")),
            (libc::SYS_read, Some("a read")),
            (libc::SYS_accept4, Some("an accept")),
            (libc::SYS_connect, Some("a connection")),
            (libc::SYS_ppoll, Some("a poll")),
            (libc::SYS_wait4, Some("a child process")),
            (libc::SYS_getpid, None),
        ] {
            assert_eq!(waits_for(&format!("{number} 0x3 0x7ffc")), what, "{number}");
        }
        let futex = format!("{} 0x7f0010 0x80 0x0 0x0 0x0 0x0", libc::SYS_futex);
        assert_eq!(waits_for(&futex), Some("another thread"));
        assert_eq!(waits_for("running"), None);
    }

    #[test]
    fn what_is_not_known_is_not_taken_for_a_hang() {
        assert_eq!(parse("running"), Doing::Runs);
        for line in ["", "-1 0x7ffc 0x7f01", "nonsense"] {
            assert_eq!(parse(line), Doing::Unknown, "{line}");
        }
        // A futex call whose arguments are cut off.
        let cut = format!("{} 0x7f0010", libc::SYS_futex);
        assert_eq!(parse(&cut), Doing::Unknown);
    }
}
