//! What went wrong on the way, in our own words (R17): no text of a library, and no address with its query.

use std::error::Error;
use std::io::ErrorKind;
use std::time::Duration;

use rustls::CertificateError;

use crate::app::ports::NoReply;
use crate::domain::origin::Origin;
use crate::domain::verdict::Layer;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    UnknownName,
    Refused,
    NoRoute,
    ConnectTimeout,
    Timeout(Duration),
    Lost,
    CutShort,
    Tls(Tls),
    ProxySignIn,
    Proxy,
    HeadersTooLarge,
    BodyTooLarge,
    Packed,
    NotHttp,
    Other,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tls {
    Expired,
    NotYetValid,
    WrongName,
    UnknownAuthority,
    Revoked,
    Unfit,
    NotSpoken,
    Disagreement,
}

impl Failure {
    /// While the connection was made, the request sent and the head of the answer read.
    pub(super) fn while_asking(error: &reqwest::Error) -> Self {
        if error.is_dns() {
            return Self::UnknownName;
        }
        if error.is_timeout() {
            return Self::ConnectTimeout;
        }
        let told = chain(error).find_map(recognised);
        told.unwrap_or(if error.is_connect() { Self::NoRoute } else { Self::Other })
    }

    /// While the body was read. Whatever breaks there, the answer is not whole.
    pub(super) fn while_reading(error: &reqwest::Error) -> Self {
        match chain(error).find_map(recognised) {
            Some(Self::Tls(tls)) => Self::Tls(tls),
            _ => Self::CutShort,
        }
    }

    /// May the next try bring an answer?
    pub(super) fn is_loss(&self) -> bool {
        matches!(
            self,
            Self::UnknownName
                | Self::Refused
                | Self::NoRoute
                | Self::ConnectTimeout
                | Self::Timeout(_)
                | Self::Lost
                | Self::CutShort
        )
    }

    pub(super) fn told(&self, origin: &Origin) -> NoReply {
        NoReply { layer: self.layer(), text: self.text(origin) }
    }

    fn layer(&self) -> Layer {
        match self {
            Self::HeadersTooLarge | Self::BodyTooLarge | Self::Packed | Self::NotHttp => Layer::UnusableAnswer,
            _ => Layer::Unreachable,
        }
    }

    fn text(&self, origin: &Origin) -> String {
        let host = origin.host();
        match self {
            Self::UnknownName => format!("the name `{host}` is not known to the name service"),
            Self::Refused => format!("`{origin}` refused the connection: nothing listens there"),
            Self::NoRoute => format!("`{origin}` cannot be reached from here"),
            Self::ConnectTimeout => format!("`{origin}` did not accept a connection in time"),
            Self::Timeout(limit) => format!("`{origin}` did not answer within {}", seconds(*limit)),
            Self::Lost => format!("`{origin}` closed the connection before it answered"),
            Self::CutShort => format!("`{origin}` closed the connection in the middle of its answer"),
            Self::Tls(tls) => format!("no trusted connection to `{origin}`: {}", tls.text()),
            Self::ProxySignIn => "the proxy asks for a sign-in (407): its user name and password belong into the \
                                  proxy variable"
                .to_owned(),
            Self::Proxy => format!("the proxy did not open a connection to `{origin}`"),
            Self::HeadersTooLarge => format!("`{origin}` sent more headers than the 64 KiB that are read"),
            Self::BodyTooLarge => format!("`{origin}` sent more than the 8 MiB that are read"),
            Self::Packed => format!("`{origin}` sent a compressed answer that nobody asked for"),
            Self::NotHttp => format!("what `{origin}` sent is not HTTP"),
            Self::Other => format!("the request to `{origin}` failed for a reason that hallpass does not know"),
        }
    }
}

impl Tls {
    fn text(&self) -> &'static str {
        match self {
            Self::Expired => "its certificate has expired (or the clock of this machine is wrong)",
            Self::NotYetValid => "its certificate is not valid yet (or the clock of this machine is wrong)",
            Self::WrongName => "its certificate is for another name",
            Self::UnknownAuthority => {
                "its certificate is self-signed or from an authority that this machine does not know; \
                 `--ca-file` (or `CI_SERVER_TLS_CA_FILE`) names a file with further authorities"
            }
            Self::Revoked => "its certificate was revoked",
            Self::Unfit => {
                "its certificate is damaged or not one for a server; a self-signed one that is marked as an authority \
                 (`CA:TRUE`) cannot be trusted as a server's, whatever file it is named in"
            }
            Self::NotSpoken => "what answers there does not speak TLS",
            Self::Disagreement => "the two sides found no way of TLS that both accept",
        }
    }
}

pub(super) fn seconds(limit: Duration) -> String {
    if limit.subsec_millis() == 0 { format!("{} s", limit.as_secs()) } else { format!("{} ms", limit.as_millis()) }
}

/// The error and everything inside it. An `io::Error` hides what it wraps from `source()`.
fn chain<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| {
        let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        wrapped.map_or_else(|| error.source(), |inner| Some(inner as &(dyn Error + 'static)))
    })
}

fn recognised(error: &(dyn Error + 'static)) -> Option<Failure> {
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return Some(Failure::Tls(tls(error)));
    }
    if let Some(error) = error.downcast_ref::<hyper::Error>() {
        return http(error);
    }
    if let Some(error) = error.downcast_ref::<std::io::Error>() {
        return io(error.kind());
    }
    tunnel(error)
}

fn tls(error: &rustls::Error) -> Tls {
    use rustls::Error as Rustls;
    match error {
        Rustls::InvalidCertificate(error) => certificate(error),
        Rustls::NoCertificatesPresented => Tls::Unfit,
        Rustls::InvalidMessage(_) | Rustls::InappropriateMessage { .. } => Tls::NotSpoken,
        _ => Tls::Disagreement,
    }
}

fn certificate(error: &CertificateError) -> Tls {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Tls::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Tls::NotYetValid,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Tls::WrongName,
        CertificateError::UnknownIssuer | CertificateError::BadSignature => Tls::UnknownAuthority,
        CertificateError::Revoked => Tls::Revoked,
        _ => Tls::Unfit,
    }
}

fn http(error: &hyper::Error) -> Option<Failure> {
    if error.is_parse() {
        // hyper tells the two apart by type only for servers. Should the text change, the more general words are used.
        let too_large = error.to_string().contains("too large");
        return Some(if too_large { Failure::HeadersTooLarge } else { Failure::NotHttp });
    }
    (error.is_incomplete_message() || error.is_closed() || error.is_canceled()).then_some(Failure::Lost)
}

fn io(kind: ErrorKind) -> Option<Failure> {
    match kind {
        ErrorKind::ConnectionRefused => Some(Failure::Refused),
        ErrorKind::NetworkUnreachable
        | ErrorKind::HostUnreachable
        | ErrorKind::NetworkDown
        | ErrorKind::AddrNotAvailable
        | ErrorKind::PermissionDenied => Some(Failure::NoRoute),
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::NotConnected
        | ErrorKind::UnexpectedEof => Some(Failure::Lost),
        ErrorKind::TimedOut => Some(Failure::ConnectTimeout),
        _ => None,
    }
}

/// The type of a tunnel's errors is not exported, so this one is known by its text. What it wraps comes later in the
/// chain and names itself.
fn tunnel(error: &(dyn Error + 'static)) -> Option<Failure> {
    let wraps = error.source().is_some();
    match error.to_string().strip_prefix("tunnel error: ") {
        Some("proxy authorization required") => Some(Failure::ProxySignIn),
        Some(_) if !wraps => Some(Failure::Proxy),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Wrapping(std::io::Error);

    impl std::fmt::Display for Wrapping {
        fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            formatter.write_str("outer")
        }
    }

    impl Error for Wrapping {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    fn found(inner: std::io::Error) -> Option<Failure> {
        chain(&Wrapping(inner)).find_map(recognised)
    }

    #[test]
    fn a_tls_error_is_found_inside_an_io_error() {
        let cases = [
            (CertificateError::Expired, Tls::Expired),
            (CertificateError::NotValidYet, Tls::NotYetValid),
            (CertificateError::NotValidForName, Tls::WrongName),
            (CertificateError::UnknownIssuer, Tls::UnknownAuthority),
            (CertificateError::Revoked, Tls::Revoked),
            (CertificateError::BadEncoding, Tls::Unfit),
        ];
        for (error, expected) in cases {
            let inner = std::io::Error::new(ErrorKind::InvalidData, rustls::Error::InvalidCertificate(error));
            assert_eq!(found(inner), Some(Failure::Tls(expected)));
        }
    }

    #[test]
    fn kinds_of_io_errors_have_their_words() {
        let cases = [
            (ErrorKind::ConnectionRefused, Some(Failure::Refused)),
            (ErrorKind::NetworkUnreachable, Some(Failure::NoRoute)),
            (ErrorKind::ConnectionReset, Some(Failure::Lost)),
            (ErrorKind::OutOfMemory, None),
        ];
        for (kind, expected) in cases {
            assert_eq!(found(kind.into()), expected, "{kind:?}");
        }
    }

    #[test]
    fn certificates_are_never_tried_again_and_losses_are() {
        assert!(!Failure::Tls(Tls::Expired).is_loss());
        assert!(!Failure::ProxySignIn.is_loss());
        assert!(!Failure::BodyTooLarge.is_loss());
        assert!(Failure::Refused.is_loss());
        assert!(Failure::Timeout(Duration::from_secs(1)).is_loss());
    }

    #[test]
    fn the_unknown_authority_comes_with_its_remedy() {
        let told = Failure::Tls(Tls::UnknownAuthority).told(&Origin::parse("https://gitlab.test").unwrap());
        assert_eq!(told.layer, Layer::Unreachable);
        assert!(told.text.contains("`https://gitlab.test`") && told.text.contains("--ca-file"), "{}", told.text);
    }
}
