//! How the database finds the rows of a list.

use platform::Service;
use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection};

/// Asks the database for the plan of each list of each slice. A list must be a range of one index:
/// a scan or a sort would make a page cost as much as the table is large, and let one client keep the
/// database busy (API4:2023).
pub fn lists_are_ranges_of_an_index(service: &Service) {
    let plans = async {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let migrations = service.migrations.sqlite;
        migrations.run(&mut connection).await.unwrap();
        let mut plans = Vec::new();
        for statements in service.slices.iter().flat_map(|slice| slice.statements) {
            let lists = [Some(statements.list_own), Some(statements.list_all)];
            let by_state = [statements.list_own_in_state, statements.list_all_in_state];
            for list in lists.into_iter().chain(by_state).flatten() {
                let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {list}"));
                let steps = sqlx::query(explain).fetch_all(&mut connection);
                let steps = steps.await.unwrap();
                let steps: Vec<String> = steps.iter().map(|step| step.get("detail")).collect();
                plans.push((list, steps.join("; ")));
            }
        }
        plans
    };
    for (list, plan) in actix_web::rt::System::new().block_on(plans) {
        let range = plan.starts_with("SEARCH ") && plan.contains("USING INDEX");
        assert!(range && !plan.contains(';'), "{list}: {plan}");
        let conditions = list.matches(" = $").count() + list.matches(" < $").count();
        let used = plan.matches("=?").count() + plan.matches("<?").count();
        assert_eq!(used, conditions, "{list}: {plan}");
    }
}
