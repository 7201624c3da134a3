//! What the tables of a service keep: lists that an index answers, and migrations that the platform never
//! takes the number of.

use platform::db::FIRST_OF_A_SERVICE;
use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection};

use super::Sampled;

/// Asks the database for the plan of each list of each slice. A list must be a range of one index:
/// a scan or a sort would make a page cost as much as the table is large, and let one client keep the
/// database busy (API4:2023).
pub fn a_list_is_a_range_of_one_index<T: Sampled>() {
    let service = T::service();
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

/// Platform and service number their migrations apart: an upgrade of the platform must find its next number
/// free.
pub fn migrations_have_the_numbers_of_a_service<T: Sampled>() {
    for migration in T::service().migrations.sqlite.iter() {
        let number = migration.version;
        assert!(number >= FIRST_OF_A_SERVICE, "{number} is no date");
    }
}
