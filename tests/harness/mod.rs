//! The service that these tests are about, as `testkit` starts it.

pub use testkit::*;

/// The service of this repository.
pub enum Ours {}

impl Tested for Ours {
    const PROGRAM: &'static str = env!(concat!("CARGO_BIN_EXE_", env!("CARGO_PKG_NAME")));
    const ROOT: &'static str = env!("CARGO_MANIFEST_DIR");

    fn service() -> platform::Service {
        app::service()
    }
}
