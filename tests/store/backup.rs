//! A backup that is made while writes go on is whole: what `docs/backup.md` says to do.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use app::{
    db,
    invoices::{Creation, Invoice, SqliteInvoices, VisibleTo},
};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use super::invoices::{Store, alice, draft};

#[test]
fn a_backup_by_vacuum_into_holds_all_that_was_acknowledged_before_it() {
    actix_web::rt::System::new().block_on(async {
        let data_dir = tempfile::TempDir::new().unwrap();
        let settings = super::settings(data_dir.path());
        db::migrate(&settings.database, data_dir.path())
            .await
            .unwrap();
        let pool = db::connect(&settings.database, data_dir.path())
            .await
            .unwrap();
        let store: Store = Arc::new(SqliteInvoices::new(pool, 10_000));

        let acknowledged = Arc::new(Mutex::new(Vec::<Invoice>::new()));
        let stop = Arc::new(AtomicBool::new(false));
        let writers: Vec<_> = (0..4)
            .map(|_| {
                let (store, stop) = (store.clone(), stop.clone());
                let acknowledged = acknowledged.clone();
                actix_web::rt::spawn(async move {
                    while !stop.load(Ordering::Relaxed) {
                        let invoice = draft(alice());
                        let created = store.create(&invoice, None).await.unwrap();
                        assert_eq!(created, Creation::Created);
                        acknowledged.lock().unwrap().push(invoice);
                    }
                })
            })
            .collect();
        while acknowledged.lock().unwrap().len() < 50 {
            tokio::task::yield_now().await;
        }

        let mut beside = SqliteConnection::connect(&format!(
            "sqlite:{}",
            data_dir.path().join("app.db").display()
        ))
        .await
        .unwrap();
        let restored = tempfile::TempDir::new().unwrap();
        let backup = restored.path().join("app.db");
        let before: Vec<Invoice> = acknowledged.lock().unwrap().clone();
        let vacuum = AssertSqlSafe(format!("VACUUM INTO '{}'", backup.display()));
        sqlx::raw_sql(vacuum).execute(&mut beside).await.unwrap();
        let meanwhile = acknowledged.lock().unwrap().len() - before.len();
        stop.store(true, Ordering::Relaxed);
        for writer in writers {
            writer.await.unwrap();
        }
        assert!(meanwhile > 0, "writes went on meanwhile");

        // Restored as the page says: the file takes the place of app.db.
        let settings = super::settings(restored.path());
        db::migrate(&settings.database, restored.path())
            .await
            .unwrap();
        let pool = db::connect(&settings.database, restored.path())
            .await
            .unwrap();
        let check: String = sqlx::query_scalar("PRAGMA integrity_check")
            .fetch_one(&pool)
            .await
            .unwrap();
        assert_eq!(check, "ok");
        let counted: (i64, i64) = sqlx::query_as(
            "SELECT (SELECT count(*) FROM invoices), (SELECT sum(invoices) FROM invoice_owners)",
        )
        .fetch_one(&pool)
        .await
        .unwrap();
        assert_eq!(counted.0, counted.1);
        let store: Store = Arc::new(SqliteInvoices::new(pool, 10_000));
        for invoice in before {
            let found = store.find(&VisibleTo::Everyone, invoice.id).await.unwrap();
            assert_eq!(found, Some(invoice));
        }
    });
}
