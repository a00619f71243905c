//! Many at once: one wins where one may, and the order has neither gap nor repetition.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

use crate::app::{App, path};

#[tokio::test(flavor = "multi_thread")]
async fn of_two_patches_with_the_same_version_one_wins() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(json!({"title": "a"})).await;
    let patches = ["b", "c"].map(|title| {
        let (alice, path) = (alice.clone(), path(&task));
        async move {
            alice
                .call(Method::PATCH, &path, Some(json!({"title": title})), Some("\"1\""))
                .await
        }
    });
    let mut statuses: Vec<_> = join_all(patches)
        .await
        .iter()
        .map(|reply| reply.status.as_u16())
        .collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
    assert_eq!(alice.get(&path(&task)).await.expect(200).body["version"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn positions_have_no_gap_under_concurrent_changes_and_are_told_in_their_order() {
    let app = App::start().await;
    let alice = app.user("alice");
    let shared = alice.create(json!({"title": "shared"})).await;
    let calls = (0..60).map(|n| {
        let (alice, shared) = (alice.clone(), shared.clone());
        async move {
            match n % 4 {
                0 => {
                    alice
                        .patch(&path(&shared), json!({"description": n.to_string()}))
                        .await
                }
                1 => alice.patch(&path(&shared), json!({})).await,
                2 => alice.post("/v1/tasks", crate::app::daily()).await,
                _ => alice.post("/v1/tasks", json!({"title": n})).await,
            }
        }
    });
    let replies = join_all(calls).await;
    assert!(
        replies
            .iter()
            .all(|reply| [200, 201, 422].contains(&reply.status.as_u16())),
        "{replies:?}"
    );
    let updates: Vec<_> = app
        .facts()
        .await
        .into_iter()
        .filter(|fact| fact.to_string().starts_with("update"))
        .collect();
    let positions: Vec<_> = updates.iter().map(|fact| fact.meta().position.get()).collect();
    let expected: Vec<_> = (1..=1 + 15 + 2 * 15).collect();
    assert_eq!(positions, expected);
    let versions: Vec<_> = updates
        .iter()
        .filter(|fact| fact.meta().aggregate_id == shared["id"].as_str().unwrap())
        .map(|fact| (fact.meta().previous.get(), fact.meta().version.get()))
        .collect();
    assert_eq!(versions, (0..=15).map(|n| (n, n + 1)).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_user_can_begin_with_many_calls_at_once() {
    let app = App::start().await;
    let calls = (0..8).map(|n| {
        let alice = app.user("alice");
        async move {
            alice.create(json!({"title": format!("task {n}")})).await["position"]
                .as_i64()
                .unwrap()
        }
    });
    let mut positions = join_all(calls).await;
    positions.sort_unstable();
    assert_eq!(positions, [1, 2, 3, 4, 5, 6, 7, 8]);
}
