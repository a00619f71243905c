//! The figures of dashboards, which triggers keep, against the rows of tasks. Both are of one snapshot, so that nothing is on its
//! way.

use sqlx::postgres::PgConnection;

use crate::reconcile::NAMED;
use crate::reconcile::report::{Finding, Kind, Outcome, State};
use crate::reconcile::store::{self, WrongFigures};

/// Compares those of all users, page by page, and adds what it finds.
pub(super) async fn compare(conn: &mut PgConnection, outcome: &mut Outcome) -> sqlx::Result<()> {
    let (mut after, mut examined) = (String::new(), 0);
    while let Some(page) = store::page_of_users(conn, &after).await? {
        examined += page.users.unsigned_abs();
        for wrong in store::wrong_figures(conn, &after, &page.last).await? {
            if outcome.findings.len() < NAMED {
                outcome.findings.push(finding(wrong));
            } else {
                outcome.unnamed += 1;
            }
        }
        after = page.last;
    }
    outcome.examined.insert("figures of users".to_owned(), examined);
    outcome.findings.sort();
    Ok(())
}

fn finding(wrong: WrongFigures) -> Finding {
    Finding {
        state: State::Gap,
        kind: Kind::Figure,
        what: "figures".to_owned(),
        id: wrong.kind,
        version: None,
        positions: None,
        event_id: None,
        place: None,
        missing: format!("{} by GET /v1/stats, {} by the tasks", wrong.kept, wrong.counted),
        since: None,
        way_out: "figure: `SELECT tasks.recount('USER')` as the owner of the database; docs/RUNBOOK.md says where to look for \
                  the cause"
            .to_owned(),
        user: wrong.user_id,
    }
}
