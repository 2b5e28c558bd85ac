//! Where a link leads.
//!
//! A crawler follows links that other people wrote. Two rules keep it on the site
//! to which it was sent:
//!
//! - Only `http`: no `file:`, no `javascript:`, no `https` (which would need a
//!   crate that takes longer to compile than all the rest).
//! - Only the site at which it started: the same host and the same port. A
//!   crawler that follows every link crawls the internet. One that runs inside a
//!   company's network would fetch, for the author of the link, what only the
//!   inside may see.
//!
//! So within a site every page has a *path*, `/video/7`, and nothing else needs to
//! be kept or printed. A path is ASCII: other characters are encoded, as they are
//! when the path is sent.

use oxiri::{Iri, IriRef};
use serde::{Deserialize, Serialize};

use crate::limits::LINK;
use crate::trouble::Trouble;

/// A site: the part of an address in front of the path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Origin {
    /// `127.0.0.1:8000`, in small letters; always with the port.
    host_and_port: String,
}

impl Origin {
    /// The site of a whole address, `http://127.0.0.1:8000/index/1`.
    pub(crate) fn of(address: &str) -> Result<Self, Trouble> {
        let bad = || Trouble::BadAddress(address.to_string());
        if address.len() > LINK {
            return Err(bad());
        }
        let iri = Iri::parse(address).map_err(|_| bad())?;
        Self::of_iri(&iri).ok_or_else(bad)
    }

    fn of_iri(iri: &Iri<impl std::ops::Deref<Target = str>>) -> Option<Self> {
        let authority = iri.authority()?.to_ascii_lowercase();
        let (host, port) = match authority.rsplit_once(':') {
            // The colons of `[::1]` belong to the host.
            Some((host, port)) if !port.ends_with(']') => (host, port),
            _ => (authority.as_str(), ""),
        };
        let port: u16 = match port {
            "" => 80,
            port => port.parse().ok()?,
        };
        // A user's name in front of the host only serves to deceive.
        let fits = iri.scheme().eq_ignore_ascii_case("http")
            && !host.is_empty()
            && host.is_ascii()
            && !host.contains('@')
            && port != 0;
        fits.then(|| Origin {
            host_and_port: format!("{host}:{port}"),
        })
    }

    pub(crate) fn host_and_port(&self) -> &str {
        &self.host_and_port
    }

    /// The address of a path.
    pub(crate) fn address(&self, path: &str) -> String {
        format!("http://{}{path}", self.host_and_port)
    }

    /// The path to which `link` leads from the page at the path `page`.
    pub(crate) fn path(&self, page: &str, link: &str) -> Result<String, Trouble> {
        let bad = || Trouble::BadAddress(link.to_string());
        let link = link.trim();
        if link.is_empty() || link.len() > LINK {
            return Err(bad());
        }
        let base = Iri::parse(self.address(page)).map_err(|_| bad())?;
        let relative = IriRef::parse(link).map_err(|_| bad())?;
        let target = base.resolve(&relative).map_err(|_| bad())?;
        match Self::of_iri(&target) {
            Some(origin) if origin == *self => {}
            _ => return Err(Trouble::Elsewhere(link.to_string())),
        }
        let path = match target.path() {
            "" => "/",
            path => path,
        };
        // The part behind `#` is for the browser, not for the server.
        Ok(match target.query() {
            Some(query) => encoded(&format!("{path}?{query}")),
            None => encoded(path),
        })
    }
}

/// A path as it is sent: only ASCII, and nothing invisible.
fn encoded(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            0x21..=0x7e => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// The last part of a path: the name that a file has there.
///
/// ```
/// assert_eq!(crawl::name_of("/files/video-07.mp4?quality=high"), "video-07.mp4");
/// assert_eq!(crawl::name_of("/files/"), "");
/// ```
#[must_use]
pub fn name_of(path: &str) -> &str {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    path.rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Origin;
    use crate::trouble::Trouble;

    #[test]
    fn links_are_resolved_against_their_page() {
        let site = Origin::of("http://127.0.0.1:8000").unwrap();
        for (link, path) in [
            ("/video/7", "/video/7"),
            ("video/7", "/index/video/7"),
            ("../video/7", "/video/7"),
            ("../../../video/7", "/video/7"),
            ("//127.0.0.1:8000/video/7", "/video/7"),
            ("http://127.0.0.1:8000/video/7#comments", "/video/7"),
            ("HTTP://127.0.0.1:8000", "/"),
            ("?page=2", "/index/3?page=2"),
            ("#top", "/index/3"),
            (" /video/7\n", "/video/7"),
            ("/videos/好", "/videos/%E5%A5%BD"),
            ("/videos/%E5%A5%BD", "/videos/%E5%A5%BD"),
            ("/a\u{202e}b?\u{200b}", "/a%E2%80%AEb?%E2%80%8B"),
        ] {
            assert_eq!(site.path("/index/3", link).as_deref(), Ok(path), "{link}");
        }
    }

    #[test]
    fn nothing_leads_away_from_the_site() {
        let site = Origin::of("http://127.0.0.1:8000/index/1").unwrap();
        for link in [
            "http://example.org/",
            "//example.org/",
            "https://127.0.0.1:8000/",
            "http://127.0.0.1:8001/",
            "http://127.0.0.1/",
            "http://127.0.0.1:8000@example.org/",
            "http://me@127.0.0.1:8000/",
            "http://localhost:8000/",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "mailto:a@example.org",
            "data:text/html,x",
        ] {
            let expected = Err(Trouble::Elsewhere(link.to_string()));
            assert_eq!(site.path("/index/3", link), expected);
        }
        for link in [
            "",
            "   ",
            "http://127.0.0.1:8000.example.org/",
            "http://[",
            "/a b",
            "/%zz",
            &"/x".repeat(2000),
        ] {
            let path = site.path("/index/3", link);
            assert!(matches!(path, Err(Trouble::BadAddress(_))), "{link}");
        }
    }

    #[test]
    fn a_site_is_a_host_and_a_port() {
        let of = |address| Origin::of(address).map(|site| site.address("/"));
        for (address, same) in [
            ("http://Example.ORG", "http://example.org:80/"),
            ("http://example.org:80/a?b#c", "http://example.org:80/"),
            ("http://[::1]:8000/a", "http://[::1]:8000/"),
            ("http://[::1]", "http://[::1]:80/"),
        ] {
            assert_eq!(of(address).as_deref(), Ok(same));
        }
        for address in [
            "",
            "127.0.0.1:8000",
            "localhost",
            "ftp://example.org/",
            "https://example.org/",
            "http://",
            "http:///path",
            "http://:80/",
            "http://example.org:0/",
            "http://example.org:99999/",
            "http://me@example.org/",
            "http://me:secret@example.org:80/",
            "http://exa mple.org/",
        ] {
            let bad = Err(Trouble::BadAddress(address.to_string()));
            assert_eq!(of(address), bad, "{address}");
        }
    }
}
