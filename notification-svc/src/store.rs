//! All SQL of this service, one statement a function. Each transaction first says for whom it acts.

pub mod deliveries;
pub mod endpoints;
pub mod inbox;
pub mod schedule;

use shared_events::ids::UserId;
use shared_events::outbox;
use sqlx::{PgConnection, PgPool, Postgres, Transaction};

/// Which rows of all users a transaction looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    Schedule,
    Delivery,
}

impl Claim {
    fn name(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::Delivery => "delivery",
        }
    }
}

pub async fn begin_for(pool: &PgPool, user: &UserId) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    outbox::act_as(&mut transaction, user.as_str()).await?;
    Ok(transaction)
}

/// Makes the transaction a claim: it sees what is due of all users, and nothing else.
pub async fn act_to_claim(conn: &mut PgConnection, claim: Claim) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"SELECT set_config('taskwire.user', '', true) AS "user",
                  set_config('taskwire.claim', $1, true) AS claim,
                  set_config('idle_in_transaction_session_timeout', '15s', true) AS idle"#,
        claim.name(),
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}
