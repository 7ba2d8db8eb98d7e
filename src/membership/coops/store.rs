//! The tables of cooperatives, members, roles and applications.

use super::conduct::Event;
use super::rules::Role;
use super::{Coop, Founding};
use crate::kernel::ids::{AccountId, ApplicationId, CoopId, GrantId, MemberId, StandingId};
use crate::kernel::time::Timestamp;
use crate::platform::db::schema::{accounts, application_reviews, applications, bylaws, coops, invitations, members, notice_orders, role_grants, role_revocations, standing_events};
use crate::platform::db::{Conn, Tx, each_db};
use diesel::prelude::*;
use diesel::result::QueryResult;

type CoopRow = (CoopId, String, String, String, String, String, Timestamp);

fn coop((id, slug, name, purpose, currency, zone, founded_at): CoopRow) -> Coop {
    use crate::kernel::money::Currency;
    use crate::kernel::time::Zone;
    let zone = Zone::parse(&zone).unwrap_or_else(Zone::utc);
    // Both were checked when the cooperative was founded; the euro stands in for a damaged row.
    let currency = Currency::parse(&currency).or_else(|| Currency::parse("EUR"));
    Coop { id, slug, name, purpose, currency, zone, founded_at }
}

pub(super) fn insert(tx: &mut Tx<'_>, id: &CoopId, slug: &str, wish: &Founding) -> QueryResult<()> {
    let now = tx.now();
    diesel::insert_into(coops::table)
        .values((
            coops::id.eq(id),
            coops::slug.eq(slug),
            coops::name.eq(&wish.name),
            coops::purpose.eq(&wish.purpose),
            coops::currency.eq(&wish.currency),
            coops::zone.eq(wish.zone.name()),
            coops::founded_at.eq(now),
        ))
        .execute(&mut **tx)
        .map(drop)
}

pub(super) fn by_slug(conn: &mut Conn, slug: &str) -> QueryResult<Option<Coop>> {
    let found: QueryResult<CoopRow> = each_db!(conn, c => coops::table.filter(coops::slug.eq(slug)).first(c));
    Ok(found.optional()?.map(coop))
}

pub(super) fn by_id(conn: &mut Conn, id: &CoopId) -> QueryResult<Coop> {
    coops::table.find(id).first::<CoopRow>(conn).map(coop)
}

pub(super) fn all(conn: &mut Conn) -> QueryResult<Vec<(Coop, i64)>> {
    let rows: Vec<CoopRow> = coops::table.order(coops::name).limit(500).load(conn)?;
    let counts: Vec<(CoopId, i64)> = members::table.group_by(members::coop_id).select((members::coop_id, diesel::dsl::count_star())).load(conn)?;
    let count = |id: &CoopId| counts.iter().find(|(coop, _)| coop == id).map_or(0, |(_, n)| *n);
    Ok(rows.into_iter().map(|row| (count(&row.0), coop(row))).map(|(n, coop)| (coop, n)).collect())
}

pub(super) fn of_account(conn: &mut Conn, account: &AccountId) -> QueryResult<Vec<Coop>> {
    let rows: Vec<CoopRow> = members::table
        .inner_join(coops::table.on(coops::id.eq(members::coop_id)))
        .filter(members::account_id.eq(account))
        .order(coops::name)
        .limit(200)
        .select((coops::id, coops::slug, coops::name, coops::purpose, coops::currency, coops::zone, coops::founded_at))
        .load(conn)?;
    Ok(rows.into_iter().map(coop).collect())
}

pub(super) fn insert_bylaws(tx: &mut Tx<'_>, id: &CoopId, version: i64, body: &str, proposal: Option<&str>) -> QueryResult<()> {
    let now = tx.now();
    diesel::insert_into(bylaws::table)
        .values((bylaws::coop_id.eq(id), bylaws::version.eq(version), bylaws::body.eq(body), bylaws::proposal_id.eq(proposal), bylaws::in_force_at.eq(now)))
        .execute(&mut **tx)
        .map(drop)
}

pub(super) fn bylaws(conn: &mut Conn, id: &CoopId, at: Timestamp) -> QueryResult<(i64, String)> {
    bylaws::table
        .filter(bylaws::coop_id.eq(id).and(bylaws::in_force_at.le(at)))
        .order(bylaws::version.desc())
        .select((bylaws::version, bylaws::body))
        .first(conn)
}

/// Whether a vote was ever noticed.
pub(super) fn has_noticed(conn: &mut Conn, coop: &CoopId) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(notice_orders::table.filter(notice_orders::coop_id.eq(coop)))).get_result(conn)
}

pub(super) fn next_number(conn: &mut Conn, coop: &CoopId) -> QueryResult<i64> {
    let last: Option<i64> = members::table.filter(members::coop_id.eq(coop)).select(diesel::dsl::max(members::number)).first(conn)?;
    Ok(last.unwrap_or(0) + 1)
}

pub(super) fn insert_member(tx: &mut Tx<'_>, coop: &CoopId, id: &MemberId, account: &AccountId, number: i64, votes_from: Timestamp) -> QueryResult<()> {
    let now = tx.now();
    diesel::insert_into(members::table)
        .values((
            members::coop_id.eq(coop),
            members::id.eq(id),
            members::account_id.eq(account),
            members::number.eq(number),
            members::joined_at.eq(now),
            members::votes_from.eq(votes_from),
        ))
        .execute(&mut **tx)
        .map(drop)
}

/// One member's row with the person's name.
#[derive(Clone, Debug, Queryable)]
pub struct MemberRow {
    /// Which member.
    pub id: MemberId,
    /// Number on the card.
    pub number: i64,
    /// Name, for members only.
    pub name: String,
    /// Since when.
    pub joined_at: Timestamp,
    /// Voting from.
    pub votes_from: Timestamp,
}

pub(super) fn member_of(conn: &mut Conn, coop: &CoopId, account: &AccountId) -> QueryResult<Option<(MemberId, i64, Timestamp)>> {
    let found = each_db!(conn, c => members::table
        .filter(members::coop_id.eq(coop).and(members::account_id.eq(account)))
        .select((members::id, members::number, members::votes_from))
        .first(c));
    found.optional()
}

pub(super) fn joined(conn: &mut Conn, coop: &CoopId, account: &AccountId) -> QueryResult<Option<(MemberId, Timestamp)>> {
    members::table.filter(members::coop_id.eq(coop).and(members::account_id.eq(account))).select((members::id, members::joined_at)).first(conn).optional()
}

pub(super) fn account_of(conn: &mut Conn, coop: &CoopId, member: &MemberId) -> QueryResult<AccountId> {
    members::table.find((coop, member)).select(members::account_id).first(conn)
}

pub(super) fn row_numbered(conn: &mut Conn, coop: &CoopId, number: i64) -> QueryResult<MemberRow> {
    members::table
        .inner_join(accounts::table.on(accounts::id.eq(members::account_id)))
        .filter(members::coop_id.eq(coop).and(members::number.eq(number)))
        .select((members::id, members::number, accounts::name, members::joined_at, members::votes_from))
        .first(conn)
}

pub(super) fn number_of(conn: &mut Conn, coop: &CoopId, id: &MemberId) -> QueryResult<i64> {
    members::table.find((coop, id)).select(members::number).first(conn)
}

pub(super) fn bylaws_versions(conn: &mut Conn, id: &CoopId) -> QueryResult<Vec<(i64, String, Option<String>, Timestamp)>> {
    bylaws::table
        .filter(bylaws::coop_id.eq(id))
        .order(bylaws::version.desc())
        .limit(500)
        .select((bylaws::version, bylaws::body, bylaws::proposal_id, bylaws::in_force_at))
        .load(conn)
}

pub(super) fn members(conn: &mut Conn, coop: &CoopId, after: i64, limit: i64) -> QueryResult<Vec<MemberRow>> {
    members::table
        .inner_join(accounts::table.on(accounts::id.eq(members::account_id)))
        .filter(members::coop_id.eq(coop).and(members::number.gt(after)))
        .order(members::number)
        .limit(limit)
        .select((members::id, members::number, accounts::name, members::joined_at, members::votes_from))
        .load(conn)
}

pub(super) fn count(conn: &mut Conn, coop: &CoopId) -> QueryResult<i64> {
    members::table.filter(members::coop_id.eq(coop)).count().get_result(conn)
}

pub(super) fn numbered(conn: &mut Conn, coop: &CoopId, number: i64) -> QueryResult<(MemberId, Timestamp)> {
    members::table.filter(members::coop_id.eq(coop).and(members::number.eq(number))).select((members::id, members::votes_from)).first(conn)
}

pub(super) fn email_of(conn: &mut Conn, coop: &CoopId, member: &MemberId) -> QueryResult<String> {
    members::table
        .inner_join(accounts::table.on(accounts::id.eq(members::account_id)))
        .filter(members::coop_id.eq(coop).and(members::id.eq(member)))
        .select(accounts::email)
        .first(conn)
}

pub(super) fn history(conn: &mut Conn, coop: &CoopId, member: &MemberId) -> QueryResult<Vec<Event>> {
    each_db!(conn, c => standing_events::table
        .filter(standing_events::coop_id.eq(coop).and(standing_events::member_id.eq(member)))
        .order((standing_events::at, standing_events::id))
        .select((standing_events::kind, standing_events::reason, standing_events::by_member, standing_events::at, standing_events::effective_at))
        .load(c))
}

pub(super) fn with_events(conn: &mut Conn, coop: &CoopId) -> QueryResult<Vec<(MemberId, i64, Timestamp)>> {
    standing_events::table
        .inner_join(members::table.on(members::coop_id.eq(standing_events::coop_id).and(members::id.eq(standing_events::member_id))))
        .filter(standing_events::coop_id.eq(coop))
        .select((members::id, members::number, members::votes_from))
        .distinct()
        .order(members::number)
        .load(conn)
}

pub(super) fn coops_with_events(conn: &mut Conn) -> QueryResult<Vec<CoopId>> {
    standing_events::table.select(standing_events::coop_id).distinct().load(conn)
}

pub(super) fn insert_event(tx: &mut Tx<'_>, coop: &CoopId, id: &StandingId, member: &MemberId, event: &Event) -> QueryResult<()> {
    diesel::insert_into(standing_events::table)
        .values((
            standing_events::coop_id.eq(coop),
            standing_events::id.eq(id),
            standing_events::member_id.eq(member),
            standing_events::kind.eq(event.kind),
            standing_events::reason.eq(&event.reason),
            standing_events::by_member.eq(&event.by),
            standing_events::at.eq(event.at),
            standing_events::effective_at.eq(event.effective_at),
        ))
        .execute(&mut **tx)
        .map(drop)
}

pub(super) fn roles(conn: &mut Conn, coop: &CoopId, member: &MemberId) -> QueryResult<Vec<Role>> {
    each_db!(conn, c => role_grants::table
        .left_join(role_revocations::table.on(role_revocations::coop_id.eq(role_grants::coop_id).and(role_revocations::grant_id.eq(role_grants::id))))
        .filter(role_grants::coop_id.eq(coop).and(role_grants::member_id.eq(member)).and(role_revocations::at.is_null()))
        .select(role_grants::role)
        .load(c))
}

pub(super) fn holders(conn: &mut Conn, coop: &CoopId) -> QueryResult<Vec<(MemberId, Role)>> {
    role_grants::table
        .left_join(role_revocations::table.on(role_revocations::coop_id.eq(role_grants::coop_id).and(role_revocations::grant_id.eq(role_grants::id))))
        .filter(role_grants::coop_id.eq(coop).and(role_revocations::at.is_null()))
        .select((role_grants::member_id, role_grants::role))
        .load(conn)
}

pub(super) fn holders_by_name(conn: &mut Conn, coop: &CoopId) -> QueryResult<Vec<(Role, i64, String)>> {
    role_grants::table
        .left_join(role_revocations::table.on(role_revocations::coop_id.eq(role_grants::coop_id).and(role_revocations::grant_id.eq(role_grants::id))))
        .inner_join(members::table.on(members::coop_id.eq(role_grants::coop_id).and(members::id.eq(role_grants::member_id))))
        .inner_join(accounts::table.on(accounts::id.eq(members::account_id)))
        .filter(role_grants::coop_id.eq(coop).and(role_revocations::at.is_null()))
        .order((members::number, role_grants::role))
        .select((role_grants::role, members::number, accounts::name))
        .load(conn)
}

pub(super) fn open_grant(conn: &mut Conn, coop: &CoopId, member: &MemberId, role: Role) -> QueryResult<Option<GrantId>> {
    role_grants::table
        .left_join(role_revocations::table.on(role_revocations::coop_id.eq(role_grants::coop_id).and(role_revocations::grant_id.eq(role_grants::id))))
        .filter(role_grants::coop_id.eq(coop).and(role_grants::member_id.eq(member)).and(role_grants::role.eq(role)).and(role_revocations::at.is_null()))
        .select(role_grants::id)
        .first(conn)
        .optional()
}

pub(super) fn grant(tx: &mut Tx<'_>, coop: &CoopId, id: &GrantId, member: &MemberId, role: Role, by: &MemberId) -> QueryResult<()> {
    let now = tx.now();
    diesel::insert_into(role_grants::table)
        .values((
            role_grants::coop_id.eq(coop),
            role_grants::id.eq(id),
            role_grants::member_id.eq(member),
            role_grants::role.eq(role),
            role_grants::granted_by.eq(by),
            role_grants::at.eq(now),
        ))
        .execute(&mut **tx)
        .map(drop)
}

pub(super) fn revoke(tx: &mut Tx<'_>, coop: &CoopId, grant: &GrantId, by: &MemberId) -> QueryResult<()> {
    let now = tx.now();
    diesel::insert_into(role_revocations::table)
        .values((role_revocations::coop_id.eq(coop), role_revocations::grant_id.eq(grant), role_revocations::revoked_by.eq(by), role_revocations::at.eq(now)))
        .execute(&mut **tx)
        .map(drop)
}

/// An application as officers see it.
#[derive(Clone, Debug, Queryable)]
pub struct ApplicationRow {
    /// Which.
    pub id: ApplicationId,
    /// Whose.
    pub account: AccountId,
    /// The person's name.
    pub name: String,
    /// Address to answer to.
    pub email: String,
    /// Kind of evidence offered.
    pub evidence: String,
    /// What the person wrote.
    pub note: String,
    /// When.
    pub at: Timestamp,
    /// The member who invited the person, if anybody did.
    pub invited_by: Option<MemberId>,
}

type ApplicationColumns = (
    applications::id,
    applications::account_id,
    accounts::name,
    accounts::email,
    applications::evidence,
    applications::note,
    applications::at,
    diesel::dsl::Nullable<invitations::invited_by>,
);

fn application_columns() -> ApplicationColumns {
    (
        applications::id,
        applications::account_id,
        accounts::name,
        accounts::email,
        applications::evidence,
        applications::note,
        applications::at,
        invitations::invited_by.nullable(),
    )
}

pub(super) fn insert_application(tx: &mut Tx<'_>, coop: &CoopId, id: &ApplicationId, account: &AccountId, evidence: &str, note: &str) -> QueryResult<()> {
    let now = tx.now();
    diesel::insert_into(applications::table)
        .values((
            applications::coop_id.eq(coop),
            applications::id.eq(id),
            applications::account_id.eq(account),
            applications::evidence.eq(evidence),
            applications::note.eq(note),
            applications::at.eq(now),
        ))
        .execute(&mut **tx)
        .map(drop)
}

pub(super) fn application(conn: &mut Conn, coop: &CoopId, id: &ApplicationId) -> QueryResult<ApplicationRow> {
    applications::table
        .inner_join(accounts::table.on(accounts::id.eq(applications::account_id)))
        .left_join(invitations::table.on(invitations::coop_id.eq(applications::coop_id).and(invitations::application_id.eq(applications::id.nullable()))))
        .filter(applications::coop_id.eq(coop).and(applications::id.eq(id)))
        .select(application_columns())
        .first(conn)
}

/// Applications without a refusal whose person was not made a member since: one person's, or all.
pub(super) fn applications(conn: &mut Conn, coop: &CoopId, of: Option<&AccountId>) -> QueryResult<Vec<ApplicationRow>> {
    let refusals = application_reviews::table.filter(
        application_reviews::coop_id.eq(applications::coop_id).and(application_reviews::application_id.eq(applications::id)).and(application_reviews::verdict.eq("refuse")),
    );
    let memberships = members::table
        .filter(members::coop_id.eq(applications::coop_id).and(members::account_id.eq(applications::account_id)).and(members::joined_at.ge(applications::at)));
    let open = applications::table
        .inner_join(accounts::table.on(accounts::id.eq(applications::account_id)))
        .left_join(invitations::table.on(invitations::coop_id.eq(applications::coop_id).and(invitations::application_id.eq(applications::id.nullable()))))
        .filter(applications::coop_id.eq(coop))
        .filter(diesel::dsl::not(diesel::dsl::exists(refusals)))
        .filter(diesel::dsl::not(diesel::dsl::exists(memberships)))
        .order((applications::at, applications::id))
        .limit(500)
        .select(application_columns())
        .into_boxed();
    match of {
        Some(account) => open.filter(applications::account_id.eq(account)).load(conn),
        None => open.load(conn),
    }
}

pub(super) fn reviews(conn: &mut Conn, coop: &CoopId, id: &ApplicationId) -> QueryResult<Vec<(MemberId, String)>> {
    application_reviews::table
        .filter(application_reviews::coop_id.eq(coop).and(application_reviews::application_id.eq(id)))
        .select((application_reviews::reviewer_id, application_reviews::verdict))
        .load(conn)
}

pub(super) fn insert_review(tx: &mut Tx<'_>, coop: &CoopId, id: &ApplicationId, reviewer: &MemberId, verdict: &str, reason: &str) -> QueryResult<()> {
    let now = tx.now();
    diesel::insert_into(application_reviews::table)
        .values((
            application_reviews::coop_id.eq(coop),
            application_reviews::application_id.eq(id),
            application_reviews::reviewer_id.eq(reviewer),
            application_reviews::verdict.eq(verdict),
            application_reviews::reason.eq(reason),
            application_reviews::at.eq(now),
        ))
        .execute(&mut **tx)
        .map(drop)
}
