//! The commands of a batch: each in a transaction of its own, or all in one.

use service_kit::problem::Problem;

use super::{Api, RULE_CHECKS, actor, being_changed};
use crate::change::{self, Change};
use crate::domain::idempotency::{Answer, Fingerprint, Key};
use crate::domain::recurrence::CheckedPlan;
use crate::error::{Conflict, Error};
use crate::routes::call::Call;
use crate::store;

impl Api {
    /// Carries out one command of a batch, like [`Api::change_with_plan`]; what its key was answered before is answered again.
    pub async fn carry_out(
        &self,
        call: &Call,
        intent: &'static str,
        fingerprint: &Fingerprint,
        make: impl AsyncFn(&mut Change<'_>, Option<&CheckedPlan>) -> Result<Answer, Error>,
    ) -> Result<Answer, Error> {
        let Some(key) = &call.key else {
            return Err(Problem::internal("a command without a key").into());
        };
        self.with_plan(&call.user, None, async |checked| {
            let _place = self.writer(&call.user).await?;
            let made = async |change: &mut Change<'_>| make(change, checked).await;
            self.change_or_replay(actor(call, intent), key, fingerprint, made)
                .await
        })
        .await
    }

    /// Carries out all commands of a batch in one transaction, or none: then it says at which one it ended, if it was one's
    /// own fault. `make` is given the answers of those before.
    pub async fn carry_out_all(
        &self,
        call: &Call,
        intent: &'static str,
        commands: &[(&Key, Fingerprint)],
        make: impl AsyncFn(&mut Change<'_>, usize, &[Answer], Option<&CheckedPlan>) -> Result<Answer, Error>,
    ) -> Result<Vec<Answer>, (Option<usize>, Error)> {
        let mut checked: Vec<CheckedPlan> = Vec::new();
        // Each round fails at most for want of one more plan.
        for _ in 0..commands.len() + RULE_CHECKS {
            match self.try_all(call, intent, commands, &checked, &make).await {
                Err((_, Error::Unchecked(plan))) => {
                    let plan = self.check(&call.user, *plan).await;
                    checked.push(plan.map_err(|error| (None, error))?);
                }
                decided => return decided,
            }
        }
        Err((None, being_changed()))
    }

    async fn try_all(
        &self,
        call: &Call,
        intent: &'static str,
        commands: &[(&Key, Fingerprint)],
        checked: &[CheckedPlan],
        make: &impl AsyncFn(&mut Change<'_>, usize, &[Answer], Option<&CheckedPlan>) -> Result<Answer, Error>,
    ) -> Result<Vec<Answer>, (Option<usize>, Error)> {
        let own = |error: Error| (None, error);
        let user = &call.user;
        let _place = self.writer(user).await.map_err(|problem| own(problem.into()))?;
        let mut transaction = self.pool.begin().await.map_err(|error| own(error.into()))?;
        let keys: Vec<&Key> = commands.iter().map(|(key, _)| *key).collect();
        let taken = store::idempotency::take(&mut transaction, user, &keys).await;
        if !taken.map_err(|error| own(error.into()))? {
            return Err(own(Conflict::KeyInFlight.into()));
        }
        let locked = store::users::lock(&mut transaction, user, change::RESERVED).await;
        let locked = locked.map_err(|error| own(error.into()))?;
        let mut ended_at = None;
        let made = change::within(&mut transaction, actor(call, intent), locked, async |change| {
            let mut answers: Vec<Answer> = Vec::with_capacity(commands.len());
            for (index, (key, fingerprint)) in commands.iter().enumerate() {
                ended_at = Some(index);
                let answer = match change.answered(key).await? {
                    Some((known, answer)) if known == *fingerprint => answer,
                    Some(_) => return Err(Error::KeyReused),
                    None => {
                        let answer =
                            first_checked(checked, async |plan| make(change, index, &answers, plan).await)
                                .await?;
                        change.keep(key, fingerprint, &answer).await?;
                        answer
                    }
                };
                answers.push(answer);
            }
            ended_at = None;
            Ok(answers)
        });
        match made.await {
            Ok(outcome) => {
                transaction.commit().await.map_err(|error| own(error.into()))?;
                self.relay.wake();
                Ok(outcome.into_inner())
            }
            Err(error) => {
                // Before the answer, for the sake of the keys.
                let _ = transaction.rollback().await;
                Err((ended_at, error))
            }
        }
    }
}

/// Attempts what may need one of the plans that were checked, and does nothing before it knows which.
async fn first_checked<T>(
    checked: &[CheckedPlan],
    mut attempt: impl AsyncFnMut(Option<&CheckedPlan>) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut made = attempt(None).await;
    for plan in checked {
        if !matches!(made, Err(Error::Unchecked(_))) {
            return made;
        }
        made = attempt(Some(plan)).await;
    }
    made
}
