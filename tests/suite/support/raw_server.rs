//! A server that answers with the bytes it is told, well-formed or not, over plain TCP or TLS. It writes down what it
//! was asked. Every answer ends its connection.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// One request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// `GET /api/v4/job HTTP/1.1`
    pub(crate) line: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(held, _)| held == name).map(|(_, value)| value.as_str())
    }
}

/// What the server does with a request.
#[derive(Clone)]
pub(crate) enum Act {
    /// Sends this and closes.
    Send(Vec<u8>),
    /// Sends this and resets the connection.
    Reset(Vec<u8>),
    /// Sends this, then the part again and again with the pause between, until the other side is gone.
    Flood { first: Vec<u8>, part: Vec<u8>, pause: Duration },
    /// Says nothing until the other side is gone.
    Silence,
    /// Waits before it sends.
    Late(Duration, Vec<u8>),
}

/// A whole answer with its length.
pub(crate) fn answer(status: u16, headers: &[&str], body: &str) -> Act {
    let mut text = format!("HTTP/1.1 {status} Some Reason\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    for header in headers {
        text.push_str(header);
        text.push_str("\r\n");
    }
    Act::Send(format!("{text}\r\n{body}").into_bytes())
}

pub(crate) struct RawServer {
    pub(crate) address: SocketAddr,
    scheme: &'static str,
    seen: Arc<Mutex<Vec<Seen>>>,
    connections: Arc<AtomicUsize>,
    most_at_once: Arc<AtomicUsize>,
    stopping: Arc<AtomicBool>,
}

type Handler = dyn Fn(usize, &Seen) -> Act + Send + Sync;

struct Shared {
    handler: Box<Handler>,
    tls: Option<Arc<ServerConfig>>,
    seen: Arc<Mutex<Vec<Seen>>>,
    now: AtomicUsize,
    most_at_once: Arc<AtomicUsize>,
}

impl RawServer {
    /// Answers by the number of the request, from 0, and by what it asks.
    pub(crate) fn start(handler: impl Fn(usize, &Seen) -> Act + Send + Sync + 'static) -> Self {
        Self::run(Box::new(handler), None)
    }

    /// Gives these answers in turn, the last one from then on.
    pub(crate) fn scripted(acts: Vec<Act>) -> Self {
        Self::start(move |number, _| acts[number.min(acts.len() - 1)].clone())
    }

    pub(crate) fn always(act: Act) -> Self {
        Self::scripted(vec![act])
    }

    /// With TLS and this certificate.
    pub(crate) fn tls(certificate: CertificateDer<'static>, key: PrivateKeyDer<'static>, act: Act) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        Self::run(Box::new(move |_, _| act.clone()), Some(Arc::new(config)))
    }

    fn run(handler: Box<Handler>, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            scheme: if tls.is_some() { "https" } else { "http" },
            seen: Arc::default(),
            connections: Arc::default(),
            most_at_once: Arc::default(),
            stopping: Arc::default(),
        };
        let (stopping, connections) = (Arc::clone(&server.stopping), Arc::clone(&server.connections));
        let shared = Arc::new(Shared {
            handler,
            tls,
            seen: Arc::clone(&server.seen),
            now: AtomicUsize::new(0),
            most_at_once: Arc::clone(&server.most_at_once),
        });
        thread::spawn(move || {
            for stream in listener.incoming() {
                if stopping.load(Ordering::SeqCst) {
                    return;
                }
                connections.fetch_add(1, Ordering::SeqCst);
                let shared = Arc::clone(&shared);
                // What goes wrong here goes wrong on the other side too, and is judged there.
                thread::spawn(move || stream.map(|stream| shared.serve(stream)));
            }
        });
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// The most requests that waited for their answer at one moment.
    pub(crate) fn most_at_once(&self) -> usize {
        self.most_at_once.load(Ordering::SeqCst)
    }
}

impl Drop for RawServer {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
    }
}

trait Stream: Read + Write {}
impl<S: Read + Write> Stream for S {}

impl Shared {
    fn serve(&self, tcp: TcpStream) -> std::io::Result<()> {
        tcp.set_read_timeout(Some(Duration::from_secs(20)))?;
        let socket = tcp.try_clone()?;
        match &self.tls {
            None => self.talk(tcp, &socket),
            Some(config) => {
                let connection = ServerConnection::new(Arc::clone(config)).map_err(std::io::Error::other)?;
                self.talk(StreamOwned::new(connection, tcp), &socket)
            }
        }
    }

    fn talk(&self, mut stream: impl Stream, socket: &TcpStream) -> std::io::Result<()> {
        let seen = read_request(&mut stream)?;
        let number = {
            let mut all = self.seen.lock().unwrap();
            all.push(seen.clone());
            all.len() - 1
        };
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_at_once.fetch_max(now, Ordering::SeqCst);
        let act = (self.handler)(number, &seen);
        // Counted as over before the answer goes out: after it, the next request may be on its way.
        let done = || self.now.fetch_sub(1, Ordering::SeqCst);
        match act {
            Act::Late(pause, bytes) => {
                thread::sleep(pause);
                done();
                stream.write_all(&bytes)
            }
            act => {
                done();
                perform(act, &mut stream, socket)
            }
        }
    }
}

fn perform(act: Act, stream: &mut impl Stream, socket: &TcpStream) -> std::io::Result<()> {
    match act {
        Act::Send(bytes) | Act::Late(_, bytes) => {
            stream.write_all(&bytes)?;
            stream.flush()
        }
        Act::Reset(bytes) => {
            stream.write_all(&bytes)?;
            stream.flush()?;
            socket2::SockRef::from(socket).set_linger(Some(Duration::ZERO))
        }
        Act::Flood { first, part, pause } => {
            stream.write_all(&first)?;
            loop {
                stream.write_all(&part)?;
                stream.flush()?;
                thread::sleep(pause);
            }
        }
        Act::Silence => {
            let mut rest = [0; 64];
            while stream.read(&mut rest)? > 0 {}
            Ok(())
        }
    }
}

fn read_request(stream: &mut impl Read) -> std::io::Result<Seen> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte)? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut lines = head.lines();
    let line = lines.next().unwrap_or_default().to_owned();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let mut seen = Seen { line, headers, body: Vec::new() };
    let length = seen.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    seen.body.resize(length, 0);
    stream.read_exact(&mut seen.body)?;
    Ok(seen)
}
