//! Many tasks, made in SQL on servers of a bench's own.

use serde::Serialize;

use super::kept::{self, Users};
use crate::interrupt;
use crate::stack::sql::Connection;

/// Tasks of one statement.
const CHUNK: u32 = 50_000;

/// Of users who are called `bench-000000` and so on.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Tasks {
    pub(super) count: u32,
    pub(super) users: u32,
    /// So many are the first user's, and the others in turn those of the other users; 0: all are in turn.
    pub(super) of_first: u32,
}

impl std::fmt::Display for Tasks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            count,
            users,
            of_first,
        } = self;
        write!(f, "{count} tasks of {users} users")?;
        match of_first {
            0 => Ok(()),
            most => write!(f, ", one with {most}"),
        }
    }
}

/// The id of a kind of thing that row `i` is.
pub(super) fn id(kind: &str) -> String {
    format!("('00000000-0000-{kind}-0000-' || lpad(to_hex(i), 12, '0'))::uuid")
}

impl Tasks {
    /// Makes the users and, chunk by chunk, whatever `rows` inserts from `made`, which has the number `i` of each task,
    /// its id `task`, its user `who`, its position `pos` and a time `at` two days ago.
    pub(super) fn fill(self, database: &mut Connection, rows: &str) -> anyhow::Result<()> {
        self.make(database, rows)?;
        self.end(database)
    }

    /// The first half of [`Self::fill`]. No trigger runs: row by row they take minutes for a million tasks.
    pub(super) fn make(self, database: &mut Connection, rows: &str) -> anyhow::Result<()> {
        database.run("SET session_replication_role = replica")?;
        let all = self.made(0, self.count.saturating_sub(1));
        database.run(&format!(
            "INSERT INTO tasks.user_state (user_id, position) SELECT who, max(pos) FROM ({all}) AS made GROUP BY who"
        ))?;
        let mut from = 0;
        while from < self.count {
            interrupt::check()?;
            let to = self.count.min(from + CHUNK) - 1;
            let made = self.made(from, to);
            database.run(&format!(
                "CREATE TEMP TABLE made AS {made}; {rows} DROP TABLE made;"
            ))?;
            from += CHUNK;
        }
        database.run("RESET session_replication_role")
    }

    /// Writes what the triggers would have kept, and leaves the tables as those of a running database are.
    pub(super) fn end(self, database: &mut Connection) -> anyhow::Result<()> {
        database.run("ANALYZE")?;
        let at_once = (u64::from(CHUNK) * u64::from(self.users) / u64::from(self.count.max(1))).max(1);
        let mut from = 0;
        while from < self.users {
            interrupt::check()?;
            let to = self.users.min(from.saturating_add(u32::try_from(at_once)?));
            kept::write(database, &Users { from, to })?;
            from = to;
        }
        database.run("VACUUM (ANALYZE)")
    }

    fn made(self, from: u32, to: u32) -> String {
        let Self { users, of_first, .. } = self;
        let (number, position) = match of_first {
            0 => (format!("i % {users}"), format!("i / {users} + 1")),
            _ => {
                let others = users.saturating_sub(1).max(1);
                let (rest, mine) = (format!("(i - {of_first})"), format!("i < {of_first}"));
                (
                    format!("CASE WHEN {mine} THEN 0 ELSE {rest} % {others} + 1 END"),
                    format!("CASE WHEN {mine} THEN i + 1 ELSE {rest} / {others} + 1 END"),
                )
            }
        };
        let task = id("7000");
        format!(
            "SELECT i, {task} AS task, 'bench-' || lpad(({number})::text, 6, '0') AS who, {position} AS pos,
                    now() - interval '2 days' AS at FROM generate_series({from}, {to}) i"
        )
    }
}
