//! The handler of `task-events`: reads what closed an occurrence, answers with the command that follows.

use async_trait::async_trait;
use opentelemetry::KeyValue;
use opentelemetry::metrics::Counter;
use service_kit::telemetry;
use shared_events::consumer::{CommandHandler, HandlerError, Record};
use shared_events::event::command::TaskCommand;
use shared_events::event::task::TaskEvent;

use crate::domain::successor::{Successor, SuccessorError, successor};

/// Commands the successor of every closed occurrence; keeps nothing but counts.
#[derive(Debug, Clone)]
pub struct Successors {
    facts: Counter<u64>,
}

impl Default for Successors {
    fn default() -> Self {
        let facts = telemetry::meter()
            .u64_counter("taskwire_recurring_svc_facts")
            .with_description("facts read, by what followed: commanded, a reason for nothing, or an error")
            .build();
        Self { facts }
    }
}

impl Successors {
    fn count(&self, outcome: &'static str) {
        self.facts.add(1, &[KeyValue::new("outcome", outcome)]);
    }

    fn command(&self, command: TaskCommand) -> Vec<TaskCommand> {
        self.count("commanded");
        let ordinal = command.create_occurrence.as_ref().map(|create| create.ordinal);
        tracing::debug!(series.id = %command.series_id, series.ordinal = ordinal, "commanding the next occurrence");
        vec![command]
    }

    fn poison(&self, error: &SuccessorError) -> HandlerError {
        self.count(error.kind());
        HandlerError::Poison {
            reason: error.kind(),
            detail: error.to_string(),
        }
    }
}

#[async_trait]
impl CommandHandler for Successors {
    type Message = TaskEvent;

    async fn handle(&self, record: &Record<TaskEvent>) -> Result<Vec<TaskCommand>, HandlerError> {
        match successor(&record.message) {
            Ok(Successor::Create(command)) => Ok(self.command(*command)),
            Ok(Successor::Nothing(reason)) => {
                self.count(reason.as_str());
                Ok(Vec::new())
            }
            Err(error) => Err(self.poison(&error)),
        }
    }
}
