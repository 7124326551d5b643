//! One request and its answer: attempts, retries, and what counts as success.
//!
//! [`Attempts`] sends a request until it has an answer that [`answer`] accepts, or until the time
//! is up. An answer is JSON, judged by `verdict`, or a video, which [`Download`] writes to a file.

pub mod answer;
pub mod attempts;
mod backlog;
pub mod destination;
pub mod diagnosis;
mod download;
mod file_work;
pub mod json;
pub mod no_answer;
pub mod part_file;
mod pause_count;
pub mod placing;
mod request;
pub mod retry;
mod sink;
mod stage;
mod stream;
pub mod tls_failure;
mod verdict;
pub mod video_answer;
pub mod video_version;
mod video_writer;

pub use attempts::Attempts;
pub(crate) use attempts::RELEASE;
pub use download::Download;
pub use pause_count::{Hold, PauseCount, PauseOp};
pub use request::Request;
