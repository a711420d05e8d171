//! A Git server over HTTPS for real Git: Basic authentication in front of `git http-backend`, with accounts that may read
//! or write. It writes down every request and what was shown with it.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Right {
    Read,
    Write,
}

/// One request, without what it carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) method: String,
    /// With its query.
    pub(crate) path: String,
    /// As it was sent, such as `Basic dXNlcjp0b2tlbg==`.
    pub(crate) authorization: Option<String>,
    pub(crate) status: u16,
}

impl Seen {
    /// User name and token, where both were shown.
    pub(crate) fn shown(&self) -> Option<(String, String)> {
        let text = self.authorization.as_deref()?.strip_prefix("Basic ")?;
        let text = String::from_utf8(STANDARD.decode(text).ok()?).ok()?;
        text.split_once(':').map(|(user, token)| (user.to_owned(), token.to_owned()))
    }
}

struct Site {
    root: PathBuf,
    accounts: HashMap<(String, String), Right>,
    /// Repositories that need no account for reading.
    public: bool,
    challenges: Vec<&'static str>,
    seen: Mutex<Vec<Seen>>,
}

pub(crate) struct GitServer {
    address: SocketAddr,
    site: Arc<Site>,
    stopping: Arc<AtomicBool>,
    ca: PathBuf,
    _folder: tempfile::TempDir,
}

pub(crate) struct Plan {
    accounts: HashMap<(String, String), Right>,
    public: bool,
    challenges: Vec<&'static str>,
}

impl Plan {
    pub(crate) fn new() -> Self {
        Self { accounts: HashMap::new(), public: false, challenges: vec!["Basic realm=\"GitLab\""] }
    }

    pub(crate) fn account(mut self, user: &str, token: &str, right: Right) -> Self {
        self.accounts.insert((user.to_owned(), token.to_owned()), right);
        self
    }

    pub(crate) fn public(mut self) -> Self {
        self.public = true;
        self
    }

    pub(crate) fn challenges(mut self, challenges: &[&'static str]) -> Self {
        self.challenges = challenges.to_vec();
        self
    }

    pub(crate) fn start(self) -> GitServer {
        let Self { accounts, public, challenges } = self;
        let folder = tempfile::tempdir().unwrap();
        let (config, ca_pem) = certificates();
        let ca = folder.path().join("ca.pem");
        std::fs::write(&ca, ca_pem).unwrap();
        let root = folder.path().join("srv");
        std::fs::create_dir(&root).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let site = Arc::new(Site { root, accounts, public, challenges, seen: Mutex::default() });
        let stopping = Arc::new(AtomicBool::new(false));
        let (shared, stop) = (Arc::clone(&site), Arc::clone(&stopping));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let (site, config) = (Arc::clone(&shared), Arc::clone(&config));
                // What goes wrong here goes wrong for Git too, and is judged there.
                thread::spawn(move || stream.map(|stream| site.serve(stream, config)));
            }
        });
        GitServer { address, site, stopping, ca, _folder: folder }
    }
}

impl GitServer {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://{}/{path}", self.address)
    }

    /// The certificate of the authority behind it.
    pub(crate) fn ca(&self) -> &Path {
        &self.ca
    }

    /// Every request so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.site.seen.lock().unwrap().clone()
    }

    pub(crate) fn forget(&self) {
        self.site.seen.lock().unwrap().clear();
    }

    /// A bare repository with one commit.
    pub(crate) fn repository(&self, path: &str) {
        let bare = self.site.root.join(path);
        let work = self.site.root.join("work");
        let git = |folder: &Path, arguments: &[&str]| local_git(folder, arguments);
        git(&self.site.root, &["init", "-q", "--bare", "-b", "main", bare.to_str().unwrap()]);
        git(&bare, &["config", "http.receivepack", "true"]);
        git(&self.site.root, &["init", "-q", "-b", "main", work.to_str().unwrap()]);
        std::fs::write(work.join("README"), "hello\n").unwrap();
        git(&work, &["add", "README"]);
        git(&work, &["commit", "-q", "-m", "first"]);
        git(&work, &["push", "-q", bare.to_str().unwrap(), "main"]);
        std::fs::remove_dir_all(work).unwrap();
    }

    /// Another repository with the same content.
    pub(crate) fn copy(&self, from: &str, to: &str) {
        local_git(&self.site.root, &["clone", "-q", "--bare", from, to]);
    }

    /// A bare repository whose commit holds these repositories as submodules: folder, address, commit of theirs.
    pub(crate) fn repository_with(&self, path: &str, submodules: &[(String, String, String)]) {
        let bare = self.site.root.join(path);
        let work = self.site.root.join("work");
        local_git(&self.site.root, &["init", "-q", "--bare", "-b", "main", bare.to_str().unwrap()]);
        local_git(&self.site.root, &["init", "-q", "-b", "main", work.to_str().unwrap()]);
        let mut modules = String::new();
        for (folder, url, commit) in submodules {
            let _ = write!(modules, "[submodule \"{folder}\"]\n\tpath = {folder}\n\turl = {url}\n");
            local_git(&work, &["update-index", "--add", "--cacheinfo", &format!("160000,{commit},{folder}")]);
        }
        std::fs::write(work.join(".gitmodules"), modules).unwrap();
        local_git(&work, &["add", ".gitmodules"]);
        local_git(&work, &["commit", "-q", "-m", "modules"]);
        local_git(&work, &["push", "-q", bare.to_str().unwrap(), "main"]);
        std::fs::remove_dir_all(work).unwrap();
    }

    /// The commit that `main` of a repository stands at.
    pub(crate) fn head(&self, path: &str) -> String {
        local_git(&self.site.root.join(path), &["rev-parse", "main"]).trim().to_owned()
    }
}

impl Drop for GitServer {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
    }
}

/// Git on the server's own side: no network, no configuration of this machine.
fn local_git(folder: &Path, arguments: &[&str]) -> String {
    let who = [
        ("GIT_AUTHOR_NAME", "a"),
        ("GIT_AUTHOR_EMAIL", "a@b"),
        ("GIT_COMMITTER_NAME", "a"),
        ("GIT_COMMITTER_EMAIL", "a@b"),
    ];
    let output = Command::new("git")
        .current_dir(folder)
        .args(arguments)
        .env_clear()
        .env("PATH", path())
        .env("HOME", folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .envs(who)
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

pub(crate) fn path() -> std::ffi::OsString {
    #[expect(clippy::disallowed_methods, reason = "tests find Git where whoever runs them finds it")]
    std::env::var_os("PATH").unwrap()
}

fn certificates() -> (Arc<ServerConfig>, String) {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let mut ca = CertificateParams::new(Vec::new()).unwrap();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    // With rcgen's default name for both, OpenSSL takes the leaf for self-signed; and two authorities of one name are
    // taken for each other.
    let name = format!("authority {} of the tests", NUMBER.fetch_add(1, Ordering::Relaxed));
    ca.distinguished_name.push(DnType::CommonName, name);
    let ca_key = KeyPair::generate().unwrap();
    let ca_pem = ca.self_signed(&ca_key).unwrap().pem();
    let issuer = Issuer::new(ca, ca_key);
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned(), "localhost".to_owned()]).unwrap();
    let leaf = leaf.signed_by(&key, &issuer).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .unwrap();
    (Arc::new(config), ca_pem)
}

/// A request as it came, its body read to the end.
struct Request {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    fn read(stream: &mut impl std::io::BufRead) -> std::io::Result<Self> {
        let first = line(stream)?;
        let mut words = first.split(' ').map(str::to_owned);
        let (method, path) = words.next().zip(words.next()).ok_or(ErrorKind::UnexpectedEof)?;
        let mut headers = Vec::new();
        loop {
            let text = line(stream)?;
            match text.split_once(':') {
                Some((name, value)) => headers.push((name.to_ascii_lowercase(), value.trim().to_owned())),
                None => break,
            }
        }
        let mut request = Self { method, path, headers, body: Vec::new() };
        if request.header("expect").is_some() {
            return Err(ErrorKind::Unsupported.into());
        }
        if request.header("transfer-encoding") == Some("chunked") {
            loop {
                let size = usize::from_str_radix(&line(stream)?, 16).map_err(|_| ErrorKind::InvalidData)?;
                let start = request.body.len();
                request.body.resize(start + size, 0);
                stream.read_exact(&mut request.body[start..])?;
                line(stream)?;
                if size == 0 {
                    break;
                }
            }
        } else if let Some(length) = request.header("content-length").and_then(|length| length.parse().ok()) {
            request.body.resize(length, 0);
            stream.read_exact(&mut request.body)?;
        }
        Ok(request)
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(held, _)| held == name).map(|(_, value)| value.as_str())
    }
}

fn line(stream: &mut impl std::io::BufRead) -> std::io::Result<String> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end().to_owned())
}

impl Site {
    fn serve(&self, tcp: TcpStream, config: Arc<ServerConfig>) -> std::io::Result<()> {
        tcp.set_read_timeout(Some(Duration::from_secs(20)))?;
        let connection = ServerConnection::new(config).map_err(std::io::Error::other)?;
        let mut stream = BufReader::new(StreamOwned::new(connection, tcp));
        while let Ok(request) = Request::read(&mut stream) {
            let (status, headers, body) = self.answer(&request);
            self.seen.lock().unwrap().push(Seen {
                method: request.method.clone(),
                path: request.path.clone(),
                authorization: request.header("authorization").map(str::to_owned),
                status,
            });
            let mut reply = format!("HTTP/1.1 {status} Some Reason\r\nContent-Length: {}\r\n", body.len());
            for header in headers {
                reply.push_str(&header);
                reply.push_str("\r\n");
            }
            let out = stream.get_mut();
            out.write_all(reply.as_bytes())?;
            out.write_all(b"\r\n")?;
            out.write_all(&body)?;
            out.flush()?;
        }
        Ok(())
    }

    fn answer(&self, request: &Request) -> (u16, Vec<String>, Vec<u8>) {
        let writes = request.path.contains("git-receive-pack");
        let shown = Seen {
            method: String::new(),
            path: String::new(),
            authorization: request.header("authorization").map(str::to_owned),
            status: 0,
        };
        let user = match (&shown.authorization, shown.shown()) {
            (None, _) if self.public && !writes => "nobody".to_owned(),
            (Some(_), Some(account)) => match self.accounts.get(&account) {
                Some(Right::Read) if writes => return (403, Vec::new(), b"You are not allowed to push code".to_vec()),
                Some(_) => account.0,
                None => return self.challenge(),
            },
            _ => return self.challenge(),
        };
        self.backend(request, &user).unwrap_or((500, Vec::new(), Vec::new()))
    }

    fn challenge(&self) -> (u16, Vec<String>, Vec<u8>) {
        let headers = self.challenges.iter().map(|challenge| format!("WWW-Authenticate: {challenge}"));
        (401, headers.collect(), b"HTTP Basic: Access denied.".to_vec())
    }

    fn backend(&self, request: &Request, user: &str) -> std::io::Result<(u16, Vec<String>, Vec<u8>)> {
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let mut command = Command::new("git");
        command.arg("http-backend").env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        command.env("PATH", self::path()).env("GIT_PROJECT_ROOT", &self.root).env("GIT_HTTP_EXPORT_ALL", "1");
        command.env("PATH_INFO", path).env("QUERY_STRING", query).env("REQUEST_METHOD", &request.method);
        command.env("REMOTE_USER", user).env("REMOTE_ADDR", "127.0.0.1");
        command.env("CONTENT_LENGTH", request.body.len().to_string());
        // The repositories belong to whoever runs the tests.
        let safe = [("GIT_CONFIG_COUNT", "1"), ("GIT_CONFIG_KEY_0", "safe.directory"), ("GIT_CONFIG_VALUE_0", "*")];
        command.envs(safe);
        let passed = [
            ("content-type", "CONTENT_TYPE"),
            ("content-encoding", "HTTP_CONTENT_ENCODING"),
            ("git-protocol", "GIT_PROTOCOL"),
        ];
        for (header, variable) in passed {
            if let Some(value) = request.header(header) {
                command.env(variable, value);
            }
        }
        let mut child = command.spawn()?;
        let mut stdin = child.stdin.take().ok_or(ErrorKind::BrokenPipe)?;
        let body = request.body.clone();
        let writer = thread::spawn(move || stdin.write_all(&body));
        let mut output = Vec::new();
        child.stdout.take().ok_or(ErrorKind::BrokenPipe)?.read_to_end(&mut output)?;
        child.wait()?;
        drop(writer.join());
        let end = output.windows(4).position(|window| window == b"\r\n\r\n").ok_or(ErrorKind::InvalidData)?;
        let head = String::from_utf8_lossy(&output[..end]).into_owned();
        let status = head.lines().find_map(|line| line.strip_prefix("Status: ")?.get(..3)?.parse().ok()).unwrap_or(200);
        let headers = head.lines().filter(|line| !line.starts_with("Status:")).map(str::to_owned).collect();
        Ok((status, headers, output.split_off(end + 4)))
    }
}
