//! What a call learned.

use std::time::Duration;

/// Read through the call object after the call.
#[derive(Default, Clone)]
pub struct Outcome {
    /// The HTTP status of the last request, 0 if it was not answered.
    pub http_status: u16,
    /// The number of requests that were begun.
    pub attempts: u32,
    /// The id that the API gave the last request.
    pub request_id: Option<String>,
    /// The delay that the last answer asked for.
    pub retry_after: Option<Duration>,
    /// The last answer, if it was JSON.
    pub result: Option<String>,
}
