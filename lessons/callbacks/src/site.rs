//! A website to be crawled, on this machine, until Ctrl-C.
//!
//! Open it in a browser. Watch how long each page takes, and which ones fail.
use std::net::{SocketAddr, ToSocketAddrs};

use ::site::Site;
use shared::prelude::*;
use stage::frame::{Opt, Value, option};

pub const OPTIONS: &[Opt] = &[Opt::new(
    "addr",
    Value::Address,
    "where to serve it; if not given, at a free port",
)];

pub fn main() -> Result {
    let mut builder = Site::builder();
    if let Some(given) = option("addr") {
        builder = builder.address(address(&given)?);
    }
    let site = builder.start()?;
    let url = site.url();
    say!("to begin with:  {url}/");
    say!("a list:         {url}/index/1");
    say!("a video:        {url}/video/7");
    say!("its file:       {url}/files/video-07.mp4");
    say!("a movie board:  {url}/board/1");
    say!("too slow:       {url}/video/9");
    say!("no answer:      {url}/video/26");
    say!("Ctrl-C ends it");
    loop {
        // The site has threads of its own.
        std::thread::park();
    }
}

/// A name such as `localhost` stands for an address.
fn address(given: &str) -> Result<SocketAddr> {
    let mut found = given.to_socket_addrs().ok().into_iter().flatten();
    found.next().ok_or_else(|| {
        format!("{given} is no address of a machine: try --addr 127.0.0.1:8000").into()
    })
}
