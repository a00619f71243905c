//! A process that takes the place of a server, killed and started again.

use std::collections::BTreeMap;
use std::path::PathBuf;

use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;

/// A registry to look at: the shell, with a child of its own, while somebody else answers on its port.
async fn registry(directory: &Path) -> (ServerSetup, MockServer) {
    let answering = MockServer::start().await;
    Mock::given(path(SUBJECTS))
        .respond_with(ResponseTemplate::new(200))
        .mount(&answering)
        .await;
    let setup = ServerSetup {
        name: "registry".into(),
        pid: 0,
        program: PathBuf::from("/bin/sh"),
        args: ["-c", "sleep 600 & echo started in $MARK; wait"]
            .map(str::to_owned)
            .to_vec(),
        env: BTreeMap::from([
            ("MARK".to_owned(), "a-test".to_owned()),
            ("PATH".to_owned(), "/usr/bin:/bin".to_owned()),
        ]),
        account: None,
        port: answering.address().port(),
        log: directory.join("registry.log"),
    };
    (setup, answering)
}

fn family(pid: Pid) -> Vec<PathBuf> {
    let children = format!("/proc/{0}/task/{0}/children", pid.as_raw_nonzero());
    let text = std::fs::read_to_string(children).unwrap_or_default();
    text.split_ascii_whitespace()
        .map(|pid| PathBuf::from(format!("/proc/{pid}")))
        .collect()
}

#[tokio::test]
async fn a_killed_server_takes_its_children_along_and_comes_back_as_it_was() {
    let directory = std::env::temp_dir().join(format!("taskwire-servers-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let (mut setup, _answering) = registry(&directory).await;
    // One that somebody else started, as xtask does, and asks for only at the end.
    let mut first = Command::new(&setup.program)
        .args(&setup.args)
        .envs(&setup.env)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    setup.pid = i32::try_from(first.id().unwrap()).unwrap();
    let server = Server::of(&setup).unwrap();
    let before = server.pid().unwrap();
    let children = wait_until(GONE, "a child", || async {
        Ok(Some(family(before))
            .filter(|it| !it.is_empty())
            .ok_or_else(String::new))
    })
    .await
    .unwrap();
    server.kill().await.unwrap();
    assert_eq!(server.pid(), None);
    first.wait().await.unwrap();
    wait_until(GONE, "the children's end", || async {
        Ok(if children.iter().any(|path| alive(path)) {
            Err(format!("{children:?}"))
        } else {
            Ok(())
        })
    })
    .await
    .unwrap();
    server.kill().await.unwrap();
    server.clone().start().await.unwrap();
    let after = server.pid().unwrap();
    assert_ne!(before, after);
    wait_until(GONE, "its log", || async {
        let text = std::fs::read_to_string(&setup.log)?;
        Ok(if text == "started in a-test\n" {
            Ok(())
        } else {
            Err(text)
        })
    })
    .await
    .unwrap();
    server.kill().await.unwrap();
    assert!(!alive(Path::new(&format!("/proc/{}", after.as_raw_nonzero()))));
    std::fs::remove_dir_all(&directory).unwrap();
}

/// Whoever waits for a parent that asks for it is dead.
fn alive(process: &Path) -> bool {
    let stat = std::fs::read_to_string(process.join("stat")).unwrap_or_default();
    stat.rsplit_once(") ")
        .is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

#[tokio::test]
async fn a_server_that_ends_while_it_starts_is_no_answer() {
    let directory = std::env::temp_dir().join(format!("taskwire-servers-ends-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let (mut setup, answering) = registry(&directory).await;
    drop(answering);
    let mut first = Command::new("/bin/sleep").arg("600").spawn().unwrap();
    setup.pid = i32::try_from(first.id().unwrap()).unwrap();
    setup.args = ["-c", "exit 3"].map(str::to_owned).to_vec();
    // Nobody listens there.
    setup.port = 1;
    let server = Server::of(&setup).unwrap();
    server.kill().await.unwrap();
    first.wait().await.unwrap();
    let error = server.start().await.unwrap_err().to_string();
    assert!(error.contains("exit status: 3"), "{error}");
    std::fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn an_unknown_server_is_refused() {
    let setup = ServerSetup {
        name: "redis".into(),
        pid: 1,
        program: PathBuf::new(),
        args: Vec::new(),
        env: BTreeMap::new(),
        account: None,
        port: 1,
        log: PathBuf::new(),
    };
    assert!(Server::of(&setup).unwrap_err().to_string().contains("redis"));
}
