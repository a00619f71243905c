//! What classes and reasons of dead letters mean, in words. Pure.

/// Every class.
pub(crate) const CLASSES: [&str; 2] = ["poison", "exhausted"];

/// What a class means, and what can be done about it.
pub(crate) fn class(class: &str) -> &'static str {
    match class {
        "poison" => {
            "the record itself is to blame: trying again changes nothing, until the service or the record does"
        }
        "exhausted" => {
            "it failed for an unknown reason as often as is allowed: once the cause is removed, redrive it"
        }
        _ => "a class this taskctl does not know",
    }
}

/// What a reason means; `None` where the error says all there is to say.
pub(crate) fn reason(reason: &str) -> Option<&'static str> {
    Some(match reason {
        "no_value" => "the record has no value; our topics have no tombstones",
        "too_large" => "the value is larger than any event may be",
        "short_frame" => "the value is too short for the Confluent frame (a zero byte, the schema's id)",
        "bad_magic" => "the value does not begin with the Confluent frame: not one of our producers wrote it",
        "unknown_schema" => "the registry has no schema with the id in the value",
        "unreadable_schema" => "the schema in the registry is not Avro",
        "bad_avro" => "the value does not fit the schema it names: cut off, or written with another one",
        "trailing_bytes" => "the value goes on after the event: written with another schema than it names",
        "decoder_panic" => "the Avro decoder gave up on the value",
        "wrong_topic" => "the topic carries something else than this service reads",
        "body_missing" => "its kind promises a body that is not there",
        "invalid_start" => "the occurrence's start does not suit its series",
        "refused" => "the service's own rules forbid what it asks for",
        "command_refused" => {
            "the command made from it can never be published: it does not fit its schema, or is too large"
        }
        "effect_not_publishable" => {
            "an event made from it can never be published: it does not fit its schema, or is too large"
        }
        _ => return None,
    })
}
