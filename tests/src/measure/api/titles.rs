//! The titles of what is created and edited.

use serde_json::{Value, json};
use uuid::Uuid;

use super::Operations;
use crate::measure::vocabulary::{self, Line, RARE};

/// Of one connection in one turn.
#[derive(Debug)]
pub(super) enum Titles {
    /// The same of all that is new, and one with this id and a number of all that is edited.
    Plants(Uuid),
    /// As people's: of these lines, every second one with a rare word behind it.
    Varied(Vec<Line>),
}

impl Titles {
    pub(super) fn of(operations: Operations) -> Self {
        match operations {
            Operations::Writes => Self::Varied(vocabulary::lines()),
            Operations::Api | Operations::Find => Self::Plants(Uuid::new_v4()),
        }
    }

    /// The body of a creation.
    pub(super) fn created(&self, number: usize) -> Value {
        let due = json!({"datetime": "2030-12-01T09:00:00", "timezone": "Europe/Berlin"});
        match self {
            Self::Plants(_) => json!({"title": "Water the plants", "due": due}),
            Self::Varied(lines) => {
                let description = line(lines, number).and_then(|line| line.description);
                json!({"title": varied(lines, number), "description": description, "due": due})
            }
        }
    }

    /// Another one than before, when it is the turn of each of so many tasks again.
    pub(super) fn edited(&self, number: usize, tasks: usize) -> String {
        match self {
            Self::Plants(id) => format!("Water the plants of {id}, {number}"),
            Self::Varied(lines) => {
                let round = number / tasks.max(1);
                varied(lines, number % tasks.max(1) + round)
            }
        }
    }
}

fn line(lines: &[Line], number: usize) -> Option<&Line> {
    lines.get(number % lines.len().max(1))
}

fn varied(lines: &[Line], number: usize) -> String {
    let title = line(lines, number).map_or("Water the plants", |line| line.title);
    if number.is_multiple_of(2) {
        return title.to_owned();
    }
    format!("{title} {}", vocabulary::rare(number * 7_919 % RARE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_title_of_a_task_is_the_one_before() {
        for operations in [Operations::Api, Operations::Writes] {
            let titles = Titles::of(operations);
            for number in 0..1_000 {
                let (before, after) = (titles.edited(number, 206), titles.edited(number + 206, 206));
                assert_ne!(before, after, "{operations:?}, {number}");
            }
        }
    }

    #[test]
    fn titles_of_writes_differ_and_half_have_a_rare_word() {
        let titles = Titles::of(Operations::Writes);
        let (first, second) = (titles.created(0), titles.created(1));
        assert_eq!(first["title"], vocabulary::lines().first().unwrap().title);
        assert!(
            second["title"]
                .as_str()
                .unwrap()
                .ends_with(&vocabulary::rare(7_919))
        );
    }
}
