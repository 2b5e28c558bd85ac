//! Names for files that a server chose.
//!
//! A page that names its file `../../etc/x` wants it to be written outside the
//! folder. Such a name is *refused*, not repaired: if you strip `../` from
//! `....//`, you get `../`, and two names that are repaired to the same one
//! overwrite each other.

use unicode_width::UnicodeWidthChar;

use crate::limits::NAME;
use crate::text::is_visible;
use crate::trouble::Trouble;

/// Permitted in a name besides letters and digits. Not among them: separators, and
/// what means something to a shell or to another system's files.
const PERMITTED: &str = " ._-+,'()[]&@#%=~!";

/// Windows opens a device for these, whatever follows behind a dot.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];

/// Returns `name` itself if a file may have this name.
///
/// # Errors
///
/// [`Trouble::Name`] if it is empty, is longer than 200 bytes, does not begin with
/// a letter, a digit or an underscore, ends with a dot or a space, has two dots in
/// a row, is the name of a device on Windows, or has a character other than
/// letters, digits and `` ._-+,'()[]&@#%=~! ``. A letter may be of any script. What
/// cannot be seen is no letter, and no more are the marks that change the direction
/// of text.
///
/// ```
/// assert_eq!(crawl::safe_name("video-07.mp4"), Ok("video-07.mp4"));
/// assert_eq!(crawl::safe_name("Amélie 好.mp4"), Ok("Amélie 好.mp4"));
///
/// let trouble = crawl::safe_name("../../etc/x").unwrap_err();
/// assert_eq!(
///     trouble.to_string(),
///     "the page names its file `../../etc/x`: refused, a name has no slash",
/// );
/// // A file manager would show `gpj.exe` as `exe.jpg`.
/// assert!(crawl::safe_name("photo\u{202e}gpj.exe").is_err());
/// ```
pub fn safe_name(name: &str) -> Result<&str, Trouble> {
    let begins_well = |letter: char| letter.is_alphanumeric() || letter == '_';
    let refused = name.chars().find(|letter| !is_permitted(*letter));
    let why = if name.is_empty() {
        "a name is not empty".to_string()
    } else if name.len() > NAME {
        format!("a name has at most {NAME} bytes")
    } else if name.contains('/') {
        "a name has no slash".to_string()
    } else if let Some(letter) = refused {
        format!("a name has no character U+{:04X}", u32::from(letter))
    } else if name.contains("..") {
        "a name has no two dots in a row".to_string()
    } else if !name.starts_with(begins_well) {
        "a name begins with a letter, a digit or an underscore".to_string()
    } else if name.ends_with(['.', ' ']) {
        "a name does not end with a dot or a space".to_string()
    } else if is_device(name) {
        "that is a device on Windows".to_string()
    } else {
        return Ok(name);
    };
    Err(Trouble::Name(name.to_string(), why))
}

fn is_permitted(letter: char) -> bool {
    // Accents and vowel signs of many scripts have no width of their own.
    let is_mark = letter.width() == Some(0);
    is_visible(letter) && (letter.is_alphanumeric() || is_mark || PERMITTED.contains(letter))
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end();
    let stem = stem.to_ascii_lowercase();
    let (device, number) = stem.split_at_checked(3).unwrap_or((&stem, ""));
    let fits = match device {
        "com" | "lpt" => matches!(number.as_bytes(), [b'0'..=b'9']),
        _ => number.is_empty(),
    };
    fits && DEVICES.contains(&device)
}

#[cfg(test)]
mod tests {
    use super::safe_name;

    /// Names come from a permitted set of characters, and stay in the folder.
    #[test]
    fn hostile_names_are_refused() {
        for name in [
            "",
            ".",
            "..",
            "../x",
            "../../etc/x",
            "/etc/x",
            "a/b",
            "a/",
            r"..\x",
            r"C:\x",
            "C:x",
            "a..b",
            ".hidden",
            "-rf",
            " a",
            "a ",
            "a.",
            "~",
            "*",
            "a;b",
            "$a",
            "a|b",
            "a\0b",
            "a\nb",
            "\u{1b}[2J",
            "a\u{7f}",
            "a\u{a0}b",
            "a\u{202e}b",
            "a\u{200f}b",
            "a\u{2066}b",
            "a\u{200b}b",
            "a\u{3164}b",
            "a\u{fe0f}b",
            "a\u{2215}b",
            "\u{301}a",
            "CON",
            "nul.txt",
            "com1.mp4",
            "lpt9 .mp4",
            &"x".repeat(201),
            &"好".repeat(67),
        ] {
            assert!(safe_name(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn ordinary_names_stay_as_they_are() {
        for name in [
            "video-07.mp4",
            "好.mp4",
            "a b",
            "a%2e%2e%2fx",
            "_x",
            "e\u{301}te\u{301}.mp4",
            "हिन्दी.mp4",
            "ไทย่.mp4",
            "Director's cut (2), [new] #1 & more!.mp4",
            "console.mp4",
            "com.mp4",
            "nully",
            &"x".repeat(200),
        ] {
            assert_eq!(safe_name(name), Ok(name));
        }
    }
}
