//! Tells the code which compiler builds it: no variable of Cargo says the compiler's version.
#![expect(
    clippy::disallowed_methods,
    reason = "this is how a build script asks and answers; it is not part of the service"
)]

use std::{env, process::Command};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let compiler = env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let asked = Command::new(compiler).arg("--version").output();
    let version = asked
        .ok()
        .and_then(|answer| String::from_utf8(answer.stdout).ok());
    let version = version.unwrap_or_default();
    println!("cargo::rustc-env=RUSTC_VERSION={}", version.trim());
    let profile = env::var("PROFILE").unwrap_or_default();
    println!("cargo::rustc-env=BUILD_PROFILE={profile}");
}
