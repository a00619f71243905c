//! Tasks that differ in everything that a filter can ask about.

use super::*;

/// Chance that comes out the same every time.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// Below a number.
    pub(super) fn below(&mut self, number: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % number
    }

    pub(super) fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// True once in so many times.
    pub(super) fn once_in(&mut self, number: usize) -> bool {
        self.below(number) == 0
    }
}

pub(super) const ZONE: &str = "Europe/Berlin";
pub(super) const TITLES: [&str; 7] = [
    "Buy milk",
    "MILK tea",
    "Call Ömer",
    "100% done",
    "a_b",
    "Wash the car",
    "c:\\milk",
];
pub(super) const TEXTS: [&str; 4] = ["milk and more", "ÖMER called", "two\nlines of 100%", "a_b"];
pub(super) const TAGS: [&str; 4] = ["home", "work", "to do", "Bücher"];
pub(super) const PROJECTS: [&str; 3] = ["Work", "Summer house", "Überholung"];
/// The clocks go forward on the third in Berlin.
pub(super) const DAYS: [&str; 5] = [
    "2030-03-29",
    "2030-03-30",
    "2030-03-31",
    "2030-04-01",
    "2030-04-02",
];
const TIMES: [&str; 5] = ["00:00:00", "01:30:00", "02:30:00", "12:00:00", "23:59:59"];
const ZONES: [&str; 3] = [ZONE, "UTC", "America/New_York"];

/// What there is beside tasks: a name and its id each.
pub(super) struct Named {
    pub(super) tags: Vec<(String, String)>,
    pub(super) projects: Vec<(String, String)>,
}

pub(super) async fn name(user: &User) -> Named {
    let settings = json!({"timezone": ZONE, "first_day_of_week": "sunday"});
    user.patch("/v1/me", settings).await.expect(200);
    let mut named = Named {
        tags: Vec::new(),
        projects: Vec::new(),
    };
    for name in TAGS {
        named.tags.push((name.to_owned(), id(&user.tag(name).await)));
    }
    for name in PROJECTS {
        let project = user.post("/v1/projects", json!({"name": name})).await.expect(201);
        named.projects.push((name.to_owned(), id(&project.body)));
    }
    named
}

fn id(thing: &Value) -> String {
    thing["id"].as_str().unwrap().to_owned()
}

/// So many tasks, some of which are a part of others, some closed, and a few deleted.
pub(super) async fn fill(user: &User, named: &Named, number: usize) {
    let mut dice = Dice::new(7);
    let mut before: Vec<Value> = Vec::new();
    for _ in 0..number {
        let mut task = draw(&mut dice, named);
        if dice.once_in(5) && !before.is_empty() && task.get("recurrence").is_none() {
            task["parent_id"] = dice.one(&before)["id"].clone();
        }
        let task = user.create(task).await;
        match dice.below(8) {
            0 => drop(user.act(&task, "complete").await.expect(200)),
            1 => drop(user.act(&task, "skip").await.expect(200)),
            2 if dice.once_in(3) => drop(user.delete(&crate::app::path(&task)).await.expect(204)),
            _ if task["recurrence"].is_null() && task["parent_id"].is_null() => before.push(task),
            _ => {}
        }
    }
}

fn draw(dice: &mut Dice, named: &Named) -> Value {
    let mut task = json!({
        "title": dice.one(&TITLES),
        "priority": dice.one(&["low", "normal", "high", "critical"]),
    });
    if dice.once_in(2) {
        task["description"] = json!(dice.one(&TEXTS));
    }
    let tags = named.tags.iter().filter(|_| dice.once_in(4));
    task["tags"] = tags.map(|(_, id)| json!(id)).collect();
    if dice.once_in(2) {
        task["project_id"] = json!(dice.one(&named.projects).1);
    }
    if dice.once_in(2) {
        task["start"] = moment(dice);
    }
    if !dice.once_in(3) {
        task["due"] = moment(dice);
        if dice.once_in(4) {
            task["reminders"] = json!([{"before": "PT1H"}]);
        }
        if dice.once_in(6) {
            task["recurrence"] = json!({"rrule": "FREQ=MONTHLY"});
        }
    }
    if dice.once_in(2) {
        task["estimate"] = json!(dice.one(&[15, 30, 45, 90, 120]));
    }
    task
}

fn moment(dice: &mut Dice) -> Value {
    let (day, zone) = (dice.one(&DAYS), dice.one(&ZONES));
    if dice.once_in(3) {
        json!({"date": day, "timezone": zone})
    } else {
        json!({"datetime": format!("{day}T{}", dice.one(&TIMES)), "timezone": zone})
    }
}
