//! Names for files, when somebody else chose them.
//!
//! A page that names its file `../../etc/x` wants it to be written outside of the
//! folder. Such a name is *refused*. It is not repaired: whoever strips `../` from
//! `....//` makes `../` of it, and two names that are repaired to the same one
//! overwrite each other.

use crate::Trouble;

/// Most systems allow 255 bytes; a temporary name needs some more than the name.
const LONGEST: usize = 200;

/// `name` itself, if a file may be called so.
///
/// # Errors
///
/// [`Trouble::Name`] if it is empty, begins with a dot, is longer than 200 bytes,
/// or has a slash, a backslash, two dots in a row, or a control character.
///
/// ```
/// assert_eq!(crawl::safe_name("video-07.mp4"), Ok("video-07.mp4"));
///
/// let trouble = crawl::safe_name("../../etc/x").unwrap_err();
/// assert_eq!(
///     trouble.to_string(),
///     "the page names its file `../../etc/x`: refused, a name has no slash",
/// );
/// ```
pub fn safe_name(name: &str) -> Result<&str, Trouble> {
    let why = if name.is_empty() {
        "a name is not empty"
    } else if name.contains('/') {
        "a name has no slash"
    } else if name.contains('\\') {
        "a name has no backslash"
    } else if name.contains("..") {
        "a name has no two dots in a row"
    } else if name.starts_with('.') {
        "a name does not begin with a dot"
    } else if name.chars().any(char::is_control) {
        "a name has no control characters"
    } else if name.len() > LONGEST {
        "a name has at most 200 bytes"
    } else {
        return Ok(name);
    };
    Err(Trouble::Name(name.to_string(), why.to_string()))
}

#[cfg(test)]
mod tests {
    use super::safe_name;

    #[test]
    fn what_leads_out_of_the_folder_is_refused() {
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
            "a..b",
            ".hidden",
            "a\0b",
            "a\nb",
            "\u{1b}[2J",
            "a\u{7f}",
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
            "%2e%2e%2fx",
            &"x".repeat(200),
        ] {
            assert_eq!(safe_name(name), Ok(name));
        }
    }
}
