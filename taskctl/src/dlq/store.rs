//! The statements on `outbox.hole`, over all services.

use sqlx::postgres::PgConnection;

use crate::dlq::hole::{Hole, Row, State};

/// The rows of these holes, as far as there are any.
pub(crate) async fn rows(conn: &mut PgConnection, holes: &[Hole]) -> sqlx::Result<Vec<Row>> {
    let column = |text: fn(&Hole) -> &String| holes.iter().map(text).cloned().collect::<Vec<_>>();
    let partitions: Vec<i32> = holes.iter().map(|hole| hole.partition).collect();
    let offsets: Vec<i64> = holes.iter().map(|hole| hole.offset).collect();
    sqlx::query_as!(
        Row,
        r#"SELECT h.group_id, h.topic, h.partition, h."offset", h.state, h.closed_at, h.operator
             FROM unnest($1::text[], $2::text[], $3::integer[], $4::bigint[])
                  AS asked (service, topic, partition, "offset")
             JOIN outbox.hole h
               ON h.topic = asked.topic AND h.partition = asked.partition AND h."offset" = asked."offset"
              AND split_part(h.group_id, '.', 1) = asked.service
            ORDER BY h.group_id"#,
        &column(|hole| &hole.service),
        &column(|hole| &hole.topic),
        &partitions,
        &offsets,
    )
    .fetch_all(conn)
    .await
}

/// Closes a hole in every group of its service; false when no group has a row of it.
pub(crate) async fn close(
    conn: &mut PgConnection,
    hole: &Hole,
    state: State,
    operator: &str,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        r#"UPDATE outbox.hole SET state = $5, closed_at = clock_timestamp(), operator = $6
            WHERE topic = $2 AND partition = $3 AND "offset" = $4 AND split_part(group_id, '.', 1) = $1"#,
        hole.service,
        hole.topic,
        hole.partition,
        hole.offset,
        state.name(),
        operator,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Writes down that the letter of a hole without a row is dealt with: its service has no database, or had another one.
pub(crate) async fn add_closed(
    conn: &mut PgConnection,
    hole: &Hole,
    group: &str,
    reason: &str,
    state: State,
    operator: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        r#"INSERT INTO outbox.hole (service, group_id, topic, partition, "offset", reason, state, closed_at, operator)
           VALUES ('taskwire_' || replace($1, '-', '_'), $2, $3, $4, $5, $6, $7, clock_timestamp(), $8)
           ON CONFLICT DO NOTHING"#,
        hole.service,
        group,
        hole.topic,
        hole.partition,
        hole.offset,
        reason,
        state.name(),
        operator,
    )
    .execute(conn)
    .await?;
    Ok(())
}
