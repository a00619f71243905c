//! `POST /v1/batch`.

mod names;

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use service_kit::problem::Problem;
use shared_events::event::intent;
use shared_events::ids::SettingsId;
use utoipa::ToSchema;
use uuid::Uuid;

use self::names::Names;
use crate::actions::{filters, projects, settings, tags, tasks};
use crate::change::Change;
use crate::domain::aggregate::{Aggregate, Target};
use crate::domain::idempotency::{Answer, Fingerprint, fingerprint, of_creation};
use crate::domain::recurrence::CheckedPlan;
use crate::domain::task::Scope;
use crate::error::Error;
use crate::input::batch::{BatchRequest, Body, Command, Kind};
use crate::routes;
use crate::routes::api::Api;
use crate::routes::call::Call;
use crate::routes::tasks::create;

/// What became of the commands.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchAnswer {
    /// False when all or nothing was asked for and one of them was refused: then nothing was done.
    committed: bool,
    /// One for each command, in order.
    results: Vec<CommandResult>,
    /// The ids of what was created under a name.
    temp_ids: BTreeMap<String, Uuid>,
}

/// What became of a command: as if it had been a request of its own.
#[derive(Debug, Serialize, ToSchema)]
pub struct CommandResult {
    /// The command's.
    id: String,
    /// The HTTP status of the request that it stands for; 424 when it was not tried because of another one.
    status: u16,
    /// The version of what was changed, as an entity tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    etag: Option<String>,
    /// How far the user's changes have come with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    position: Option<i64>,
    /// What was changed, as it is then; absent once it is deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>, nullable = false)]
    body: Option<Box<RawValue>>,
    /// Why it was refused; a pointer points into the command's body.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    problem: Option<Problem>,
}

/// Carry out up to 100 commands
///
/// One after the other, each in a transaction of its own, or all of them in one (`all_or_nothing`). The `id` of a command is its
/// idempotency key: what was carried out before is not carried out again, and answers the same, so a batch can be sent again
/// when its answer was lost. A command may call what an earlier one creates by its `temp_id`; if that one was refused, it
/// is not tried. The answer is 200 whatever became of the commands: see the status of each.
#[utoipa::path(
    post, path = "/v1/batch", operation_id = "run_batch", tag = "batch", request_body = BatchRequest,
    responses(
        (status = 200, body = BatchAnswer),
        (status = 422, body = Problem, content_type = "application/problem+json",
         description = "`validation`: the form of the batch, with a pointer; nothing was done"),
    )
)]
pub async fn run(
    call: Call,
    api: web::Data<Api>,
    body: routes::body::Body<BatchRequest>,
) -> Result<HttpResponse, Error> {
    let all_or_nothing = body.input.all_or_nothing;
    let commands = body.input.commands()?;
    let answer = if all_or_nothing {
        together(&api, &call, &commands).await
    } else {
        one_by_one(&api, &call, &commands).await
    };
    Ok(HttpResponse::Ok().json(answer?))
}

async fn one_by_one(api: &Api, call: &Call, commands: &[Command]) -> Result<BatchAnswer, Error> {
    let mut names = Names::of(commands);
    let mut results = Vec::with_capacity(commands.len());
    for command in commands {
        let done = match ready(command, &names) {
            Ok(ready) => {
                let call = call.of_command(&command.key, &command.versions);
                api.carry_out(
                    &call,
                    intent::BULK,
                    &ready.fingerprint,
                    async |change, checked| carry_out(change, &ready, checked).await,
                )
                .await
            }
            Err(problem) => Err(problem.into()),
        };
        results.push(match done {
            Ok(answer) => {
                names.created(command, &answer);
                CommandResult::done(command, &answer)
            }
            Err(error) => {
                names.refused(command);
                CommandResult::refused(command, error.into())
            }
        });
    }
    Ok(BatchAnswer {
        committed: true,
        results,
        temp_ids: names.ids(),
    })
}

/// In one transaction: the first command that is refused takes all others with it.
async fn together(api: &Api, call: &Call, commands: &[Command]) -> Result<BatchAnswer, Error> {
    let prints: Vec<_> = commands
        .iter()
        .map(|command| (&command.key, print(command)))
        .collect();
    let made = api.carry_out_all(
        call,
        intent::BULK,
        &prints,
        async |change, index, done, checked| {
            let Some(command) = commands.get(index) else {
                return Err(Problem::internal("a command that is not there").into());
            };
            let mut names = Names::of(commands);
            for (command, answer) in commands.iter().zip(done) {
                names.created(command, answer);
            }
            let ready = ready(command, &names)?;
            change.name_version(&command.versions);
            carry_out(change, &ready, checked).await
        },
    );
    match made.await {
        Ok(answers) => {
            let mut names = Names::of(commands);
            let mut results = Vec::with_capacity(commands.len());
            for (command, answer) in commands.iter().zip(&answers) {
                names.created(command, answer);
                results.push(CommandResult::done(command, answer));
            }
            Ok(BatchAnswer {
                committed: true,
                results,
                temp_ids: names.ids(),
            })
        }
        Err((Some(index), error)) => {
            let mut error = Some(error);
            let results = commands.iter().enumerate().map(|(at, command)| {
                let own = error.take_if(|_| at == index).map(Problem::from);
                CommandResult::refused(command, own.unwrap_or_else(|| names::not_tried(index)))
            });
            Ok(BatchAnswer {
                committed: false,
                results: results.collect(),
                temp_ids: BTreeMap::new(),
            })
        }
        Err((None, error)) => Err(error),
    }
}

impl CommandResult {
    fn done(command: &Command, answer: &Answer) -> Self {
        let body = std::str::from_utf8(&answer.body).ok();
        Self {
            id: command.key.as_str().to_owned(),
            status: answer.status,
            etag: Some(answer.etag.clone()),
            position: Some(answer.position.get()),
            body: body.and_then(|text| RawValue::from_string(text.to_owned()).ok()),
            problem: None,
        }
    }

    fn refused(command: &Command, problem: Problem) -> Self {
        Self {
            id: command.key.as_str().to_owned(),
            status: problem.status().as_u16(),
            etag: None,
            position: None,
            body: None,
            problem: Some(problem),
        }
    }
}

/// A command in which every name is an id.
struct Ready<'a> {
    command: &'a Command,
    target: Option<Uuid>,
    body: Body,
    fingerprint: Fingerprint,
    /// Of the task that it creates, if it does.
    of_creation: Fingerprint,
}

fn ready<'a>(command: &'a Command, names: &Names) -> Result<Ready<'a>, Problem> {
    let target = match &command.target {
        Some(target) => names.id(target)?,
        None => None,
    };
    let body: Map<String, Value> = names.resolve(&command.body)?;
    Ok(Ready {
        command,
        target,
        of_creation: of_creation(&Value::Object(body.clone())),
        body: command.kind.read(body)?,
        fingerprint: print(command),
    })
}

/// As it was sent, so that it is the same when it is sent again.
fn print(command: &Command) -> Fingerprint {
    let target = command.target.as_deref().unwrap_or_default();
    let scope = command
        .scope
        .map(|scope| format!("{scope:?}"))
        .unwrap_or_default();
    let body = Value::Object(command.body.clone());
    fingerprint(command.kind.name(), &format!("{target} {scope}"), Some(&body))
}

impl Ready<'_> {
    fn target<T: Aggregate>(&self) -> Result<Target<T>, Error> {
        Ok(Target {
            id: self.target.map(T::Id::from).ok_or_else(Error::not_found::<T>)?,
            versions: self.command.versions.clone(),
        })
    }
}

async fn carry_out(
    change: &mut Change<'_>,
    ready: &Ready<'_>,
    checked: Option<&CheckedPlan>,
) -> Result<Answer, Error> {
    let scope = ready.command.scope;
    match (&ready.body, ready.command.kind) {
        (Body::NewTask(task), _) => create::under_lock(change, task, &ready.of_creation, checked).await,
        (Body::Task(patch), _) => {
            Answer::of(&tasks::edit(change, &ready.target()?, patch, scope, checked).await?)
        }
        (Body::Series(patch), _) => {
            Answer::of(&tasks::edit_series(change, &ready.target()?, patch, checked).await?)
        }
        (Body::NewProject(project), _) => {
            Answer::created(&projects::create(change, project.details()?).await?)
        }
        (Body::Project(patch), _) => Answer::of(&projects::edit(change, &ready.target()?, patch).await?),
        (Body::NewTag(tag), _) => Answer::created(&tags::create(change, tag.name.clone()).await?),
        (Body::Tag(patch), _) => {
            Answer::of(&tags::rename(change, &ready.target()?, patch.clone().name()?).await?)
        }
        (Body::NewFilter(filter), _) => Answer::created(&filters::create(change, filter.details()?).await?),
        (Body::Filter(patch), _) => Answer::of(&filters::edit(change, &ready.target()?, patch).await?),
        (Body::Settings(patch), _) => {
            let target = Target {
                id: SettingsId::of(change.user()),
                versions: ready.command.versions.clone(),
            };
            Answer::of(&settings::edit(change, &target, patch).await?)
        }
        (Body::Place(place), Kind::MoveProject) => {
            Answer::of(&projects::relocate(change, &ready.target()?, place).await?)
        }
        (Body::Place(place), Kind::MoveFilter) => {
            Answer::of(&filters::relocate(change, &ready.target()?, place).await?)
        }
        (Body::Place(place), _) => Answer::of(&tasks::relocate(change, &ready.target()?, place).await?),
        (Body::Nothing, kind) => carry_out_verb(change, ready, kind).await,
    }
}

async fn carry_out_verb(change: &mut Change<'_>, ready: &Ready<'_>, kind: Kind) -> Result<Answer, Error> {
    match kind {
        Kind::CompleteTask => Answer::of(&tasks::complete(change, &ready.target()?).await?),
        Kind::ReopenTask => Answer::of(&tasks::reopen(change, &ready.target()?).await?),
        Kind::SkipTask => Answer::of(&tasks::skip(change, &ready.target()?).await?),
        Kind::RestoreTask => Answer::of(&tasks::restore(change, &ready.target()?).await?),
        Kind::SkipSeries => Answer::of(&tasks::skip_open(change, &ready.target()?).await?),
        Kind::StopSeries => Answer::of(&tasks::stop_series(change, &ready.target()?).await?),
        Kind::DeleteProject => Answer::of(&projects::delete(change, &ready.target()?).await?),
        Kind::DeleteTag => Answer::of(&tags::delete(change, &ready.target()?).await?),
        Kind::DeleteFilter => Answer::of(&filters::delete(change, &ready.target()?).await?),
        Kind::DeleteTask => {
            let scope = ready.command.scope.unwrap_or(Scope::This);
            Answer::of(&tasks::delete(change, &ready.target()?, scope).await?)
        }
        _ => Err(Problem::internal(format!("{} without its body", kind.name())).into()),
    }
}
