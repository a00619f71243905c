//! What triggers keep of tasks, written in bulk: the words of migration 0018 and the figures of 0020.

use crate::stack::sql::Connection;

/// Those whose numbers are from one up to, but not with, another; they are called `bench-000000` and so on.
#[derive(Debug)]
pub(super) struct Users {
    pub(super) from: u32,
    pub(super) to: u32,
}

impl Users {
    /// What holds true of their rows.
    fn of(&self, table: &str) -> String {
        let Self { from, to } = self;
        format!("{table}.user_id >= 'bench-{from:06}' AND {table}.user_id < 'bench-{to:06}'")
    }
}

/// Writes theirs; there must be none yet. What many tasks say is taken apart once.
pub(super) fn write(database: &mut Connection, users: &Users) -> anyhow::Result<()> {
    let (of_name, of_term, of_state) = (users.of("name"), users.of("term"), users.of("state"));
    database.run(&format!(
        "INSERT INTO tasks.search_term (user_id, term, task_id, weight) {terms} ORDER BY 1, 2, 3;
         INSERT INTO tasks.search_name (user_id, term, id, kind) {names};
         INSERT INTO tasks.search_word (user_id, term)
         SELECT user_id, term FROM tasks.search_term AS term WHERE {of_term}
          UNION SELECT user_id, term FROM tasks.search_name AS name WHERE {of_name};
         SELECT tasks.write_stats(user_id) FROM tasks.user_state AS state WHERE {of_state};",
        terms = terms(users),
        names = names(users),
    ))
}

/// Fails unless what is kept of them is what their rows say.
pub(super) fn check(database: &mut Connection, users: &Users) -> anyhow::Result<()> {
    let (of_term, of_name, of_kept) = (users.of("term"), users.of("name"), users.of("kept"));
    differ_in_none(
        database,
        "words of tasks",
        &terms(users),
        &format!("SELECT user_id, term, task_id, weight FROM tasks.search_term AS term WHERE {of_term}"),
    )?;
    differ_in_none(
        database,
        "different words",
        &format!(
            "SELECT user_id, term FROM tasks.search_term AS term WHERE {of_term}
              UNION SELECT user_id, term FROM tasks.search_name AS name WHERE {of_name}"
        ),
        &format!("SELECT user_id, term FROM tasks.search_word AS kept WHERE {of_kept}"),
    )?;
    differ_in_none(
        database,
        "figures",
        &format!("SELECT * FROM tasks.stat_of_rows AS kept WHERE {of_kept}"),
        &format!("SELECT * FROM tasks.stat_as_kept AS kept WHERE {of_kept}"),
    )
}

fn differ_in_none(database: &mut Connection, what: &str, said: &str, kept: &str) -> anyhow::Result<()> {
    database.run(&format!(
        "DO $do$ DECLARE wrong bigint; BEGIN
             WITH said AS ({said}), kept AS ({kept})
             SELECT count(*) INTO wrong
               FROM ((TABLE said EXCEPT ALL TABLE kept) UNION ALL (TABLE kept EXCEPT ALL TABLE said)) AS differs;
             IF wrong > 0 THEN RAISE EXCEPTION '% {what} are not as the rows say', wrong; END IF;
         END $do$"
    ))
}

fn terms(users: &Users) -> String {
    let of_task = users.of("task");
    format!(
        "WITH said AS MATERIALIZED (
             SELECT title, description, tasks.search_words(title) AS words
               FROM (SELECT DISTINCT title, description FROM tasks.task AS task WHERE {of_task}) AS told
         ), parted AS MATERIALIZED (
             SELECT said.*, coalesce(tasks.search_more_words(words, description), '{{}}') AS more FROM said
         )
         SELECT task.user_id, part.word, task.id AS task_id, part.weight
           FROM tasks.task AS task
           JOIN parted ON parted.title = task.title AND parted.description IS NOT DISTINCT FROM task.description,
                LATERAL (SELECT unnest(words) AS word, 2::smallint AS weight
                          UNION ALL SELECT unnest(more), 1::smallint) AS part
          WHERE task.deleted_at IS NULL AND {of_task}"
    )
}

fn names(users: &Users) -> String {
    let (of_tag, of_project) = (users.of("tag"), users.of("project"));
    format!(
        "SELECT tag.user_id, word, tag.id, 'tag' FROM tasks.tag AS tag, unnest(tasks.search_words(tag.name)) AS word
          WHERE tag.deleted_at IS NULL AND {of_tag}
          UNION ALL
         SELECT project.user_id, word, project.id, 'project'
           FROM tasks.project AS project, unnest(tasks.search_words(project.name)) AS word
          WHERE project.deleted_at IS NULL AND {of_project}"
    )
}
