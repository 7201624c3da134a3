//! The service: its permissions and its resources, on the platform of `crates/platform`.

/// The sample resource: copy its shape for your own.
pub mod invoices;
/// Who may do what.
pub mod permissions;

use platform::{Layers, Migrations, Service, api_keys};
use sqlx::migrate::Migrator;

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// This service: its name, who may do what, and its resources.
#[must_use]
pub fn service() -> Service {
    Service {
        name: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
        description: env!("CARGO_PKG_DESCRIPTION"),
        build: platform::build!("Cargo.lock"),
        access: &permissions::ACCESS,
        settings: Layers {
            default: include_str!("../config/default.toml"),
            dev: include_str!("../config/dev.toml"),
            production: include_str!("../config/production.toml"),
        },
        migrations: Migrations {
            sqlite: &SQLITE,
            postgres: &POSTGRES,
        },
        api_keys: Some(api_keys::managed_by::<permissions::ApiKeysManage>()),
        slices: vec![invoices::SLICE],
    }
}
