//! Prism, a proxy that judges requests and answers by GitHub's official API description. `.ci/run` puts it together with
//! the description, cut down to what the sandbox knows; its folder is named by `HALLPASS_PRISM`.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use super::parts;

pub(crate) struct Prism {
    address: String,
    child: Child,
    lines: Receiver<String>,
}

/// As long as a busy machine may need to start it.
const PATIENCE: Duration = Duration::from_secs(60);

impl Prism {
    /// Stands in front of `upstream`; `None` where it is not installed.
    pub(crate) fn before(upstream: &str) -> Option<Self> {
        let folder = parts::folder("HALLPASS_PRISM", "Prism with GitHub's API description")?;
        if !parts::programs(&["node"]) {
            return None;
        }
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut child = Command::new("node")
            .arg(folder.join("node_modules/@stoplight/prism-cli/dist/index.js"))
            .args(["proxy", "-h", "127.0.0.1", "-p", &free.port().to_string()])
            .arg(folder.join("github.json"))
            .arg(upstream)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (sender, lines) = channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let prism = Self { address: free.to_string(), child, lines };
        prism.until("Prism is listening");
        Some(prism)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it had to say against requests and answers since it was last asked. Git and GraphQL are not described.
    pub(crate) fn complaints(&self) -> Vec<String> {
        // It has written about a request before it answers it: what stands before this one is all there is.
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let marker = format!("GET /marker HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address);
        stream.write_all(marker.as_bytes()).unwrap();
        stream.read_to_end(&mut Vec::new()).unwrap();
        let said = self.until("get /marker");
        let wanted = |line: &&String| line.contains("Violation:") && !line.contains("Selected route not found");
        let without_time = |line: &String| line.split("Violation: ").nth(1).unwrap_or_default().to_owned();
        said.iter().filter(wanted).map(without_time).collect()
    }

    /// The lines up to the one with this text.
    fn until(&self, text: &str) -> Vec<String> {
        let mut seen = Vec::new();
        loop {
            let line =
                self.lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no `{text}` from Prism: {seen:#?}"));
            let done = line.contains(text);
            seen.push(line);
            if done {
                return seen;
            }
        }
    }
}

impl Drop for Prism {
    fn drop(&mut self) {
        // It may have ended by itself: then there is nothing to stop.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
