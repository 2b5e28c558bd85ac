//! The folder into which a crawler writes: whole files only, and only there.

use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use stage::ending::{self, IfInterrupted};

use crate::checksum::{checksum_of, fits};
use crate::claims::Claims;
use crate::client::Client;
use crate::limits::FILE;
use crate::names::safe_name;
use crate::partial::{PartialFile, PartialFiles};
use crate::progress::{Download, Progress};
use crate::text_file::TextFile;
use crate::trouble::Trouble;

/// A folder for what was fetched. Clones are handles to the same one.
///
/// A file in it is whole and new, or as it was before the run: a failed download, a
/// full disk or Ctrl-C leaves no half of a file. A file that is there already, with
/// other contents than those that a page promises, stays.
///
/// ```
/// use crawl::{Folder, Saved, Trouble};
///
/// let folder = Folder::temporary().unwrap();
/// let sha256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
/// std::fs::write(folder.path().join("mine.txt"), "my own").unwrap();
///
/// assert_eq!(folder.write("hello.mp4", sha256, b"hello"), Ok(Saved::Whole(5)));
/// let trouble = folder.write("mine.txt", sha256, b"hello").unwrap_err();
/// assert_eq!(trouble, Trouble::Taken("mine.txt".to_string()));
/// # std::fs::remove_dir_all(folder.path()).unwrap();
/// ```
#[derive(Clone)]
pub struct Folder {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    partial: PartialFiles,
    claims: Claims,
    progress: Progress,
    _tidy: IfInterrupted,
}

/// What became of a file.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    /// It came whole, with this many bytes.
    Whole(u64),
    /// It was there already, from an earlier run or another page of this one:
    /// nothing was fetched.
    WasThere,
}

impl Folder {
    /// The folder that `--out` names, or else a new temporary one, `/tmp/lesson-` and
    /// some letters and digits, which stays when the lesson is over unless it is
    /// empty.
    ///
    /// # Errors
    ///
    /// [`Trouble::Disk`] if it cannot be made.
    ///
    /// ```
    /// let folder = crawl::Folder::choose().unwrap();
    /// assert!(folder.path().is_dir());
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
        let path = path.as_ref();
        let shown = path.display();
        fs::create_dir_all(path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
                Trouble::Disk(format!("{shown} is not a folder: choose another one"))
            }
            _ => Trouble::disk(&format!("cannot make the folder {shown}"), &error),
        })?;
        Ok(Self::new(path, false))
    }

    /// A new folder that no other program has: Python's `tempfile.mkdtemp()`.
    ///
    /// # Errors
    ///
    /// [`Trouble::Disk`] if it cannot be made.
    ///
    /// ```
    /// let folder = crawl::Folder::temporary().unwrap();
    /// let name = folder.path().file_name().unwrap().to_string_lossy().into_owned();
    /// assert!(name.starts_with("lesson-"));
    /// ```
    pub fn temporary() -> Result<Self, Trouble> {
        let made = tempfile::Builder::new()
            .prefix("lesson-")
            .permissions(fs::Permissions::from_mode(0o700))
            .tempdir();
        match made {
            // It stays, so that you can look into it.
            Ok(folder) => Ok(Self::new(&folder.keep(), true)),
            Err(error) => Err(Trouble::disk("cannot make a temporary folder", &error)),
        }
    }

    fn new(path: &Path, is_temporary: bool) -> Self {
        let partial = PartialFiles::new(path, is_temporary);
        let progress = Progress::new();
        let (tidied, hidden) = (partial.clone(), progress.clone());
        let tidy = ending::if_interrupted(move || {
            hidden.stop();
            tidied.close();
        });
        let inner = Inner {
            path: path.to_path_buf(),
            partial,
            claims: Claims::default(),
            progress,
            _tidy: tidy,
        };
        Folder {
            inner: Arc::new(inner),
        }
    }

    /// Where it is.
    ///
    /// ```
    /// let folder = crawl::Folder::temporary().unwrap();
    /// assert!(folder.path().starts_with(std::env::temp_dir()));
    /// ```
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Fetches the file at `path` and saves it as `name`, if its SHA-256 is
    /// `sha256`, in hexadecimal digits. On a terminal, a line shows its progress.
    ///
    /// A file of that name that is there already is left alone. Of two pages that
    /// offer the same file, one fetches it.
    ///
    /// # Errors
    ///
    /// A [`Trouble`] that says what happened; [`Trouble::Name`] if no file may have
    /// this name (see [`safe_name`]), or if another file of this run, with another
    /// checksum, has it; [`Trouble::Taken`] if there is a file of that name with
    /// other contents. The folder is then as it was.
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
        let get = |part: &mut PartialFile, shown: &Download| {
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

    /// Saves bytes that were fetched before, in the same way as
    /// [`save`](Self::save).
    ///
    /// # Errors
    ///
    /// As [`save`](Self::save).
    ///
    /// ```
    /// use crawl::{Folder, Trouble};
    ///
    /// let folder = Folder::temporary().unwrap();
    /// let promised = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    /// let trouble = folder.write("hello.mp4", promised, b"hallo").unwrap_err();
    /// assert!(matches!(trouble, Trouble::Checksum(_)));
    /// ```
    pub fn write(&self, name: &str, sha256: &str, bytes: &[u8]) -> Result<Saved, Trouble> {
        self.keep(name, sha256, |part, _| part.write(bytes))
    }

    /// Whether the file is there already, whole, so that it need not be fetched.
    ///
    /// # Errors
    ///
    /// [`Trouble::Name`] if no file may have this name, or if what has it is not a
    /// plain file; [`Trouble::Taken`] if it has other contents; [`Trouble::Disk`] if
    /// it cannot be read.
    ///
    /// ```
    /// let folder = crawl::Folder::temporary().unwrap();
    /// assert_eq!(folder.has("hello.mp4", "2cf24dba"), Ok(false));
    /// ```
    pub fn has(&self, name: &str, sha256: &str) -> Result<bool, Trouble> {
        let path = self.path().join(safe_name(name)?);
        match checksum_of(&path, name)? {
            None => Ok(false),
            Some(checksum) if fits(&checksum, sha256) => Ok(true),
            Some(_) => Err(Trouble::Taken(name.to_string())),
        }
    }

    /// Makes the file, unless it is there: `fill` writes it.
    fn keep(
        &self,
        name: &str,
        sha256: &str,
        fill: impl FnOnce(&mut PartialFile, &Download) -> Result<(), Trouble>,
    ) -> Result<Saved, Trouble> {
        let name = safe_name(name)?;
        let Some(claim) = self.inner.claims.claim(name, sha256)? else {
            return Ok(Saved::WasThere);
        };
        if self.has(name, sha256)? {
            claim.keep();
            return Ok(Saved::WasThere);
        }
        let shown = self.inner.progress.download(name);
        let mut part = self.inner.partial.create(name)?;
        fill(&mut part, &shown)?;
        if !fits(&part.checksum(), sha256) {
            return Err(Trouble::Checksum(name.to_string()));
        }
        // Another program may have made a file of this name in the meantime.
        let saved = if part.rename_if_free()? {
            Saved::Whole(part.length())
        } else if self.has(name, sha256)? {
            Saved::WasThere
        } else {
            return Err(Trouble::Taken(name.to_string()));
        };
        shown.whole();
        claim.keep();
        Ok(saved)
    }

    /// Begins a text file, which appears under its name when it is finished.
    ///
    /// # Errors
    ///
    /// [`Trouble::Name`] if no file may have this name, [`Trouble::Disk`] if it
    /// cannot be written.
    ///
    /// ```
    /// let folder = crawl::Folder::temporary().unwrap();
    /// let movies = folder.create("movies.txt").unwrap();
    /// movies.part().write("霸王别姬\n").unwrap();
    /// assert!(!folder.path().join("movies.txt").exists());
    /// movies.finish().unwrap();
    /// assert!(folder.path().join("movies.txt").exists());
    /// # std::fs::remove_dir_all(folder.path()).unwrap();
    /// ```
    pub fn create(&self, name: &str) -> Result<TextFile, Trouble> {
        let part = self.inner.partial.create(safe_name(name)?)?;
        Ok(TextFile::new(part))
    }
}

impl fmt::Debug for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Folder {}>", self.path().display())
    }
}
