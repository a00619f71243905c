//! The six lines of the story, each a journey with people of its own.

use tests::World;
use tests::story::{Stage, completion, creation, isolation, poison, reminder, told, trail};
use tests::timeline::{Look, Timeline};

async fn stage() -> Stage {
    let world = World::open().expect("a running stack");
    Stage::set(world, Timeline::new(Look::Silent))
        .await
        .expect("people with sockets")
}

#[tokio::test]
async fn a_created_task_reaches_the_socket_of_its_user() -> anyhow::Result<()> {
    let mut stage = stage().await;
    told(creation::LINE, creation::tell(&mut stage)).await?;
    stage.strike().await
}

#[tokio::test]
async fn a_reminder_fires_on_the_socket_and_as_a_signed_webhook_and_never_early() -> anyhow::Result<()> {
    let mut stage = stage().await;
    let plants = told(creation::LINE, creation::tell(&mut stage)).await?;
    told(reminder::LINE, reminder::tell(&mut stage, &plants)).await?;
    stage.strike().await
}

#[tokio::test]
async fn a_completed_occurrence_comes_back_at_the_same_wall_time() -> anyhow::Result<()> {
    let mut stage = stage().await;
    let plants = told(creation::LINE, creation::tell(&mut stage)).await?;
    told(completion::LINE, completion::tell(&mut stage, &plants)).await?;
    stage.strike().await
}

#[tokio::test]
async fn another_user_sees_nothing() -> anyhow::Result<()> {
    let mut stage = stage().await;
    let plants = told(creation::LINE, creation::tell(&mut stage)).await?;
    told(isolation::LINE, isolation::tell(&mut stage, &plants)).await?;
    stage.strike().await
}

#[tokio::test]
async fn a_broken_record_is_dead_lettered_and_what_follows_it_passes() -> anyhow::Result<()> {
    let mut stage = stage().await;
    let plants = told(creation::LINE, creation::tell(&mut stage)).await?;
    let next = told(completion::LINE, completion::tell(&mut stage, &plants)).await?;
    told(poison::LINE, poison::tell(&mut stage, &next)).await?;
    stage.strike().await
}

#[tokio::test]
async fn the_audit_trail_is_complete_and_in_order() -> anyhow::Result<()> {
    let mut stage = stage().await;
    let plants = told(creation::LINE, creation::tell(&mut stage)).await?;
    told(completion::LINE, completion::tell(&mut stage, &plants)).await?;
    told(trail::LINE, trail::tell(&mut stage, &plants)).await?;
    stage.strike().await
}
