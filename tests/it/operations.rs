//! What machines ask: readiness, metrics on an address of their own, a graceful end.

use crate::support::{Browser, Hall};
use guildhall::hall::serve;
use std::net::TcpListener;
use std::sync::atomic::Ordering;

#[test]
fn readiness_turns_first_while_requests_are_still_answered() {
    let hall = Hall::start();
    let machine = hall.visitor();
    assert_eq!((machine.get("/readyz").status, machine.get("/healthz").status), (200, 200));
    hall.app.draining.store(true, Ordering::SeqCst);
    let answer = machine.get("/readyz");
    assert_eq!((answer.status, answer.body.as_str()), (503, "draining\n"));
    assert_eq!(machine.get("/coops").status, 200);
}

#[test]
fn metrics_have_an_address_of_their_own_and_tell_what_waits() {
    let hall = Hall::start();
    let ana = hall.person("Ana");
    hall.coop(&ana, "Callworkers");
    assert_eq!(hall.visitor().get("/metrics").status, 404, "not where everybody looks");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let app = hall.app.clone();
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = serve::metrics_server(&app, listener).expect("a server");
            send.send(server.handle()).expect("the test waits");
            server.await
        })
    });
    let handle = receive.recv().expect("it starts");
    let text = Browser { url, cookie: None }.get("/metrics").body;
    for line in ["# TYPE guildhall_writes_recorded_total counter", "guildhall_mails_late 0", "guildhall_jobs_waiting", "guildhall_draining 0"] {
        assert!(text.contains(line), "{text}");
    }
    let unlinked = text.lines().find_map(|line| line.strip_prefix("guildhall_journal_entries_unlinked ")).expect("a gauge");
    assert!(unlinked.parse::<i64>().expect("a number") >= 2, "{text}");
    assert!(!text.contains("people.example"), "no personal data");
    hall.wait(handle.stop(false));
}

#[test]
fn text_and_data_mining_is_reserved() {
    let hall = Hall::start();
    let answer = hall.visitor().get("/.well-known/tdmrep.json");
    assert!(answer.headers["content-type"].starts_with("application/json"));
    let policy: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
    assert_eq!((policy[0]["location"].as_str(), policy[0]["tdm-reservation"].as_i64()), (Some("/*"), Some(1)));
}
