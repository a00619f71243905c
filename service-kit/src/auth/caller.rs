//! The actix extractor that proves who is asking.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::{StatusCode, header};
use actix_web::{FromRequest, HttpRequest, web};
use chrono::{DateTime, Utc};

use super::{AuthError, UserId, Verifier};
use crate::problem::Problem;

/// The user behind a request; a handler that takes it cannot be reached without a valid token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The user (`sub`).
    pub user: UserId,
    /// When the token expires.
    pub expires_at: DateTime<Utc>,
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let verifier = request.app_data::<web::Data<Verifier>>().cloned();
        let token = bearer_token(request);
        Box::pin(async move {
            let verifier =
                verifier.ok_or_else(|| Problem::internal("no Verifier in the application's data"))?;
            let claims = verifier.verify(&token?).await?;
            let expires_at = DateTime::from_timestamp(claims.exp, 0).ok_or(AuthError::BadClaim("exp"))?;
            Ok(Self {
                user: claims.sub,
                expires_at,
            })
        })
    }
}

impl From<AuthError> for Problem {
    fn from(error: AuthError) -> Self {
        if error == AuthError::Unavailable {
            return Self::unavailable("Tokens cannot be checked right now.");
        }
        if error == AuthError::Scoped {
            return Self::new(
                StatusCode::FORBIDDEN,
                "scoped-token",
                "Tokens with scopes are not accepted",
            )
            .detail("Scopes are not enforced yet. Ask the issuer for a token without a scope claim.");
        }
        let challenge = match error {
            AuthError::Missing => r#"Bearer realm="taskwire""#.to_owned(),
            _ => format!(r#"Bearer realm="taskwire", error="invalid_token", error_description="{error}""#),
        };
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "Not authorized")
            .detail(error.to_string())
            .header(header::WWW_AUTHENTICATE, challenge)
    }
}

fn bearer_token(request: &HttpRequest) -> Result<String, AuthError> {
    let value = request
        .headers()
        .get(header::AUTHORIZATION)
        .ok_or(AuthError::Missing)?;
    let value = value.to_str().map_err(|_| AuthError::Malformed)?;
    let (scheme, token) = value.split_once(' ').ok_or(AuthError::Malformed)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(AuthError::Missing);
    }
    Ok(token.trim().to_owned())
}
