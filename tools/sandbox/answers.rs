//! The JSON bodies of the API's answers.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};

/// The API's reference nests bodies once, its specification twice.
#[derive(Clone, Copy, Debug)]
pub enum Nesting {
    Single,
    Double,
}

impl Nesting {
    pub fn success(self, status: &str) -> Value {
        self.wrap("data", json!({ "status": status }))
    }

    pub fn error(self, code: StatusCode, message: &str) -> Value {
        self.wrap("error", json!({ "code": code.as_u16(), "message": message }))
    }

    pub fn refusal(self, code: StatusCode, message: &str) -> Response {
        json_response(code, &self.error(code, message))
    }

    fn wrap(self, name: &str, inner: Value) -> Value {
        match self {
            Self::Single => json!({ name: inner }),
            Self::Double => json!({ name: { name: inner } }),
        }
    }
}

pub fn json_response(status: StatusCode, value: &Value) -> Response {
    response(status, "application/json", value.to_string())
}

pub fn response(status: StatusCode, content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
