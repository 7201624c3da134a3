//! The command line. See `cli` for the commands and `app` for what `serve` starts.

use std::process::ExitCode;

fn main() -> ExitCode {
    app::cli::run(&app::service())
}
