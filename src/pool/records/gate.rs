//! What the gate needs to know of records at one instant, read together: the ground and screening of
//! every batch, and what every member permits. The rule itself is [`super::rules::may_enter`].

use super::rules::{BasisKind, Facts, Permits, Reason, may_enter};
use super::shelf::{Holder, Row};
use crate::error::Result;
use crate::kernel::ids::{BatchId, CoopId, MemberId, RecordId};
use crate::kernel::terms::Use;
use crate::kernel::time::Timestamp;
use crate::platform::db::Conn;
use crate::platform::db::schema::{authorisation_withdrawals, authorisations, bases, batches, screenings};
use diesel::prelude::*;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Grounds, screenings and permissions of one cooperative at one instant.
#[derive(Clone, Debug, Default)]
pub struct Gate {
    batches: HashMap<BatchId, (Option<BasisKind>, bool)>,
    members: HashMap<MemberId, Permits>,
}

impl Gate {
    /// The gate as it stood at `at`.
    ///
    /// # Errors
    /// When the database does.
    pub fn at(conn: &mut Conn, coop: &CoopId, at: Timestamp) -> Result<Self> {
        let rows: Vec<(BatchId, Option<BasisKind>, Option<Timestamp>)> = batches::table
            .left_join(bases::table.on(bases::coop_id.eq(batches::coop_id).and(batches::basis_id.eq(bases::id.nullable()))))
            .left_join(screenings::table.on(screenings::coop_id.eq(batches::coop_id).and(screenings::batch_id.eq(batches::id))))
            .filter(batches::coop_id.eq(coop))
            .select((batches::id, bases::kind.nullable(), screenings::at.nullable()))
            .load(conn)?;
        let batches = rows.into_iter().map(|(id, basis, screened)| (id, (basis, screened.is_some_and(|s| s <= at)))).collect();
        let given: Vec<(MemberId, String, String)> = authorisations::table
            .left_join(
                authorisation_withdrawals::table
                    .on(authorisation_withdrawals::coop_id.eq(authorisations::coop_id).and(authorisation_withdrawals::authorisation_id.eq(authorisations::id))),
            )
            .filter(authorisations::coop_id.eq(coop).and(authorisations::at.le(at)))
            .filter(authorisation_withdrawals::effective_at.nullable().is_null().or(authorisation_withdrawals::effective_at.nullable().gt(Some(at))))
            .select((authorisations::member_id, authorisations::kind, authorisations::purpose))
            .load(conn)?;
        let mut members: HashMap<MemberId, Permits> = HashMap::new();
        for (member, kind, purpose) in given {
            let permits = members.entry(member).or_default();
            let Some(purpose) = Use::parse(&purpose) else { continue };
            match kind.as_str() {
                "mandate" => permits.mandate.insert(purpose),
                "consent" => permits.consent.insert(purpose),
                _ => false,
            };
        }
        Ok(Self { batches, members })
    }

    /// The facts of one record with these contributors.
    #[must_use]
    pub fn facts(&self, batch: &BatchId, people: &[Holder], out: bool) -> Facts {
        let (basis, screened) = self.batches.get(batch).copied().unwrap_or_default();
        let permits = |holder: &Holder| match &holder.member {
            None => Permits::default(),
            Some(member) => Permits { known: true, ..self.members.get(member).cloned().unwrap_or_default() },
        };
        Facts { basis, screened, out, people: people.iter().map(permits).collect() }
    }

    /// The facts of each of these records (at most 1,000).
    ///
    /// # Errors
    /// When the database does.
    pub fn facts_of(&self, conn: &mut Conn, coop: &CoopId, rows: &[Row]) -> Result<Vec<Facts>> {
        let ids: Vec<RecordId> = rows.iter().map(|row| row.id.clone()).collect();
        let out: HashSet<RecordId> = super::shelf::out(conn, coop, &ids)?.into_iter().collect();
        let mut people: HashMap<RecordId, Vec<Holder>> = HashMap::new();
        for holder in super::shelf::holders(conn, coop, &ids)? {
            people.entry(holder.record.clone()).or_default().push(holder);
        }
        let none = Vec::new();
        Ok(rows.iter().map(|row| self.facts(&row.batch, people.get(&row.id).unwrap_or(&none), out.contains(&row.id))).collect())
    }

    /// For each of these records (at most 1,000) whether it may enter for these uses, or why not.
    ///
    /// # Errors
    /// When the database does.
    pub fn judge(&self, conn: &mut Conn, coop: &CoopId, rows: &[Row], uses: &BTreeSet<Use>) -> Result<Vec<Result<(), Vec<Reason>>>> {
        Ok(self.facts_of(conn, coop, rows)?.iter().map(|facts| may_enter(facts, uses)).collect())
    }
}
