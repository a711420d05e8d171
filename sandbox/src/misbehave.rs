//! Sends an answer, whole or spoilt.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use crate::fault::Fault;
use crate::gzip_bomb::gzip_bomb;
use crate::reply::Reply;

/// What a fault makes of an answer.
pub(crate) enum Delivery {
    Whole(Reply),
    Late(Reply, Duration),
    Drip(Reply, Duration),
    Broken(Reply, Break),
    Silent,
    Close,
    Reset,
    NotHttp,
    Endless,
}

pub(crate) enum Break {
    ResetInBody,
    CloseInHead,
    CloseInBody,
}

impl Delivery {
    /// The status a client may get to see, 0 for none.
    pub(crate) fn status(&self) -> u16 {
        match self {
            Delivery::Whole(reply)
            | Delivery::Late(reply, _)
            | Delivery::Drip(reply, _)
            | Delivery::Broken(reply, _) => reply.status,
            Delivery::Endless => 200,
            Delivery::Silent | Delivery::Close | Delivery::Reset | Delivery::NotHttp => 0,
        }
    }
}

pub(crate) fn deliver(fault: &Fault, reply: Reply) -> Delivery {
    let whole = Delivery::Whole;
    match fault {
        Fault::Status { code, headers, body } => {
            let content_type = if body.starts_with(['{', '[']) { "application/json" } else { "text/plain" };
            let reply = Reply::bytes(*code, content_type, body.clone().into_bytes());
            whole(headers.iter().fold(reply, |reply, (name, value)| reply.with(name, value)))
        }
        Fault::TooManyRequests { retry_after } => {
            let reply = Reply::text(429, "Retry later\n");
            whole(match retry_after {
                Some(value) => reply.with("Retry-After", value),
                None => reply,
            })
        }
        Fault::SignInPage { code } => whole(Reply::bytes(*code, "text/html; charset=utf-8", SIGN_IN_PAGE.into())),
        Fault::Redirect { code, to } => whole(Reply::text(*code, "").with("Location", to)),
        Fault::InvalidJson => whole(Reply::bytes(200, "application/json", br#"{"id": 1, "name": "cut"#.to_vec())),
        Fault::EmptyBody => whole(Reply::bytes(200, "application/json", Vec::new())),
        Fault::GzipBomb { mib } => {
            whole(Reply::bytes(200, "application/json", gzip_bomb(*mib)).with("Content-Encoding", "gzip"))
        }
        Fault::DeepNesting { depth } => {
            whole(Reply::bytes(200, "application/json", ["[".repeat(*depth), "]".repeat(*depth)].concat().into_bytes()))
        }
        Fault::WrongContentType { content_type } => whole(reply.with("Content-Type", content_type)),
        Fault::AddHeaders { headers } => {
            whole(headers.iter().fold(reply, |reply, (name, value)| reply.with(name, value)))
        }
        Fault::HugeHeaders { bytes } => whole(reply.with("X-Padding", "x".repeat(*bytes))),
        Fault::Latency { ms } => Delivery::Late(reply, Duration::from_millis(*ms)),
        Fault::SlowDrip { interval_ms } => Delivery::Drip(reply, Duration::from_millis(*interval_ms)),
        Fault::ResetInBody => Delivery::Broken(reply, Break::ResetInBody),
        Fault::HalfHead => Delivery::Broken(reply, Break::CloseInHead),
        Fault::TruncatedBody => Delivery::Broken(reply, Break::CloseInBody),
        Fault::ResetBeforeReply => Delivery::Reset,
        Fault::CloseWithoutReply => Delivery::Close,
        Fault::Silent => Delivery::Silent,
        Fault::NotHttp => Delivery::NotHttp,
        Fault::EndlessBody => Delivery::Endless,
    }
}

const SIGN_IN_PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head>\
<body><form action=\"/users/sign_in\" method=\"post\"><input name=\"user[login]\"></form></body></html>\n";

/// A connection that can be cut so that the other side sees a reset instead of an orderly end.
pub(crate) trait Peer: AsyncRead + AsyncWrite + Unpin + Send {
    fn reset_on_drop(&self) -> io::Result<()>;
}

impl Peer for TcpStream {
    fn reset_on_drop(&self) -> io::Result<()> {
        self.set_zero_linger()
    }
}

impl Peer for TlsStream<TcpStream> {
    fn reset_on_drop(&self) -> io::Result<()> {
        self.get_ref().0.set_zero_linger()
    }
}

/// What becomes of the connection after an answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum After {
    NextRequest,
    OrderlyEnd,
    /// Drop it as it is: a reset must not be preceded by an orderly end.
    Cut,
}

pub(crate) async fn send(peer: &mut impl Peer, delivery: Delivery, head_only: bool) -> io::Result<After> {
    match delivery {
        Delivery::Whole(reply) => {
            send_whole(peer, &reply, head_only).await?;
            Ok(After::NextRequest)
        }
        Delivery::Late(reply, wait) => {
            tokio::time::sleep(wait).await;
            send_whole(peer, &reply, head_only).await?;
            Ok(After::NextRequest)
        }
        Delivery::Drip(reply, interval) => {
            let mut bytes = reply.head(Some(reply.body.len()));
            bytes.extend(if head_only { Vec::new() } else { reply.body });
            for byte in bytes {
                peer.write_all(&[byte]).await?;
                peer.flush().await?;
                tokio::time::sleep(interval).await;
            }
            Ok(After::NextRequest)
        }
        Delivery::Broken(reply, how) => {
            send_broken(peer, &reply, &how).await?;
            Ok(if matches!(how, Break::ResetInBody) { After::Cut } else { After::OrderlyEnd })
        }
        Delivery::Silent => {
            std::future::pending::<()>().await;
            Ok(After::OrderlyEnd)
        }
        Delivery::Close => Ok(After::OrderlyEnd),
        Delivery::Reset => {
            peer.reset_on_drop()?;
            Ok(After::Cut)
        }
        Delivery::NotHttp => {
            peer.write_all(b"220 this is no web server\r\n").await?;
            Ok(After::OrderlyEnd)
        }
        Delivery::Endless => {
            let reply = Reply::bytes(200, "application/json", Vec::new());
            peer.write_all(&reply.with("Connection", "close").head(None)).await?;
            peer.write_all(b"[").await?;
            let piece = b"{\"id\":1},".repeat(4096);
            loop {
                peer.write_all(&piece).await?;
            }
        }
    }
}

async fn send_whole(peer: &mut impl Peer, reply: &Reply, head_only: bool) -> io::Result<()> {
    let mut bytes = reply.head(Some(reply.body.len()));
    if !head_only {
        bytes.extend(&reply.body);
    }
    peer.write_all(&bytes).await?;
    peer.flush().await
}

async fn send_broken(peer: &mut impl Peer, reply: &Reply, how: &Break) -> io::Result<()> {
    let body = &reply.body;
    // An empty body would leave nothing to cut: promise some bytes more than there are.
    let head = reply.head(Some(body.len() + 64));
    let half = match how {
        Break::CloseInHead => head[..head.len() / 2].to_vec(),
        Break::ResetInBody | Break::CloseInBody => [&head[..], &body[..body.len() / 2]].concat(),
    };
    peer.write_all(&half).await?;
    peer.flush().await?;
    if matches!(how, Break::ResetInBody) {
        // A reset throws away what the client has not read yet, so give it time to read the first half.
        tokio::time::sleep(Duration::from_millis(20)).await;
        peer.reset_on_drop()?;
    }
    Ok(())
}
