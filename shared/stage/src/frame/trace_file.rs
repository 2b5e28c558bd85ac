//! The file that a trace is written to.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A file that has its name only when it is whole: it is written under another
/// name in the same folder, and then renamed.
#[derive(Debug)]
pub(super) struct TraceFile {
    path: PathBuf,
    /// A pipe or a device cannot be replaced. It is written to.
    special: bool,
}

impl TraceFile {
    /// Finds out whether the file can be written, and changes nothing. The error is
    /// one sentence.
    pub(super) fn check(path: &OsStr) -> Result<Self, String> {
        Self::try_check(Path::new(path)).map_err(|error| complaint(Path::new(path), &error))
    }

    fn try_check(path: &Path) -> io::Result<Self> {
        // A link stays, and the file that it leads to is replaced.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        let special = match fs::metadata(&path) {
            Ok(known) if known.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
            Ok(known) if known.is_file() => {
                OpenOptions::new().write(true).open(&path)?;
                false
            }
            // Not opened here: to open a pipe is to wait for its reader.
            Ok(_) => true,
            Err(_) => false,
        };
        let file = TraceFile { path, special };
        if !special {
            file.part()?;
        }
        Ok(file)
    }

    /// The file until it is whole. Dropped, it is removed.
    fn part(&self) -> io::Result<NamedTempFile> {
        let folder = match self.path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        // As any other new file: what the umask allows.
        let permissions = Permissions::from_mode(0o666);
        tempfile::Builder::new()
            .prefix(".trace-")
            .suffix(".part")
            .permissions(permissions)
            .tempfile_in(folder)
    }

    /// Writes the whole file, or leaves everything as it was. The error is one
    /// sentence.
    pub(super) fn write(&self, text: &str) -> Result<(), String> {
        self.try_write(text)
            .map_err(|error| complaint(&self.path, &error))
    }

    fn try_write(&self, text: &str) -> io::Result<()> {
        if self.special {
            return File::create(&self.path)?.write_all(text.as_bytes());
        }
        let mut part = self.part()?;
        part.write_all(text.as_bytes())?;
        part.persist(&self.path)?;
        Ok(())
    }
}

fn complaint(path: &Path, error: &io::Error) -> String {
    format!("cannot write the trace to `{}`: {error}", path.display())
}
