//! What only a local stack may do, with the configuration of the one that runs.

use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use tests::environment::Environment;

#[tokio::test]
async fn a_service_that_is_given_the_local_issuer_elsewhere_does_not_start() -> anyhow::Result<()> {
    let environment = Environment::read()?;
    let binaries = environment.taskwire_bin_dir.context("the stack's binaries")?;
    for service in ["backend-api", "notification-svc", "audit-svc", "ws-gateway"] {
        // All else is the running stack's: its issuers, servers and keys.
        let mut command = tokio::process::Command::new(binaries.join(service));
        command
            .env_remove("LOCAL_STACK")
            .args(["--listen-addr=127.0.0.1:0", "--admin-addr=127.0.0.1:0"])
            .stdin(Stdio::null())
            .kill_on_drop(true);
        let output = tokio::time::timeout(Duration::from_secs(30), command.output()).await;
        let output = output.with_context(|| format!("{service} has started"))??;
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{service}: {said}");
        for part in ["JWT_ISSUERS", "taskwire-local", "LOCAL_STACK=true"] {
            assert!(said.contains(part), "{service} does not name {part}: {said}");
        }
    }
    Ok(())
}
