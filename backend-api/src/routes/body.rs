//! A request's body: the type that it is read into, and the JSON that a repeated request must have too.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;
use serde_json::Value;
use service_kit::auth::Caller;
use service_kit::http::{self, Json};
use service_kit::problem::Problem;

/// A body of one of the types in [`crate::input`].
#[derive(Debug)]
pub struct Body<T> {
    pub input: T,
    /// The whole body, for the fingerprint of an Idempotency-Key.
    pub json: Value,
}

impl<T: DeserializeOwned> FromRequest for Body<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = Caller::from_request(request, payload);
        let json = Json::<Value>::from_request(request, payload);
        Box::pin(async move {
            // Who is nobody is told so, whatever they send: the look-up of a key can take longer than the body.
            caller.await?;
            let Json(json) = json.await?;
            Ok(Self {
                input: http::read(&json)?,
                json,
            })
        })
    }
}
