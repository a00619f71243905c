//! Tasks as people have them: titles and descriptions of a vocabulary, some words often and most seldom, tags and projects,
//! times, and many that are done.

use crate::bench::tasks::Tasks;
use crate::bench::vocabulary::{self, RARE};
use crate::stack::sql::Connection;

/// The names of each user's tags and projects, which the filters ask for.
const TAGS: [&str; 6] = ["home", "errands", "office work", "urgent", "Garten", "семья"];
const PROJECTS: [&str; 4] = ["House move", "Vereinskasse", "Conference 2027", "Дача"];

/// Makes all of them, and what is kept of them.
pub(super) fn fill(database: &mut Connection, tasks: Tasks) -> anyhow::Result<()> {
    database.run(&said())?;
    tasks.make(database, &rows())?;
    database.run(&named("tag", 0, &TAGS, "", ""))?;
    let columns = ", archived, order_key";
    let values = ", false, tasks.order_key_at(now())";
    database.run(&named("project", TAGS.len(), &PROJECTS, columns, values))?;
    tasks.end(database)
}

/// What tasks are made of, and a chance that is the same of a task in each fill.
fn said() -> String {
    let lines = vocabulary::lines();
    let lines = lines.iter().enumerate().map(|(number, line)| {
        let description = line.description.map_or("NULL".to_owned(), quoted);
        format!("({number}, {}, {description})", quoted(line.title))
    });
    let rare = (0..RARE).map(|number| format!("({number}, {})", quoted(&vocabulary::rare(number))));
    format!(
        "CREATE TABLE bench_line (number integer PRIMARY KEY, title text NOT NULL, description text);
         INSERT INTO bench_line VALUES {};
         CREATE TABLE bench_rare (number integer PRIMARY KEY, word text NOT NULL);
         INSERT INTO bench_rare VALUES {};
         CREATE FUNCTION bench_chance(i integer, of_what integer) RETURNS double precision LANGUAGE sql IMMUTABLE
         RETURN (hashint4extended(i, of_what) & 1048575) / 1048576.0;
         ANALYZE bench_line, bench_rare;",
        lines.collect::<Vec<_>>().join(", "),
        rare.collect::<Vec<_>>().join(", ")
    )
}

/// As a literal of SQL.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The id of the `number`th thing that a user has a name for.
fn name_id(number: &str) -> String {
    format!(
        "('00000000-0000-7020-0000-' || lpad(to_hex(right(who, 6)::integer * 16 + {number}), 12, '0'))::uuid"
    )
}

/// Those of all users, at positions of their own.
fn named(table: &str, first: usize, names: &[&str], columns: &str, values: &str) -> String {
    let names: Vec<String> = names.iter().copied().map(quoted).collect();
    let id = name_id(&format!("({first} + place::integer - 1)"));
    format!(
        "SET session_replication_role = replica;
         INSERT INTO tasks.{table} (id, user_id, name, version, position, created_at, updated_at{columns})
         SELECT {id}, who, name, 1, position + place, now() - interval '2 days', now() - interval '2 days'{values}
           FROM (SELECT user_id AS who, position FROM tasks.user_state) AS state,
                unnest(ARRAY[{}]) WITH ORDINALITY AS called (name, place);
         UPDATE tasks.user_state SET position = position + {};
         RESET session_replication_role;",
        names.join(", "),
        names.len()
    )
}

/// Seven in ten are open and as many due, from two months ago to ten months ahead. Chances are squared and cubed where some
/// of a kind are had more often than others.
fn rows() -> String {
    let tag = name_id("tag");
    let other_tag = name_id(&format!("(tag + 1) % {}", TAGS.len()));
    let project = name_id(&format!("{} + project", TAGS.len()));
    format!(
        "INSERT INTO tasks.task (id, user_id, title, description, priority, status, tags, project_id, reminders, version, position,
                                 created_at, updated_at, order_key, estimate, completed_at, closed_at,
                                 start_local, start_zone, start_at, due_local, due_zone, due_at)
         SELECT task, who, CASE WHEN bench_chance(i, 1) < 0.5 THEN line.title ELSE line.title || ' ' || rare.word END,
                CASE WHEN bench_chance(i, 2) < 0.4 THEN line.description END,
                (ARRAY['normal', 'low', 'high', 'critical'])[1 + floor(4 * bench_chance(i, 3) ^ 2)::integer],
                status,
                CASE WHEN bench_chance(i, 4) < 0.5 THEN '{{}}'
                     WHEN bench_chance(i, 4) < 0.9 THEN ARRAY[{tag}] ELSE ARRAY[{tag}, {other_tag}] END::uuid[],
                CASE WHEN bench_chance(i, 5) < 0.5 THEN {project} END,
                '[]', 2, pos, created, coalesce(closed, created), tasks.order_key_at(created),
                CASE WHEN bench_chance(i, 6) < 0.2 THEN 15 * (1 + floor(8 * bench_chance(i, 7)))::integer END,
                closed, closed,
                to_char(start, '{time}'), CASE WHEN start IS NOT NULL THEN 'UTC' END, start AT TIME ZONE 'UTC',
                CASE WHEN all_day THEN to_char(due, 'YYYY-MM-DD') ELSE to_char(due, '{time}') END,
                CASE WHEN due IS NOT NULL THEN 'UTC' END,
                CASE WHEN all_day THEN due::date + interval '1 day' ELSE due END AT TIME ZONE 'UTC'
           FROM (SELECT *, CASE WHEN status <> 'open' THEN created + (at - created) * bench_chance(i, 8) END AS closed,
                        CASE WHEN bench_chance(i, 9) < 0.1 THEN due - interval '3 days' END AS start
                   FROM (SELECT *, at - interval '1 hour' - interval '1 year' * bench_chance(i, 10) AS created,
                                CASE WHEN bench_chance(i, 11) < 0.7 THEN 'open'
                                     WHEN bench_chance(i, 11) < 0.97 THEN 'done' ELSE 'skipped' END AS status,
                                CASE WHEN bench_chance(i, 12) < 0.7 THEN date_trunc('hour', now() AT TIME ZONE 'UTC')
                                     + floor((bench_chance(i, 13) * 360 - 60) * 96) * interval '15 minutes' END AS due,
                                bench_chance(i, 14) < 0.3 AS all_day,
                                floor({tags} * bench_chance(i, 15) ^ 2)::integer AS tag,
                                floor({projects} * bench_chance(i, 16) ^ 2)::integer AS project,
                                floor({lines} * bench_chance(i, 17) ^ 2)::integer AS line_number,
                                floor({RARE} * bench_chance(i, 18) ^ 3)::integer AS rare_number
                           FROM made) AS chosen) AS timed
           JOIN bench_line AS line ON line.number = line_number
           JOIN bench_rare AS rare ON rare.number = rare_number;",
        time = "YYYY-MM-DD\"T\"HH24:MI:SS",
        tags = TAGS.len(),
        projects = PROJECTS.len(),
        lines = vocabulary::lines().len(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quotation_mark_ends_no_literal() {
        assert_eq!(quoted("it's"), "'it''s'");
        assert!(said().contains("(0, 'Review backup schedule', NULL)"));
    }

    #[test]
    fn names_have_places_of_their_own() {
        assert!(TAGS.len() + PROJECTS.len() <= 16, "a user has 16 ids");
        let projects = named("project", TAGS.len(), &PROJECTS, "", "");
        assert!(projects.contains("* 16 + (6 + place::integer - 1)"), "{projects}");
    }
}
