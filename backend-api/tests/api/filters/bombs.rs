//! Filters that are meant to hurt: each is refused at once, and nothing breaks.

use std::time::{Duration, Instant};

use futures_util::future::join_all;

use super::*;

/// Fifty milliseconds on a machine that does nothing else.
const DEADLINE: Duration = Duration::from_secs(2);

#[tokio::test]
async fn a_bomb_is_a_bad_query_with_its_column_and_at_once() {
    let app = App::start().await;
    let alice = app.user("alice");
    alice.create(json!({"title": "a"})).await;
    let terms = |number: usize| vec!["has due"; number].join(" or ");
    let bombs = [
        ("(".repeat(10_000), 2001),
        ("(".repeat(2_000), 21),
        ("not ".repeat(500), 81),
        ("!".repeat(2_000), 21),
        ("((has due) and ".repeat(30), 287),
        (format!("tag in ({}a)", "a,".repeat(10_000)), 2001),
        (terms(3_000), 2001),
        (terms(150), 1105),
        (format!("tag in ({})", vec!["a"; 500].join(",")), 209),
        ("title = \"milk".to_owned(), 9),
        ("title = 'milk\"".to_owned(), 9),
        (format!("title = '{}", "\\'".repeat(900)), 9),
        ("title like \"(a+)+$\" |".to_owned(), 21),
        ("title = ^(([a-z])+.)+$".to_owned(), 9),
        ("title = a\0b".to_owned(), 10),
        ("title = \"a\0b\"".to_owned(), 11),
        ("\u{202e}eud sah".to_owned(), 1),
        ("has due \u{202e}".to_owned(), 9),
        ("has due; DROP TABLE tasks.task".to_owned(), 8),
        ("title = 'x' -- ".to_owned(), 13),
        (format!("due < today {}", "+ 99999y ".repeat(200)), 7),
        (format!("estimate > {}", "9".repeat(1_900)), 12),
        ("é".repeat(3_000), 2001),
        (String::new(), 1),
    ];
    for (bomb, column) in bombs {
        let begun = Instant::now();
        let (at, detail) = alice.refusal(&bomb).await;
        assert!(begun.elapsed() < DEADLINE, "{bomb}");
        assert_eq!(at, column, "{bomb}: {detail}");
        assert!(detail.chars().count() < 300, "{detail}");
    }
    assert_eq!(alice.found("title = a").await, set(["a"]), "it goes on");
}

#[tokio::test]
async fn words_of_sql_and_wildcards_are_texts_like_others() {
    let app = App::start().await;
    let alice = app.user("alice");
    let titles = [
        "100% done",
        "100 done",
        "a_b",
        "axb",
        "c:\\d",
        "it's \"x\"",
        "שלום",
    ];
    for title in titles {
        alice.create(json!({"title": title})).await;
    }
    for (filter, title) in [
        (r#"title like "100\% done""#, "100% done"),
        (r#"title = "100% done""#, "100% done"),
        ("title like a_b", "a_b"),
        (r#"title like "c:\\*""#, "c:\\d"),
        (r#"title = "IT'S \"X\"""#, "it's \"x\""),
        ("title like של", "שלום"),
        ("title like '*0 *'", "100 done"),
    ] {
        assert_eq!(alice.found(filter).await, set([title]), "{filter}");
    }
    for filter in [
        "title = \"' OR 1=1 --\"",
        "title like \"'; DROP TABLE tasks.task; --\"",
        "title = '$1'",
    ] {
        assert_eq!(alice.found(filter).await, set([]), "{filter}");
    }
    assert_eq!(alice.found("title like '*%*'").await.len(), titles.len());
}

/// The longest texts, and a filter whose pattern fits them nearly everywhere and nowhere whole.
async fn slow(app: &App, alice: &User) -> String {
    alice.create(json!({"title": "a"})).await;
    let copies = "INSERT INTO tasks.task (id, user_id, title, description, priority, status, tags, reminders, version, position,
                                         created_at, updated_at)
                  SELECT gen_random_uuid(), user_id, 'b', repeat('a', 32000), 'normal', 'open', '{}', '[]', 1, 1000 + n, now(), now()
                    FROM tasks.user_state, generate_series(1, 2000) AS n";
    sqlx::query(copies).execute(&app.pool).await.unwrap();
    path(&format!("description like \"*{}b*\"", "a".repeat(1_900)), "")
}

#[tokio::test]
async fn what_takes_too_long_is_given_up() {
    let app = App::start().await;
    let alice = app.user("alice");
    let path = slow(&app, &alice).await;
    let begun = Instant::now();
    let reply = alice.get(&path).await;
    let reply = reply.expect_problem(400, "bad-query", None);
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    assert_eq!(reply.body["parameter"], "filter");
    assert!(reply.text.contains("took longer than 2 seconds"), "{reply:#?}");
    assert_eq!(
        alice.found("title = a").await,
        set(["a"]),
        "the connection goes on"
    );
    let all = alice.get("/v1/tasks?limit=200").await.expect(200);
    assert_eq!(all.body["items"].as_array().unwrap().len(), 200);
}

#[tokio::test]
async fn slow_lists_of_one_user_leave_connections_to_others() {
    let app = App::start().await;
    let alice = app.user("alice");
    let path = slow(&app, &alice).await;
    let running = "SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND state = 'active' AND query LIKE '%lower(description%LIKE%'
                      AND pid <> pg_backend_pid()";
    let mut calls = std::pin::pin!(join_all((0..12).map(|_| alice.get(&path))));
    let mut most = 0;
    let replies = loop {
        tokio::select! {
            replies = &mut calls => break replies,
            number = app.number(running) => most = most.max(number),
        }
    };
    assert!((1..=3).contains(&most), "{most} at once");
    let statuses: BTreeSet<u16> = replies.iter().map(|reply| reply.status.as_u16()).collect();
    assert_eq!(statuses, BTreeSet::from([400, 503]));
    let refused = replies.into_iter().find(|reply| reply.status == 503).unwrap();
    let refused = refused.expect_problem(503, "unavailable", None);
    assert_eq!(refused.header("retry-after"), "1");
}
