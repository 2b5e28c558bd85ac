//! Files that are not whole yet.
//!
//! A file is written under a temporary name, such as
//! `.video-07.mp4-4711-x3Dq1Z.lesson-part`, and gets its own when it is whole. On
//! one file system a rename is one step. So the folder has, at any moment, only whole
//! files of that name.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nix::sys::signal;
use nix::unistd::Pid;
use sha2::{Digest, Sha256};
use tempfile::{Builder, NamedTempFile, PersistError};

use crate::checksum::hexadecimal;
use crate::limits::ALL_FILES;
use crate::trouble::Trouble;

/// How the names of temporary files end. No other file's name should.
const SUFFIX: &str = ".lesson-part";

/// The temporary files of a folder. Clones are handles to the same list.
#[derive(Clone)]
pub(crate) struct PartialFiles {
    inner: Arc<Inner>,
}

struct Inner {
    folder: PathBuf,
    /// Whether the folder was made for this run.
    is_temporary: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    paths: BTreeSet<PathBuf>,
    /// In all files of this run.
    bytes: u64,
    /// No more files are made or renamed.
    closed: bool,
}

impl Inner {
    fn remove_empty_folder(&self) {
        if self.is_temporary {
            // Fails if there is anything in it.
            let _ = fs::remove_dir(&self.folder);
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.remove_empty_folder();
    }
}

impl PartialFiles {
    /// Removes what an earlier program left behind in the folder.
    pub(crate) fn new(folder: &Path, is_temporary: bool) -> Self {
        remove_leftovers(folder);
        let inner = Inner {
            folder: folder.to_path_buf(),
            is_temporary,
            state: Mutex::default(),
        };
        PartialFiles {
            inner: Arc::new(inner),
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.inner.folder
    }

    /// Makes an empty one, which is to be called `name`.
    pub(crate) fn create(&self, name: &str) -> Result<PartialFile, Trouble> {
        let mut state = self.lock();
        if state.closed {
            return Err(Trouble::Disk("the lesson was interrupted".to_string()));
        }
        let prefix = format!(".{name}-{}-", std::process::id());
        let open = |path: &Path| OpenOptions::new().write(true).create_new(true).open(path);
        // Under the lock: `close` must not miss it.
        let file = Builder::new()
            .prefix(&prefix)
            .suffix(SUFFIX)
            .make_in(self.folder(), open)
            .map_err(|error| cannot_write(name, &error))?;
        state.paths.insert(file.path().to_path_buf());
        Ok(PartialFile {
            files: self.clone(),
            path: file.path().to_path_buf(),
            file: Some(file),
            name: name.to_string(),
            hash: Sha256::new(),
            length: 0,
        })
    }

    /// Removes all of them. From now on none is made and none gets its final name.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        for path in std::mem::take(&mut state.paths) {
            let _ = fs::remove_file(path);
        }
        self.inner.remove_empty_folder();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.inner
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A file under its temporary name. It is removed when this is dropped, unless it
/// got its final name.
pub(crate) struct PartialFile {
    files: PartialFiles,
    /// Gone when it has its final name.
    file: Option<NamedTempFile>,
    path: PathBuf,
    name: String,
    hash: Sha256,
    length: u64,
}

impl PartialFile {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The path of the file with its final name.
    pub(crate) fn target(&self) -> PathBuf {
        self.path.with_file_name(&self.name)
    }

    /// How many bytes were written.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// The SHA-256 of what was written, in small hexadecimal digits.
    pub(crate) fn checksum(&self) -> String {
        hexadecimal(&self.hash.clone().finalize())
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        let count = bytes.len() as u64;
        let mut state = self.files.lock();
        if state.bytes + count > ALL_FILES {
            let limit = ALL_FILES >> 20;
            let why = format!("cannot write {}: a run may write {limit} MiB", self.name);
            return Err(Trouble::Disk(why));
        }
        state.bytes += count;
        drop(state);
        let written = self.file().and_then(|mut file| file.write_all(bytes));
        written.map_err(|error| cannot_write(&self.name, &error))?;
        self.hash.update(bytes);
        self.length += count;
        Ok(())
    }

    /// Gives the file its final name. If another file has that name, it stays, and
    /// the answer is `false`: this one may still [`replace`](Self::replace) it.
    pub(crate) fn rename_if_free(&mut self) -> Result<bool, Trouble> {
        match self.rename(|file, path| file.persist_noclobber(path)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(cannot_write(&self.name, &error)),
        }
    }

    /// Gives the file its final name, and takes that name from any other file. The
    /// permissions stay those of the other file: it may have been private.
    pub(crate) fn replace(&mut self) -> Result<(), Trouble> {
        let renamed = self.rename(|file, path| {
            if let Ok(old) = fs::symlink_metadata(path).map(|old| old.permissions()) {
                // Not every file system has permissions.
                let _ = file.as_file().set_permissions(old);
            }
            file.persist(path)
        });
        renamed.map_err(|error| cannot_write(&self.name, &error))
    }

    fn rename(
        &mut self,
        persist: impl FnOnce(NamedTempFile, &Path) -> Result<File, PersistError>,
    ) -> io::Result<()> {
        // Else a crash of the system could leave an empty file of the final name.
        self.file()?.sync_all()?;
        let target = self.target();
        // Under the lock: after `close` nothing changes in the folder.
        let mut state = self.files.lock();
        let file = self.file.take().ok_or_else(has_its_name)?;
        match persist(file, &target) {
            Ok(_) => {
                state.paths.remove(&self.path);
                Ok(())
            }
            Err(PersistError { error, file }) => {
                self.file = Some(file);
                Err(error)
            }
        }
    }

    fn file(&self) -> io::Result<&File> {
        let file = self.file.as_ref().ok_or_else(has_its_name)?;
        Ok(file.as_file())
    }
}

fn has_its_name() -> io::Error {
    io::Error::other("it has its final name already")
}

impl Drop for PartialFile {
    fn drop(&mut self) {
        let mut state = self.files.lock();
        drop(self.file.take());
        state.paths.remove(&self.path);
    }
}

pub(crate) fn cannot_write(name: &str, error: &io::Error) -> Trouble {
    Trouble::disk(&format!("cannot write {name}"), error)
}

/// Removes the temporary files of programs that no longer run: they were killed.
fn remove_leftovers(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.filter_map(Result::ok) {
        let name = entry.file_name();
        let writer = name.to_str().and_then(writer_of);
        if writer.is_some_and(|writer| signal::kill(writer, None) == Err(nix::Error::ESRCH)) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The process that writes the temporary file of this name.
fn writer_of(name: &str) -> Option<Pid> {
    let name = name.strip_prefix('.')?.strip_suffix(SUFFIX)?;
    let (name, random) = name.rsplit_once('-')?;
    let (_, process) = name.rsplit_once('-')?;
    let is_random = !random.is_empty() && random.bytes().all(|c| c.is_ascii_alphanumeric());
    let process = process.parse().ok().filter(|process| *process > 0)?;
    is_random.then_some(Pid::from_raw(process))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{PartialFiles, writer_of};

    fn temporary() -> (PathBuf, PartialFiles) {
        let folder = tempfile::tempdir().unwrap().keep();
        (folder.clone(), PartialFiles::new(&folder, true))
    }

    /// As at Ctrl-C, in the middle of a file.
    #[test]
    fn after_closing_no_file_is_left_and_none_is_made() {
        let (folder, files) = temporary();
        let mut part = files.create("a.mp4").unwrap();
        part.write(b"the first half").unwrap();
        files.close();
        // It was made for this run, and it is empty.
        assert!(!folder.exists());
        // A worker that has the file open writes on, to nowhere.
        part.write(b"the second half").unwrap();
        assert!(part.rename_if_free().is_err());
        assert!(part.replace().is_err());
        assert!(files.create("b.mp4").is_err());
        drop(part);
        assert!(!folder.exists());
    }

    #[test]
    fn after_closing_whole_files_stay() {
        let (folder, files) = temporary();
        assert_eq!(files.create("a.txt").unwrap().rename_if_free(), Ok(true));
        let mut begun = files.create("b.txt").unwrap();
        files.close();
        assert!(begun.replace().is_err());
        assert!(files.create("c.txt").is_err());
        let names = std::fs::read_dir(&folder).unwrap();
        let names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["a.txt"]);
        std::fs::remove_dir_all(folder).unwrap();
    }

    /// A run that fails leaves no empty folder behind.
    #[test]
    fn an_empty_temporary_folder_goes_with_its_last_handle() {
        let (folder, files) = temporary();
        let part = files.create("a.mp4").unwrap();
        drop(files);
        assert!(folder.exists());
        drop(part);
        assert!(!folder.exists());
    }

    /// A file that is there is never replaced silently.
    #[test]
    fn a_name_that_is_taken_is_not_given_again() {
        let (folder, files) = temporary();
        let mut part = files.create("a").unwrap();
        part.write(b"new").unwrap();
        std::fs::write(folder.join("a"), "old").unwrap();
        assert_eq!(part.rename_if_free(), Ok(false));
        assert_eq!(std::fs::read(folder.join("a")).unwrap(), b"old");
        assert_eq!(part.replace(), Ok(()));
        assert_eq!(std::fs::read(folder.join("a")).unwrap(), b"new");
        std::fs::remove_dir_all(folder).unwrap();
    }

    /// All files of a run together are limited.
    #[test]
    fn a_run_writes_no_more_than_its_limit() {
        let (folder, files) = temporary();
        files.lock().bytes = (1 << 30) - 3;
        let mut part = files.create("a").unwrap();
        part.write(b"abc").unwrap();
        let trouble = part.write(b"d").unwrap_err();
        assert_eq!(
            trouble.to_string(),
            "cannot write a: a run may write 1024 MiB"
        );
        drop((part, files));
        assert!(!folder.exists());
    }

    #[test]
    fn temporary_names_say_who_writes() {
        let writer = |name: &str| writer_of(name).map(nix::unistd::Pid::as_raw);
        assert_eq!(writer(".video-07.mp4-4711-x3Dq1Z.lesson-part"), Some(4711));
        for name in [
            "video-07.mp4-4711-x3Dq1Z.lesson-part",
            ".video-07.mp4-4711-x3Dq1Z",
            ".4711-x3Dq1Z.lesson-part",
            ".a-0-x3Dq1Z.lesson-part",
            ".a-4711-.lesson-part",
        ] {
            assert_eq!(writer(name), None, "{name}");
        }
    }
}
