//! Every list is a range of one index: no scan, no sort, whatever the size of the table.

use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection};

use super::statements::{LIST_ALL, LIST_ALL_BY_STATUS, LIST_OWN, LIST_OWN_BY_STATUS};

async fn plan(connection: &mut SqliteConnection, statement: &str) -> String {
    let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
    let rows = sqlx::query(explain).fetch_all(connection).await.unwrap();
    let steps: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
    steps.join("; ")
}

#[test]
fn a_page_is_a_range_of_one_index() {
    actix_web::rt::System::new().block_on(async {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let migrations = sqlx::migrate!("migrations/sqlite");
        migrations.run(&mut connection).await.unwrap();
        for (statement, expected) in [
            (LIST_OWN, "USING INDEX invoices_of_owner (owner_issuer=? AND owner=? AND id<?)"),
            (
                LIST_OWN_BY_STATUS,
                "USING INDEX invoices_of_owner_by_status (owner_issuer=? AND owner=? AND status=? AND id<?)",
            ),
            (LIST_ALL, "USING INDEX sqlite_autoindex_invoices_1 (id<?)"),
            (LIST_ALL_BY_STATUS, "USING INDEX invoices_by_status (status=? AND id<?)"),
        ] {
            let plan = plan(&mut connection, statement).await;
            assert_eq!(plan, format!("SEARCH invoices {expected}"));
        }
    });
}
