//! What filtered lists read.

use backend_api::domain::filter::{Calendar, Expr, Fact, Filter, Names};
use backend_api::domain::sort::Sort;
use backend_api::store::tasks::list::{self, List};
use shared_events::ids::UserId;
use sqlx::PgConnection;

use super::explain::{complaints, plan_for_values};
use super::{LIMIT, bound, id, quoted};

/// The tasks of the first user.
const OF_USER: i64 = 10_000;

/// Filters, what they bind, how many rows may be looked at, and the column that the reading begins at. What no index knows is
/// looked for among the tasks of the user alone, and these are the tenth part of all.
pub(super) async fn read(conn: &mut PgConnection) -> Vec<String> {
    let user = UserId::parse("user 1").unwrap();
    let (name, project) = (quoted(user.as_str()), quoted(id(2, 4)));
    let (day, next) = (quoted("2026-01-03T00:00:00Z"), quoted("2026-01-04T00:00:00Z"));
    let tags = quoted(format!("{{{}}}", id(4, 7)));
    let (page, all) = (3 * LIMIT, OF_USER);
    let cases: Vec<(&str, Vec<&str>, i64, Option<&str>)> = vec![
        (
            "due = 2026-01-03",
            vec![&day, &day, &next, &next],
            page,
            Some("due_soonest"),
        ),
        ("due < 2026-01-03", vec![&day, &day], page, Some("due_soonest")),
        (
            "due >= 2026-01-03 and status = open",
            vec![&day, &day, "'{open}'"],
            page,
            Some("due_soonest"),
        ),
        ("not has due", vec![], all, None),
        ("project = 'Project 4'", vec![&project], page, Some("project_id")),
        ("priority = critical", vec!["'{0}'"], all, None),
        ("tag = 'tag 7'", vec![&tags], all, None),
        ("tag like 'tag 7'", vec![&name, "'%tag 7%'"], all + 200, None),
        ("title like 'no such'", vec!["'%no such%'"], all, None),
        ("has subtasks and not has parent", vec![&name], 3 * all, None),
        ("has subtasks", vec![&name], 3 * all, None),
        (
            "due < 2026-01-03 or estimate > 90",
            vec![&day, &day, "91"],
            all,
            None,
        ),
    ];
    let mut found = Vec::new();
    for (text, binds, most, key) in cases {
        let filter = meant(text);
        let list = List {
            user: &user,
            status: None,
            project: None,
            filter: Some(&filter),
            sort: &Sort::default(),
            after: None,
            limit: LIMIT,
        };
        let sql = list::statement(&list).into_string();
        let mut values = bound(&list);
        values.splice(2..2, binds.into_iter().map(str::to_owned));
        if text.contains("status = open") {
            values[1] = quoted("{open}");
        }
        let plan = plan_for_values(conn, &sql, &values).await;
        let complaints = complaints(&plan, most, key).into_iter();
        found.extend(complaints.map(|complaint| format!("{text}: {complaint}")));
    }
    found
}

fn meant(text: &str) -> Expr<Fact> {
    let calendar = Calendar {
        now: chrono::DateTime::UNIX_EPOCH,
        zone: recurrence::Zone::UTC,
        first_day: chrono::Weekday::Mon,
    };
    let names = Names {
        tags: vec![("tag 7".parse().unwrap(), Some(id(4, 7).parse().unwrap()))],
        projects: vec![("Project 4".parse().unwrap(), Some(id(2, 4).parse().unwrap()))],
    };
    Filter::parse(text).unwrap().meant(&calendar, &names).unwrap()
}
