//! What a search reads.

use backend_api::domain::task::Status;
use backend_api::domain::words::Query;
use backend_api::store::search::{self, Search};
use shared_events::ids::UserId;
use sqlx::{Connection as _, PgConnection};

use super::filled;
use crate::app::ROLE;

/// The reading of a search is done within its functions, which no plan shows: what the statistics count shows it.
#[tokio::test]
async fn a_search_reads_the_words_of_one_user_that_begin_like_those_asked_for() {
    let app = filled().await;
    let pool = app.database.pool_as(ROLE).await;
    let mut conn = pool.acquire().await.unwrap();
    let user = UserId::parse("user 1").unwrap();
    // Of the first user's ten thousand tasks: one; those from 70 to 79, 700 to 799 and 7000 to 7999; none, so that all of the
    // words of such a length are compared.
    for (text, found, most) in [("4711", 1, 10), ("task 7", 50, 25_000), ("thunder", 0, 10_000)] {
        for status in [None, Some(Status::Open)] {
            let query = Query::parse(text).unwrap();
            let search = Search {
                user: &user,
                query: &query,
                status,
                project: None,
                filter: None,
                after: None,
                limit: 50,
            };
            let mut transaction = conn.begin().await.unwrap();
            let before = read(&mut transaction).await;
            let tasks = search::find(&mut transaction, &search).await.unwrap();
            let after = read(&mut transaction).await;
            transaction.commit().await.unwrap();
            if status.is_none() {
                assert_eq!(tasks.len(), found, "{text}");
            }
            assert_eq!(
                after.0, before.0,
                "{text} {status:?}: a table was read from end to end"
            );
            let rows = after.1 - before.1;
            assert!(
                rows <= most,
                "{text} {status:?}: {rows} rows were read, {most} would do"
            );
        }
    }
}

/// How often this session read a table from end to end, and how many rows it read by indexes, since it last reported it.
async fn read(conn: &mut PgConnection) -> (i64, i64) {
    let counted = "SELECT coalesce(sum(seq_scan), 0)::bigint, coalesce(sum(idx_tup_fetch), 0)::bigint
                     FROM pg_stat_xact_all_tables WHERE schemaname = 'tasks'";
    sqlx::query_as(counted).fetch_one(conn).await.unwrap()
}
