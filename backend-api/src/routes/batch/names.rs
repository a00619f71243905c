//! The names that commands give to what they create, until it has an id.

use std::collections::{BTreeMap, HashMap};

use actix_web::http::StatusCode;
use serde_json::{Map, Value};
use service_kit::problem::Problem;
use uuid::Uuid;

use crate::domain::idempotency::Answer;
use crate::input::batch::Command;

/// The fields of a body that hold ids.
const ID_FIELDS: [&str; 5] = ["parent_id", "project_id", "tags", "after", "before"];

/// What became of each name.
#[derive(Debug)]
pub(super) struct Names(HashMap<String, Named>);

#[derive(Debug, Clone, Copy)]
enum Named {
    /// The command comes later.
    ToCome,
    Created(Uuid),
    Refused,
}

impl Names {
    pub(super) fn of(commands: &[Command]) -> Self {
        let names = commands.iter().filter_map(|command| command.temp_id.clone());
        Self(names.map(|name| (name, Named::ToCome)).collect())
    }

    pub(super) fn created(&mut self, command: &Command, answer: &Answer) {
        let location = answer
            .location
            .as_deref()
            .and_then(|path| path.rsplit('/').next());
        let id = location.and_then(|id| id.parse().ok());
        if let Some((name, id)) = command.temp_id.clone().zip(id) {
            self.0.insert(name, Named::Created(id));
        }
    }

    pub(super) fn refused(&mut self, command: &Command) {
        if let Some(name) = command.temp_id.clone() {
            self.0.insert(name, Named::Refused);
        }
    }

    /// The ids of what was created.
    pub(super) fn ids(&self) -> BTreeMap<String, Uuid> {
        let ids = self.0.iter().filter_map(|(name, named)| match named {
            Named::Created(id) => Some((name.clone(), *id)),
            Named::ToCome | Named::Refused => None,
        });
        ids.collect()
    }

    /// The id that is written or named; none if it is neither, and then there is no such thing.
    pub(super) fn id(&self, text: &str) -> Result<Option<Uuid>, Problem> {
        match self.0.get(text) {
            Some(Named::Created(id)) => Ok(Some(*id)),
            Some(Named::ToCome) => Err(depends(format!("{text:?} is created by this or a later command"))),
            Some(Named::Refused) => Err(depends(format!("the command that creates {text:?} was refused"))),
            None => Ok(text.parse().ok()),
        }
    }

    /// A body with ids in the place of names.
    pub(super) fn resolve(&self, body: &Map<String, Value>) -> Result<Map<String, Value>, Problem> {
        let mut resolved = body.clone();
        for field in ID_FIELDS {
            match resolved.get_mut(field) {
                Some(Value::Array(items)) => {
                    for item in items {
                        self.resolve_one(item)?;
                    }
                }
                Some(value) => self.resolve_one(value)?,
                None => {}
            }
        }
        Ok(resolved)
    }

    fn resolve_one(&self, value: &mut Value) -> Result<(), Problem> {
        let Some(name) = value.as_str().filter(|name| self.0.contains_key(*name)) else {
            return Ok(());
        };
        if let Some(id) = self.id(name)? {
            *value = Value::String(id.to_string());
        }
        Ok(())
    }
}

fn depends(why: String) -> Problem {
    Problem::new(
        StatusCode::FAILED_DEPENDENCY,
        "depends-on-another",
        "It depends on another command",
    )
    .detail(why)
}

/// All or nothing was asked for, and another command was refused.
pub(super) fn not_tried(refused: usize) -> Problem {
    depends(format!(
        "command {refused} of the batch was refused, and nothing was done"
    ))
}
