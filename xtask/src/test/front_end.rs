//! The front end's tests, each like a test of any other program: Vitest, and journeys through a browser.

use std::collections::BTreeMap;

use crate::frontend::{self, build};
use crate::stack::frontend::FrontEnd;
use crate::stack::throw_away::ThrowAway;
use crate::stack::{infra, postgres, setup};
use crate::workspace::{Profile, Workspace};

use super::{SERVER, environment, keep_logs};

pub(super) const VITEST: &str = "vitest";
pub(super) const JOURNEYS: &str = "journeys";
pub(super) const ONE_ORIGIN: &str = "one_origin";

/// The file of journeys that runs behind one origin too: sign-in, requests to three services, and the socket.
const BEHIND_ONE_ORIGIN: &str = "story";

/// A test with servers of its own.
type Alone = fn(&Workspace) -> anyhow::Result<()>;

/// What a filter that is such a name runs, and nothing else: a person who works on the front end waits for no Rust.
pub(super) fn alone(filter: &str) -> Option<Alone> {
    match filter {
        VITEST => Some(vitest_alone),
        JOURNEYS => Some(journeys),
        ONE_ORIGIN => Some(one_origin),
        _ => None,
    }
}

/// A database server is all that Vitest's tests ask for.
fn vitest_alone(workspace: &Workspace) -> anyhow::Result<()> {
    let throw_away = ThrowAway::begin(workspace)?;
    let port = infra::ensure_postgres(&throw_away.stack)?;
    let url = postgres::superuser_url(&throw_away.stack, port, postgres::DATABASE)?;
    frontend::test(workspace, &BTreeMap::from([(SERVER.to_owned(), url)]))
}

/// The journeys, on a stack of their own: they stop services, and it has the front end.
pub(super) fn journeys(workspace: &Workspace) -> anyhow::Result<()> {
    journeys_on(workspace, FrontEnd::Wanted, None)
}

/// Some of them behind a proxy with the routes of production.
pub(super) fn one_origin(workspace: &Workspace) -> anyhow::Result<()> {
    journeys_on(workspace, FrontEnd::OneOrigin, Some(BEHIND_ONE_ORIGIN))
}

fn journeys_on(workspace: &Workspace, front_end: FrontEnd, file: Option<&str>) -> anyhow::Result<()> {
    let mut throw_away = ThrowAway::begin(workspace)?;
    throw_away.stack.front_end = front_end;
    let stack = &throw_away.stack;
    let addresses = setup::build_and_start(stack, None, || {
        workspace.build(Profile::Dev)?;
        build::ensure(workspace)
    })?;
    let run = || {
        setup::start_services(workspace, stack, &addresses)?;
        frontend::journeys(workspace, &environment(workspace, stack, &addresses)?, file)
    };
    let outcome = run();
    if outcome.is_err() {
        keep_logs(workspace, stack)?;
    }
    outcome
}
