//! A batch of commands, as requests give it.

use serde::Deserialize;
use serde_json::{Map, Value};
use service_kit::http::read;
use service_kit::problem::Problem;
use shared_events::ids::Version;
use utoipa::ToSchema;
use uuid::Uuid;

use super::filter::{FilterPatch, NewFilter};
use super::place::PlaceInput;
use super::project::{NewProject, ProjectPatch};
use super::series::SeriesPatch;
use super::settings::SettingsPatch;
use super::tag::{NewTag, TagPatch};
use super::task::{NewTask, TaskPatch};
use crate::domain::aggregate::Expected;
use crate::domain::idempotency::Key;
use crate::domain::invalid::{Invalid, Pointer};
use crate::domain::task::Scope;
use crate::error::Error;

/// Most commands of a batch.
pub const MAX_COMMANDS: usize = 100;

/// Commands that are carried out one after the other.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({
    "commands": [
        {"id": "c1", "command": "project.create", "temp_id": "garden", "body": {"name": "Garden"}},
        {"id": "c2", "command": "task.create", "temp_id": "plants",
         "body": {"title": "Water the plants", "project_id": "garden"}},
        {"id": "c3", "command": "task.complete", "target": "plants"},
    ],
})))]
pub struct BatchRequest {
    /// True carries out all of them or none, in one transaction; else each is carried out by itself.
    #[serde(default)]
    pub all_or_nothing: bool,
    /// In order.
    #[schema(min_items = 1, max_items = 100)]
    commands: Vec<CommandInput>,
}

/// A command.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CommandInput {
    /// The client's name for it: its idempotency key. Different from all others of the batch.
    #[schema(min_length = 1, max_length = 255)]
    id: String,
    /// What is done: `task.create`, `task.update`, `task.complete`, `task.reopen`, `task.skip`, `task.delete`, `task.restore`,
    /// `task.move`, `series.update`, `series.skip`, `series.stop`, `project.create`, `project.update`, `project.delete`,
    /// `project.move`, `tag.create`, `tag.update`, `tag.delete`, `filter.create`, `filter.update`, `filter.delete`,
    /// `filter.move` or `settings.update`.
    #[schema(pattern = r"^[a-z]+\.[a-z]+$")]
    command: String,
    /// The id of what it is done to, or the `temp_id` of an earlier command.
    #[schema(nullable = false)]
    target: Option<String>,
    /// The version that is meant, like `If-Match`.
    #[schema(nullable = false, minimum = 0)]
    if_match: Option<i64>,
    /// Which occurrences are meant: `this`, `following` or `all`.
    #[schema(nullable = false, pattern = "^(this|following|all)$")]
    scope: Option<String>,
    /// A name for what it creates, by which later commands can call it: as `target`, and in `parent_id`, `project_id`, `tags`,
    /// `after` and `before`.
    #[schema(nullable = false, min_length = 1, max_length = 64)]
    temp_id: Option<String>,
    /// As the request of that kind has it.
    #[serde(default)]
    #[schema(value_type = Object)]
    body: Map<String, Value>,
}

/// A command that can be carried out but for the names in it.
#[derive(Debug, Clone)]
pub struct Command {
    pub key: Key,
    pub kind: Kind,
    pub target: Option<String>,
    pub versions: Expected,
    pub scope: Option<Scope>,
    pub temp_id: Option<String>,
    pub body: Map<String, Value>,
}

macro_rules! kinds {
    ($($kind:ident = $name:literal;)+) => {
        /// What a command does.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Kind {
            $($kind,)+
        }

        impl Kind {
            const ALL: &[Self] = &[$(Self::$kind,)+];

            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)+
                }
            }
        }
    };
}

kinds! {
    CreateTask = "task.create";
    UpdateTask = "task.update";
    CompleteTask = "task.complete";
    ReopenTask = "task.reopen";
    SkipTask = "task.skip";
    DeleteTask = "task.delete";
    RestoreTask = "task.restore";
    MoveTask = "task.move";
    UpdateSeries = "series.update";
    SkipSeries = "series.skip";
    StopSeries = "series.stop";
    CreateProject = "project.create";
    UpdateProject = "project.update";
    DeleteProject = "project.delete";
    MoveProject = "project.move";
    CreateTag = "tag.create";
    UpdateTag = "tag.update";
    DeleteTag = "tag.delete";
    CreateFilter = "filter.create";
    UpdateFilter = "filter.update";
    DeleteFilter = "filter.delete";
    MoveFilter = "filter.move";
    UpdateSettings = "settings.update";
}

/// The body of a command, read.
#[derive(Debug, Clone)]
pub enum Body {
    NewTask(Box<NewTask>),
    Task(Box<TaskPatch>),
    Series(Box<SeriesPatch>),
    NewProject(NewProject),
    Project(ProjectPatch),
    NewTag(NewTag),
    Tag(TagPatch),
    NewFilter(NewFilter),
    Filter(FilterPatch),
    Settings(SettingsPatch),
    Place(PlaceInput),
    Nothing,
}

impl Kind {
    fn creates(self) -> bool {
        matches!(
            self,
            Self::CreateTask | Self::CreateProject | Self::CreateTag | Self::CreateFilter
        )
    }

    fn has_target(self) -> bool {
        !self.creates() && self != Self::UpdateSettings
    }

    fn has_scope(self) -> bool {
        matches!(self, Self::UpdateTask | Self::DeleteTask)
    }

    /// Reads what a command of this kind says.
    pub fn read(self, body: Map<String, Value>) -> Result<Body, Problem> {
        let is_empty = body.is_empty();
        let body = Value::Object(body);
        Ok(match self {
            Self::CreateTask => Body::NewTask(Box::new(read(&body)?)),
            Self::UpdateTask => Body::Task(Box::new(read(&body)?)),
            Self::UpdateSeries => Body::Series(Box::new(read(&body)?)),
            Self::CreateProject => Body::NewProject(read(&body)?),
            Self::UpdateProject => Body::Project(read(&body)?),
            Self::CreateTag => Body::NewTag(read(&body)?),
            Self::UpdateTag => Body::Tag(read(&body)?),
            Self::CreateFilter => Body::NewFilter(read(&body)?),
            Self::UpdateFilter => Body::Filter(read(&body)?),
            Self::UpdateSettings => Body::Settings(read(&body)?),
            Self::MoveTask | Self::MoveProject | Self::MoveFilter => Body::Place(read(&body)?),
            _ if is_empty => Body::Nothing,
            _ => return Err(Error::from(Pointer::root().invalid("takes no body; leave it out")).into()),
        })
    }
}

impl BatchRequest {
    /// The commands, whose names and forms are right.
    pub fn commands(self) -> Result<Vec<Command>, Invalid> {
        let at = Pointer::root().child("commands");
        if self.commands.is_empty() {
            return Err(at.invalid("must not be empty"));
        }
        if self.commands.len() > MAX_COMMANDS {
            return Err(at.too_many(self.commands.len(), MAX_COMMANDS));
        }
        let mut commands: Vec<Command> = Vec::with_capacity(self.commands.len());
        for (index, input) in self.commands.into_iter().enumerate() {
            let at = at.child(index);
            let command = input.command(&at)?;
            if commands.iter().any(|earlier| earlier.key == command.key) {
                return Err(at.child("id").invalid("is that of an earlier command"));
            }
            let is_named =
                |earlier: &Command| earlier.temp_id.is_some() && earlier.temp_id == command.temp_id;
            if commands.iter().any(is_named) {
                return Err(at.child("temp_id").invalid("is that of an earlier command"));
            }
            commands.push(command);
        }
        Ok(commands)
    }
}

impl CommandInput {
    fn command(self, at: &Pointer) -> Result<Command, Invalid> {
        let key = self.id.parse::<Key>().map_err(|_| {
            at.child("id")
                .invalid("must be 1 to 255 visible ASCII characters, such as a UUID")
        })?;
        let kind = Kind::ALL.iter().copied().find(|kind| kind.name() == self.command);
        let kind = kind.ok_or_else(|| at.child("command").invalid("is no command, like task.create"))?;
        match (&self.target, kind.has_target()) {
            (None, true) => return Err(at.child("target").missing()),
            (Some(_), false) => {
                return Err(at
                    .child("target")
                    .invalid("is not for this command; leave it out"));
            }
            _ => {}
        }
        if let Some(temp_id) = &self.temp_id {
            check_temp_id(temp_id, kind, &at.child("temp_id"))?;
        }
        if self.if_match.is_some() && kind.creates() {
            return Err(at
                .child("if_match")
                .invalid("is not for this command; leave it out"));
        }
        Ok(Command {
            key,
            kind,
            scope: scope(self.scope.as_deref(), kind, &at.child("scope"))?,
            target: self.target,
            versions: self
                .if_match
                .map_or(Expected::Any, |version| Expected::OneOf(vec![Version(version)])),
            temp_id: self.temp_id,
            body: self.body,
        })
    }
}

fn check_temp_id(temp_id: &str, kind: Kind, at: &Pointer) -> Result<(), Invalid> {
    if !kind.creates() {
        return Err(at.invalid("is for commands that create something; leave it out"));
    }
    if temp_id.is_empty() || temp_id.chars().count() > 64 || temp_id.parse::<Uuid>().is_ok() {
        return Err(at.invalid("must be 1 to 64 characters that are no UUID"));
    }
    Ok(())
}

fn scope(word: Option<&str>, kind: Kind, at: &Pointer) -> Result<Option<Scope>, Invalid> {
    match word {
        None => Ok(None),
        Some(_) if !kind.has_scope() => Err(at.invalid("is not for this command; leave it out")),
        Some("this") => Ok(Some(Scope::This)),
        Some("following") => Ok(Some(Scope::Following)),
        Some("all") => Ok(Some(Scope::All)),
        Some(_) => Err(at.invalid("must be this, following or all")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(commands: &Value) -> String {
        let request: BatchRequest =
            service_kit::http::read(&json!({ "commands": commands })).expect("a batch");
        request.commands().expect_err("refused").pointer
    }

    #[test]
    fn each_mistake_in_the_form_of_a_command_is_pointed_at() {
        let create = |id: &str| json!({"id": id, "command": "task.create", "body": {"title": "a"}});
        let with = |name: &str, value: Value| {
            let mut command = create("c");
            command[name] = value;
            json!([create("b"), command])
        };
        for (commands, pointer) in [
            (json!([]), "/commands"),
            (json!(vec![create("a"); 101]), "/commands"),
            (json!([create("a"), create("a")]), "/commands/1/id"),
            (with("id", json!("")), "/commands/1/id"),
            (with("id", json!("a b")), "/commands/1/id"),
            (with("command", json!("task.destroy")), "/commands/1/command"),
            (with("command", json!("task.update")), "/commands/1/target"),
            (with("target", json!("x")), "/commands/1/target"),
            (with("temp_id", json!("")), "/commands/1/temp_id"),
            (
                with("temp_id", json!("018f4e6e-0000-7000-8000-000000000001")),
                "/commands/1/temp_id",
            ),
            (with("if_match", json!(1)), "/commands/1/if_match"),
            (with("scope", json!("this")), "/commands/1/scope"),
        ] {
            assert_eq!(refused(&commands), pointer, "{commands}");
        }
        let named = json!({"id": "a", "command": "tag.create", "temp_id": "t", "body": {"name": "a"}});
        let mut again = named.clone();
        again["id"] = json!("b");
        assert_eq!(refused(&json!([named, again])), "/commands/1/temp_id");
    }
}
