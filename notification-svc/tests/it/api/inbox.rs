//! The inbox as its callers read it: marks, pages, and what changed since.

use serde_json::{Value, json};

use crate::service::Service;
use crate::world::World;

fn ids(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn reading_a_notification_moves_it_to_the_next_position_and_tells_so_once() {
    let world = World::new().await;
    let service = Service::start(&world).await;
    world.remind("alice", world.now_plus(0).await).await;
    let id = service.inbox_of("alice", 1).await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/v1/notifications/{id}/read");
    let read = service.post("alice", &path, None).await;
    assert_eq!((read.status, &read.body["position"]), (200, &json!(2)));
    assert_eq!(read.headers["taskwire-position"], "2");
    assert!(read.body["read_at"].is_string());
    let again = service.post("alice", &path, None).await;
    assert_eq!((again.status, again.body), (200, read.body));
    let update = world.updates().await.pop().unwrap();
    assert_eq!(world.updates().await.len(), 2);
    assert_eq!(
        (update.meta.kind.as_str(), update.meta.actor.as_str()),
        ("notification.read", "user:alice")
    );
    assert_eq!(
        (
            update.meta.version.get(),
            update.meta.previous.get(),
            update.from.get()
        ),
        (2, 1, 2)
    );
    assert!(update.notification.unwrap().read_at.is_some());
}

#[tokio::test]
async fn the_inbox_is_newest_first_in_pages_that_cover_everything_once() {
    let world = World::new().await;
    let service = Service::start(&world).await;
    for _ in 0..5 {
        world.remind("alice", world.now_plus(0).await).await;
    }
    let all = service.inbox_of("alice", 5).await;
    let mut seen = Vec::new();
    let mut path = "/v1/notifications?limit=2".to_owned();
    loop {
        let page = service.get("alice", &path).await.body;
        seen.extend(page["items"].as_array().unwrap().clone());
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("/v1/notifications?limit=2&cursor={cursor}");
    }
    assert_eq!(seen, all);
    let positions: Vec<_> = all
        .iter()
        .map(|item| item["position"].as_i64().unwrap())
        .collect();
    assert_eq!(positions, [5, 4, 3, 2, 1]);
}

#[tokio::test]
async fn since_gives_what_changed_in_the_order_of_the_changes() {
    let world = World::new().await;
    let service = Service::start(&world).await;
    for _ in 0..3 {
        world.remind("alice", world.now_plus(0).await).await;
    }
    let inbox = service.inbox_of("alice", 3).await;
    let newest_first = ids(&inbox);
    service
        .post(
            "alice",
            &format!("/v1/notifications/{}/read", newest_first[1]),
            None,
        )
        .await;
    let page = service.get("alice", "/v1/notifications?since=1").await.body;
    assert_eq!(
        ids(page["items"].as_array().unwrap()),
        [newest_first[0], newest_first[1]]
    );
    assert_eq!(
        (&page["position"], &page["epoch"], &page["full_resync"]),
        (&json!(4), &json!(1), &json!(false))
    );
    let first = service
        .get("alice", "/v1/notifications?since=1&limit=1")
        .await
        .body;
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = service
        .get(
            "alice",
            &format!("/v1/notifications?since=1&limit=1&cursor={cursor}"),
        )
        .await
        .body;
    assert_eq!(ids(second["items"].as_array().unwrap()), [newest_first[1]]);
    assert_eq!(second["next_cursor"], Value::Null);
}

/// Reads all pages from `path` on; between any two of them another reminder fires. What is listed, and the next `since`.
async fn read_amid_changes(world: &World, service: &Service, path: &str) -> (Vec<Value>, String) {
    let mut items = Vec::new();
    let mut path = format!("/v1/notifications?limit=2{path}");
    loop {
        let page = service.get("alice", &path).await.body;
        assert_eq!(page["full_resync"], json!(false), "{page}");
        items.extend(page["items"].as_array().unwrap().clone());
        let Some(cursor) = page["next_cursor"].as_str() else {
            return (items, format!("{}.{}", page["epoch"], page["position"]));
        };
        // A client that stops here has this much.
        let reached = page["position"].as_i64().unwrap();
        let unread = |item: &&Value| item["position"].as_i64().unwrap() <= reached;
        let is_since = path.contains("since=");
        assert!(!is_since || items.iter().all(|item| unread(&item)), "{page}");
        let fired = service.inbox("alice").await.len();
        world.remind("alice", world.now_plus(0).await).await;
        service.inbox_of("alice", fired + 1).await;
        path = format!("/v1/notifications?limit=2&cursor={cursor}");
    }
}

#[tokio::test]
async fn what_arrives_between_two_pages_comes_with_the_next_since() {
    for (first, name) in [
        ("", "newest first"),
        ("&since=1.0", "in the order of the changes"),
    ] {
        let world = World::new().await;
        let service = Service::start(&world).await;
        for _ in 0..5 {
            world.remind("alice", world.now_plus(0).await).await;
        }
        service.inbox_of("alice", 5).await;
        let (mut seen, since) = read_amid_changes(&world, &service, first).await;
        let (more, _) = read_amid_changes(&world, &service, &format!("&since={since}")).await;
        seen.extend(more);
        let all = service.inbox("alice").await;
        for item in &all {
            assert!(seen.contains(item), "{name}: {item} was never listed");
        }
    }
}

#[tokio::test]
async fn a_page_in_the_order_of_changes_says_how_far_it_goes() {
    let world = World::new().await;
    let service = Service::start(&world).await;
    for _ in 0..3 {
        world.remind("alice", world.now_plus(0).await).await;
    }
    service.inbox_of("alice", 3).await;
    let page = service
        .get("alice", "/v1/notifications?since=1.0&limit=2")
        .await
        .body;
    assert_eq!(page["position"], json!(2), "who goes on with this misses nothing");
    let rest = service.get("alice", "/v1/notifications?since=1.2").await.body;
    assert_eq!(rest["items"][0]["position"], json!(3));
}

#[tokio::test]
async fn a_position_of_another_life_or_from_the_future_is_answered_with_everything() {
    let world = World::new().await;
    let service = Service::start(&world).await;
    world.remind("alice", world.now_plus(0).await).await;
    world.remind("alice", world.now_plus(0).await).await;
    service.inbox_of("alice", 2).await;
    let page = service
        .get("alice", "/v1/notifications?since=1.0&limit=1")
        .await
        .body;
    let cursor = page["next_cursor"].as_str().unwrap().to_owned();
    world.raise_epoch().await;
    for path in ["since=99", "since=1.1", "since=3.1", &format!("cursor={cursor}")] {
        let page = service
            .get("alice", &format!("/v1/notifications?{path}"))
            .await
            .body;
        assert_eq!(
            (&page["full_resync"], page["items"].as_array().unwrap().len()),
            (&json!(true), 2),
            "{path}: {page}"
        );
        assert_eq!(
            (&page["epoch"], &page["position"]),
            (&json!(2), &json!(2)),
            "{path}"
        );
    }
    let page = service.get("alice", "/v1/notifications?since=2.1").await.body;
    assert_eq!(
        (&page["full_resync"], &page["position"]),
        (&json!(false), &json!(2))
    );
}
