//! What waits in membership: applications, standing, complaints.

use super::{Place, Task, short};
use crate::error::Result;
use crate::membership::coops::{self, Role, StandingKind, State, conduct, standing};
use crate::membership::complaints;
use crate::platform::db::Conn;

pub(super) fn tasks(conn: &mut Conn, place: &Place<'_>) -> Result<Vec<Task>> {
    let (coop, reader) = (&place.coop.id, place.reader);
    let mut tasks = Vec::new();
    if reader.state == State::Suspended && conduct::may_appeal(&standing::history(conn, coop, &reader.member)?, place.now).is_ok() {
        tasks.push(Task { queue: "", words: "You are suspended: read why, and appeal within 30 days".to_owned(), link: place.link(&format!("/members/{}", reader.number)), at: place.now, mine: true });
    }
    if !reader.is_in() || reader.roles.is_empty() {
        return Ok(tasks);
    }
    if place.may(Role::Steward) {
        for (application, _) in coops::open_applications(conn, coop)? {
            let mine = !coops::reviewed_by(conn, coop, &application.id, &reader.member)?;
            tasks.push(Task { queue: "Applications", words: format!("Look at the application of {}", application.name), link: place.link("/members"), at: application.at, mine });
        }
    }
    for (number, kind, at) in standing::open_cases(conn, coop, place.now)? {
        let member = coops::people::row(conn, coop, number)?.id;
        let history = standing::history(conn, coop, &member)?;
        let (words, mine) = if kind == StandingKind::Appealed {
            (format!("Rule on the appeal of member no. {number}"), conduct::may_rule(&reader.member, &member, &history).is_ok())
        } else {
            (format!("Agree, or not, to put member no. {number} out"), conduct::may_second(&reader.member, &member, &history, place.now).is_ok())
        };
        tasks.push(Task { queue: "Standing", words, link: place.link(&format!("/members/{number}")), at, mine });
    }
    for complaint in complaints::visible(conn, coop, reader)?.into_iter().filter(|c| c.answer.is_none() && c.member != reader.member) {
        let words = format!("Answer complaint no. {}: {}", complaint.number, short(&complaint.subject));
        tasks.push(Task { queue: "Complaints", words, link: place.link(&format!("/complaints/{}", complaint.number)), at: complaint.at, mine: true });
    }
    Ok(tasks)
}
