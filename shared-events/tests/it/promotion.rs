//! A standby that is promoted.

use std::process::Command;

use service_kit::testing::PostgresServers;
use shared_events::outbox::{confirmed_epoch, verify_epoch};
use sqlx::{Connection, Executor};

fn signal(name: &str, pid: i32) {
    let status = Command::new("kill")
        .args([name, &pid.to_string()])
        .status()
        .unwrap();
    assert!(status.success(), "kill {name} {pid}: {status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_is_refused_and_its_promotion_raises_the_epoch_before_any_checkpoint() {
    let servers = PostgresServers::create().await;
    servers.initialise("primary");
    let mut primary = servers.start("primary").await;
    primary.execute("CREATE SCHEMA outbox").await.unwrap();
    shared_events::MIGRATOR
        .run_direct(None, &mut primary, false)
        .await
        .unwrap();
    let before = verify_epoch(&mut primary).await.unwrap();
    assert_eq!(verify_epoch(&mut primary).await.unwrap(), before);
    primary.close().await.unwrap();
    servers.stop("primary");

    servers.copy("primary", "standby");
    servers.write("standby", "standby.signal", "");
    let mut standby = servers.start("standby").await;
    let refused = verify_epoch(&mut standby).await.unwrap_err();
    assert!(service_kit::pg::is_outage(&refused), "{refused}");
    assert!(refused.to_string().contains("pg_ctl promote"), "{refused}");

    // The checkpoint that follows a promotion may take minutes; this one waits until we have looked.
    let checkpointer = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'";
    let checkpointer: i32 = sqlx::query_scalar(checkpointer)
        .fetch_one(&mut standby)
        .await
        .unwrap();
    signal("-STOP", checkpointer);
    let promoted: bool = sqlx::query_scalar("SELECT pg_promote()")
        .fetch_one(&mut standby)
        .await
        .unwrap();
    let timeline = "SELECT timeline_id FROM pg_control_checkpoint()";
    let timeline: i32 = sqlx::query_scalar(timeline)
        .fetch_one(&mut standby)
        .await
        .unwrap();
    let after = verify_epoch(&mut standby).await;
    let again = verify_epoch(&mut standby).await;
    signal("-CONT", checkpointer);
    assert!(promoted);
    assert_eq!(timeline, 1, "the last checkpoint was on the old timeline");
    let after = after.unwrap();
    assert!(after.0 > before.0, "{after:?}");
    assert_eq!(again.unwrap(), after, "once");
    assert_eq!(
        confirmed_epoch(&mut standby).await.unwrap(),
        after,
        "nothing is to be confirmed"
    );
    standby.close().await.unwrap();
}
