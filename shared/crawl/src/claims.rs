//! The names of files that were given away in a run.
//!
//! Two pages may offer the same file, or two files of the same name. The first
//! worker that asks gets the name; a second one waits until it is known whether the
//! first one's file became whole.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::checksum::fits;
use crate::trouble::Trouble;

#[derive(Default)]
pub(crate) struct Claims {
    taken: Mutex<BTreeMap<String, Taken>>,
    /// Notified when a claim ends.
    ended: Condvar,
}

struct Taken {
    sha256: String,
    /// The file is there under its name, not only begun.
    is_whole: bool,
}

/// A name that one worker has. When this is dropped, the name is free again, unless
/// the file became whole.
pub(crate) struct Claim<'a> {
    claims: &'a Claims,
    name: &'a str,
    is_whole: bool,
}

impl Claims {
    /// Gives the name away. `None` if it was given to the same file, and that is
    /// whole. Waits while another worker fetches the same file.
    pub(crate) fn claim<'a>(
        &'a self,
        name: &'a str,
        sha256: &str,
    ) -> Result<Option<Claim<'a>>, Trouble> {
        let mut taken = self.lock();
        loop {
            match taken.get(name) {
                None => break,
                Some(other) if !fits(&other.sha256, sha256) => {
                    let why = "another file of this run has that name".to_string();
                    return Err(Trouble::Name(name.to_string(), why));
                }
                Some(other) if other.is_whole => return Ok(None),
                Some(_) => {
                    let waited = self.ended.wait(taken);
                    taken = waited.unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
        let new = Taken {
            sha256: sha256.trim().to_string(),
            is_whole: false,
        };
        taken.insert(name.to_string(), new);
        Ok(Some(Claim {
            claims: self,
            name,
            is_whole: false,
        }))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Taken>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Claim<'_> {
    /// Keeps the name: the file has it now.
    pub(crate) fn keep(mut self) {
        self.is_whole = true;
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let mut taken = self.claims.lock();
        match taken.get_mut(self.name) {
            Some(entry) if self.is_whole => entry.is_whole = true,
            // Another page may offer a file of this name that comes whole.
            _ => drop(taken.remove(self.name)),
        }
        self.claims.ended.notify_all();
    }
}
