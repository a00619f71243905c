//! What a filter finds is what the plain meaning of its words finds in the tasks' JSON: hundreds of filters by chance.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use recurrence::Zone;

use super::world::{DAYS, Dice, Named, PROJECTS, TAGS, TEXTS, TITLES, ZONE};
use super::*;

const TASKS: usize = 120;
const FILTERS: usize = 400;

type Meaning = Box<dyn Fn(&World, &Value) -> bool>;

/// A condition: how it is written, and what it means.
struct Condition {
    text: String,
    holds: Meaning,
}

/// What a task is looked at beside.
struct World {
    named: Named,
    tasks: Vec<Value>,
}

#[tokio::test]
async fn a_filter_finds_what_its_words_mean() {
    let app = App::start().await;
    let alice = app.user("alice");
    let named = world::name(&alice).await;
    world::fill(&alice, &named, TASKS).await;
    // Whose tasks are never found.
    let bob = app.user("bob");
    let of_bob = world::name(&bob).await;
    world::fill(&bob, &of_bob, 20).await;
    let tasks = alice.list("/v1/tasks?limit=200").await;
    let world = World { named, tasks };
    assert!(world.tasks.len() > 100, "{}", world.tasks.len());
    let mut dice = Dice::new(2030);
    let (mut some, mut most) = (0, 0);
    for _ in 0..FILTERS {
        let filter = joined(&mut dice, 3);
        let passes = |task: &&Value| (filter.holds)(&world, task);
        let meant: BTreeSet<&str> = world.tasks.iter().filter(passes).map(id).collect();
        let found = alice.list(&path(&filter.text, "&limit=200")).await;
        let found: BTreeSet<&str> = found.iter().map(id).collect();
        assert_eq!(found, meant, "{}", filter.text);
        some += usize::from(!found.is_empty());
        most += usize::from(found.len() < world.tasks.len());
    }
    assert!(
        some > FILTERS / 2 && most > FILTERS / 2,
        "they say something: {some} {most}"
    );
}

fn id(task: &Value) -> &str {
    task["id"].as_str().unwrap()
}

/// Conditions by chance, joined so many levels deep.
fn joined(dice: &mut Dice, depth: usize) -> Condition {
    if depth == 0 || dice.once_in(3) {
        return condition(dice);
    }
    let (a, b) = (joined(dice, depth - 1), joined(dice, depth - 1));
    let (first, second) = (a.holds, b.holds);
    match dice.below(4) {
        0 => Condition {
            text: format!("not ({})", a.text),
            holds: Box::new(move |world, task| !first(world, task)),
        },
        1 => Condition {
            text: format!("({} or {})", a.text, b.text),
            holds: Box::new(move |world, task| first(world, task) || second(world, task)),
        },
        _ => Condition {
            text: format!("({} and {})", a.text, b.text),
            holds: Box::new(move |world, task| first(world, task) && second(world, task)),
        },
    }
}

fn made(text: impl Into<String>, holds: impl Fn(&World, &Value) -> bool + 'static) -> Condition {
    Condition {
        text: text.into(),
        holds: Box::new(holds),
    }
}

fn condition(dice: &mut Dice) -> Condition {
    match dice.below(9) {
        0 => has(dice),
        1 => status(dice),
        2 => priority(dice),
        3 => estimate(dice),
        4 => name(dice),
        5 => texts(dice),
        _ => time(dice),
    }
}

fn has(dice: &mut Dice) -> Condition {
    let (part, field) = *dice.one(&[
        ("description", "description"),
        ("project", "project_id"),
        ("due", "due"),
        ("start", "start"),
        ("completed", "completed_at"),
        ("estimate", "estimate"),
        ("recurrence", "recurrence"),
        ("parent", "parent_id"),
        ("tags", "tags"),
        ("reminders", "reminders"),
        ("subtasks", ""),
    ]);
    made(format!("has {part}"), move |world, task| match part {
        "subtasks" => world.tasks.iter().any(|part| part["parent_id"] == task["id"]),
        "tags" | "reminders" => task[field] != json!([]),
        _ => !task[field].is_null(),
    })
}

fn status(dice: &mut Dice) -> Condition {
    let statuses = ["open", "done", "skipped"];
    let (a, b) = (*dice.one(&statuses), *dice.one(&statuses));
    match dice.below(3) {
        0 => made(format!("status = {a}"), move |_, task| task["status"] == a),
        1 => made(format!("status != {a}"), move |_, task| task["status"] != a),
        _ => made(format!("status in ({a}, {b})"), move |_, task| {
            task["status"] == a || task["status"] == b
        }),
    }
}

/// Whether two values compare as a sign says.
fn compares<V: PartialOrd>(a: V, sign: &str, b: V) -> bool {
    match sign {
        "=" => a == b,
        "!=" => a != b,
        "<" => a < b,
        "<=" => a <= b,
        ">" => a > b,
        _ => a >= b,
    }
}

const SIGNS: [&str; 6] = ["=", "!=", "<", "<=", ">", ">="];

fn priority(dice: &mut Dice) -> Condition {
    const RISING: [&str; 4] = ["low", "normal", "high", "critical"];
    let (wanted, sign) = (dice.below(4), *dice.one(&SIGNS));
    let text = format!("priority {sign} {}", RISING[wanted]);
    made(text, move |_, task| {
        let is = RISING.iter().position(|name| task["priority"] == *name).unwrap();
        compares(is, sign, wanted)
    })
}

fn estimate(dice: &mut Dice) -> Condition {
    let ((text, wanted), sign) = (
        *dice.one(&[("30", 30), ("45m", 45), ("1h30m", 90), ("PT2H", 120)]),
        *dice.one(&SIGNS),
    );
    made(
        format!("estimate {sign} {text}"),
        move |_, task| match task["estimate"].as_i64() {
            Some(minutes) => compares(minutes, sign, wanted),
            None => sign == "!=",
        },
    )
}

/// By the names of tags and of projects.
fn name(dice: &mut Dice) -> Condition {
    let (tag, other) = (*dice.one(&TAGS), *dice.one(&TAGS));
    let project = *dice.one(&PROJECTS);
    match dice.below(6) {
        0 => made(format!("tag = '{}'", tag.to_uppercase()), move |world, task| {
            tagged(world, task, tag)
        }),
        1 => made(format!("tags != \"{tag}\""), move |world, task| {
            !tagged(world, task, tag)
        }),
        2 => made(format!("tag in ('{tag}', '{other}')"), move |world, task| {
            tagged(world, task, tag) || tagged(world, task, other)
        }),
        3 => made("tag like '*o*'", |world, task| {
            ["home", "work", "to do"]
                .iter()
                .any(|tag| tagged(world, task, tag))
        }),
        4 => made(
            format!("project = '{}'", project.to_lowercase()),
            move |world, task| task["project_id"] == project_id(world, project),
        ),
        _ => made("project not like 'ÜBER*'", |world, task| {
            task["project_id"] != project_id(world, "Überholung")
        }),
    }
}

fn tagged(world: &World, task: &Value, name: &str) -> bool {
    let (_, id) = world.named.tags.iter().find(|(tag, _)| tag == name).unwrap();
    task["tags"].as_array().unwrap().contains(&json!(id))
}

fn project_id<'a>(world: &'a World, name: &str) -> &'a str {
    let projects = &world.named.projects;
    &projects.iter().find(|(project, _)| project == name).unwrap().1
}

fn texts(dice: &mut Dice) -> Condition {
    let (title, text) = (*dice.one(&TITLES), *dice.one(&TEXTS));
    let lower = |task: &Value, field: &str| task[field].as_str().map(str::to_lowercase);
    let part = *dice.one(&["milk", "100%", "_", "ömer", "e"]);
    let quoted = part.to_uppercase().replace('%', "\\%");
    match dice.below(5) {
        0 => made(
            format!("title = '{}'", title.to_uppercase().replace('\\', "\\\\")),
            move |_, task| lower(task, "title") == Some(title.to_lowercase()),
        ),
        1 => made(
            format!("description in ('{text}', 'a_b')").replace('\n', " "),
            move |_, task| {
                let is = lower(task, "description");
                is == Some(text.to_lowercase()) && !text.contains('\n') || is.as_deref() == Some("a_b")
            },
        ),
        2 => made(format!("title like '{quoted}'"), move |_, task| {
            lower(task, "title").unwrap().contains(part)
        }),
        3 => made(format!("text not like '*{quoted}*'"), move |_, task| {
            let contains = |field| lower(task, field).is_some_and(|text| text.contains(part));
            !contains("title") && !contains("description")
        }),
        _ => made(format!("description like '{quoted}*'"), move |_, task| {
            lower(task, "description").is_some_and(|text| text.starts_with(part))
        }),
    }
}

/// A time, from when to when it lasts.
fn stretch(dice: &mut Dice) -> (String, DateTime<Utc>, DateTime<Utc>) {
    let zone: Zone = ZONE.parse().unwrap();
    let name = *dice.one(&DAYS);
    let day: NaiveDate = name.parse().unwrap();
    let midnight = |day: NaiveDate| zone.resolve(day.and_time(NaiveTime::MIN));
    let later = |days: u64| day + Days::new(days);
    let instant = |text: String, at: DateTime<Utc>| (text, at, at + TimeDelta::microseconds(1));
    match dice.below(5) {
        0 => (name.to_owned(), midnight(day), midnight(later(1))),
        1 => (format!("{name} + 2d"), midnight(later(2)), midnight(later(3))),
        2 => (
            format!("{name} - 1w + 8 days"),
            midnight(later(1)),
            midnight(later(2)),
        ),
        3 => instant(format!("{name} + 90m"), midnight(day) + TimeDelta::minutes(90)),
        _ => {
            let time = *dice.one(&["00:00", "02:30", "12:00", "23:59:59"]);
            let local =
                day.and_time(NaiveTime::parse_from_str(&format!("{time}:00")[..8], "%H:%M:%S").unwrap());
            instant(format!("{name}T{time}"), zone.resolve(local))
        }
    }
}

fn time(dice: &mut Dice) -> Condition {
    let field = *dice.one(&["due", "due", "start", "created", "completed"]);
    let (sign, (text, from, until)) = (*dice.one(&SIGNS), stretch(dice));
    if dice.once_in(4) {
        let (other, after, before) = stretch(dice);
        return made(format!("{field} in ({text}, {other})"), move |_, task| {
            value(task, field).is_some_and(|at| at >= from && at < until || at >= after && at < before)
        });
    }
    made(format!("{field} {sign} {text}"), move |_, task| {
        let Some(at) = value(task, field) else {
            return sign == "!=";
        };
        match sign {
            "=" => at >= from && at < until,
            "!=" => at < from || at >= until,
            "<" => at < from,
            "<=" => at < until,
            ">" => at >= until,
            _ => at >= from,
        }
    })
}

/// The instant that counts: of a whole day, its last microsecond for when it is due and its first for when it starts.
fn value(task: &Value, field: &str) -> Option<DateTime<Utc>> {
    let zone = || -> Zone { task[field]["timezone"].as_str().unwrap().parse().unwrap() };
    let midnight = |day: NaiveDate| zone().resolve(day.and_time(NaiveTime::MIN));
    match field {
        "created" | "completed" => task[format!("{field}_at")].as_str().map(|at| at.parse().unwrap()),
        _ if task[field].is_null() => None,
        _ => Some(match task[field]["date"].as_str() {
            Some(day) if field == "start" => midnight(day.parse().unwrap()),
            Some(day) => {
                midnight(day.parse::<NaiveDate>().unwrap() + Days::new(1)) - TimeDelta::microseconds(1)
            }
            None => {
                let local: NaiveDateTime = task[field]["datetime"].as_str().unwrap().parse().unwrap();
                zone().resolve(local)
            }
        }),
    }
}
