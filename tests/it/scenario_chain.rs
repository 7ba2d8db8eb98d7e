//! The whole chain over HTTP, by three officers, nine more members and a buyer, each in a browser of
//! their own and by nothing but pages and forms: join, pool, notice, vote, bargain, ratify, license,
//! deliver, pay, split, statement, audit.

use crate::support::{Browser, Hall, Page, Person};
use guildhall::hall::audit;
use guildhall::kernel::digest::Digest;
use guildhall::kernel::time::{DAY, HOUR};
use guildhall::membership::accounts;

const PASSWORD: &str = "three wise hens";

struct Play {
    hall: Hall,
    /// Steward, negotiator, treasurer.
    officers: [Person; 3],
    members: Vec<Person>,
    buyer: Person,
}

/// Asserts that an act was done and answers where it leads.
fn done(page: &Page) -> String {
    assert_eq!(page.status, 303, "{}", page.text());
    page.location().to_owned()
}

fn c(path: &str) -> String {
    format!("/c/example-callworkers{path}")
}

impl Play {
    fn begin() -> Self {
        let hall = Hall::start();
        let hash = hall.wait(hall.app.hasher.hash(PASSWORD)).expect("a hash");
        let person = |name: &str| {
            let (person, hash) = (hall.person(name), hash.clone());
            let account = person.account.clone();
            hall.write(move |tx| accounts::rehash(tx, &account, &hash)).expect("a password");
            person
        };
        let officers = [person("Ana"), person("Bea"), person("Cia")];
        let members = (0..9).map(|n| person(&format!("Member {n}"))).collect();
        let buyer = person("Bo");
        Self { hall, officers, members, buyer }
    }

    fn ana(&self) -> &Browser {
        &self.officers[0].browser
    }

    fn bea(&self) -> &Browser {
        &self.officers[1].browser
    }

    fn cia(&self) -> &Browser {
        &self.officers[2].browser
    }

    fn bo(&self) -> &Browser {
        &self.buyer.browser
    }

    /// Everybody who votes.
    fn all(&self) -> impl Iterator<Item = &Person> {
        self.officers.iter().chain(&self.members)
    }

    /// Lets time pass; after days everybody has to sign in anew.
    fn pass(&mut self, micros: i64) {
        self.hall.catch_up();
        self.hall.clock.advance(micros);
        self.hall.catch_up();
        for person in self.officers.iter_mut().chain(&mut self.members).chain([&mut self.buyer]) {
            let account = person.account.clone();
            let token = self.hall.write(move |tx| accounts::open_session(tx, &account, "test")).expect("a session");
            person.browser.cookie = Some(format!("session={token}"));
        }
    }

    fn found_and_join(&self) {
        let asked = [("name", "Example Callworkers"), ("purpose", "To bargain as one."), ("currency", "EUR"), ("zone", "Europe/Berlin")];
        assert_eq!(done(&self.ana().send("/coops/new", "/coops", &asked)), c(""));
        for (number, person) in self.all().skip(1).enumerate() {
            done(&person.browser.send(&c("/join"), &c("/join"), &[("evidence", "payslip"), ("note", "Second line.")]));
            let officers: &[&Browser] = if number == 0 { &[self.ana()] } else { &[self.ana(), self.bea()] };
            for officer in officers {
                let page = officer.get(&c("/members"));
                let action = page.body.split("action=\"").filter_map(|rest| rest.split('"').next()).find(|action| action.contains("/applications/")).expect("an application").to_owned();
                done(&officer.submit(&page, &action, &[("verdict", "admit"), ("reason", "Seen.")]));
                let after = officer.get(&c("/members"));
                assert!(!after.body.contains(&action), "who said yes is not asked again: {}", after.text());
            }
            if number == 0 {
                self.give(2, "steward");
                self.give(2, "negotiator");
            }
        }
        self.give(3, "treasurer");
    }

    /// Gives a member, by number, an office on the member's card.
    fn give(&self, number: i64, role: &str) {
        let card = c(&format!("/members/{number}"));
        assert_eq!(done(&self.ana().send(&card, &c("/roles"), &[("role", role), ("change", "give")])), card, "back to the card, where the office is seen");
    }

    fn permit(&self) {
        for person in self.all() {
            for kind in ["mandate", "consent"] {
                for purpose in ["finetune", "evaluate"] {
                    done(&person.browser.post(&c("/mandate"), &[("kind", kind), ("use", purpose), ("change", "give")]));
                }
            }
        }
    }

    /// Two members bring in their own work; a steward attests it and freezes it.
    fn pool(&mut self) {
        for at in 0..2 {
            let person = &self.members[at];
            let lines: String = (0..=at * 2).map(|n| format!("{{\"id\":\"{at}-{n}\",\"text\":\"Case {n} of desk {at}: the caller was heard and the line repaired\"}}\n")).collect();
            let key = person.browser.get(&c("/pool/new")).field("key");
            let batch = done(&person.browser.upload(&c("/batches"), &key, "work.jsonl", lines.as_bytes()));
            let number = at + 1;
            let base = c(&format!("/batches/{number}"));
            assert!(batch.starts_with(&base), "{batch}");
            let toml = "kind = 'transcript'\nkey = '/id'\nlanguage = '=en'\ncontributors = [{ who = '@me', role = 'agent' }]\nparts = { text = '/text' }";
            done(&person.browser.send(&format!("{base}/mapping"), &format!("{base}/mapping"), &[("toml", toml)]));
            done(&person.browser.send(&format!("{base}/basis"), &format!("{base}/basis"), &[("kind", "consent")]));
            done(&person.browser.send(&base, &format!("{base}/import"), &[]));
            self.pass(HOUR);
            done(&self.ana().send(&base, &format!("{base}/screening"), &[("statement", "I read all of it; nobody is named.")]));
        }
        done(&self.ana().send(&c("/corpora/new"), &c("/corpora"), &[("name", "Calls"), ("about", "Calls to a service desk."), ("kinds", "transcript")]));
        done(&self.ana().send(&c("/corpora/calls"), &c("/corpora/calls/freeze"), &[("uses", "finetune")]));
        self.pass(HOUR);
        let sheet = self.hall.visitor().get(&c("/catalogue/calls"));
        assert!(sheet.status == 200 && sheet.has("records 4") && !sheet.has("Member 0"), "{}", sheet.text());
    }

    /// Drafts, notices and decides; `choices` says what the first voters choose, the last choice goes on.
    fn decide(&mut self, number: i64, choices: &[&str]) {
        let base = c(&format!("/proposals/{number}"));
        done(&self.ana().send(&format!("{base}/notice"), &format!("{base}/notice"), &[("password", PASSWORD)]));
        self.pass(7 * DAY + HOUR);
        for (at, person) in self.all().enumerate() {
            let choice = choices.get(at).or(choices.last()).expect("a choice");
            let ballot = format!("{base}/ballot");
            let check = person.browser.send(&ballot, &ballot, &[("choice", choice)]);
            assert_eq!(check.status, 200, "{}", check.text());
            done(&person.browser.submit(&check, &ballot, &[("step", "cast")]));
        }
        let open = self.ana().get(&base);
        assert!(open.has("12 of 12"), "turnout is shown: {}", open.text());
        assert!(!open.body.contains("decision.csv"), "no split before close");
        self.pass(3 * DAY + HOUR);
    }

    fn draft(&self, kind: &str, fields: &[(&str, &str)]) {
        let path = c(&format!("/proposals/new/{kind}"));
        let preview = self.ana().send(&path, &path, fields);
        assert_eq!(preview.status, 200, "{}", preview.text());
        done(&self.ana().submit(&preview, &path, &[("step", "save")]));
    }

    fn vote_terms_floor_and_split(&mut self) {
        self.draft("adopt_terms", &[("title", "On what terms?"), ("text", "As we spoke of."), ("uses", "finetune"), ("territory", "WORLD")]);
        self.decide(1, &["1"]);
        self.draft("set_floor", &[("title", "What is the least?"), ("text", "A record took an hour."), ("use", "finetune"), ("class", "commercial"), ("unit", "record"), ("levels", "10\n20\n30")]);
        // Seven want at least 20, five are content with 10: 20 is what more than half want.
        self.decide(2, &["1", "1", "1", "1", "1", "2"]);
        assert!(self.hall.visitor().get(&c("/tariff")).has("EUR 20"), "the floor is in force: {}", self.hall.visitor().get(&c("/tariff")).text());
        self.draft("adopt_split", &[("title", "Who gets what?"), ("text", "Costs, reserve, the rest by records."), ("costs", "10"), ("reserve", "5"), ("equal", "40"), ("record", "60"), ("word", "0")]);
        self.decide(3, &["1"]);
    }

    fn bargain(&mut self) {
        assert!(self.bo().get(&c("/catalogue/calls")).body.contains("href=\"/buyer\"") && self.bo().get("/home").body.contains("href=\"/buyer\""), "who wants to buy is led to where buyers register");
        done(&self.bo().send("/buyer/new", "/buyer/new", &[("name", "Acme Models"), ("country", "DE"), ("registration", "HRB 7"), ("class", "commercial"), ("purpose", "Assistants for service desks.")]));
        assert!(self.bo().get(&c("")).body.contains(&format!("class=\"act\" href=\"{}\"", c("/catalogue"))), "a buyer is led to the catalogue and not asked to join");
        let request = c("/catalogue/calls/request");
        let asked = |rate: &str| self.bo().send(&request, &request, &[("purpose", "A support assistant."), ("uses", "finetune"), ("territory", "WORLD"), ("rate", rate), ("unit", "record")]);
        let below = asked("19.99");
        assert!(below.status == 422 && below.has("EUR 80.00") && below.field("rate") == "19.99", "below the floor is refused with the numbers: {}", below.text());
        assert_eq!(done(&asked("25")), c("/deals/1"));
        let offer = |who: &Browser, rate: &str| who.send(&c("/deals/1/offers"), &c("/deals/1/offers"), &[("rate", rate), ("unit", "record")]);
        assert_eq!(offer(self.bea(), "19").status, 422, "the cooperative's own negotiator is held to the floor too");
        done(&offer(self.bea(), "40"));
        done(&offer(self.bo(), "30"));
        done(&offer(self.bea(), "33.33"));
        let signed = [("name", "Bo Buyer"), ("role", "Director"), ("authority", "Sole signatory"), ("order_number", "PO-77"), ("password", PASSWORD)];
        done(&self.bo().send(&c("/deals/1/acceptance"), &c("/deals/1/acceptance"), &signed));
        done(&self.bea().send(&c("/deals/1/vote"), &c("/deals/1/vote"), &[]));
        self.decide(4, &["1", "2", "1"]);
        self.pass(8 * DAY);
        assert!(self.bo().get(&c("/deals/1")).has("AGREED") || self.bo().get(&c("/deals/1")).has("Agreed"), "{}", self.bo().get(&c("/deals/1")).text());
    }

    fn license(&self) -> String {
        let path = c("/deals/1/licence");
        done(&self.ana().send(&path, &path, &[("password", PASSWORD)]));
        self.hall.catch_up();
        let record = self.hall.visitor().get(&c("/licences/1"));
        assert!(record.status == 200 && record.has("Acme Models"), "{}", record.text());
        let address = record.body.split("href=\"").filter_map(|rest| rest.split('"').next()).find(|href| href.ends_with(".jwt")).expect("the licence file").to_owned();
        let jwt = self.hall.visitor().get(address.trim_start_matches(&self.hall.url)).body;
        let checked = self.hall.visitor().send("/verify", "/verify", &[("licence", jwt.trim())]);
        assert!(checked.status == 200 && checked.has("Acme Models"), "{}", checked.text());
        jwt
    }

    fn deliver(&self) {
        let base = c("/licences/1");
        let made = self.bo().send(&format!("{base}/tokens"), &format!("{base}/tokens"), &[("kind", "once"), ("label", "first fetch")]);
        assert_eq!(made.status, 201, "the token is shown once: {}", made.text());
        let manifest: serde_json::Value = serde_json::from_str(&self.hall.visitor().get(&c("/catalogue/calls/1/manifest.json")).body).expect("a manifest");
        let named: Vec<(String, String)> = manifest["files"].as_array().expect("files").iter().map(|file| (file["name"].as_str().unwrap_or("").to_owned(), file["sha256"].as_str().unwrap_or("").to_owned())).collect();
        assert!(named.len() >= 2, "{manifest}");
        for (name, digest) in named {
            let action = format!("{base}/files/{name}");
            let fields = made.form(&action, &[]);
            let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            let bytes = self.bo().post_for_bytes(&action, &fields);
            assert_eq!(Digest::of(&bytes).as_str(), digest, "{name} is what the manifest says");
        }
        assert_eq!(self.hall.visitor().get(&format!("{base}/tokens")).status / 100, 3);
    }

    fn pay_and_split(&mut self) {
        let payment = [("licence", "1"), ("amount", "133.32"), ("reference", "ACME PO-77"), ("received_on", "2026-04-10")];
        let check = self.cia().send(&c("/receipts/new"), &c("/receipts"), &payment);
        assert_eq!(check.status, 200, "{}", check.text());
        done(&self.cia().submit(&check, &c("/receipts"), &[("step", "record"), ("password", PASSWORD)]));
        done(&self.cia().send(&c("/receipts/1/run"), &c("/runs"), &[]));
        self.pass(HOUR);
        let release = c("/runs/1/release");
        let own = self.cia().post(&release, &[("password", PASSWORD)]);
        assert!(own.status >= 400, "who proposed a run does not release it");
        done(&self.ana().send(&c("/runs/1"), &release, &[("password", PASSWORD)]));
        self.pass(HOUR);
        // 133.32: 13.33 costs, 6.66 reserve; 113.33 to two contributors, 40% in equal parts and 60% by 1 and 3 records.
        let books = self.hall.visitor().get(&c("/books"));
        assert!(books.has("133.32") && books.has("13.33") && books.has("6.66"), "{}", books.text());
        let earned: Vec<String> = self.members.iter().take(2).map(|person| person.browser.get(&c("/earnings")).text()).collect();
        assert!(earned[0].contains("39.67") && earned[1].contains("73.66"), "{earned:?}");
    }
}

#[test]
fn from_a_workers_record_to_a_workers_payout() {
    let mut play = Play::begin();
    play.found_and_join();
    play.permit();
    play.pool();
    play.vote_terms_floor_and_split();
    play.bargain();
    play.license();
    play.deliver();
    play.pay_and_split();
    let report = play.hall.wait(audit::run(&play.hall.app, None)).expect("an audit");
    assert!(report.is_clean(), "{report}");
}
