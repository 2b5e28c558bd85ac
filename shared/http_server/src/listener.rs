//! The settings of a server: where it listens, and with which limits.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use socket2::{Domain, Protocol, Socket, Type};

use crate::address::local;
use crate::limits::Limits;
use crate::reply::Reply;
use crate::request::Request;
use crate::server::{Acceptor, Server};
use crate::slots::Slots;
use crate::warning::Warning;

/// How many clients may wait to be accepted. With the standard library's 128, some
/// of 200 clients would have to try again a second later.
const BACKLOG: i32 = 1024;

/// A bound address, on which a server can be started. Clients can connect already;
/// they are answered when the server has started.
#[must_use = "`start` makes a server of it"]
pub struct Listener {
    listener: TcpListener,
    spare: Socket,
    limits: Limits,
    name: String,
    warn: Box<dyn Fn(&Warning) + Send>,
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener")
            .field("listener", &self.listener)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl Listener {
    /// Binds to an address. With port 0 the system chooses a free one.
    ///
    /// # Errors
    ///
    /// If the address is in use or is not one of this machine.
    ///
    /// ```
    /// use std::io::ErrorKind;
    /// use http_server::Listener;
    ///
    /// let first = Listener::bind(([127, 0, 0, 1], 0).into())?;
    /// let second = Listener::bind(first.address()?);
    /// assert_eq!(second.unwrap_err().kind(), ErrorKind::AddrInUse);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = || {
            let domain = Domain::for_address(address);
            Socket::new(domain, Type::STREAM, Some(Protocol::TCP))
        };
        let listener = socket()?;
        // Connections that have ended must not keep the port.
        #[cfg(unix)]
        listener.set_reuse_address(true)?;
        listener.bind(&address.into())?;
        listener.listen(BACKLOG)?;
        Ok(Listener {
            listener: listener.into(),
            spare: socket()?,
            limits: Limits::default(),
            name: "http".to_string(),
            warn: Box::new(|warning| eprintln!("warning: {warning}")),
        })
    }

    /// Sets the limits.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets the name of the server's threads.
    pub fn named(mut self, name: &str) -> Self {
        self.name = name.to_string();
        self
    }

    /// Calls this with every warning, instead of printing it to standard error.
    pub fn on_warning(mut self, warn: impl Fn(&Warning) + Send + 'static) -> Self {
        self.warn = Box::new(warn);
        self
    }

    /// The address at which it listens.
    ///
    /// # Errors
    ///
    /// If the system cannot tell.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// The address for clients on this machine: a server that listens everywhere
    /// is found on loopback.
    ///
    /// # Errors
    ///
    /// If the system cannot tell.
    pub fn local_address(&self) -> io::Result<SocketAddr> {
        self.address().map(local)
    }

    /// Starts the server. `handler` is called for every GET and HEAD request,
    /// on the thread of its connection. If it panics, its client gets status
    /// 500, and the server goes on.
    ///
    /// # Errors
    ///
    /// If the system refuses to start a thread.
    pub fn start(
        self,
        handler: impl Fn(&Request, &mut Reply<'_>) -> io::Result<()> + Send + Sync + 'static,
    ) -> io::Result<Server> {
        let acceptor = Acceptor {
            name: self.name,
            slots: Arc::new(Slots::new(self.limits)),
            warn: self.warn,
            handler: Arc::new(handler),
        };
        Server::start(self.listener, self.spare, acceptor)
    }
}
