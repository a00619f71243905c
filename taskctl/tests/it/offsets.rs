//! `taskctl offsets` and `taskctl dlq resume` on a real database and broker.

mod setting;

use std::time::{Duration, Instant};

use rdkafka::Offset;
use rdkafka::consumer::Consumer;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection, Executor};

use self::setting::Setting;
use crate::taskctl::{provided, taskctl, unique};

const DEADLINE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn an_offset_is_set_in_the_row_together_with_its_audit_record() {
    let mut setting = Setting::create("audit-svc").await;
    setting.stand().await;
    let done = setting.set("7", &[]).expect_code(0).json();
    assert_eq!((&done["from"], &done["to"]), (&3.into(), &7.into()));
    assert_eq!((&done["passed_over"], &done["repeated"]), (&4.into(), &0.into()));
    assert_eq!(setting.row().await, (7, false, 0, None));

    let records = setting.records().await;
    let [(id, kind, topic, source, body)] = records.as_slice() else {
        panic!("{records:?}");
    };
    assert_eq!(done["event_id"], *id);
    assert_eq!(
        (kind.as_str(), topic.as_str(), source.as_str()),
        ("operator.offsets_set", "task-events", "/taskwire/taskctl")
    );
    let subject = format!("{} {}", setting.group, setting.place());
    for told in [
        "carol",
        &subject,
        "next offset 7 instead of 3",
        "reason: records were lost",
    ] {
        assert!(body.contains(told), "{told} in {body}");
    }

    let again = setting.set("7", &[]).expect_code(0).json();
    assert_eq!(again["event_id"], serde_json::Value::Null);
    assert_eq!(
        setting.records().await.len(),
        1,
        "what changes nothing is no action"
    );
    setting.remove().await;
}

#[tokio::test]
async fn an_offset_and_its_audit_record_are_kept_or_lost_together() {
    let mut setting = Setting::create("audit-svc").await;
    setting.stand().await;
    let refuse_record =
        "ALTER TABLE outbox.message ADD CONSTRAINT refused CHECK (kind NOT LIKE 'operator.%')";
    setting.connection.execute(refuse_record).await.unwrap();
    setting.set("7", &[]).expect_code(1);
    setting.resume().expect_code(1);
    assert_eq!(setting.row().await, Setting::untouched());

    let refuse_commit = "ALTER TABLE outbox.message DROP CONSTRAINT refused;
        CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'refused at the commit'; END $$;
        CREATE CONSTRAINT TRIGGER refused AFTER UPDATE ON outbox.consumer_offset
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.refuse()";
    sqlx::raw_sql(refuse_commit)
        .execute(&mut setting.connection)
        .await
        .unwrap();
    let run = setting.set("7", &[]).expect_code(1);
    assert!(run.stderr.contains("refused at the commit"), "{run:#?}");
    setting.resume().expect_code(1);
    assert_eq!(setting.row().await, Setting::untouched());
    assert!(setting.records().await.is_empty());
    setting.remove().await;
}

#[tokio::test]
async fn a_dry_run_says_what_it_means_and_changes_nothing() {
    let mut setting = Setting::create("audit-svc").await;
    setting.stand().await;
    let place = setting.place();
    let text = |offset: &str| {
        let arguments = [
            "offsets",
            "set",
            &setting.group,
            &place,
            offset,
            "--reason",
            "to see",
            "--dry-run",
        ];
        setting.run(&arguments).expect_code(0).stdout
    };
    let forwards = text("latest");
    assert!(
        forwards.contains("next offset 10 instead of 3") && forwards.contains("7 offsets are passed over"),
        "{forwards}"
    );
    let backwards = text("earliest");
    assert!(backwards.contains("3 records are read again"), "{backwards}");
    assert_eq!(setting.row().await, Setting::untouched());
    assert!(setting.records().await.is_empty());
    setting.remove().await;
}

#[tokio::test]
async fn what_cannot_be_set_is_refused_by_name_and_nothing_is_changed() {
    let mut setting = Setting::create("audit-svc").await;
    setting.stand().await;
    let (group, topic) = (setting.group.clone(), setting.topic.clone());
    let cases = [
        (
            group.as_str(),
            format!("{topic}/1"),
            "11",
            1,
            "0 (earliest) to 10 (latest)",
        ),
        (&group, format!("{topic}/2"), "0", 1, "has the partitions 0 to 1"),
        (&group, format!("{topic}/0"), "0", 1, "has never stood in"),
        (&group, format!("{topic}x/1"), "0", 1, "the broker has no topic"),
        (
            "audit-svc.nobody.v1",
            format!("{topic}/1"),
            "0",
            1,
            group.as_str(),
        ),
        (&group, topic.clone(), "0", 2, "TOPIC/PARTITION"),
        (&group, format!("{topic}/1"), "-1", 2, "-1"),
        (&group, format!("{topic}/1"), "end", 2, "earliest or latest"),
    ];
    for (group, place, offset, code, said) in cases {
        let arguments = ["offsets", "set", group, &place, offset, "--reason", "a test"];
        let run = setting.run(&arguments).expect_code(code);
        assert!(run.stderr.contains(said), "{said} in {run:#?}");
    }
    let place = setting.place();
    let run = setting
        .run(&["offsets", "set", &group, &place, "7"])
        .expect_code(2);
    assert!(run.stderr.contains("--reason"), "{run:#?}");
    assert_eq!(setting.row().await, Setting::untouched());
    assert!(setting.records().await.is_empty());
    setting.remove().await;
}

#[tokio::test]
async fn an_order_in_kafka_that_the_service_would_follow_is_not_overruled() {
    let mut setting = Setting::create("audit-svc").await;
    setting.stand().await;
    setting.commit(5, "");
    let run = setting.set("7", &[]).expect_code(1);
    assert!(run.stderr.contains("an operator has committed 5"), "{run:#?}");
    let shown = setting
        .run(&["offsets", "show", &setting.group])
        .expect_code(0)
        .stdout;
    assert!(shown.contains("an operator moved it to 5"), "{shown}");
    assert_eq!(setting.row().await, Setting::untouched());
    setting.commit(3, "taskwire");
    setting.set("7", &[]).expect_code(0);
    setting.remove().await;
}

#[tokio::test]
async fn a_stopped_partition_is_resumed_where_it_stands_with_an_audit_record() {
    let mut setting = Setting::create("audit-svc").await;
    setting.stand().await;
    let done = setting.resume().expect_code(0).json();
    assert_eq!(
        (&done["next"], &done["was_stopped"]),
        (&3.into(), &"too many".into())
    );
    assert_eq!(
        setting.row().await,
        (3, true, 0, None),
        "the record before is still known"
    );
    let records = setting.records().await;
    assert_eq!(records.len(), 1, "{records:?}");
    assert_eq!(
        (&records[0].0, records[0].1.as_str()),
        (
            &done["event_id"].as_str().unwrap().to_owned(),
            "operator.dlq_resumed"
        )
    );
    assert!(
        records[0].4.contains("too many; reason: the bug is fixed"),
        "{records:?}"
    );

    let again = setting.resume().expect_code(0).json();
    assert_eq!(again["event_id"], serde_json::Value::Null);
    assert_eq!(setting.records().await.len(), 1);
    setting.remove().await;
}

#[tokio::test]
async fn what_is_stopped_and_how_far_behind_is_shown() {
    let mut setting = Setting::create("audit-svc").await;
    setting.stand().await;
    let table = setting
        .run(&["offsets", "show", &setting.group])
        .expect_code(0)
        .stdout;
    let line = table
        .lines()
        .find(|line| line.contains(&setting.place()))
        .unwrap();
    let cells: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(
        cells[2..],
        ["3", "7", "postgres", "stopped:", "too", "many"],
        "{table}"
    );
    let run = setting
        .run(&["offsets", "show", "audit-svc.nobody.v1"])
        .expect_code(1);
    assert!(run.stderr.contains("audit-svc.nobody.v1"), "{run:#?}");
    setting.remove().await;
}

#[tokio::test]
async fn a_group_that_lives_in_kafka_is_set_while_nobody_reads_in_it() {
    let mut setting = Setting::create("recurring-svc").await;
    setting.commit(2, "taskwire");
    let done = setting.set("5", &[]).expect_code(0).json();
    assert_eq!(done["kept_in"], "kafka");
    assert_eq!(
        setting.committed(),
        (Offset::Offset(5), "taskctl".to_owned()),
        "the runtime's own mark would not be followed"
    );
    let records = setting.records().await;
    assert_eq!(
        (records.len(), records[0].1.as_str()),
        (1, "operator.offsets_set")
    );

    let member = setting.consumer();
    member.subscribe(&[&setting.topic]).unwrap();
    let since = Instant::now();
    while member.assignment().unwrap().count() == 0 {
        assert!(since.elapsed() < DEADLINE, "nothing was assigned");
        let _ = member.poll(Duration::from_millis(100));
    }
    let run = setting.set("8", &[]).expect_code(1);
    assert!(
        run.stderr.contains("1 active members") && run.stderr.contains("scale its service to 0"),
        "{run:#?}"
    );
    assert_eq!(setting.committed().0, Offset::Offset(5));
    assert_eq!(setting.records().await.len(), 1);
    drop(member);
    setting.remove().await;
}

#[tokio::test]
async fn a_role_that_sees_no_offsets_is_named_and_does_not_find_nothing() {
    let mut setting = Setting::create("audit-svc").await;
    setting.stand().await;
    let password = unique();
    setting
        .database
        .migrate(&[("TASKWIRE_AUDIT_SVC_PASSWORD", &password)])
        .expect_code(0);
    let url: PgConnectOptions = setting.database.url().parse().unwrap();
    let url = url.username("taskwire_audit_svc").password(&password);
    let variables = [
        ("DATABASE_URL", url.to_url_lossy().to_string()),
        ("KAFKA_BROKERS", provided("TEST_KAFKA_BROKERS")),
    ];
    let variables = variables.each_ref().map(|(name, value)| (*name, value.as_str()));
    let run = taskctl(&["offsets", "show"], &variables).expect_code(2);
    assert!(run.stderr.contains("BYPASSRLS"), "{run:#?}");
    setting.remove().await;
}

/// On the running stack: from the outbox over the relay and the broker into the log.
#[tokio::test]
async fn an_operators_action_is_an_entry_of_the_audit_log() {
    let url = provided("DATABASE_URL");
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let (group, topic) = ("audit-svc.log.v1", "reminders.audit-svc.retry");
    // Nothing is ever written to that partition here, so its reader takes no notice.
    let stopped = sqlx::query(
        "UPDATE outbox.consumer_offset SET stopped = 'a test' WHERE group_id = $1 AND topic = $2",
    )
    .bind(group)
    .bind(topic)
    .execute(&mut connection)
    .await
    .unwrap();
    assert_eq!(stopped.rows_affected(), 1);
    let place = format!("{topic}/0");
    let arguments = ["dlq", "resume", group, &place, "--reason", "a test", "--json"];
    let done = taskctl(&arguments, &[("DATABASE_URL", &url), ("USER", "carol")])
        .expect_code(0)
        .json();
    let event_id = done["event_id"].as_str().unwrap();

    let since = Instant::now();
    loop {
        let entry: Option<(String, String)> =
            sqlx::query_as("SELECT kind, actor FROM audit.entry WHERE event_id = $1::uuid")
                .bind(event_id)
                .fetch_optional(&mut connection)
                .await
                .unwrap();
        if let Some((kind, actor)) = entry {
            assert_eq!(
                (kind.as_str(), actor.as_str()),
                ("operator.dlq_resumed", "operator:carol")
            );
            break;
        }
        assert!(since.elapsed() < DEADLINE, "no entry of {event_id}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    connection.close().await.unwrap();
}
