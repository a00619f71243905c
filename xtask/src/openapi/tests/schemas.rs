//! Changes of what is sent and of what comes back.

use serde_json::json;

use super::*;

const ITEM: &str = "/components/schemas/Item";
const ANSWER: &str = "/components/schemas/Answer";

#[test]
fn a_field_of_a_request_that_became_required() {
    breaks(
        at(&format!("{ITEM}/required/-"), json!("note")),
        PUT,
        &format!("{ITEM}/required"),
        "request: note became required",
    );
    breaks_nothing(without(&format!("{ITEM}/required")));
    breaks_nothing(at(&format!("{ITEM}/properties/more"), json!({"type": "string"})));
}

#[test]
fn a_field_of_a_request_that_is_gone() {
    let note = format!("{ITEM}/properties/note");
    breaks(without(&note), PUT, &note, "request: the field note is gone");
}

#[test]
fn other_fields_of_a_request() {
    let other = "/components/schemas/Moment/additionalProperties";
    breaks(
        at(other, json!(false)),
        PUT,
        other,
        "request: additionalProperties is false, was absent",
    );
    breaks_nothing(without(&format!("{ITEM}/additionalProperties")));
}

#[test]
fn a_narrower_type_of_a_request() {
    let size = format!("{ITEM}/properties/size/type");
    breaks(
        at(&size, json!("integer")),
        PUT,
        &size,
        "request: type is \"integer\", was \"number\"",
    );
    breaks_nothing(at(&size, json!(["number", "string"])));
    let note = format!("{ITEM}/properties/note");
    breaks(
        at(&format!("{note}/type"), json!("string")),
        PUT,
        &note,
        "request: null is refused",
    );
}

#[test]
fn null_is_written_in_two_ways() {
    breaks_nothing(at(
        &format!("{ITEM}/properties/note"),
        json!({"oneOf": [{"type": "null"}, {"type": "string"}]}),
    ));
    let moment = json!({"$ref": "#/components/schemas/Moment"});
    breaks(
        at(&format!("{ITEM}/properties/due"), moment),
        PUT,
        &format!("{ITEM}/properties/due"),
        "request: null is refused",
    );
}

#[test]
fn one_of_several_ways_that_is_gone() {
    let due = format!("{ITEM}/properties/due");
    let with_text = json!({"oneOf": [
        {"$ref": "#/components/schemas/Moment"}, {"type": "string"}, {"type": "null"}]});
    breaks_nothing(at(&due, with_text.clone()));
    let mut old = document();
    set(&mut old, &due, Some(with_text));
    let read = |document| Document::of(document).unwrap();
    let broken = compare(&read(old), &read(document()));
    let told: Vec<_> = broken.keys().map(|broken| broken.what.as_str()).collect();
    assert_eq!(
        told,
        [format!("request: what fits {due}/oneOf/1 is refused").as_str()]
    );
}

#[test]
fn fewer_values_of_a_request() {
    let values = format!("{ITEM}/properties/priority/enum");
    breaks(
        at(&values, json!(["low"])),
        PUT,
        &values,
        "request: enum is [\"low\"], was [\"low\",\"high\"]",
    );
    breaks_nothing(at(&values, json!(["low", "high", "highest"])));
}

#[test]
fn narrower_bounds_of_a_request() {
    let most = format!("{ITEM}/properties/tags/maxItems");
    breaks(
        at(&most, json!(10)),
        PUT,
        &most,
        "request: maxItems is 10, was 50",
    );
    let longest = format!("{ITEM}/properties/note/maxLength");
    breaks(
        at(&longest, json!(9)),
        PUT,
        &longest,
        "request: maxLength is 9, was absent",
    );
    breaks_nothing(at(&format!("{ITEM}/properties/note/minLength"), json!(0)));
}

#[test]
fn another_format_of_a_request() {
    let zone = "/components/schemas/Moment/properties/zone/format";
    breaks(
        at(zone, json!("email")),
        PUT,
        zone,
        "request: format is \"email\", was absent",
    );
    // Only names what it was.
    breaks_nothing(at(zone, json!("zone")));
    breaks_nothing(without(&format!("{ITEM}/properties/tags/items/format")));
}

#[test]
fn a_keyword_that_nobody_compares_stays_as_it_is() {
    let not = format!("{ITEM}/properties/title/not");
    breaks(
        at(&not, json!({"const": ""})),
        PUT,
        &not,
        "request: not is {\"const\":\"\"}, was absent",
    );
}

#[test]
fn a_field_of_an_answer_that_is_gone() {
    let count = format!("{ANSWER}/properties/count");
    breaks(without(&count), GET, &count, "answer: the field count is gone");
    breaks_nothing(at(&format!("{ANSWER}/properties/more"), json!({})));
}

#[test]
fn a_field_of_an_answer_that_may_be_absent() {
    breaks(
        without(&format!("{ANSWER}/required/1")),
        GET,
        &format!("{ANSWER}/required"),
        "answer: state may be absent",
    );
    breaks_nothing(at(&format!("{ANSWER}/required/-"), json!("count")));
}

#[test]
fn a_wider_answer() {
    let values = format!("{ANSWER}/properties/state/enum");
    breaks(
        at(&values, json!(["open", "done", "skipped"])),
        GET,
        &values,
        "answer: enum is [\"open\",\"done\",\"skipped\"], was [\"open\",\"done\"]",
    );
    breaks_nothing(at(&values, json!(["open"])));
    let count = format!("{ANSWER}/properties/count");
    breaks(
        at(&format!("{count}/type"), json!("number")),
        GET,
        &format!("{count}/type"),
        "answer: type is \"number\", was \"integer\"",
    );
    breaks(
        at(&format!("{count}/type"), json!(["integer", "null"])),
        GET,
        &count,
        "answer: it may be null",
    );
    breaks(
        without(&format!("{count}/minimum")),
        GET,
        &format!("{count}/minimum"),
        "answer: minimum is absent, was 0",
    );
}

#[test]
fn what_all_of_joins_is_one_schema() {
    breaks_nothing(|document| {
        let item = document.pointer(ITEM).unwrap().clone();
        set(document, "/components/schemas/Base", Some(item));
        set(
            document,
            ITEM,
            Some(json!({"allOf": [{"$ref": "#/components/schemas/Base"}]})),
        );
    });
    breaks(
        at(
            ITEM,
            json!({"allOf": [{"type": "object", "required": ["a"]}, document().pointer(ITEM)]}),
        ),
        PUT,
        &format!("{ITEM}/required"),
        "request: a became required",
    );
}
