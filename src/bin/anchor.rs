//! The command `anchor`.

use std::process::ExitCode;

fn main() -> ExitCode {
    anchor::cli::run()
}
