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

pub type Service = testkit::Service<Ours>;

/// Somebody with one role of this service.
pub trait Roles: Actors {
    fn reader(&self, subject: &str) -> Actor {
        self.actor(subject, &["reader"])
    }

    fn editor(&self, subject: &str) -> Actor {
        self.actor(subject, &["editor"])
    }

    fn approver(&self, subject: &str) -> Actor {
        self.actor(subject, &["approver"])
    }

    fn auditor(&self, subject: &str) -> Actor {
        self.actor(subject, &["auditor"])
    }
}

impl<T: Actors> Roles for T {}
