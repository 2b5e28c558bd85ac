//! Files: all those in a folder, and how some are replaced.

use std::fs::{self, Permissions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Every file below `folder`, sorted.
pub fn below(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let failed = |error: std::io::Error| format!("cannot read {}: {error}", folder.display());
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            found.extend(below(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// A file as it has to be.
#[derive(Debug)]
pub struct Change {
    pub path: PathBuf,
    /// Without a text, the file must not be there.
    pub text: Option<String>,
}

/// Makes all of these changes or, if one of them fails, none. A reader sees each file
/// with its old text or its new one.
pub fn change_all(changes: &[Change]) -> Result<(), String> {
    // All that can fail for want of space or permission is done before the first change.
    let mut ready = Vec::new();
    for change in changes {
        let before = match fs::read(&change.path) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(cannot("read", &change.path, &error)),
        };
        let file = match &change.text {
            Some(text) => Some(written(&change.path, text.as_bytes())?),
            None => None,
        };
        ready.push((change.path.as_path(), before, file));
    }
    let mut changed = Vec::new();
    for (path, before, file) in ready {
        let result = match file {
            Some(file) => file.persist(path).map(|_| ()).map_err(|error| error.error),
            None if before.is_some() => fs::remove_file(path),
            None => Ok(()),
        };
        if let Err(error) = result {
            for (path, before) in changed {
                undo(path, before)?;
            }
            return Err(cannot("write", path, &error));
        }
        changed.push((path, before));
    }
    Ok(())
}

fn undo(path: &Path, before: Option<Vec<u8>>) -> Result<(), String> {
    let undone = match before {
        Some(bytes) => written(path, &bytes)?.persist(path).map(|_| ()),
        None => return fs::remove_file(path).map_err(|error| cannot("remove", path, &error)),
    };
    undone.map_err(|error| cannot("write", path, &error.error))
}

/// A new file beside `path`, ready to take its place.
fn written(path: &Path, bytes: &[u8]) -> Result<NamedTempFile, String> {
    let failed = |error: std::io::Error| cannot("write", path, &error);
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(failed)?;
    let mut file = tempfile::Builder::new()
        // As for any new file; by default, only its owner could read it.
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder)
        .map_err(failed)?;
    file.write_all(bytes)
        .and_then(|()| file.as_file().sync_all())
        .map_err(failed)?;
    Ok(file)
}

fn cannot(what: &str, path: &Path, error: &std::io::Error) -> String {
    format!("cannot {what} {}: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(path: &Path, text: &str) -> Change {
        Change {
            path: path.to_path_buf(),
            text: (!text.is_empty()).then(|| text.to_string()),
        }
    }

    #[test]
    fn files_are_written_replaced_and_removed() {
        let scratch = tempfile::tempdir().unwrap();
        let one = scratch.path().join("new/folder/one.txt");
        let other = scratch.path().join("new/folder/other.txt");
        change_all(&[change(&one, "1"), change(&other, "old")]).unwrap();
        change_all(&[change(&one, "2"), change(&other, "")]).unwrap();
        assert_eq!(fs::read_to_string(&one).unwrap(), "2");
        assert_eq!(below(scratch.path()), Ok(vec![one]));
    }

    /// The captured output, log and picture of a section are of one run.
    #[test]
    fn all_files_are_changed_or_none() {
        let scratch = tempfile::tempdir().unwrap();
        let path = |name: &str| scratch.path().join(name);
        fs::write(path("old"), "old").unwrap();
        fs::write(path("gone"), "gone").unwrap();
        // A name that is taken by a folder can be neither read nor written.
        fs::create_dir(path("taken")).unwrap();
        let changes = [
            change(&path("old"), "new"),
            change(&path("made"), "new"),
            change(&path("gone"), ""),
            change(&path("taken"), "text"),
        ];
        let complaint = change_all(&changes).unwrap_err();
        assert!(complaint.contains("taken"), "{complaint}");
        assert_eq!(fs::read_to_string(path("old")).unwrap(), "old");
        assert_eq!(fs::read_to_string(path("gone")).unwrap(), "gone");
        assert_eq!(below(scratch.path()), Ok(vec![path("gone"), path("old")]));
    }

    /// The last change fails when the others are made already.
    #[test]
    fn changes_are_taken_back() {
        let scratch = tempfile::tempdir().unwrap();
        let path = |name: &str| scratch.path().join(name);
        fs::write(path("old"), "old").unwrap();
        fs::write(path("gone"), "gone").unwrap();
        // Removing it for the second time fails.
        let changes = [
            change(&path("old"), "new"),
            change(&path("made"), "new"),
            change(&path("gone"), ""),
            change(&path("gone"), ""),
        ];
        assert!(change_all(&changes).is_err());
        assert_eq!(fs::read_to_string(path("old")).unwrap(), "old");
        assert_eq!(fs::read_to_string(path("gone")).unwrap(), "gone");
        assert_eq!(below(scratch.path()), Ok(vec![path("gone"), path("old")]));
    }

    #[test]
    fn other_people_can_read_it() {
        let scratch = tempfile::tempdir().unwrap();
        let (ours, usual) = (scratch.path().join("ours"), scratch.path().join("usual"));
        change_all(&[change(&ours, "text")]).unwrap();
        fs::write(&usual, "text").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&ours), mode(&usual));
    }
}
