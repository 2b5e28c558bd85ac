//! The folder into which a crawler writes: only whole files, and only there.
//!
//! A file is written under a temporary name (`.video-07.mp4-4711-0.lesson-part`) and
//! gets its own when it is whole and its checksum fits. So whoever looks into the
//! folder, at whatever moment, sees whole files or none. When the lesson is
//! interrupted, the temporary files are removed and no more are made; what a
//! program left behind that was killed, the next one removes.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::hash::BuildHasher;
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use nix::fcntl::OFlag;
use nix::sys::signal;
use nix::unistd::Pid;
use sha2::{Digest, Sha256};
use stage::ending::{self, IfInterrupted};

use crate::client::FILE;
use crate::progress::{Download, Progress};
use crate::{Client, Trouble, safe_name};

/// How the names of temporary files end. Nobody else's do.
const PART: &str = ".lesson-part";

/// A folder for what was fetched. Clones are handles to the same one.
///
/// ```
/// use crawl::{Folder, Trouble};
///
/// let folder = Folder::temporary().unwrap();
/// let list = folder.create("list.txt").unwrap();
/// list.append("url:/index/1 size:7\n").unwrap();
/// list.finish().unwrap();
///
/// let text = std::fs::read_to_string(folder.path().join("list.txt")).unwrap();
/// assert_eq!(text, "url:/index/1 size:7\n");
/// assert!(matches!(folder.create("../list.txt"), Err(Trouble::Name(..))));
/// # std::fs::remove_dir_all(folder.path()).unwrap();
/// ```
#[derive(Clone)]
pub struct Folder {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    state: Arc<Mutex<State>>,
    /// Notified when it is known what became of a file.
    settled: Condvar,
    progress: Progress,
    _tidy: IfInterrupted,
}

#[derive(Default)]
struct State {
    /// Names that were given away in this run.
    taken: BTreeMap<String, Taken>,
    /// Temporary files, to be removed if the lesson is interrupted.
    parts: BTreeSet<PathBuf>,
    next_part: u64,
    /// This folder, if it was made for this run.
    temporary: Option<PathBuf>,
    /// Nothing may be written any more.
    closed: bool,
}

struct Taken {
    sha256: String,
    /// The file is there under its name, not only begun.
    is_whole: bool,
}

impl State {
    /// No temporary file stays, and none is made any more.
    fn close(&mut self) {
        self.closed = true;
        for part in std::mem::take(&mut self.parts) {
            let _ = fs::remove_file(part);
        }
        if let Some(folder) = &self.temporary {
            // Only if it is empty.
            let _ = fs::remove_dir(folder);
        }
    }
}

/// What has become of a file.
///
/// ```
/// assert_ne!(crawl::Saved::Whole(7), crawl::Saved::WasThere);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    /// It came whole, with so many bytes.
    Whole(u64),
    /// It was there already, from an earlier run or another page of this one:
    /// nothing was fetched.
    WasThere,
}

impl Folder {
    /// The folder that the person chose with `--out`, or else a new temporary one,
    /// `/tmp/lesson-` and some letters and digits. It stays when the lesson is
    /// over: the person wants to look into it.
    ///
    /// # Errors
    ///
    /// [`Trouble::Disk`] if it cannot be made.
    ///
    /// ```
    /// let folder = crawl::Folder::choose().unwrap();
    /// assert!(folder.path().is_dir());
    /// # std::fs::remove_dir_all(folder.path()).unwrap();
    /// ```
    pub fn choose() -> Result<Self, Trouble> {
        match stage::frame::option("out") {
            Some(path) => Self::open(path),
            None => Self::temporary(),
        }
    }

    /// The folder at `path`, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// [`Trouble::Disk`] if it is a file, or cannot be made.
    ///
    /// ```
    /// # let path = std::env::temp_dir().join(format!("open-{}", std::process::id()));
    /// let folder = crawl::Folder::open(&path).unwrap();
    /// assert_eq!(folder.path(), path);
    /// # std::fs::remove_dir_all(path).unwrap();
    /// ```
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Trouble> {
        let path = path.as_ref().to_path_buf();
        let shown = path.display().to_string();
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
                Trouble::Disk(format!("{shown} is not a folder: choose another one"))
            }
            _ => Trouble::disk(&format!("cannot make the folder {shown}"), &error),
        };
        fs::create_dir_all(&path).map_err(failed)?;
        remove_leftovers(&path);
        let state = Arc::new(Mutex::new(State::default()));
        let progress = Progress::new();
        let (tidied, hidden) = (Arc::clone(&state), progress.clone());
        let tidy = ending::if_interrupted(move || {
            hidden.stop();
            lock(&tidied).close();
        });
        let inner = Inner {
            path,
            state,
            settled: Condvar::new(),
            progress,
            _tidy: tidy,
        };
        Ok(Folder {
            inner: Arc::new(inner),
        })
    }

    /// A new folder that nobody else has: Python's `tempfile.mkdtemp()`.
    ///
    /// # Errors
    ///
    /// [`Trouble::Disk`] if it cannot be made.
    ///
    /// ```
    /// let folder = crawl::Folder::temporary().unwrap();
    /// let name = folder.path().file_name().unwrap().to_string_lossy().into_owned();
    /// assert!(name.starts_with("lesson-"));
    /// # std::fs::remove_dir_all(folder.path()).unwrap();
    /// ```
    pub fn temporary() -> Result<Self, Trouble> {
        let mut tries = 0;
        loop {
            // The seed of a standard hash map is random.
            let random = RandomState::new().hash_one(tries);
            let path = std::env::temp_dir().join(format!("lesson-{random:016x}"));
            match fs::DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => {
                    let folder = Self::open(&path)?;
                    folder.lock().temporary = Some(path);
                    return Ok(folder);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && tries < 100 => {
                    tries += 1;
                }
                Err(error) => {
                    let what = format!("cannot make the folder {}", path.display());
                    return Err(Trouble::disk(&what, &error));
                }
            }
        }
    }

    /// Where it is.
    ///
    /// ```
    /// let folder = crawl::Folder::temporary().unwrap();
    /// assert!(folder.path().starts_with(std::env::temp_dir()));
    /// # std::fs::remove_dir_all(folder.path()).unwrap();
    /// ```
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Fetches the file at `path` and saves it as `name`, if its SHA-256 is
    /// `sha256`, in hexadecimal digits. On a terminal, a line shows how far it is.
    ///
    /// A file of that name that is there already is left alone if its checksum
    /// fits, and replaced if not. Of two pages that offer the same file, one
    /// fetches it.
    ///
    /// # Errors
    ///
    /// A [`Trouble`] that says what happened; [`Trouble::Name`] if no file may be
    /// called so (see [`safe_name`]), or if another file of this run, with another
    /// checksum, is called so. Then there is no file of that name from this run,
    /// and no temporary one.
    ///
    /// ```no_run
    /// use crawl::{Client, Folder, Saved};
    ///
    /// let client = Client::start().unwrap();
    /// let folder = Folder::choose().unwrap();
    /// # let sha256 = "";
    /// let saved = folder.save(&client, "/files/video-07.mp4", "video-07.mp4", sha256).unwrap();
    /// assert!(matches!(saved, Saved::Whole(_)));
    /// ```
    pub fn save(
        &self,
        client: &Client,
        path: &str,
        name: &str,
        sha256: &str,
    ) -> Result<Saved, Trouble> {
        let get = |part: &mut Part, shown: &Download| {
            client.fetch(path, FILE, |mut body| {
                shown.length(body.length);
                let mut bytes = Vec::new();
                while body.read_more(&mut bytes)? > 0 {
                    part.write(&bytes)?;
                    shown.more(bytes.len());
                    bytes.clear();
                }
                Ok(())
            })
        };
        self.keep(name, sha256, |part, shown| get(part, shown).map(drop))
    }

    /// Saves bytes that were fetched before. As [`save`](Self::save) otherwise.
    ///
    /// # Errors
    ///
    /// As [`save`](Self::save).
    ///
    /// ```
    /// use crawl::{Folder, Saved};
    ///
    /// let folder = Folder::temporary().unwrap();
    /// let sha256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    /// assert_eq!(folder.write("hello.mp4", sha256, b"hello"), Ok(Saved::Whole(5)));
    /// assert_eq!(folder.write("hello.mp4", sha256, b"hello"), Ok(Saved::WasThere));
    /// # std::fs::remove_dir_all(folder.path()).unwrap();
    /// ```
    pub fn write(&self, name: &str, sha256: &str, bytes: &[u8]) -> Result<Saved, Trouble> {
        self.keep(name, sha256, |part, _| part.write(bytes))
    }

    /// Whether the file is there already, whole, so that it need not be fetched.
    ///
    /// # Errors
    ///
    /// [`Trouble::Name`] if no file may be called so, or if what is called so is
    /// no plain file.
    ///
    /// ```
    /// let folder = crawl::Folder::temporary().unwrap();
    /// assert_eq!(folder.has("hello.mp4", "2cf24dba"), Ok(false));
    /// # std::fs::remove_dir_all(folder.path()).unwrap();
    /// ```
    pub fn has(&self, name: &str, sha256: &str) -> Result<bool, Trouble> {
        let path = self.path().join(safe_name(name)?);
        match fs::symlink_metadata(&path) {
            Ok(there) if there.is_file() => {}
            // Whoever wrote through a link would write outside of the folder.
            Ok(_) => {
                let why = "what has that name already is no plain file".to_string();
                return Err(Trouble::Name(name.to_string(), why));
            }
            Err(_) => return Ok(false),
        }
        // One that cannot be read is fetched again.
        let checksum = checksum_of(&path);
        Ok(checksum.is_ok_and(|checksum| fits(&checksum, sha256)))
    }

    /// Makes the file, unless it is there: `fill` writes it.
    fn keep(
        &self,
        name: &str,
        sha256: &str,
        fill: impl FnOnce(&mut Part, &Download) -> Result<(), Trouble>,
    ) -> Result<Saved, Trouble> {
        let name = safe_name(name)?;
        let Some(mut claim) = self.claim(name, sha256)? else {
            return Ok(Saved::WasThere);
        };
        if self.has(name, sha256)? {
            claim.is_whole = true;
            return Ok(Saved::WasThere);
        }
        let shown = self.inner.progress.download(name);
        let saved = Part::new(self, name).and_then(|mut part| {
            fill(&mut part, &shown)?;
            if !fits(&part.checksum(), sha256) {
                return Err(Trouble::Checksum(name.to_string()));
            }
            let length = part.length;
            part.rename()?;
            Ok(Saved::Whole(length))
        });
        if saved.is_ok() {
            shown.whole();
            claim.is_whole = true;
        }
        saved
    }

    /// Begins a text file, which appears under its name when it is finished.
    ///
    /// # Errors
    ///
    /// [`Trouble::Name`] if no file may be called so, [`Trouble::Disk`] if it
    /// cannot be written.
    ///
    /// ```
    /// let folder = crawl::Folder::temporary().unwrap();
    /// folder.create("movies.txt").unwrap().finish().unwrap();
    /// assert!(folder.path().join("movies.txt").is_file());
    /// # std::fs::remove_dir_all(folder.path()).unwrap();
    /// ```
    pub fn create(&self, name: &str) -> Result<TextFile, Trouble> {
        let part = Part::new(self, safe_name(name)?)?;
        Ok(TextFile {
            part: Arc::new(Mutex::new(Some(part))),
        })
    }

    /// Gives the name away. `None` if it has been given to the same file, and that
    /// is whole; while it is not yet known what becomes of that one, this waits.
    fn claim<'a>(&'a self, name: &'a str, sha256: &str) -> Result<Option<Claim<'a>>, Trouble> {
        let mut state = self.lock();
        loop {
            match state.taken.get(name) {
                None => break,
                Some(other) if !fits(&other.sha256, sha256) => {
                    return Err(Trouble::Name(
                        name.to_string(),
                        "another file of this run has that name".to_string(),
                    ));
                }
                Some(other) if other.is_whole => return Ok(None),
                Some(_) => {
                    let settled = self.inner.settled.wait(state);
                    state = settled.unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
        let taken = Taken {
            sha256: sha256.to_string(),
            is_whole: false,
        };
        state.taken.insert(name.to_string(), taken);
        Ok(Some(Claim {
            folder: self,
            name,
            is_whole: false,
        }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.inner.state)
    }
}

impl fmt::Debug for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Folder {}>", self.path().display())
    }
}

/// A text file that is not whole yet. Clones are handles to the same file: each
/// callback can have one. When the last is dropped and the file was not finished,
/// it is gone.
///
/// ```
/// let folder = crawl::Folder::temporary().unwrap();
/// let file = folder.create("sizes.txt").unwrap();
/// file.append("url:/index/1 size:7\n").unwrap();
/// assert!(!folder.path().join("sizes.txt").exists());
/// file.finish().unwrap();
/// assert!(folder.path().join("sizes.txt").exists());
/// # std::fs::remove_dir_all(folder.path()).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct TextFile {
    /// Gone when it is finished.
    part: Arc<Mutex<Option<Part>>>,
}

impl TextFile {
    /// Appends `text`, as it is and as a whole, whoever else appends: Python's
    /// `f.write(text)`.
    ///
    /// # Errors
    ///
    /// [`Trouble::Disk`] if it cannot be written, or is finished.
    ///
    /// ```
    /// # let folder = crawl::Folder::temporary().unwrap();
    /// let file = folder.create("sizes.txt").unwrap();
    /// file.append("one\n").unwrap();
    /// file.append("two\n").unwrap();
    /// # std::fs::remove_dir_all(folder.path()).unwrap();
    /// ```
    pub fn append(&self, text: &str) -> Result<(), Trouble> {
        match &mut *lock(&self.part) {
            Some(part) => part.write(text.as_bytes()),
            None => Err(is_finished()),
        }
    }

    /// Gives it its name. There is no appending any more.
    ///
    /// # Errors
    ///
    /// [`Trouble::Disk`] if that is not possible, or was done before.
    ///
    /// ```
    /// # let folder = crawl::Folder::temporary().unwrap();
    /// let file = folder.create("empty.txt").unwrap();
    /// file.finish().unwrap();
    /// assert!(file.append("more").is_err());
    /// # std::fs::remove_dir_all(folder.path()).unwrap();
    /// ```
    pub fn finish(&self) -> Result<(), Trouble> {
        let part = lock(&self.part).take();
        part.ok_or_else(is_finished)?.rename()
    }
}

fn is_finished() -> Trouble {
    Trouble::Disk("the file is finished: create another one".to_string())
}

/// A name that was given to one worker, until it is known what became of the file.
struct Claim<'a> {
    folder: &'a Folder,
    name: &'a str,
    is_whole: bool,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let mut state = self.folder.lock();
        match state.taken.get_mut(self.name) {
            Some(taken) if self.is_whole => taken.is_whole = true,
            // Another page may offer it, too.
            _ => drop(state.taken.remove(self.name)),
        }
        self.folder.inner.settled.notify_all();
    }
}

/// A file under its temporary name.
#[derive(Debug)]
struct Part {
    folder: Folder,
    file: File,
    path: PathBuf,
    name: String,
    hash: Sha256,
    length: u64,
}

impl Part {
    fn new(folder: &Folder, name: &str) -> Result<Self, Trouble> {
        let mut state = folder.lock();
        // Under the lock: after the tidying there is no new file.
        if state.closed {
            return Err(Trouble::Disk("the lesson was interrupted".to_string()));
        }
        let (path, file) = loop {
            let number = state.next_part;
            state.next_part += 1;
            let part = format!(".{name}-{}-{number}{PART}", std::process::id());
            let path = folder.path().join(part);
            // New: neither a file of somebody else's, nor through a link.
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => break (path, file),
                // Left behind by a program that had the same process number.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(cannot_write(name, &error)),
            }
        };
        state.parts.insert(path.clone());
        Ok(Part {
            folder: folder.clone(),
            file,
            path,
            name: name.to_string(),
            hash: Sha256::new(),
            length: 0,
        })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        let written = self.file.write_all(bytes);
        written.map_err(|error| cannot_write(&self.name, &error))?;
        self.hash.update(bytes);
        self.length += bytes.len() as u64;
        Ok(())
    }

    fn checksum(&self) -> String {
        hexadecimal(&self.hash.clone().finalize())
    }

    fn rename(self) -> Result<(), Trouble> {
        // A system that crashes now must not leave an empty file of that name.
        let mut done = self.file.sync_all();
        let mut state = self.folder.lock();
        if done.is_ok() {
            done = fs::rename(&self.path, self.folder.path().join(&self.name));
        }
        if done.is_ok() {
            state.parts.remove(&self.path);
        }
        drop(state);
        done.map_err(|error| cannot_write(&self.name, &error))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let mut state = self.folder.lock();
        if state.parts.remove(&self.path) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn cannot_write(name: &str, error: &io::Error) -> Trouble {
    Trouble::disk(&format!("cannot write {name}"), error)
}

/// Of a plain file: links are not followed.
fn checksum_of(path: &Path) -> io::Result<String> {
    let flags = OFlag::O_NOFOLLOW.bits();
    let mut file = OpenOptions::new()
        .read(true)
        .custom_flags(flags)
        .open(path)?;
    let mut hash = Sha256::new();
    let mut part = [0; 16 << 10];
    loop {
        match file.read(&mut part)? {
            0 => return Ok(hexadecimal(&hash.finalize())),
            count => hash.update(&part[..count]),
        }
    }
}

fn fits(checksum: &str, promised: &str) -> bool {
    checksum.eq_ignore_ascii_case(promised.trim())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Removes the temporary files of programs that no longer run.
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

/// Which process writes the temporary file of this name.
fn writer_of(name: &str) -> Option<Pid> {
    let name = name.strip_prefix('.')?.strip_suffix(PART)?;
    let (name, number) = name.rsplit_once('-')?;
    let (_, process) = name.rsplit_once('-')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
    let process = process.parse().ok().filter(|process| *process > 0)?;
    is_number(number).then_some(Pid::from_raw(process))
}

#[cfg(test)]
mod tests {
    use super::{Folder, Part, writer_of};

    /// As at Ctrl-C, in the middle of a file.
    #[test]
    fn after_closing_no_file_is_left_and_none_is_made() {
        let folder = Folder::temporary().unwrap();
        let mut part = Part::new(&folder, "a.mp4").unwrap();
        part.write(b"the first half").unwrap();
        folder.lock().close();
        // It was made for this run, and it is empty.
        assert!(!folder.path().exists());
        // Whoever had it open may go on writing, to nowhere.
        part.write(b"the second half").unwrap();
        assert!(part.rename().is_err());
        assert!(Part::new(&folder, "b.mp4").is_err());
        assert!(folder.create("c.txt").is_err());
        assert!(!folder.path().exists());
    }

    #[test]
    fn after_closing_whole_files_stay() {
        let folder = Folder::temporary().unwrap();
        folder.create("a.txt").unwrap().finish().unwrap();
        let _begun = folder.create("b.txt").unwrap();
        folder.lock().close();
        let names = std::fs::read_dir(folder.path()).unwrap();
        let names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["a.txt"]);
        std::fs::remove_dir_all(folder.path()).unwrap();
    }

    #[test]
    fn temporary_names_say_who_writes() {
        let writer = |name: &str| writer_of(name).map(nix::unistd::Pid::as_raw);
        assert_eq!(writer(".video-07.mp4-4711-0.lesson-part"), Some(4711));
        for name in [
            "video-07.mp4-4711-0.lesson-part",
            ".video-07.mp4-4711-0",
            ".4711-0.lesson-part",
            ".a-0-0.lesson-part",
            ".a-4711-x.lesson-part",
        ] {
            assert_eq!(writer(name), None, "{name}");
        }
    }
}
