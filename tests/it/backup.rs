//! A backup of a hall in use comes back whole, without the secret file, and says so in the journal.

use crate::support::Hall;
use guildhall::app::App;
use guildhall::config::Config;
use guildhall::hall::backup::{backup, restore};
use guildhall::membership::coops;
use guildhall::platform::clock::Clock;
use guildhall::platform::journal::{self, Chain};
use std::collections::BTreeMap;

fn elsewhere(folder: &std::path::Path) -> Config {
    let path = |name: &str| folder.join(name).display().to_string();
    let settings = [("DATABASE_URL", format!("sqlite:{}", path("new/hall.db"))), ("STORAGE_URL", format!("file:{}", path("new/blobs"))), ("SECRET_FILE", path("new/secret"))];
    Config::read("", settings.into_iter().map(|(k, v)| (k.to_owned(), v)).collect::<BTreeMap<_, _>>()).expect("a configuration")
}

#[test]
fn a_backup_comes_back_whole() {
    let hall = Hall::start();
    let folder = hall.folder.path().join("backup");
    if hall.app.db.is_postgres() {
        assert!(backup(&hall.app.config, &folder).unwrap_err().to_string().contains("its own tools"));
        return;
    }
    let ana = hall.person("Ana");
    let coop = hall.coop(&ana, "Callworkers");
    let id = coop.id.clone();
    let digest = hall.wait(hall.app.blobs.put(&id, b"a pack of records".to_vec())).expect("a blob");
    hall.catch_up();
    let seen = hall.read(|conn| journal::head(conn, &Chain::Hall)).expect("a head");
    backup(&hall.app.config, &folder).expect("a backup");
    assert!(backup(&hall.app.config, &folder).unwrap_err().to_string().contains("not empty"));
    let secret = std::fs::read_to_string(&hall.app.config.secret_file).unwrap();
    let key = secret.split('"').find(|part| part.len() == 64).expect("the hall's key");
    let copied = std::fs::read(folder.join("guildhall.db")).unwrap();
    assert!(!copied.windows(64).any(|some| some == key.as_bytes()), "the secret is not in the backup");

    let config = elsewhere(hall.folder.path());
    let words = hall.wait(restore(config.clone(), &folder)).expect("a restore");
    assert!(words.contains(seen.hash.as_str()), "{words}");
    assert!(hall.wait(restore(config.clone(), &folder)).unwrap_err().to_string().contains("already"));
    let back = App::open(config, Clock::Machine).expect("the restored hall");
    let coops = hall.wait(back.db.read(coops::all)).expect("cooperatives");
    assert_eq!(coops.first().map(|(c, n)| (c.clone(), *n)), Some((coop, 1)));
    assert_eq!(hall.wait(back.blobs.get(&id, &digest)).expect("the blob").as_ref(), b"a pack of records");
    let last = hall.wait(back.db.read(|conn| journal::linked(conn, &Chain::Hall, 0, 1_000))).expect("entries").pop().expect("one");
    assert_eq!(last.0.kind, "restored");
    assert!(last.0.facts.contains(seen.hash.as_str()));
}
