//! A list that several callbacks write.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use shared::say;

use crate::checksum::checksum_of;
use crate::partial::PartialFile;
use crate::trouble::Trouble;

/// A text file that is not whole yet. It has as many parts as were asked for, and it
/// gets its name when each of them is written: else it would look like a whole list
/// and lack some of it.
///
/// If it is dropped before [`finish`](Self::finish), nothing is left of it.
///
/// ```
/// use crawl::{Folder, Trouble};
///
/// let folder = Folder::temporary().unwrap();
/// let sizes = folder.create("sizes.txt").unwrap();
/// let (one, two) = (sizes.part(), sizes.part());
/// one.write("url:/index/1 size:7\n").unwrap();
/// drop(two); // its page could not be fetched
/// let trouble = sizes.finish().unwrap_err();
/// assert_eq!(trouble.to_string(), "sizes.txt is not written: 1 of its 2 parts is missing");
/// assert!(!folder.path().join("sizes.txt").exists());
/// ```
#[must_use = "it gets its name when it is finished"]
pub struct TextFile {
    state: Arc<Mutex<State>>,
}

/// The place of one callback in a [`TextFile`]: it writes it, or drops it, and then
/// the file is not whole.
///
/// ```
/// let folder = crawl::Folder::temporary().unwrap();
/// let list = folder.create("list.txt").unwrap();
/// let part = list.part();
/// let writer = std::thread::spawn(move || part.write("from another thread\n"));
/// writer.join().unwrap().unwrap();
/// list.finish().unwrap();
/// # std::fs::remove_dir_all(folder.path()).unwrap();
/// ```
#[must_use = "the file is not whole without this part"]
pub struct TextPart {
    state: Arc<Mutex<State>>,
}

struct State {
    name: String,
    /// Gone when the file is finished.
    file: Option<PartialFile>,
    parts: u64,
    written: u64,
    /// Why a part could not be written.
    trouble: Option<Trouble>,
}

impl TextFile {
    pub(crate) fn new(file: PartialFile) -> Self {
        let state = State {
            name: file.name().to_string(),
            file: Some(file),
            parts: 0,
            written: 0,
            trouble: None,
        };
        TextFile {
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// Asks for one more part.
    ///
    /// ```
    /// let folder = crawl::Folder::temporary().unwrap();
    /// let list = folder.create("list.txt").unwrap();
    /// // The parts are in the order in which they are written.
    /// let (one, two) = (list.part(), list.part());
    /// two.write("two\n").unwrap();
    /// one.write("one\n").unwrap();
    /// list.finish().unwrap();
    /// let text = std::fs::read_to_string(folder.path().join("list.txt")).unwrap();
    /// assert_eq!(text, "two\none\n");
    /// # std::fs::remove_dir_all(folder.path()).unwrap();
    /// ```
    pub fn part(&self) -> TextPart {
        lock(&self.state).parts += 1;
        TextPart {
            state: Arc::clone(&self.state),
        }
    }

    /// Gives the file its name. If a file of that name with other contents is there
    /// already, says that this one replaces it.
    ///
    /// # Errors
    ///
    /// [`Trouble::Incomplete`] if a part was not written, [`Trouble::Disk`] if one
    /// could not be written, [`Trouble::Name`] if a folder or a link has the name.
    /// Then a file that was there stays as it was.
    ///
    /// ```
    /// let folder = crawl::Folder::temporary().unwrap();
    /// let list = folder.create("empty.txt").unwrap();
    /// list.finish().unwrap();
    /// assert!(folder.path().join("empty.txt").is_file());
    /// # std::fs::remove_dir_all(folder.path()).unwrap();
    /// ```
    #[track_caller]
    pub fn finish(self) -> Result<(), Trouble> {
        let mut file = lock(&self.state).close()?;
        if file.rename_if_free()? {
            return Ok(());
        }
        let there = checksum_of(&file.target(), file.name())?;
        if there != Some(file.checksum()) {
            file.replace()?;
            say!("{} replaces the one that was there", file.name());
        }
        Ok(())
    }
}

impl State {
    /// Hands out the file if it is whole.
    fn close(&mut self) -> Result<PartialFile, Trouble> {
        let file = self.file.take();
        if let Some(trouble) = self.trouble.take() {
            return Err(trouble);
        }
        if self.written < self.parts {
            return Err(Trouble::Incomplete {
                name: self.name.clone(),
                missing: self.parts - self.written,
                parts: self.parts,
            });
        }
        file.ok_or_else(|| self.is_finished())
    }

    fn write(&mut self, text: &str) -> Result<(), Trouble> {
        let Some(file) = &mut self.file else {
            return Err(self.is_finished());
        };
        let written = file.write(text.as_bytes());
        match &written {
            Ok(()) => self.written += 1,
            Err(trouble) => self.trouble = Some(trouble.clone()),
        }
        written
    }

    fn is_finished(&self) -> Trouble {
        Trouble::Disk(format!("cannot write {}: it is finished", self.name))
    }
}

impl TextPart {
    /// Writes it, in one piece: Python's `f.write(text)`.
    ///
    /// # Errors
    ///
    /// [`Trouble::Disk`] if that is not possible, or the file is finished.
    ///
    /// ```
    /// let folder = crawl::Folder::temporary().unwrap();
    /// let list = folder.create("list.txt").unwrap();
    /// let part = list.part();
    /// assert!(list.finish().is_err());
    /// assert!(part.write("too late\n").is_err());
    /// ```
    pub fn write(self, text: &str) -> Result<(), Trouble> {
        lock(&self.state).write(text)
    }
}

impl fmt::Debug for TextFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = lock(&self.state);
        let State {
            name,
            written,
            parts,
            ..
        } = &*state;
        write!(f, "<TextFile {name}: {written} of {parts} parts>")
    }
}

impl fmt::Debug for TextPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<TextPart of {}>", lock(&self.state).name)
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
