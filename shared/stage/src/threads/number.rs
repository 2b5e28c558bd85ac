//! The system's number of a thread.

/// The system's number of the current thread, as it stands in `/proc/self/task`.
/// `None` on systems other than Linux.
///
/// ```
/// # #[cfg(target_os = "linux")]
/// # fn main() -> std::io::Result<()> {
/// use stage::threads::{all, own_number};
///
/// let me = own_number().unwrap();
/// assert!(all()?.iter().any(|thread| thread.number == me));
/// # Ok(())
/// # }
/// # #[cfg(not(target_os = "linux"))]
/// # fn main() {}
/// ```
pub fn own_number() -> Option<u32> {
    thread_local! {
        // To ask for it takes a system call.
        static NUMBER: Option<u32> = ask();
    }
    NUMBER.try_with(|number| *number).unwrap_or_else(|_| ask())
}

fn ask() -> Option<u32> {
    #[cfg(target_os = "linux")]
    return u32::try_from(nix::unistd::gettid().as_raw()).ok();
    #[cfg(not(target_os = "linux"))]
    None
}
