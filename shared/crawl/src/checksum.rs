//! SHA-256, as pages write it: in hexadecimal digits.

use std::fs::{self, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use nix::fcntl::OFlag;
use sha2::{Digest, Sha256};

use crate::trouble::Trouble;

/// The checksum of the file at `path`, which is to be called `name`. `None` if there
/// is none.
///
/// # Errors
///
/// [`Trouble::Name`] if it is not a plain file, [`Trouble::Disk`] if it cannot be
/// read.
pub(crate) fn checksum_of(path: &Path, name: &str) -> Result<Option<String>, Trouble> {
    match fs::symlink_metadata(path) {
        Ok(there) if there.is_file() => {}
        // To write through a link is to write outside the folder.
        Ok(_) => return Err(Trouble::not_a_file(name)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(cannot_read(name, &error)),
    }
    read(path)
        .map(Some)
        .map_err(|error| cannot_read(name, &error))
}

fn cannot_read(name: &str, error: &io::Error) -> Trouble {
    Trouble::disk(&format!("cannot read {name}"), error)
}

fn read(path: &Path) -> io::Result<String> {
    // It may have become a link or a named pipe in the meantime.
    let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
    let mut file = OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits())
        .open(path)?;
    let mut hash = Sha256::new();
    let mut piece = [0; 16 << 10];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hexadecimal(&hash.finalize())),
            count => hash.update(&piece[..count]),
        }
    }
}

/// Whether a checksum is the one that a page promised, in small or large letters.
pub(crate) fn fits(checksum: &str, promised: &str) -> bool {
    checksum.eq_ignore_ascii_case(promised.trim())
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
