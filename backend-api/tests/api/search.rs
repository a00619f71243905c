//! Searches: what is found by which words, in which order, and that the words are kept with what is written.

use std::collections::HashMap;

use backend_api::domain::words::folded;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::app::{App, User, path};
use crate::projects::{place, project};

/// A number, a title, a description, a tag and a project, `-` for none; written by `search/generate.py`, as the queries are.
const TASKS: &str = include_str!("search/tasks.tsv");
/// A kind of query, the query, the word that was meant if it has a typing error, how many tasks are found, and the first ten.
const QUERIES: &str = include_str!("search/queries.tsv");

/// What a search of all tasks is asked by.
pub(crate) fn asked(query: &str) -> String {
    format!("/v1/tasks?q={}", utf8_percent_encode(query, NON_ALPHANUMERIC))
}

async fn found(user: &User, query: &str) -> Vec<String> {
    let page = user.get(&asked(query)).await.expect(200).body;
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|task| task["title"].as_str().unwrap().to_owned())
        .collect()
}

/// The id of a task that has a number, later ones for higher numbers.
fn id(number: &str) -> String {
    format!("01900000-0000-7000-8000-{number:0>12}")
}

/// Creates the tasks of the table.
async fn filled(user: &User) {
    let mut named: HashMap<&str, Value> = HashMap::new();
    for line in TASKS.lines() {
        let [number, title, description, tag, in_project] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let mut task = json!({"id": id(number), "title": title});
        if description != "-" {
            task["description"] = json!(description);
        }
        for (name, field) in [(tag, "tags"), (in_project, "project_id")] {
            if name == "-" {
                continue;
            }
            if !named.contains_key(name) {
                let made = match field {
                    "tags" => json!([user.tag(name).await["id"]]),
                    _ => project(user, name).await["id"].clone(),
                };
                named.insert(name, made);
            }
            task[field] = named[name].clone();
        }
        user.create(task).await;
    }
}

#[tokio::test]
async fn three_hundred_queries_find_what_was_computed_elsewhere_in_that_order() {
    let app = App::start().await;
    let alice = app.user("alice");
    filled(&alice).await;
    let (mut wrong, mut meant_ones, mut found_ones) = (Vec::new(), 0, 0);
    for line in QUERIES.lines() {
        let [kind, query, meant, count, first] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let page = alice
            .get(&format!("{}&limit=200", asked(query)))
            .await
            .expect(200)
            .body;
        let items = page["items"].as_array().unwrap();
        let expected: Vec<String> = first.split_whitespace().filter(|id| *id != "-").map(id).collect();
        let shown: Vec<&str> = items
            .iter()
            .take(10)
            .map(|task| task["id"].as_str().unwrap())
            .collect();
        if shown != expected || items.len().to_string() != count {
            wrong.push(format!(
                "{kind} {query}: {} instead of {count}: {shown:?} {expected:?}",
                items.len()
            ));
        }
        if meant != "-" {
            meant_ones += 1;
            let has_it = |task: &Value| {
                folded(task["title"].as_str().unwrap())
                    .iter()
                    .any(|word| word == meant)
            };
            found_ones += usize::from(items.iter().take(10).any(has_it));
        }
    }
    assert!(wrong.is_empty(), "{} of 300:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(QUERIES.lines().count(), 300);
    assert!(
        meant_ones >= 60 && found_ones * 10 >= meant_ones * 9,
        "{found_ones} of {meant_ones} words with a typing error were found"
    );
}

#[tokio::test]
async fn words_are_the_same_in_postgres_and_in_the_code() {
    let app = App::start().await;
    let long = "x".repeat(70) + "ß".repeat(40).as_str();
    let texts = TASKS.lines().chain([
        "",
        " ",
        "ΟΔΟΣ οδός Ὀδυσσεύς",
        "İstanbul ısı",
        "Ærøskøbing Łódź đak œuvre",
        "ﬁle ＡＢＣ ½ ② Ⅷ",
        "नमस्ते दुनिया",
        "สวัสดี",
        "مرحبا ٣٤",
        "שלום",
        "한국어 표기",
        "カタカナ ｶﾞｿﾘﾝ ひらがな・ー",
        "a\u{200d}b \u{202e}abc",
        "🦀 crab🦀s",
        "e\u{301}\u{327}",
        "x\u{345}y",
        "snake_case kebab-case a.b@c.de 1,234.5",
        "K Å ſ ẞ",
        &long,
    ]);
    for text in texts {
        let kept: Vec<String> = sqlx::query_scalar("SELECT tasks.search_words($1)")
            .bind(text)
            .fetch_one(&app.pool)
            .await
            .unwrap();
        assert_eq!(folded(text), kept, "{text}");
    }
}

#[tokio::test]
async fn a_search_tells_where_the_words_stand() {
    let app = App::start().await;
    let alice = app.user("alice");
    let body = json!({"title": "Große Straße fegen", "description": "🧹 at the end of the strasse"});
    let task = alice.create(body).await;
    let page = alice.get(&asked("straß")).await.expect(200).body;
    assert_eq!(page["items"], json!([task]));
    let hit = json!({"task_id": task["id"], "score": 12, "title": [{"start": 6, "end": 12}],
                     "description": [{"start": 20, "end": 27}]});
    assert_eq!(page["hits"], json!([hit]));
    assert_eq!(page["next_cursor"], json!(null));
    let alike = alice.get(&asked("fegne")).await.expect(200).body;
    assert_eq!(alike["hits"][0]["title"], json!([{"start": 13, "end": 18}]));
    assert!(
        alice
            .get("/v1/tasks")
            .await
            .expect(200)
            .body
            .get("hits")
            .is_none()
    );
}

#[tokio::test]
async fn what_is_renamed_deleted_and_restored_is_found_by_what_it_says_now() {
    let app = App::start().await;
    let alice = app.user("alice");
    let (tag, garden) = (alice.tag("errand").await, project(&alice, "Balcony").await);
    let body = json!({"title": "Buy soil", "tags": [tag["id"]], "project_id": garden["id"]});
    let task = alice.create(body).await;
    for query in ["soil", "errand", "balc", "buy balcony errand"] {
        assert_eq!(found(&alice, query).await, ["Buy soil"], "{query}");
    }
    alice
        .patch(
            &format!("/v1/tags/{}", tag["id"].as_str().unwrap()),
            json!({"name": "shopping"}),
        )
        .await
        .expect(200);
    alice
        .patch(&place(&garden), json!({"name": "Terrace"}))
        .await
        .expect(200);
    alice
        .patch(
            &path(&task),
            json!({"title": "Buy compost", "description": "forty litres"}),
        )
        .await
        .expect(200);
    for query in ["soil", "errand", "balcony"] {
        assert_eq!(found(&alice, query).await, [""; 0], "{query}");
    }
    for query in ["compost", "shopping", "terrace", "litres"] {
        assert_eq!(found(&alice, query).await, ["Buy compost"], "{query}");
    }
    alice.act(&task, "complete").await.expect(200);
    assert_eq!(found(&alice, "compost").await, ["Buy compost"]);
    alice.delete(&path(&task)).await.expect(204);
    assert_eq!(found(&alice, "compost").await, [""; 0]);
    alice.act(&task, "restore").await.expect(200);
    assert_eq!(found(&alice, "compost").await, ["Buy compost"]);
    alice
        .delete(&format!("/v1/tags/{}", tag["id"].as_str().unwrap()))
        .await
        .expect(204);
    assert_eq!(found(&alice, "shopping").await, [""; 0]);
    kept_exactly(&app).await;
}

#[tokio::test]
async fn a_search_goes_along_with_a_status_and_a_project_page_by_page() {
    let app = App::start().await;
    let (alice, bob) = (app.user("alice"), app.user("bob"));
    let garden = project(&alice, "Garden").await;
    for number in 0..25 {
        let mut body = json!({"title": format!("plant {number}")});
        if number % 2 == 0 {
            body["project_id"] = garden["id"].clone();
        }
        let task = alice.create(body).await;
        if number % 5 == 0 {
            alice.act(&task, "complete").await.expect(200);
        }
        bob.create(json!({"title": format!("plant {number}")})).await;
    }
    let in_garden = format!("&project_id={}", garden["id"].as_str().unwrap());
    for (more, count) in [
        ("", 25),
        ("&status=open", 20),
        (&in_garden, 13),
        (&format!("{in_garden}&status=done"), 3),
        ("&filter=status%20%21%3D%20open", 5),
        (
            "&filter=project%20%3D%20garden%20and%20title%20like%20%22%2A1%2A%22",
            5,
        ),
    ] {
        let whole = alice.list(&format!("{}{more}&limit=200", asked("pla"))).await;
        let paged = alice.list(&format!("{}{more}&limit=4", asked("pla"))).await;
        assert_eq!((whole.len(), &paged), (count, &whole), "{more}");
    }
    let first = alice
        .get(&format!("{}&limit=4", asked("pla")))
        .await
        .expect(200)
        .body;
    let cursor = first["next_cursor"].as_str().unwrap();
    for other in [
        asked("plan"),
        format!("{}&status=open", asked("pla")),
        "/v1/tasks?limit=4".to_owned(),
    ] {
        let refused = alice.get(&format!("{other}&cursor={cursor}")).await;
        refused.expect_problem(400, "bad-query", None);
    }
}

#[tokio::test]
async fn what_cannot_be_searched_for_is_refused_with_the_reason() {
    let app = App::start().await;
    let alice = app.user("alice");
    alice.create(json!({"title": "anything"})).await;
    let many_words = (0..40).map(|n| n.to_string()).collect::<Vec<_>>().join(" ");
    for (query, reason) in [
        ("", "no letter and no digit"),
        ("?!*", "no letter and no digit"),
        ("a\u{0}b", "U+0000 at character 2"),
        (&"a".repeat(201), "201 characters"),
        (&"word ".repeat(2_000), "10000 characters"),
        (&many_words, "40 words"),
    ] {
        let refused = alice
            .get(&asked(query))
            .await
            .expect_problem(400, "bad-query", None);
        let detail = refused.body["detail"].as_str().unwrap();
        assert!(detail.starts_with("q ") && detail.contains(reason), "{detail}");
    }
    for query in [
        "(((",
        "a.*b",
        "%_\\",
        "\u{202e}gnihtyna",
        "'; DROP TABLE tasks.task; --",
        "a:*",
        "\"anything",
        "x & !y",
    ] {
        let answer = alice.get(&asked(query)).await;
        assert!(
            answer.status == 200 || answer.status == 400,
            "{query}: {}",
            answer.text
        );
    }
    let sorted = alice.get("/v1/tasks?q=anything&sort=due").await;
    sorted.expect_problem(400, "bad-query", None);
    assert_eq!(found(&alice, "anything").await, ["anything"]);
}

/// The words that are kept are those of what is there.
pub(crate) async fn kept_exactly(app: &App) {
    let differing = "SELECT count(*) FROM (
            (SELECT user_id, term, task_id, weight FROM tasks.search_term
             EXCEPT SELECT * FROM wanted) UNION ALL
            (SELECT * FROM wanted EXCEPT SELECT user_id, term, task_id, weight FROM tasks.search_term)) AS differing";
    let wanted = "WITH wanted AS (
            SELECT user_id, word AS term, id AS task_id, 2::smallint AS weight
              FROM tasks.task, unnest(tasks.search_words(title)) AS word WHERE deleted_at IS NULL
             UNION ALL
            SELECT user_id, word, id, 1::smallint
              FROM tasks.task, unnest(tasks.search_words(description)) AS word
             WHERE deleted_at IS NULL AND word <> ALL (tasks.search_words(title)))";
    let terms = format!("{wanted} {differing}");
    let words = "SELECT count(*) FROM (
            (SELECT user_id, term FROM tasks.search_word EXCEPT SELECT * FROM used) UNION ALL
            (SELECT * FROM used EXCEPT SELECT user_id, term FROM tasks.search_word)) AS differing";
    let used = "WITH used AS (SELECT user_id, term FROM tasks.search_term UNION SELECT user_id, term FROM tasks.search_name)";
    let names = "SELECT count(*) FROM (
            SELECT user_id, term, id FROM tasks.search_name EXCEPT (
            SELECT user_id, word, id FROM tasks.tag, unnest(tasks.search_words(name)) AS word WHERE deleted_at IS NULL UNION ALL
            SELECT user_id, word, id FROM tasks.project, unnest(tasks.search_words(name)) AS word
             WHERE deleted_at IS NULL)) AS differing";
    for query in [terms, format!("{used} {words}"), names.to_owned()] {
        let differing: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(query.clone()))
            .fetch_one(&app.pool)
            .await
            .unwrap();
        assert_eq!(differing, 0, "{query}");
    }
}

#[tokio::test]
async fn an_account_that_is_deleted_leaves_no_word_behind() {
    let app = App::start().await;
    let (alice, bob) = (app.user("alice"), app.user("bob"));
    for user in [&alice, &bob] {
        let garden = project(user, "Garden").await;
        let tag = user.tag("home").await;
        user.create(
            json!({"title": "Dig", "description": "deep", "project_id": garden["id"], "tags": [tag["id"]]}),
        )
        .await;
    }
    alice.delete("/v1/me?confirm=everything").await.expect(200);
    let left = "SELECT count(*) FROM (SELECT user_id FROM tasks.search_term UNION ALL SELECT user_id FROM tasks.search_name
                 UNION ALL SELECT user_id FROM tasks.search_word) AS kept WHERE user_id LIKE '%alice%'";
    assert_eq!(app.number(left).await, 0);
    assert_eq!(found(&bob, "dig garden").await, ["Dig"]);
    kept_exactly(&app).await;
}
