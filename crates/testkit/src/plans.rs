//! How each engine finds the rows of a statement: the steps of its plan, in one line.

use platform::db::Migrations;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};

use crate::{Database, suite::schema};

/// Each statement with its plan on SQLite, in empty tables.
#[must_use]
pub fn of_sqlite(
    migrations: Migrations,
    statements: &[&'static str],
) -> Vec<(&'static str, String)> {
    actix_web::rt::System::new().block_on(async {
        let mut connection = schema::sqlite(migrations).await;
        let mut plans = Vec::new();
        for statement in statements {
            let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
            let steps = sqlx::query(explain).fetch_all(&mut connection);
            let steps = steps.await.unwrap();
            let steps: Vec<String> = steps.iter().map(|step| step.get("detail")).collect();
            plans.push((*statement, steps.join("; ")));
        }
        plans
    })
}

/// The same on PostgreSQL, as the runtime role gets them: row-level security must not take the index away.
#[must_use]
pub fn of_postgres(
    database: &Database,
    statements: &[&'static str],
) -> Vec<(&'static str, String)> {
    actix_web::rt::System::new().block_on(async {
        let mut connection = PgConnection::connect(&database.url()).await.unwrap();
        // In an empty table every plan is cheap: a scan and a sort are chosen only where nothing else is possible.
        connection
            .execute(
                "SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off; \
                 SET plan_cache_mode = force_generic_plan",
            )
            .await
            .unwrap();
        let mut plans = Vec::new();
        for (number, statement) in statements.iter().enumerate() {
            let values = (1..30).filter(|value| statement.contains(&format!("${value}")));
            let nulls = vec!["NULL"; values.count()].join(", ");
            let prepare = AssertSqlSafe(format!("PREPARE s_{number} AS {statement}"));
            connection.execute(prepare).await.unwrap();
            let explain = format!("EXPLAIN (COSTS OFF) EXECUTE s_{number}({nulls})");
            let steps = sqlx::raw_sql(AssertSqlSafe(explain)).fetch_all(&mut connection);
            let steps = steps.await.unwrap();
            let steps: Vec<String> = steps.iter().map(|step| step.get(0)).collect();
            plans.push((*statement, steps.join("; ")));
        }
        plans
    })
}
