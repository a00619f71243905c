//! Tests of the window, by example and against a model that forgets nothing.

use chrono::DateTime;
use proptest::prelude::*;
use shared_events::ids::EventId;

use super::*;

fn update(user: &str, epoch: i64, from: i64, to: i64) -> Arc<Update> {
    Arc::new(Update {
        user: UserId::parse(user).unwrap(),
        stream: "tasks".to_owned(),
        epoch: Epoch(epoch),
        from: Position(from),
        to: Position(to),
        occurred_at: DateTime::UNIX_EPOCH,
        event_id: EventId::new(),
        kind: "task.updated".to_owned(),
        text: "{}".into(),
    })
}

struct Bench {
    window: Window,
    began: Instant,
}

impl Bench {
    fn new(limits: Limits) -> Self {
        Self {
            window: Window::new(limits),
            began: Instant::now(),
        }
    }

    fn push(&mut self, user: &str, epoch: i64, from: i64, to: i64) -> Pushed {
        self.window.push(&update(user, epoch, from, to), self.began)
    }

    fn recovery(&self, user: &str, epoch: i64, since: i64) -> Recovery {
        let user = UserId::parse(user).unwrap();
        self.window.after(&user, "tasks", Epoch(epoch), Position(since))
    }

    /// What is promised to follow.
    fn after(&self, user: &str, epoch: i64, since: i64) -> Option<Vec<i64>> {
        match self.recovery(user, epoch, since) {
            Recovery::Whole(updates) => Some(updates.iter().map(|update| update.to.get()).collect()),
            Recovery::Ahead | Recovery::Lost => None,
        }
    }
}

fn filled() -> Bench {
    let mut bench = Bench::new(Limits::default());
    for position in 5..=9 {
        assert_eq!(bench.push("alice", 1, position, position), Pushed::Live);
    }
    bench
}

#[test]
fn everything_after_a_held_position_is_given_in_order() {
    assert_eq!(filled().after("alice", 1, 6), Some(vec![7, 8, 9]));
}

#[test]
fn holding_everything_from_the_next_position_on_is_enough() {
    assert_eq!(filled().after("alice", 1, 4), Some(vec![5, 6, 7, 8, 9]));
}

#[test]
fn one_position_less_is_not_enough() {
    assert_eq!(filled().after("alice", 1, 3), None);
}

#[test]
fn the_newest_position_needs_nothing() {
    assert_eq!(filled().after("alice", 1, 9), Some(vec![]));
}

#[test]
fn what_lies_beyond_the_newest_position_is_not_promised() {
    for beyond in [10, 12, i64::MAX] {
        let recovery = filled().recovery("alice", 1, beyond);
        assert!(matches!(recovery, Recovery::Ahead), "{beyond}: {recovery:?}");
    }
}

#[test]
fn of_an_unknown_user_stream_or_epoch_nothing_is_promised() {
    let bench = filled();
    assert_eq!(bench.after("bob", 1, 9), None);
    assert_eq!(bench.after("alice", 2, 9), None);
    let alice = UserId::parse("alice").unwrap();
    let other = bench.window.after(&alice, "notifications", Epoch(1), Position(9));
    assert!(matches!(other, Recovery::Lost), "{other:?}");
}

#[test]
fn a_repeated_update_is_superseded() {
    let mut bench = filled();
    assert_eq!(bench.push("alice", 1, 9, 9), Pushed::Superseded);
    assert_eq!(bench.push("alice", 1, 2, 2), Pushed::Superseded);
}

#[test]
fn a_gap_is_noticed_and_nothing_before_it_is_promised() {
    let mut bench = filled();
    assert_eq!(bench.push("alice", 1, 11, 11), Pushed::Gap);
    assert_eq!(bench.after("alice", 1, 9), None);
    assert_eq!(bench.after("alice", 1, 10), Some(vec![11]));
}

#[test]
fn a_refresh_closes_its_range() {
    let mut bench = filled();
    assert_eq!(bench.push("alice", 1, 10, 250), Pushed::Live);
    assert_eq!(bench.push("alice", 1, 251, 251), Pushed::Live);
    assert_eq!(bench.after("alice", 1, 100), Some(vec![250, 251]));
}

#[test]
fn a_new_epoch_forgets_everybody() {
    let mut bench = filled();
    bench.push("bob", 1, 1, 1);
    assert_eq!(bench.push("alice", 2, 3, 3), Pushed::NewEpoch);
    assert_eq!(bench.after("bob", 1, 1), None);
    assert_eq!(bench.after("alice", 2, 2), Some(vec![3]));
    assert_eq!(bench.push("bob", 1, 2, 2), Pushed::Superseded);
}

#[test]
fn a_voided_user_is_promised_nothing_that_was_before() {
    let mut bench = filled();
    bench.window.void(&UserId::parse("alice").unwrap());
    assert_eq!(bench.after("alice", 1, 9), None);
    assert_eq!(bench.window.bytes(), 0);
    assert_eq!(bench.push("alice", 1, 11, 11), Pushed::Live);
    assert_eq!(bench.after("alice", 1, 9), None);
}

#[test]
fn old_updates_are_let_go_but_the_newest_position_stays_known() {
    let mut bench = filled();
    let later = bench.began + Limits::default().age + Duration::from_secs(1);
    bench.window.expire(later);
    assert_eq!(bench.window.bytes(), 0);
    assert_eq!(bench.after("alice", 1, 8), None);
    assert_eq!(bench.after("alice", 1, 9), Some(vec![]));
    assert_eq!(bench.push("alice", 1, 11, 11), Pushed::Gap);
}

#[test]
fn idle_users_are_forgotten_longest_idle_first() {
    let limits = Limits {
        age: Duration::ZERO,
        idle_users: 1,
        ..Limits::default()
    };
    let mut bench = Bench::new(limits);
    bench.push("alice", 1, 1, 1);
    bench.push("bob", 1, 1, 1);
    bench.window.expire(bench.began + Duration::from_secs(1));
    assert_eq!(bench.after("alice", 1, 1), None);
    assert_eq!(bench.after("bob", 1, 1), Some(vec![]));
}

/// What may happen to a window.
#[derive(Debug, Clone)]
enum Step {
    Next { user: u8, width: i64 },
    Skip { user: u8 },
    Repeat { user: u8 },
    Void { user: u8 },
    Restore,
    Later { seconds: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        10 => (0..3u8, 1..4i64).prop_map(|(user, width)| Step::Next { user, width }),
        1 => (0..3u8).prop_map(|user| Step::Skip { user }),
        1 => (0..3u8).prop_map(|user| Step::Repeat { user }),
        1 => (0..3u8).prop_map(|user| Step::Void { user }),
        1 => Just(Step::Restore),
        2 => (0..400u64).prop_map(|seconds| Step::Later { seconds }),
    ]
}

/// Everything that was ever pushed of one user since the last hole that could be noticed.
#[derive(Default)]
struct Model {
    whole: Vec<(i64, i64)>,
    newest: i64,
    /// Positions passed that the window was not shown. It notices at the next update, and not before.
    is_hole_ahead: bool,
    /// The newest position of this epoch that the window was shown.
    shown: i64,
}

proptest! {
    #[test]
    fn what_is_promised_is_everything_and_memory_is_bounded(steps in prop::collection::vec(step(), 1..200)) {
        let limits = Limits { age: Duration::from_secs(600), bytes: 20_000, bytes_per_user: 8_000, idle_users: 2 };
        let mut window = Window::new(limits);
        let mut models: [Model; 3] = Default::default();
        let mut epoch = 1;
        let mut now = Instant::now();
        for step in steps {
            match step {
                Step::Next { user, width } => {
                    let model = &mut models[usize::from(user)];
                    let (from, to) = (model.newest + 1, model.newest + width);
                    if std::mem::take(&mut model.is_hole_ahead) {
                        model.whole.clear();
                    }
                    (model.newest, model.shown) = (to, to);
                    model.whole.push((from, to));
                    window.push(&update(&user.to_string(), epoch, from, to), now);
                }
                Step::Skip { user } => {
                    // The broker lost a record: a position passes that the gateway never sees.
                    let model = &mut models[usize::from(user)];
                    model.newest += 1;
                    model.is_hole_ahead = true;
                }
                Step::Repeat { user } => {
                    let model = &models[usize::from(user)];
                    if let Some(&(from, to)) = model.whole.last() {
                        window.push(&update(&user.to_string(), epoch, from, to), now);
                    }
                }
                Step::Void { user } => {
                    models[usize::from(user)].whole.clear();
                    window.void(&UserId::parse(&user.to_string()).unwrap());
                }
                Step::Restore => {
                    epoch += 1;
                    for model in &mut models {
                        model.whole.clear();
                        model.newest = model.newest.saturating_sub(2).max(0);
                        model.shown = 0;
                        model.is_hole_ahead = false;
                    }
                }
                Step::Later { seconds } => {
                    now += Duration::from_secs(seconds);
                    window.expire(now);
                }
            }
            prop_assert!(window.bytes() <= limits.bytes);
            for (user, model) in models.iter().enumerate() {
                for since in model.shown + 1..model.newest + 4 {
                    let name = UserId::parse(&user.to_string()).unwrap();
                    let after = window.after(&name, "tasks", Epoch(epoch), Position(since));
                    prop_assert!(!matches!(after, Recovery::Whole(_)), "{} of {}: {:?}", since, model.shown, after);
                }
                for since in 0..model.newest {
                    let name = UserId::parse(&user.to_string()).unwrap();
                    let after = window.after(&name, "tasks", Epoch(epoch), Position(since));
                    let Recovery::Whole(given) = after else {
                        continue;
                    };
                    let given: Vec<i64> = given.iter().map(|update| update.to.get()).collect();
                    let expected: Vec<i64> =
                        model.whole.iter().map(|&(_, to)| to).filter(|&to| to > since).collect();
                    prop_assert!(given == expected, "after {}: {:?}, not {:?}", since, given, expected);
                }
            }
        }
    }
}
