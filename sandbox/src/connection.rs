//! One connection: reads requests, asks the forge, sends what comes of it.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::fault::Faults;
use crate::forge::{Answer, Forge, Shown, Standing};
use crate::misbehave::{After, Delivery, Peer, deliver, send};
use crate::record::Recorder;
use crate::reply::Reply;
use crate::request::Request;
use crate::scenario::Clock;

const HEAD_LIMIT: usize = 256 * 1024;
const BODY_LIMIT: usize = 16 * 1024 * 1024;

/// What every connection shares.
pub(crate) struct Service {
    pub(crate) forge: Box<dyn Forge>,
    pub(crate) faults: Arc<Faults>,
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) clock: Clock,
    /// Relative URL root, empty or starting with a slash.
    pub(crate) root: String,
    pub(crate) latency: Duration,
}

/// Serves until the client leaves. Errors are the client's doing (or a fault's) and end only this connection.
pub(crate) async fn serve(mut peer: impl Peer, service: Arc<Service>) -> io::Result<()> {
    let mut waiting = Vec::new();
    while let Some((request, keep)) = read_request(&mut peer, &mut waiting).await? {
        let in_flight = service.recorder.enter();
        if !service.latency.is_zero() {
            tokio::time::sleep(service.latency).await;
        }
        let head_only = request.method == "HEAD";
        let delivery = service.delivery(request, keep);
        let after = send(&mut peer, delivery, head_only).await?;
        drop(in_flight);
        match after {
            After::NextRequest if keep => {}
            After::NextRequest | After::OrderlyEnd => break,
            After::Cut => return Ok(()),
        }
    }
    peer.shutdown().await
}

impl Service {
    fn delivery(&self, mut request: Request, keep: bool) -> Delivery {
        let Answer { mut reply, shown, mut standing } = match self.without_root(&request.path) {
            Some(path) => {
                request.path = path;
                self.forge.answer(&request)
            }
            None => outside_of_root(&self.root),
        };
        let stamp = |reply: &mut Reply| self.clock.stamp(reply);
        stamp(&mut reply);
        if !keep {
            // Unsaid, a client may put its next request on a connection that is about to end.
            reply.set("Connection", "close");
        }
        self.clock.charge(self.forge.as_ref(), &request, &mut reply);
        let delivery = match self.faults.for_request(&request) {
            None => Delivery::Whole(reply),
            Some(fault) => {
                // Whoever planned the whole answer planned the request.
                if standing == Standing::Unplanned && !fault.keeps_the_answer() {
                    standing = Standing::Planned;
                }
                match deliver(fault, reply) {
                    Delivery::Whole(mut reply) => {
                        stamp(&mut reply);
                        Delivery::Whole(reply)
                    }
                    other => other,
                }
            }
        };
        self.recorder.note(&request, &shown, standing, delivery.status());
        delivery
    }

    fn without_root(&self, path: &str) -> Option<String> {
        let rest = path.strip_prefix(&self.root)?;
        (rest.is_empty() || rest.starts_with('/')).then(|| rest.to_owned())
    }
}

fn outside_of_root(root: &str) -> Answer {
    let text = format!("sandbox: this forge lives under {root}\n");
    Answer { reply: Reply::text(501, &text), shown: Shown::default(), standing: Standing::Unplanned }
}

/// The next request and whether the client wants to go on after it; `None` when the client is done.
async fn read_request(peer: &mut impl Peer, waiting: &mut Vec<u8>) -> io::Result<Option<(Request, bool)>> {
    let end = loop {
        if let Some(at) = find(waiting, b"\r\n\r\n") {
            break at;
        }
        if waiting.len() > HEAD_LIMIT {
            return Err(invalid("head too long"));
        }
        if fill(peer, waiting).await? == 0 {
            return if waiting.is_empty() { Ok(None) } else { Err(invalid("head cut short")) };
        }
    };
    let head = String::from_utf8_lossy(&waiting[..end]).into_owned();
    waiting.drain(..end + 4);
    let mut request = parse_head(&head)?;
    if request.header("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue")) {
        peer.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
    }
    request.body = read_body(peer, waiting, &request).await?;
    let keep = !request.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
    Ok(Some((request, keep)))
}

fn parse_head(head: &str) -> io::Result<Request> {
    let mut lines = head.split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (Some(method), Some(target), Some(_version)) = (words.next(), words.next(), words.next()) else {
        return Err(invalid("no request line"));
    };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    Ok(Request { method: method.to_owned(), path: path.to_owned(), query: query.to_owned(), headers, body: Vec::new() })
}

async fn read_body(peer: &mut impl Peer, waiting: &mut Vec<u8>, request: &Request) -> io::Result<Vec<u8>> {
    if request.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
        return read_chunks(peer, waiting).await;
    }
    let length = match request.header("content-length") {
        None => 0,
        Some(text) => text.parse().map_err(|_| invalid("content length"))?,
    };
    take(peer, waiting, length).await
}

async fn read_chunks(peer: &mut impl Peer, waiting: &mut Vec<u8>) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = loop {
            match find(waiting, b"\r\n") {
                Some(at) => break at,
                None if fill(peer, waiting).await? == 0 => return Err(invalid("chunk cut short")),
                None => {}
            }
        };
        let line = String::from_utf8_lossy(&waiting[..end]).into_owned();
        waiting.drain(..end + 2);
        let digits = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(digits, 16).map_err(|_| invalid("chunk size"))?;
        let chunk = take(peer, waiting, size.saturating_add(2)).await?;
        if size == 0 {
            return Ok(body);
        }
        body.extend(&chunk[..size]);
    }
}

async fn take(peer: &mut impl Peer, waiting: &mut Vec<u8>, length: usize) -> io::Result<Vec<u8>> {
    if length > BODY_LIMIT {
        return Err(invalid("body too long"));
    }
    while waiting.len() < length {
        if fill(peer, waiting).await? == 0 {
            return Err(invalid("body cut short"));
        }
    }
    Ok(waiting.drain(..length).collect())
}

async fn fill(peer: &mut impl Peer, waiting: &mut Vec<u8>) -> io::Result<usize> {
    let mut piece = [0; 8192];
    let count = peer.read(&mut piece).await?;
    waiting.extend(&piece[..count]);
    Ok(count)
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
