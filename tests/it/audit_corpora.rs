//! A5 meets its match: on the demonstration's frozen corpora, something is changed past the program.

use crate::support::Hall;
use guildhall::hall::demo::{self, Size};

struct Show {
    hall: Hall,
}

impl Show {
    fn open() -> Self {
        let hall = Hall::start();
        hall.wait(demo::make(hall.app.clone(), hall.clock.clone(), Size::SMALL)).expect("the demonstration");
        hall.catch_up();
        let report = hall.audit();
        assert!(report.is_clean(), "{report}");
        hall.excuse(&["A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8"]);
        Self { hall }
    }

    fn found(&self, sql: &str, words: &str) {
        self.hall.plant(sql);
        let said = self.hall.audit().check("A5").expect("A5").to_string();
        assert!(said.contains(words), "A5 did not name it: {words}\n{said}");
    }
}

#[test]
fn a5_finds_files_manifests_and_records_that_are_not_what_was_frozen() {
    let show = Show::open();
    let blobs = show.hall.folder.path().join("blobs");
    let file: String = show.hall.read(|conn| {
        use diesel::prelude::*;
        use guildhall::platform::db::schema::revision_files::dsl;
        Ok(dsl::revision_files.filter(dsl::name.like("%.parquet")).select(dsl::digest).first(conn)?)
    });
    let path = std::fs::read_dir(&blobs).expect("blobs").map(|coop| coop.expect("a folder").path().join(&file[..2]).join(&file)).find(|path| path.exists()).expect("the blob");
    let mut bytes = std::fs::read(&path).expect("its bytes");
    bytes[40] ^= 1;
    std::fs::write(&path, bytes).expect("one bit turned");
    show.found("SELECT 1", "part-0000.parquet: cannot be read as what it was frozen as");
    std::fs::remove_file(&path).expect("gone");
    show.found("SELECT 1", "part-0000.parquet: cannot be read as what it was frozen as");
    show.found("UPDATE revision_files SET bytes = bytes + 1 WHERE name = 'part-0000.jsonl.gz'", "file part-0000.jsonl.gz: is not in the revision's manifest with this size and hash");
    show.found("DELETE FROM revision_files WHERE name = 'part-0000.parquet'", "file part-0000.parquet: is in the manifest and not kept");
    show.found("UPDATE freezes SET manifest = replace(manifest, '\"title\"', '\"name\"')", "the manifest does not hash to its digest");
    show.found("UPDATE revision_records SET leaf = (SELECT root FROM freezes LIMIT 1) WHERE position = 2", "its records do not make its Merkle root");
}

#[test]
fn a5_finds_records_that_had_no_ground_no_screening_or_no_consent_when_frozen() {
    let show = Show::open();
    show.found(
        "UPDATE authorisations SET at = at + 9000000000000000 WHERE kind = 'consent' AND member_id = (SELECT MIN(member_id) FROM contributors WHERE member_id IN (SELECT member_id FROM authorisations))",
        "was frozen and ought not to have been. Contributor",
    );
    show.found("UPDATE screenings SET at = at + 9000000000000000", "No steward has attested its batch yet.");
    show.found("UPDATE batches SET basis_id = NULL", "Its batch has no ground on which it may be licensed.");
}
