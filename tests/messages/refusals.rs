//! The rows about refusals and failures of the API.

use std::time::Duration;

use super::{Table, label, operations};
use crate::error::Error;
use crate::operation::Operation;
use crate::refusal::Hints;

pub fn rows(table: &mut Table) {
    table.section("The API rejected the request or failed");
    let [pause, others @ ..] = operations();
    let api = |http_status, operation: &Operation, said: Option<&str>| Error::Api {
        http_status,
        operation: operation.clone(),
        said: said.map(Into::into),
        hints: Box::default(),
        kept: 0,
    };
    for http_status in [302, 400, 401, 403, 404, 407, 408, 409, 429, 500] {
        table.error(&format!("pause, HTTP {http_status}"), api(http_status, &pause, None));
    }
    table.error("pause, HTTP 500 with a reason", api(500, &pause, Some("Out of disk space.")));
    table.error("pause, HTTP 500 without a recording", api(500, &pause, Some("Failed to pause recording.")));
    let given = Hints { api_key: "the API key that the client was given", ..Hints::default() };
    table.error("pause, HTTP 401, the key is an argument", api(401, &pause, None).with_hints(given));
    let variables = Hints {
        api_key: "ANCHORBROWSER_API_KEY",
        base_url: "ANCHORBROWSER_BASE_URL",
        has_base_path: true,
        retry_after: Some(Duration::from_millis(3_599_200)),
    };
    for http_status in [302, 401, 404, 422, 429, 503] {
        let situation = format!("pause, HTTP {http_status}, variables, a path in the base URL, Retry-After: 3600");
        table.error(&situation, api(http_status, &pause, None).with_hints(variables));
    }
    let soon = Hints { retry_after: Some(Duration::from_secs(1)), ..Hints::default() };
    table.error("pause, HTTP 429, Retry-After: 1", api(429, &pause, None).with_hints(soon));
    for operation in &others {
        for http_status in [401, 404, 429, 500] {
            table.error(&format!("{}, HTTP {http_status}", label(operation)), api(http_status, operation, None));
        }
    }
    let [.., post] = &others;
    table.error("request POST, HTTP 404, a path in the base URL", api(404, post, None).with_hints(variables));
    table.error("request POST, HTTP 405", api(405, post, None));
}
