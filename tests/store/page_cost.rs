//! A page costs the same in a small and in a large table. Printed, not asserted: machines are noisy.

use std::time::Instant;

use app::{
    auth::Identity,
    db,
    http::page::Cursor,
    invoices::{InvoiceStore, PageRequest, SqliteInvoices, Status, VisibleTo},
};
use uuid::Uuid;

/// Rows of ten owners, with random ids.
const FILL: &str = "
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
    INSERT INTO invoices
    SELECT randomblob(16), 'https://one.example', 'owner' || (i % 10), 'Ada', 'ada@example.com', i,
           'EUR', '2030-01-31', NULL, CASE i % 2 WHEN 0 THEN 'draft' ELSE 'issued' END, 1,
           '2030-01-15 12:00:00+00:00', '2030-01-15 12:00:00+00:00'
    FROM n";

async fn median_microseconds(
    store: &SqliteInvoices,
    who: &VisibleTo,
    status: Option<Status>,
) -> u128 {
    let mut times = Vec::new();
    for step in 0..400_u128 {
        let middle = Uuid::from_u128(u128::MAX / 400 * step);
        let page = PageRequest {
            limit: 21,
            after: Some(Cursor(middle)),
            status,
        };
        let started = Instant::now();
        store.list(who, page).await.unwrap();
        times.push(started.elapsed().as_micros());
    }
    times.sort_unstable();
    times[times.len() / 2]
}

#[test]
#[ignore = "takes a minute; `just page-cost`"]
fn page_cost() {
    actix_web::rt::System::new().block_on(async {
        for rows in [1_000_i64, 1_000_000] {
            let data_dir = tempfile::TempDir::new().unwrap();
            let settings = super::settings(data_dir.path());
            db::migrate(&settings.database, data_dir.path())
                .await
                .unwrap();
            let pool = db::connect(&settings.database, data_dir.path())
                .await
                .unwrap();
            sqlx::query(FILL).bind(rows).execute(&pool).await.unwrap();
            let store = SqliteInvoices::new(pool, 10_000);
            let owner = VisibleTo::Owner(Identity {
                issuer: "https://one.example".into(),
                subject: "owner3".into(),
            });
            println!("{rows} rows, median of a page at 400 places, in microseconds:");
            for (name, who) in [("own", &owner), ("all", &VisibleTo::Everyone)] {
                let any = median_microseconds(&store, who, None).await;
                let one = median_microseconds(&store, who, Some(Status::Issued)).await;
                println!("  {name}: {any}, by status: {one}");
            }
        }
    });
}
