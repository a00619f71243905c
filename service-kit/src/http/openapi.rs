//! What every operation of every service has in common, for its OpenAPI document.

use utoipa::openapi::path::{Operation, Parameter, PathItem};
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaFormat, SchemaType, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, ResponseBuilder};
use utoipa::{Modify, PartialSchema, ToSchema};

use crate::problem::{CONTENT_TYPE, Problem};

const SCHEME: &str = "bearer";

/// Said of every operation: what a request without a good token gets, and one that meets an outage.
const ALWAYS: [(&str, &str); 3] = [
    ("400", "A parameter, a header or the body cannot be read"),
    ("401", "No usable token"),
    (
        "503",
        "Something that is needed is down for now; try again as Retry-After says",
    ),
];
/// Said of what has a path with a parameter.
const OF_ONE_THING: [(&str, &str); 1] = [("404", "You have no such thing")];
/// Said of what takes an `Idempotency-Key`.
const ONCE: [(&str, &str); 2] = [
    ("409", "A request with this Idempotency-Key is being worked on"),
    (
        "422",
        "`idempotency-key-reused`: the key was used for another request",
    ),
];
/// Said of what may have a body, if only an empty object.
const WITH_A_BODY: [(&str, &str); 4] = [
    ("408", "The body did not come in time"),
    ("413", "The body is too large"),
    ("415", "The body is not said to be JSON"),
    ("422", "`validation`, with a pointer to the field"),
];

/// Parameters that are the same wherever they are: name, description, pattern of the value, and its format if it has one.
const PARAMETERS: [(&str, &str, &str, Option<&str>); 3] = [
    (
        "If-Match",
        "The `ETag` of what is to be changed; 412 when it was changed meanwhile",
        r#"^"[0-9]+"$"#,
        Some("etag"),
    ),
    (
        "Idempotency-Key",
        "Sent again with the same request, it gets the first answer again, for 24 hours",
        "^[!-~]{1,255}$",
        None,
    ),
    (
        "cursor",
        "`next_cursor` of the page before; absent for the first page",
        "^[A-Za-z0-9_-]+$",
        Some("cursor"),
    ),
];

/// A modifier for `#[openapi(modifiers(&Common))]`: the bearer token, what shared parameters look like, and the problems
/// that any operation may answer.
///
/// What an operation says itself stays as it is, apart from the media type of its problems.
#[derive(Debug, Clone, Copy)]
pub struct Common;

impl Modify for Common {
    fn modify(&self, document: &mut OpenApi) {
        let components = document.components.get_or_insert_default();
        let bearer = Http::builder()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .build();
        components.add_security_scheme(SCHEME, SecurityScheme::Http(bearer));
        components
            .schemas
            .insert(Problem::name().into_owned(), Problem::schema());
        document.security = Some(vec![SecurityRequirement::new(SCHEME, [""; 0])]);
        for (path, item) in &mut document.paths.paths {
            let may_have_body = [&mut item.post, &mut item.put, &mut item.patch];
            for operation in may_have_body.into_iter().flatten() {
                tell_of(operation, &WITH_A_BODY);
            }
            for operation in operations(item) {
                complete(path, operation);
            }
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        &mut item.get,
        &mut item.post,
        &mut item.put,
        &mut item.patch,
        &mut item.delete,
    ]
    .into_iter()
    .flatten()
}

fn complete(path: &str, operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        if let RefOr::T(parameter) = parameter {
            describe(parameter);
        }
    }
    tell_of(operation, &ALWAYS);
    if path.contains('{') {
        tell_of(operation, &OF_ONE_THING);
    }
    if takes_a_key(operation) {
        tell_of(operation, &ONCE);
    }
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        if status.starts_with(['4', '5']) {
            response.content = [(CONTENT_TYPE.to_owned(), problem_content().into())]
                .into_iter()
                .collect();
        } else if response.description.is_empty() {
            success(status).clone_into(&mut response.description);
        }
    }
}

/// Said of a success that says nothing itself; a document must have a description of each response.
fn success(status: &str) -> &'static str {
    match status {
        "201" => "It was created",
        "204" => "It was deleted",
        _ => "As it is now",
    }
}

/// Adds the problems that the operation does not tell of, and descriptions to those that have none.
fn tell_of(operation: &mut Operation, responses: &[(&str, &str)]) {
    let told = &mut operation.responses.responses;
    for (status, description) in responses {
        match told.get_mut(*status) {
            Some(RefOr::T(response)) if response.description.is_empty() => {
                response.description = (*description).to_owned();
            }
            Some(_) => {}
            None => {
                let response = ResponseBuilder::new().description(*description).build();
                told.insert((*status).to_owned(), RefOr::T(response));
            }
        }
    }
}

/// A parameter is absent or has a value: a URL and a header know no null, which utoipa makes of an `Option`.
fn describe(parameter: &mut Parameter) {
    if let Some(RefOr::T(Schema::Object(object))) = &mut parameter.schema
        && let SchemaType::Array(types) = &mut object.schema_type
    {
        types.retain(|one| *one != Type::Null);
        if let [only] = types.as_slice() {
            object.schema_type = SchemaType::Type(only.clone());
        }
    }
    if let Some((_, description, pattern, format)) =
        PARAMETERS.iter().find(|(name, ..)| *name == parameter.name)
    {
        let text = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(*pattern))
            .format(format.map(|format| SchemaFormat::Custom(format.to_owned())));
        parameter.schema = Some(RefOr::T(Schema::Object(text.build())));
        parameter.description = Some((*description).to_owned());
    }
}

fn takes_a_key(operation: &Operation) -> bool {
    let mut parameters = operation.parameters.iter().flatten();
    parameters.any(|parameter| match parameter {
        RefOr::T(parameter) => parameter.name.eq_ignore_ascii_case("idempotency-key"),
        RefOr::Ref(_) => false,
    })
}

fn problem_content() -> Content {
    Content::new(Some(Ref::from_schema_name(Problem::name())))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use utoipa::OpenApi as _;

    use super::*;

    #[utoipa::path(get, path = "/things", responses((status = 200, description = "All")))]
    #[expect(dead_code, reason = "only its description is used")]
    fn list() {}

    #[utoipa::path(patch, path = "/things/{id}", request_body = String, params(("id" = String, Path)),
        responses((status = 422, description = "As it says itself", body = Problem)))]
    #[expect(dead_code, reason = "only its description is used")]
    fn update() {}

    #[utoipa::path(post, path = "/things", params(("Idempotency-Key" = Option<String>, Header),
        ("since" = Option<i32>, Query)), responses((status = 201, description = "Done")))]
    #[expect(dead_code, reason = "only its description is used")]
    fn act() {}

    #[derive(utoipa::OpenApi)]
    #[openapi(paths(list, act, update), modifiers(&Common))]
    struct Document;

    fn responses(path: &str, verb: &str) -> Value {
        let document = serde_json::to_value(Document::openapi()).expect("a document");
        document["paths"][path][verb]["responses"].clone()
    }

    #[test]
    fn every_operation_tells_of_tokens_and_outages() {
        let list = responses("/things", "get");
        let statuses: Vec<&String> = list.as_object().expect("responses").keys().collect();
        assert_eq!(statuses, ["200", "400", "401", "503"]);
        let reference = &list["401"]["content"]["application/problem+json"]["schema"]["$ref"];
        assert_eq!(reference, "#/components/schemas/Problem");
    }

    #[test]
    fn a_shared_parameter_is_described_and_none_is_null() {
        let document = serde_json::to_value(Document::openapi()).expect("a document");
        let parameters = &document["paths"]["/things"]["post"]["parameters"];
        let (key, other) = (&parameters[0], &parameters[1]);
        assert!(key["description"].is_string(), "{key}");
        assert_eq!(key["schema"]["pattern"], "^[!-~]{1,255}$");
        assert_eq!(
            other["schema"],
            serde_json::json!({"type": "integer", "format": "int32"})
        );
    }

    #[test]
    fn what_takes_a_key_tells_of_its_reuse() {
        let act = responses("/things", "post");
        assert!(act["409"].is_object() && act["422"].is_object(), "{act}");
    }

    #[test]
    fn a_body_and_an_id_bring_problems_of_their_own() {
        let update = responses("/things/{id}", "patch");
        for status in ["404", "408", "413", "415"] {
            assert!(update[status].is_object(), "{status} in {update}");
        }
        assert_eq!(update["422"]["description"], "As it says itself");
        assert!(update["422"]["content"]["application/json"].is_null());
    }
}
