//! The program itself, as a process: stopped politely, killed, and its database full.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A served hall in a folder of its own, on the embedded database.
struct Served {
    child: Child,
    address: String,
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port()
}

fn guildhall(folder: &Path, port: u16) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guildhall"));
    command.current_dir(folder).env_clear().env("BIND", format!("127.0.0.1:{port}")).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

impl Served {
    fn start(folder: &Path) -> Self {
        let port = free_port();
        let mut child = guildhall(folder, port).arg("serve").spawn().expect("the program");
        let (mut said, mut line) = (BufReader::new(child.stdout.take().expect("output")), String::new());
        said.read_line(&mut line).expect("a line");
        assert!(line.contains(&port.to_string()), "{line}");
        std::thread::spawn(move || said.lines().count());
        let log = BufReader::new(child.stderr.take().expect("a log"));
        std::thread::spawn(move || log.lines().count());
        let address = format!("127.0.0.1:{port}");
        let until = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(&address).is_err() {
            assert!(Instant::now() < until, "it does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { child, address }
    }

    fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([name, &self.child.id().to_string()]).status().expect("kill").success());
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn on_sigterm_a_request_in_flight_is_finished_and_the_end_is_a_success() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut served = Served::start(folder.path());
    let mut slow = TcpStream::connect(&served.address).expect("a connection");
    let body = "email=ana%40people.example&password=x";
    write!(slow, "POST /sign-in HTTP/1.1\r\nHost: {}\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}", served.address, body.len(), &body[..10]).expect("half a request");
    std::thread::sleep(Duration::from_millis(300));
    served.signal("-TERM");
    std::thread::sleep(Duration::from_millis(100));
    let mut ready = TcpStream::connect(&served.address).expect("still listening while readiness says no");
    write!(ready, "GET /readyz HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", served.address).expect("a question");
    let mut answer = String::new();
    ready.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 503") && answer.ends_with("draining\n"), "{answer}");
    std::thread::sleep(Duration::from_millis(400));
    slow.write_all(&body.as_bytes()[10..]).expect("the other half");
    let mut answer = String::new();
    slow.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 "), "the request in flight is answered: {answer}");
    let started = Instant::now();
    let ended = loop {
        if let Some(status) = served.child.try_wait().expect("a child") {
            break status;
        }
        assert!(started.elapsed() < Duration::from_secs(35), "it does not end");
        std::thread::sleep(Duration::from_millis(20));
    };
    assert!(ended.success(), "{ended}");
    assert!(TcpStream::connect(&served.address).is_err(), "nothing listens any more");
}

#[test]
fn audit_from_the_shell_is_clean_on_a_new_hall_and_fails_on_a_changed_one() {
    let folder = tempfile::tempdir().expect("a folder");
    drop(Served::start(folder.path()));
    let run = || guildhall(folder.path(), 1).arg("audit").output().expect("an audit");
    let clean = run();
    let words = String::from_utf8_lossy(&clean.stdout).into_owned();
    assert!(clean.status.success() && words.ends_with("Clean.\n") && ["A1", "A8"].iter().all(|name| words.contains(name)), "{words}");
    let mut conn = <diesel::SqliteConnection as diesel::Connection>::establish(&folder.path().join("data/guildhall.db").display().to_string()).expect("the database");
    let sql = "INSERT INTO outbox (id, recipient, subject, body, queued_at, next_at, attempts) VALUES ('0190a0b0-0000-7000-8000-000000000001', 'x', 'x', 'x', 0, 0, 0)";
    diesel::connection::SimpleConnection::batch_execute(&mut conn, sql).expect("a row");
    let found = run();
    assert_eq!(found.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&found.stdout).contains("mail 0190a0b0-0000-7000-8000-000000000001: was due"));
}
