//! The program. `platform::cli` has the commands.

use std::process::ExitCode;

fn main() -> ExitCode {
    platform::cli::run(&app::service())
}
