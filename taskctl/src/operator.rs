//! What an operator does is told on `task-events`, through the outbox, so that the audit log keeps it.

use anyhow::Context;
use clap::Args;
use shared_events::event::Timestamp;
use shared_events::event::operator::OperatorAction;
use shared_events::ids::EventId;
use shared_events::outbox;
use sqlx::postgres::PgConnection;

/// Characters that the audit log takes of either.
const LONGEST: usize = 1_000;

/// Who acts, and why.
#[derive(Debug, Clone, Args)]
pub(crate) struct OperatorArgs {
    /// Why this is done, for the audit log.
    #[arg(long, value_name = "TEXT", value_parser = one_line)]
    reason: String,

    /// Who does this, for the audit log.
    #[arg(long, env = "USER", value_name = "NAME", value_parser = one_line)]
    operator: String,
}

/// One action, in the words of the audit log.
pub(crate) struct Action<'a> {
    /// One of [`shared_events::event::operator::kind`].
    pub(crate) kind: &'a str,
    /// As it is typed, without `taskctl`.
    pub(crate) command: &'a str,
    pub(crate) subject: String,
    pub(crate) change: String,
}

impl OperatorArgs {
    /// Who acts.
    pub(crate) fn name(&self) -> &str {
        &self.operator
    }

    /// Writes the action to the outbox in the caller's transaction: kept with the change, or lost with it.
    pub(crate) async fn record(
        &self,
        conn: &mut PgConnection,
        action: Action<'_>,
    ) -> anyhow::Result<EventId> {
        let failed = "cannot write the audit record; nothing was changed in the database";
        let epoch = outbox::current_epoch(conn).await.context(failed)?;
        let at = crate::offsets::store::now(conn).await.context(failed)?;
        let told = OperatorAction {
            operator: self.operator.clone(),
            command: action.command.to_owned(),
            subject: action.subject,
            detail: format!("{}; reason: {}", action.change, self.reason),
        };
        let event = told.event(action.kind, epoch, Timestamp::new(at));
        outbox::enqueue_operator_action(conn, &event)
            .await
            .context(failed)?;
        Ok(event.meta.event_id)
    }
}

/// Some text on one line, as people and terminals read it.
fn one_line(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("it is empty, and the audit log is to say it".to_owned());
    }
    if text.chars().any(char::is_control) {
        return Err("it has line breaks or control characters; say it on one line".to_owned());
    }
    match text.chars().count() {
        count if count > LONGEST => Err(format!("it has {count} characters, and {LONGEST} are enough")),
        _ => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_audit_log_is_told_is_some_text_on_one_line() {
        assert_eq!(
            one_line("  the disk was full "),
            Ok("the disk was full".to_owned())
        );
        for bad in ["", "  ", "a\nb", "\u{1b}[2J", &"x".repeat(1_001)] {
            assert!(one_line(bad).is_err(), "{bad:?}");
        }
    }
}
