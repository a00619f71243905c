//! A topic with another number of partitions than declared: keys lie in other partitions than before.

use shared_events::consumer::{ConsumerError, ExpectedPartitions};

use super::bench::{Bench, TOPIC};

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_with_another_number_of_partitions_is_refused_at_the_start() {
    for declared in [2, 4] {
        let mut bench = Bench::new(3).await;
        bench.partitions = ExpectedPartitions::of([(TOPIC.name().to_owned(), declared)]);
        bench.send([1]).await;

        let error = bench.consume().result().await.unwrap_err();

        assert!(matches!(error, ConsumerError::OtherPartitions(_)), "{error}");
        let text = error.to_string();
        assert!(
            text.contains(&format!(
                "declared with {declared} partitions and the broker has 3"
            )),
            "{text}"
        );
        assert!(text.contains("taskctl topics plan"), "{text}");
        assert!(bench.applied().await.is_empty());
    }
}
