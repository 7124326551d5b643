//! Builds responses with the bodies that the API sends.

use axum::body::Body;
use axum::http::header::{self, IntoHeaderName};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

/// How deep bodies are nested: the API's reference shows `{"data":{..}}`, its specification
/// `{"data":{"data":{..}}}`.
#[derive(Clone, Copy, Debug)]
pub enum Nesting {
    Single,
    Double,
}

impl Nesting {
    pub fn success_body(self, status: &str) -> Value {
        self.nest("data", json!({ "status": status }))
    }

    pub fn error_body(self, code: StatusCode, message: &str) -> Value {
        self.nest("error", json!({ "code": code.as_u16(), "message": message }))
    }

    pub fn error_response(self, code: StatusCode, message: &str) -> Response {
        json_response(code, &self.error_body(code, message))
    }

    fn nest(self, key: &str, inner: Value) -> Value {
        match self {
            Self::Single => json!({ key: inner }),
            Self::Double => json!({ key: { key: inner } }),
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

pub fn with_header(mut response: Response, name: impl IntoHeaderName, value: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
    response
}
