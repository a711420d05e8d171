//! A proxy that leads every name to the sandbox, so that a client can use the names it would use outside.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::TcpStream;

const HEAD_LIMIT: usize = 16 * 1024;

/// What the proxy was asked to connect to.
#[derive(Debug, Default)]
pub(crate) struct Names(Mutex<Vec<String>>);

impl Names {
    pub(crate) fn all(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, name: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(name.to_owned());
    }
}

#[derive(Debug)]
pub(crate) struct Proxy {
    listener: TcpListener,
    address: SocketAddr,
    forge: SocketAddr,
    names: Arc<Names>,
}

impl Proxy {
    pub(crate) fn bind(forge: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, forge, names: Arc::default() })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn names(&self) -> Arc<Names> {
        Arc::clone(&self.names)
    }

    /// Serves for ever; without a proxy it waits for ever.
    pub(crate) async fn serve(proxy: Option<Self>) {
        let Some(proxy) = proxy else { return std::future::pending().await };
        let Ok(listener) = tokio::net::TcpListener::from_std(proxy.listener) else { return };
        loop {
            let Ok((client, _)) = listener.accept().await else { continue };
            let (forge, names) = (proxy.forge, Arc::clone(&proxy.names));
            // A client that hangs up ends its own tunnel and nothing else.
            tokio::spawn(async move { tunnel(client, forge, &names).await });
        }
    }
}

async fn tunnel(mut client: TcpStream, forge: SocketAddr, names: &Names) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() > HEAD_LIMIT {
            return Err(io::ErrorKind::InvalidData.into());
        }
        head.push(client.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut words = head.split(' ');
    let (Some("CONNECT"), Some(name)) = (words.next(), words.next()) else {
        return client.write_all(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n").await;
    };
    names.note(name);
    let mut forge = TcpStream::connect(forge).await?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    copy_bidirectional(&mut client, &mut forge).await?;
    Ok(())
}
