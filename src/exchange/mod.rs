//! One request and its answer: attempts, retries, and what counts as success.
//!
//! [`Attempts`] sends a request until it has an answer that [`answer`] accepts, or until the time
//! is up. An answer is JSON, judged by `verdict`, or a video, which [`Download`] writes to a file.

pub mod answer;
pub mod attempts;
pub mod diagnosis;
pub mod download;
pub mod json;
pub mod part_file;
mod pause_count;
mod request;
pub mod retry;
mod verdict;

pub use attempts::Attempts;
pub use download::Download;
pub use pause_count::{Hold, PauseCount, PauseOp};
pub use request::Request;
