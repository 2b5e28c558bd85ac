//! Ctrl-C, SIGTERM and a closed terminal: the programs that were started end, what they
//! left behind is removed, and files that are kept are whole.

use std::collections::BTreeSet;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, exit};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tempfile::TempDir;

/// Code 130 says: ended by Ctrl-C, as a shell expects it.
pub const INTERRUPTED: i32 = 130;

/// What an interrupt has to end and to remove.
struct Held {
    /// The groups of running programs.
    groups: BTreeSet<i32>,
    folders: BTreeSet<PathBuf>,
    /// Nothing is started any more.
    over: bool,
}

static HELD: Mutex<Held> = Mutex::new(Held {
    groups: BTreeSet::new(),
    folders: BTreeSet::new(),
    over: false,
});

fn held() -> MutexGuard<'static, Held> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on an interrupt ends everything that was started here.
pub fn listen() -> Result<(), String> {
    ctrlc::set_handler(|| {
        let mut held = held();
        held.over = true;
        for group in &held.groups {
            end(*group);
        }
        eprintln!("interrupted: nothing was changed after this, and no program is left running");
        for folder in &held.folders {
            remove(folder);
        }
        exit(INTERRUPTED);
    })
    .map_err(|error| format!("cannot wait for Ctrl-C: {error}"))
}

/// Removes a folder into which a program may just have written its last file.
fn remove(folder: &Path) {
    for _ in 0..50 {
        match std::fs::remove_dir_all(folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                thread::sleep(Duration::from_millis(10));
            }
            _ => return,
        }
    }
}

/// Ends all programs of a group. They may have ended before.
pub fn end(group: i32) {
    let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
}

/// Starts a program in a process group of its own, so that its children end with it.
/// Call [`ended`] when it has ended.
pub fn start(command: &mut Command) -> Result<Child, String> {
    let mut held = held();
    if held.over {
        return Err("was interrupted".to_string());
    }
    let child = (command.process_group(0).spawn())
        .map_err(|error| format!("cannot be started: {error}"))?;
    held.groups.insert(group(&child));
    Ok(child)
}

/// The process group of a program that [`start`] started.
pub fn group(child: &Child) -> i32 {
    // Linux and macOS have no larger ids.
    i32::try_from(child.id()).unwrap_or(i32::MAX)
}

/// The program has ended.
pub fn ended(group: i32) {
    held().groups.remove(&group);
}

/// Does something that an interrupt waits for.
pub fn undisturbed<T>(act: impl FnOnce() -> T) -> T {
    let _held = held();
    act()
}

/// A temporary folder that is removed in the end, also by an interrupt.
#[derive(Debug)]
pub struct Scratch {
    folder: TempDir,
}

impl Scratch {
    pub fn new() -> Result<Self, String> {
        let mut held = held();
        let folder = tempfile::Builder::new().prefix("book-").tempdir();
        let folder = folder.map_err(|error| {
            let place = std::env::temp_dir();
            format!(
                "cannot make a temporary folder in {}: {error}",
                place.display()
            )
        })?;
        held.folders.insert(folder.path().to_path_buf());
        Ok(Scratch { folder })
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // `TempDir` removes it after this.
        held().folders.remove(self.folder.path());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temporary_folder_is_removed_with_what_is_in_it() {
        let scratch = Scratch::new().unwrap();
        let path = scratch.path().to_path_buf();
        std::fs::write(path.join("a file"), "").unwrap();
        drop(scratch);
        assert!(!path.exists());
    }
}
