//! A resource: what each of its methods does, and the same answer to every other, everywhere.

use actix_web::body::BoxBody;
use actix_web::dev::{AppService, HttpServiceFactory, ServiceRequest};
use actix_web::http::{Method, StatusCode, header};
use actix_web::middleware::{Next, from_fn};
use actix_web::{FromRequest, Handler, HttpRequest, HttpResponse, Responder, ResponseError, guard, web};

use super::query;
use crate::problem::Problem;

/// A path and what its methods do. HEAD is possible where GET is; another method is a 405 that names those that are
/// possible; a method that takes no query refuses one.
pub struct Resource {
    path: String,
    methods: Vec<Method>,
    with_query: Vec<Method>,
    routes: Vec<actix_web::Route>,
}

/// A resource without methods.
#[must_use]
pub fn resource(path: impl Into<String>) -> Resource {
    Resource {
        path: path.into(),
        methods: Vec::new(),
        with_query: Vec::new(),
        routes: Vec::new(),
    }
}

#[expect(missing_docs, reason = "each says what its method does")]
impl Resource {
    /// What GET does, and HEAD without the body.
    #[must_use]
    pub fn get<F, A>(self, handler: F) -> Self
    where
        F: Handler<A>,
        A: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.on(Method::GET, handler)
    }

    #[must_use]
    pub fn post<F, A>(self, handler: F) -> Self
    where
        F: Handler<A>,
        A: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.on(Method::POST, handler)
    }

    #[must_use]
    pub fn patch<F, A>(self, handler: F) -> Self
    where
        F: Handler<A>,
        A: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.on(Method::PATCH, handler)
    }

    #[must_use]
    pub fn delete<F, A>(self, handler: F) -> Self
    where
        F: Handler<A>,
        A: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.on(Method::DELETE, handler)
    }

    /// What a method does; without [`Resource::with_query`] it takes none.
    #[must_use]
    pub fn on<F, A>(mut self, method: Method, handler: F) -> Self
    where
        F: Handler<A>,
        A: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        let route = if method == Method::GET {
            self.methods.extend([Method::GET, Method::HEAD]);
            web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
        } else {
            self.methods.push(method.clone());
            web::method(method)
        };
        self.routes.push(route.to(handler));
        self
    }

    /// The method reads the query, which is up to its handler's [`super::Query`] then.
    #[must_use]
    pub fn with_query(mut self, method: Method) -> Self {
        if method == Method::GET {
            self.with_query.push(Method::HEAD);
        }
        self.with_query.push(method);
        self
    }
}

impl HttpServiceFactory for Resource {
    fn register(self, config: &mut AppService) {
        let names: Vec<&str> = self.methods.iter().map(Method::as_str).collect();
        let allow = names.join(", ");
        let without_query: Vec<Method> = self
            .methods
            .into_iter()
            .filter(|method| !self.with_query.contains(method))
            .collect();
        self.routes
            .into_iter()
            .fold(web::resource(self.path), actix_web::Resource::route)
            .default_service(web::to(move |request: HttpRequest| {
                let refusal = method_not_allowed(&request, &allow);
                async move { refusal }
            }))
            .wrap(from_fn(move |request: ServiceRequest, next: Next<BoxBody>| {
                let takes_none = without_query.contains(request.method());
                let refusal = query::refuse(request.query_string()).filter(|_| takes_none);
                async move {
                    match refusal {
                        Some(problem) => Ok(request.into_response(problem.error_response())),
                        None => next.call(request).await,
                    }
                }
            }))
            .register(config);
    }
}

fn method_not_allowed(request: &HttpRequest, allow: &str) -> HttpResponse {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method-not-allowed",
        "Method not allowed",
    )
    .detail(format!("{} is not possible here, but {allow}.", request.method()))
    .header(header::ALLOW, allow)
    .error_response()
}
