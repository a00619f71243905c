//! Every metric of this crate, named once.

use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Instant;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{AsyncInstrument, Counter, Gauge, Histogram, Meter};

use crate::consumer::cursor::TopicPartition;
use crate::consumer::progress::{self, GroupProgress, PartitionProgress};
use crate::copies;
use crate::relay::survey::{self, Survey};

/// Instruments of the consumer runtime that count, by `group`, `topic` and `partition`; what it measures is observed
/// from its partitions' progress.
#[derive(Debug)]
pub(crate) struct ConsumerMetrics {
    /// Records that the offset went over, counted by the offset itself.
    pub(crate) consumed: Counter<u64>,
    /// Records finished, by `outcome` (applied, superseded, skipped, dead_lettered).
    pub(crate) records: Counter<u64>,
    /// Records that came back from the dead letters and were applied.
    pub(crate) redriven: Counter<u64>,
    /// Attempts that failed for a reason outside the record.
    pub(crate) outages: Counter<u64>,
    /// Attempts made again, whatever the one before failed for.
    pub(crate) retries: Counter<u64>,
    /// Times that the broker's client passed over records.
    pub(crate) gaps: Counter<u64>,
    /// Times that a full queue was read no further.
    pub(crate) pauses: Counter<u64>,
    /// For how long.
    pub(crate) paused_seconds: Counter<f64>,
    /// Offsets that an operator committed past this system, by whether the audit log tells of it (`audited`).
    pub(crate) adopted: Counter<u64>,
    /// Times that a partition was assigned again since its records did not come, by `topic`.
    pub(crate) stalls: Counter<u64>,
}

impl ConsumerMetrics {
    /// What an alarm watches is there at zero before it rises: of a counter that appears at one, no rise is seen.
    pub(crate) fn begin(&self, group: &str, partition: &TopicPartition) {
        self.stalls.add(0, &[label("topic", partition.topic.clone())]);
        let labels = partition_labels(group, partition);
        for counter in [
            &self.consumed,
            &self.redriven,
            &self.outages,
            &self.retries,
            &self.gaps,
            &self.pauses,
        ] {
            counter.add(0, &labels);
        }
        self.paused_seconds.add(0.0, &labels);
        for outcome in ["applied", "superseded", "skipped", "dead_lettered"] {
            let labels = [labels.as_slice(), &[label("outcome", outcome)]].concat();
            self.records.add(0, &labels);
        }
    }
}

pub(crate) static CONSUMER: LazyLock<ConsumerMetrics> = LazyLock::new(|| {
    let meter = service_kit::telemetry::meter();
    observe_progress(&meter);
    ConsumerMetrics {
        consumed: meter
            .u64_counter("taskwire_consumer_consumed")
            .with_description("records that the offset went over; as many outcomes must be counted")
            .build(),
        records: meter
            .u64_counter("taskwire_consumer_records")
            .with_description("records finished, by group, topic, partition and outcome")
            .build(),
        redriven: meter
            .u64_counter("taskwire_consumer_redriven")
            .with_description("dead letters that were redriven and applied")
            .build(),
        retries: meter
            .u64_counter("taskwire_consumer_retries")
            .with_description("attempts made again, whatever the one before failed for")
            .build(),
        pauses: meter
            .u64_counter("taskwire_consumer_pauses")
            .with_description("times that a partition was read no further since its queue was full")
            .build(),
        paused_seconds: meter
            .f64_counter("taskwire_consumer_paused_seconds")
            .with_description("for how long partitions were read no further since their queue was full")
            .build(),
        adopted: meter
            .u64_counter("taskwire_consumer_adopted_offsets")
            .with_description(
                "offsets followed that an operator committed in Kafka; audited says whether the log tells",
            )
            .build(),
        outages: meter
            .u64_counter("taskwire_consumer_outages")
            .with_description("attempts that failed for a reason outside the record")
            .build(),
        gaps: meter
            .u64_counter("taskwire_consumer_gaps")
            .with_description(
                "times that records between the expected one and the delivered one were missing; alarm",
            )
            .build(),
        stalls: meter
            .u64_counter("taskwire_consumer_stalls")
            .with_description("times that a partition was assigned again since its records did not come")
            .build(),
    }
});

/// One value per group, topic and partition that this process has, asked for at each scrape.
fn observe_progress(meter: &Meter) {
    let gauge =
        |name: &'static str, description: &'static str, value: fn(&PartitionProgress) -> Option<f64>| {
            let observe = move |observer: &dyn AsyncInstrument<f64>| {
                for group in progress::all() {
                    for (partition, progress) in group.list() {
                        if let Some(value) = value(&progress) {
                            observer.observe(value, &partition_labels(group.group(), &partition));
                        }
                    }
                }
            };
            let gauge = meter.f64_observable_gauge(name).with_description(description);
            // The callback stays registered with the meter.
            let _registered = gauge.with_callback(observe).build();
        };
    #[expect(clippy::cast_precision_loss, reason = "a metric needs no more than 52 bits")]
    {
        gauge(
            "taskwire_consumer_lag",
            "records that the broker has and that are not applied; absent while that is not known",
            |progress| progress.lag().map(|lag| lag as f64),
        );
        gauge(
            "taskwire_consumer_missing_offsets",
            "records that the broker should have delivered and did not; alarm unless 0",
            |progress| Some(progress.missing as f64),
        );
        gauge(
            "taskwire_consumer_queued_bytes",
            "memory of records that are read and not finished; bounded for each partition",
            |progress| Some(progress.queued.get() as f64),
        );
    }
    gauge(
        "taskwire_consumer_waiting_seconds",
        "for how long records wait, or may wait, without one being applied",
        |progress| Some(progress.waiting_seconds()),
    );
    gauge(
        "taskwire_consumer_partition_stopped",
        "1 while the partition waits for an operator; alarm unless 0",
        |progress| Some(f64::from(u8::from(progress.is_stopped))),
    );
    let assigned = meter
        .u64_observable_gauge("taskwire_consumer_assigned_partitions")
        .with_description("partitions that the group gave this process; alarm when all together are too few");
    let _registered = assigned
        .with_callback(|observer| {
            for group in progress::all() {
                let count = u64::try_from(group.list().len()).unwrap_or(u64::MAX);
                observer.observe(count, &[label("group", group.group().to_owned())]);
            }
        })
        .build();
    let count = |name: &'static str, description: &'static str, counts: fn(&GroupProgress) -> Counts| {
        let gauge = meter.i64_observable_gauge(name).with_description(description);
        let _registered = gauge
            .with_callback(move |observer| {
                for group in progress::all() {
                    for (partition, count) in counts(&group) {
                        observer.observe(count, &partition_labels(group.group(), &partition));
                    }
                }
            })
            .build();
    };
    count(
        "taskwire_consumer_unbalanced",
        "records consumed without an outcome being counted; alarm unless 0",
        GroupProgress::unbalanced,
    );
    count(
        "taskwire_consumer_holes",
        "dead letters of the group that are neither redriven nor dropped",
        GroupProgress::holes,
    );
}

/// What is counted of partitions of a group.
type Counts = Vec<(TopicPartition, i64)>;

/// The labels of what is counted for one partition.
pub(crate) fn partition_labels(group: &str, partition: &TopicPartition) -> [KeyValue; 3] {
    [
        label("group", group.to_owned()),
        label("topic", partition.topic.clone()),
        label("partition", i64::from(partition.partition)),
    ]
}

/// Instruments of the outbox relay that count or change at once; what its survey found is observed.
#[derive(Debug)]
pub(crate) struct RelayMetrics {
    /// 1 while this replica holds the lease.
    pub(crate) leading: Gauge<u64>,
    /// 1 while this replica refuses the cluster of its brokers, since the database belongs to another.
    pub(crate) other_cluster: Gauge<u64>,
    /// Times that this replica took the lease, gave it back or lost it, by `change`.
    pub(crate) lease_changes: Counter<u64>,
    /// Epochs that began, by `reason`.
    pub(crate) epochs: Counter<u64>,
    /// Records the broker acknowledged, by `topic`.
    pub(crate) published: Counter<u64>,
    /// Records that were not acknowledged, by `topic` and `kind`.
    pub(crate) failures: Counter<u64>,
    /// Seconds from the producer to the acknowledgement, by `topic`.
    pub(crate) acknowledged_after: Histogram<f64>,
}

/// When the broker was told last how far the database is; none while another replica tells it.
pub(crate) static EPOCH_RECORDED: Mutex<Option<Instant>> = Mutex::new(None);

fn observe_epoch_recorded(meter: &Meter) {
    let age = meter
        .f64_observable_gauge("taskwire_epoch_recorded_age_seconds")
        .with_description(
            "for how long the holder of the relay's lease has not told the broker how far the database is; absent on \
             the other replicas",
        );
    let observe = |observer: &dyn AsyncInstrument<f64>| {
        let recorded = *EPOCH_RECORDED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = recorded {
            observer.observe(at.elapsed().as_secs_f64(), &[]);
        }
    };
    // The callback stays registered with the meter.
    let _registered = age.with_callback(observe).build();
}

pub(crate) static RELAY: LazyLock<RelayMetrics> = LazyLock::new(|| {
    let meter = service_kit::telemetry::meter();
    observe_survey(&meter);
    observe_epoch_recorded(&meter);
    RelayMetrics {
        leading: meter
            .u64_gauge("taskwire_outbox_relay_leading")
            .with_description("1 while this replica holds the relay's lease")
            .build(),
        other_cluster: meter
            .u64_gauge("taskwire_outbox_relay_other_cluster")
            .with_description(
                "1 while this replica publishes nothing, since its brokers are of another cluster than the \
                 database belongs to; alarm unless 0",
            )
            .build(),
        lease_changes: meter
            .u64_counter("taskwire_outbox_relay_lease_changes")
            .with_description("times that this replica took the relay's lease, gave it back or lost it")
            .build(),
        epochs: meter
            .u64_counter("taskwire_epoch_raised")
            .with_description("epochs that began, by reason (older, unknown, silent, identity); alarm")
            .build(),
        published: meter
            .u64_counter("taskwire_outbox_published")
            .with_description("records the broker acknowledged")
            .build(),
        failures: meter
            .u64_counter("taskwire_outbox_publish_failures")
            .with_description("records that were not acknowledged, by topic and kind of failure")
            .build(),
        acknowledged_after: meter
            .f64_histogram("taskwire_outbox_acknowledged_seconds")
            .with_description("from handing a record to the producer to the broker's acknowledgement")
            .with_boundaries(vec![
                0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0,
            ])
            .build(),
    }
});

/// What the leading relay's last survey found, asked for at each scrape: absent on a replica that does not lead, and
/// while the survey fails, since an old value would say that all is well.
fn observe_survey(meter: &Meter) {
    let gauge = |name: &'static str, description: &'static str, value: fn(&Survey) -> f64| {
        let observe = move |observer: &dyn AsyncInstrument<f64>| {
            if let Some(survey) = survey::last() {
                observer.observe(value(&survey), &[]);
            }
        };
        let gauge = meter.f64_observable_gauge(name).with_description(description);
        // The callback stays registered with the meter.
        let _registered = gauge.with_callback(observe).build();
    };
    #[expect(clippy::cast_precision_loss, reason = "a metric needs no more than 52 bits")]
    {
        gauge(
            "taskwire_outbox_pending_rows",
            "rows that wait to be published, counted up to 100000; only where the relay leads",
            |survey| survey.backlog.rows as f64,
        );
        gauge(
            "taskwire_outbox_parked_lanes",
            "lanes (topic, key, source) set aside for a record that cannot be published; only where the relay \
             leads; alarm unless 0",
            |survey| survey.parked as f64,
        );
        gauge(
            "taskwire_outbox_relay_rows_in_memory",
            "rows the relay holds: waiting, in flight, or to be deleted",
            |survey| survey.in_memory as f64,
        );
    }
    gauge(
        "taskwire_outbox_oldest_pending_seconds",
        "age of the oldest row that waits to be published; only where the relay leads, alarm where it is nowhere",
        |survey| survey.backlog.oldest_seconds,
    );
}

/// Whether each topic has the copies that are declared, asked for at each scrape; absent while that is not known.
pub(crate) fn observe_copies() {
    let observe = |observer: &dyn AsyncInstrument<u64>| {
        for (topic, setting, below) in copies::below_declared() {
            observer.observe(
                u64::from(below),
                &[label("topic", topic), label("setting", setting)],
            );
        }
    };
    let meter = service_kit::telemetry::meter();
    let gauge = meter
        .u64_observable_gauge("taskwire_topic_below_declared")
        .with_description(
            "1 while the broker keeps fewer copies of the topic, or asks for fewer in sync, than declared; alarm \
             unless 0",
        );
    // The callback stays registered with the meter.
    let _registered = gauge.with_callback(observe).build();
}

/// A label of a metric.
#[must_use]
pub fn label(key: &'static str, value: impl Into<opentelemetry::Value>) -> KeyValue {
    KeyValue::new(key, value.into())
}
