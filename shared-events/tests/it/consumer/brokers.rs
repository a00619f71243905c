//! Brokers that fail, are away, or are others.

use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

use super::bench::Bench;

#[tokio::test(flavor = "multi_thread")]
async fn errors_of_the_broker_are_survived() {
    let bench = Bench::new(1).await;
    bench.cluster.request_errors(
        RDKafkaApiKey::Fetch,
        &[RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION; 3],
    );
    bench.cluster.request_errors(
        RDKafkaApiKey::JoinGroup,
        &[RDKafkaRespErr::RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS; 2],
    );
    bench.cluster.request_errors(
        RDKafkaApiKey::OffsetFetch,
        &[RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_COORDINATOR; 1],
    );
    let running = bench.consume();
    bench.send(1..=10).await;

    assert_eq!(bench.wait_applied(10).await, (1..=10).collect::<Vec<_>>());
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn another_cluster_is_refused() {
    let bench = Bench::new(1).await;
    sqlx::query("INSERT INTO outbox.cluster (cluster_id) VALUES ('elsewhere')")
        .execute(&bench.pool)
        .await
        .unwrap();

    let error = bench.consume().result().await.unwrap_err();

    assert!(error.to_string().contains("elsewhere"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_without_a_broker_is_a_clean_one() {
    let bench = Bench::new(1).await;
    let running = bench.consume();
    bench.send([1]).await;
    bench.wait_applied(1).await;
    for broker in 1..=3 {
        bench.cluster.broker_down(broker).unwrap();
    }

    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_that_lost_its_partitions_with_the_broker_says_so() {
    let bench = Bench::new(1).await;
    let running = bench.consume();
    bench.send([1]).await;
    bench.wait_applied(1).await;
    assert_eq!(running.detail.told(), None);
    for broker in 1..=3 {
        bench.cluster.broker_down(broker).unwrap();
    }
    let told = async || {
        running
            .detail
            .told()
            .is_some_and(|told| told.contains("nothing is read here"))
    };
    bench.wait_until("it says that nothing is read", told).await;

    for broker in 1..=3 {
        bench.cluster.broker_up(broker).unwrap();
    }
    bench.send([2]).await;
    bench.wait_applied(2).await;
    assert_eq!(running.detail.told(), None);
    running.stop().await.unwrap();
}
