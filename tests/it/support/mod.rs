//! A hall for one test, and people who use it over HTTP.

pub mod books;
pub mod deals;
mod database;
mod forms;
pub mod market;
pub mod plant;
pub mod rows;
pub mod stage;
mod upload;
pub mod votes;
pub mod world;

use actix_web::web::Data;
use guildhall::app::App;
use guildhall::assembly::proposals;
use guildhall::config::Config;
use guildhall::error::Result;
use guildhall::hall::audit::{self, Report};
use guildhall::hall::{serve, worker};
use guildhall::kernel::actor::Actor;
use guildhall::kernel::ids::{AccountId, CoopId};
use guildhall::kernel::matter::{Bylaws, Matter};
use guildhall::kernel::money::Currency;
use guildhall::kernel::time::{Timestamp, Zone};
use guildhall::membership::accounts::{self, Wish};
use guildhall::membership::coops::{self, Coop, Founding, Role};
use guildhall::platform::clock::Clock;
use guildhall::platform::db::{Conn, Tx};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpListener;

/// When every test begins: Monday 2 March 2026, 09:00 UTC.
pub const START: Timestamp = Timestamp(1_772_442_000_000_000);

/// A running hall.
pub struct Hall {
    pub app: App,
    pub clock: Clock,
    pub folder: tempfile::TempDir,
    pub url: String,
    runtime: tokio::runtime::Runtime,
    server: actix_web::dev::ServerHandle,
    excused: RefCell<BTreeSet<&'static str>>,
    database: database::Database,
    stopped: bool,
}

/// A person with an account, and a browser of their own.
pub struct Person {
    pub account: AccountId,
    pub browser: Browser,
}

impl Hall {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let database = database::Database::fresh(folder.path());
        Self::open(folder, database, START)
    }

    /// A hall on the embedded database, whichever the others are on.
    pub fn embedded() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let database = database::Database::copy_of_template(folder.path());
        Self::open(folder, database, START)
    }

    fn open(folder: tempfile::TempDir, database: database::Database, at: Timestamp) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let path = |name: &str| folder.path().join(name).display().to_string();
        let settings = [
            ("DATABASE_URL", database.url.clone()),
            ("STORAGE_URL", format!("file:{}", path("blobs"))),
            ("BIND", url.replace("http://", "")),
            ("MAIL_FOLDER", path("mail")),
            ("SECRET_FILE", path("secret")),
        ];
        let config = Config::read("", settings.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()).expect("a configuration");
        let clock = Clock::manual(at);
        let app = App::open(config, clock.clone()).expect("an app");
        let (send, receive) = std::sync::mpsc::channel();
        let served = app.clone();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = serve::server(&served, listener, 1, Data::default()).expect("a server");
                send.send(server.handle()).expect("the test waits");
                server.await
            })
        });
        let server = receive.recv().expect("the server starts");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { app, clock, folder, url, runtime, server, excused: RefCell::default(), database, stopped: false }
    }

    /// Stops the hall and keeps its database under this folder.
    fn stop_into(mut self, folder: &std::path::Path) -> database::Database {
        self.check();
        self.stopped = true;
        self.runtime.block_on(self.server.stop(false));
        self.database.keep(folder)
    }

    fn check(&self) {
        self.catch_up();
        let excused = self.excused.borrow().clone();
        for check in self.audit().checks.into_iter().filter(|check| !excused.contains(check.name)) {
            assert!(check.is_clean(), "when this hall ended:\n{check}");
        }
    }

    pub fn wait<F: Future>(&self, work: F) -> F::Output {
        self.runtime.block_on(work)
    }

    pub fn write<T: Send + 'static>(&self, act: impl Fn(&mut Tx<'_>) -> Result<T> + Send + 'static) -> Result<T> {
        self.wait(self.app.db.write(act))
    }

    pub fn read<T: Send + 'static>(&self, act: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static) -> T {
        self.wait(self.app.db.read(act)).expect("a read")
    }

    /// Does all background work that is due.
    pub fn catch_up(&self) {
        self.wait(worker::catch_up(&self.app)).expect("background work");
    }

    /// A confirmed account, its session opened by the verb, so that no password is hashed.
    pub fn person(&self, name: &str) -> Person {
        let wish = Wish { email: format!("{}@people.example", name.to_lowercase().replace(' ', ".")), name: name.to_owned(), password: "none".to_owned() };
        let (account, token) = self
            .write(move |tx| {
                let account = accounts::make_confirmed(tx, &wish)?;
                let token = accounts::open_session(tx, &account, "test")?;
                Ok((account, token))
            })
            .expect("an account");
        Person { account, browser: Browser { url: self.url.clone(), cookie: Some(format!("session={token}")) } }
    }

    pub fn visitor(&self) -> Browser {
        Browser { url: self.url.clone(), cookie: None }
    }

    pub fn coop(&self, founder: &Person, name: &str) -> Coop {
        let (actor, name) = (Actor::person(founder.account.clone()), name.to_owned());
        self.write(move |tx| {
            let wish = Founding { name: name.clone(), purpose: "To bargain as one.".into(), currency: Currency::parse("EUR").expect("euro"), zone: Zone::utc(), bylaws: Bylaws::founding() };
            coops::found(tx, &actor, &wish)
        })
        .expect("a cooperative")
    }

    /// Makes somebody a member by the verbs, with an office or none.
    pub fn join(&self, coop: &CoopId, steward: &Person, person: &Person, role: Option<Role>) {
        let (id, officer, actor) = (coop.clone(), Actor::person(steward.account.clone()), Actor::person(person.account.clone()));
        self.write(move |tx| {
            let application = coops::apply(tx, &actor, &id, "payslip", "")?;
            coops::review(tx, &officer, &id, &application, true, "")?;
            let member = coops::standing(tx, &actor, &id)?.member;
            role.map_or(Ok(()), |role| coops::give_role(tx, &officer, &id, &member, role))
        })
        .expect("a member");
    }

    /// Notices a vote on a resolution, after which newcomers are founders no more.
    pub fn notice(&self, coop: &Coop, steward: &Actor) {
        let (id, actor) = (coop.id.clone(), steward.clone());
        self.write(move |tx| {
            let drafted = proposals::draft(tx, &actor, &id, &Matter::Resolve {}, "We have begun", "Noted.")?;
            proposals::give_notice(tx, &actor, &id, &drafted.id, true)
        })
        .expect("a notice");
    }

    /// The bodies of all mails in the folder, by recipient line and text.
    pub fn mails(&self) -> Vec<String> {
        self.catch_up();
        let Ok(files) = std::fs::read_dir(self.folder.path().join("mail")) else { return Vec::new() };
        files.map(|file| std::fs::read_to_string(file.expect("a mail").path()).expect("text").replace("=\r\n", "").replace("=3D", "=")).collect()
    }

    /// What the audit says of this hall.
    pub fn audit(&self) -> Report {
        self.wait(audit::run(&self.app, None)).expect("an audit")
    }

    /// Rows were put into this hall past the program, so these invariants do not hold when it ends.
    pub fn excuse(&self, names: &[&'static str]) {
        self.excused.borrow_mut().extend(names);
    }
}

impl Drop for Hall {
    fn drop(&mut self) {
        if self.stopped {
            return;
        }
        if !std::thread::panicking() {
            self.check();
        }
        self.runtime.block_on(self.server.stop(false));
    }
}

/// The names of all tables, as the migrations' source declares them.
pub fn tables() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/source");
    let mut names: Vec<String> = Vec::new();
    for file in std::fs::read_dir(folder).expect("the migrations' source") {
        let text = std::fs::read_to_string(file.expect("a file").path()).expect("text");
        names.extend(text.split("CREATE TABLE ").skip(1).filter_map(|rest| rest.split(' ').next()).map(str::to_owned));
    }
    names.sort();
    names
}

/// What came back.
pub struct Page {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Page {
    pub fn location(&self) -> &str {
        self.headers.get("location").map_or("", String::as_str)
    }

    pub fn has(&self, text: &str) -> bool {
        self.text().contains(text)
    }

    /// The words of the page without tags, white space folded.
    pub fn text(&self) -> String {
        let html = scraper::Html::parse_document(&self.body);
        html.root_element().text().collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The value of a form field.
    pub fn field(&self, name: &str) -> String {
        let html = scraper::Html::parse_document(&self.body);
        let selector = scraper::Selector::parse(&format!("[name=\"{name}\"]")).expect("a selector");
        html.select(&selector).next().and_then(|e| e.value().attr("value")).unwrap_or_default().to_owned()
    }
}

/// A browser: follows no redirect by itself, sends what browsers send.
#[derive(Clone)]
pub struct Browser {
    pub url: String,
    pub cookie: Option<String>,
}

impl Browser {
    fn agent() -> ureq::Agent {
        ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into()
    }

    pub fn get(&self, path: &str) -> Page {
        let mut request = Self::agent().get(format!("{}{path}", self.url));
        if let Some(cookie) = &self.cookie {
            request = request.header("Cookie", cookie);
        }
        Self::page(request.call())
    }

    /// Sends a form as a page of this site would.
    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.post_with(path, fields, &[("Sec-Fetch-Site", "same-origin")])
    }

    pub fn post_with(&self, path: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Page {
        let mut request = Self::agent().post(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(cookie) = &self.cookie {
            request = request.header("Cookie", cookie);
        }
        let encode = |text: &str| text.bytes().map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") }).collect::<String>();
        let body = fields.iter().map(|(k, v)| format!("{}={}", encode(k), encode(v))).collect::<Vec<_>>().join("&");
        Self::page(request.header("Content-Type", "application/x-www-form-urlencoded").send(body))
    }

    /// Sends a form and takes a file in answer.
    pub fn post_for_bytes(&self, path: &str, fields: &[(&str, &str)]) -> Vec<u8> {
        let mut request = Self::agent().post(format!("{}{path}", self.url)).header("Sec-Fetch-Site", "same-origin");
        if let Some(cookie) = &self.cookie {
            request = request.header("Cookie", cookie);
        }
        let mut answer = request.send_form(fields.iter().copied()).expect("an answer");
        assert_eq!(answer.status().as_u16(), 200, "{path}");
        answer.body_mut().read_to_vec().expect("a file")
    }

    fn page(answer: std::result::Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Page {
        let mut answer = answer.expect("an answer");
        let headers = answer.headers().iter().map(|(k, v)| (k.to_string(), v.to_str().unwrap_or("").to_owned())).collect();
        Page { status: answer.status().as_u16(), headers, body: answer.body_mut().read_to_string().unwrap_or_default() }
    }
}
