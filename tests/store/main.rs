//! The contract of the stores: one suite, run against every engine.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod bounds;
mod invoices;

use std::{path::Path, sync::Arc};

use app::invoices::{InvoiceStore, SqliteInvoices};
use platform::{
    config::{Settings, Sources},
    db,
};

/// Settings for stores in `data_dir`.
fn settings(data_dir: &Path) -> Settings {
    let sources = Sources {
        environment: vec![(
            "APP_DATA_DIR".to_owned(),
            data_dir.to_str().unwrap().to_owned(),
        )],
        ..Sources::default()
    };
    platform::config::load(&sources, &app::permissions::ACCESS.role_names()).unwrap()
}

/// Runs a test against an empty store of each engine.
fn on_every_engine<F: Future<Output = ()>>(test: impl Fn(Arc<dyn InvoiceStore>) -> F) {
    with_at_most(10_000, test);
}

/// The same with stores that keep so many invoices of one owner.
fn with_at_most<F: Future<Output = ()>>(
    max_of_owner: u32,
    test: impl Fn(Arc<dyn InvoiceStore>) -> F,
) {
    actix_web::rt::System::new().block_on(async {
        let data_dir = tempfile::TempDir::new().unwrap();
        let settings = settings(data_dir.path());
        db::migrate(
            &settings.database,
            data_dir.path(),
            app::service().migrations,
        )
        .await
        .unwrap();
        let pool = db::connect(&settings.database, data_dir.path())
            .await
            .unwrap();
        test(Arc::new(SqliteInvoices::new(pool, max_of_owner))).await;
    });
}
