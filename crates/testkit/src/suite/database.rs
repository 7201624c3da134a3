//! What the tables of a service keep: lists that an index answers, migrations that the platform never takes the
//! number of, and on PostgreSQL the same tables as on SQLite.

use platform::{
    db::{FIRST_OF_A_SERVICE, Migrations},
    slice::Statements,
};
use sqlx::{Connection, PgConnection, migrate::Migrator};

use super::{Sampled, schema};
use crate::{Database, plans};

/// No statement reads `*`: its result becomes another one when a migration adds a column, and a replica that has
/// prepared it before fails. The driver of SQLite panics, and the row is then a 404.
pub fn a_statement_names_its_columns<T: Sampled>() {
    let service = T::service();
    let statements = service.slices.iter().flat_map(|slice| slice.statements);
    for statement in statements {
        let found = std::iter::once(statement.find);
        for text in found.chain(lists_of(statement)) {
            assert!(!text.contains('*'), "{text}");
        }
    }
}

/// Asks the database for the plan of each list of each slice. A list must be a range of one index:
/// a scan or a sort would make a page cost as much as the table is large, and let one client keep the
/// database busy (API4:2023).
pub fn a_list_is_a_range_of_one_index<T: Sampled>() {
    let service = T::service();
    for (list, plan) in plans::of_sqlite(service.migrations, &lists(&service)) {
        let range = plan.starts_with("SEARCH ") && plan.contains("USING INDEX");
        assert!(range && !plan.contains(';'), "{list}: {plan}");
        let used = plan.matches("=?").count() + plan.matches("<?").count();
        assert_eq!(used, conditions(list), "{list}: {plan}");
    }
    if let Some(database) = Database::for_service(&service) {
        for (list, plan) in plans::of_postgres(&database, &lists(&service)) {
            assert!(plan.contains("Index Scan"), "{list}: {plan}");
            assert!(
                !plan.contains("Sort") && !plan.contains("Seq Scan"),
                "{list}: {plan}"
            );
            // Which index it is depends on what is in the table; the one above is there too.
            assert!(plan.contains("Index Cond: "), "{list}: {plan}");
        }
    }
}

/// The lists of all slices.
fn lists(service: &platform::Service) -> Vec<&'static str> {
    let statements = service.slices.iter().flat_map(|slice| slice.statements);
    statements.flat_map(lists_of).collect()
}

fn lists_of(statements: &Statements) -> impl Iterator<Item = &'static str> {
    let all = [Some(statements.list_own), Some(statements.list_all)];
    let by_state = [statements.list_own_in_state, statements.list_all_in_state];
    all.into_iter().chain(by_state).flatten()
}

fn conditions(list: &str) -> usize {
    list.matches(" = $").count() + list.matches(" < $").count()
}

/// Platform and service number their migrations apart: an upgrade of the platform must find its next number
/// free.
pub fn migrations_have_the_numbers_of_a_service<T: Sampled>() {
    let migrations = T::service().migrations;
    for migration in migrations.sqlite.iter().chain(migrations.postgres.iter()) {
        let number = migration.version;
        assert!(number >= FIRST_OF_A_SERVICE, "{number} is no date");
    }
}

/// A migration that one engine lacks is noticed here, and not by the operator of that engine.
pub fn both_engines_have_the_same_migrations<T: Sampled>() {
    let names = |migrator: &Migrator| -> Vec<(i64, String)> {
        let migrations = migrator.iter();
        migrations
            .map(|one| (one.version, one.description.to_string()))
            .collect()
    };
    for migrations in [T::service().migrations, Migrations::of_the_platform()] {
        assert_eq!(names(migrations.sqlite), names(migrations.postgres));
    }
}

/// Tables, columns, what may be NULL, what is unique and what is indexed: platform and service.
pub fn both_engines_have_the_same_tables<T: Sampled>() {
    let service = T::service();
    let Some(database) = Database::for_service(&service) else {
        return;
    };
    actix_web::rt::System::new().block_on(async {
        let mut sqlite = schema::sqlite(service.migrations).await;
        let sqlite = schema::of_sqlite(&mut sqlite).await;
        let mut postgres = PgConnection::connect(&database.url()).await.unwrap();
        let postgres = schema::of_postgres(&mut postgres).await;
        assert!(sqlite.len() > 40, "{sqlite:?}");
        let only = |one: &[String], other: &[String]| -> Vec<String> {
            let missing = one.iter().filter(|line| !other.contains(line));
            missing.cloned().collect()
        };
        assert_eq!(only(&sqlite, &postgres), [""; 0], "only on SQLite");
        assert_eq!(only(&postgres, &sqlite), [""; 0], "only on PostgreSQL");
    });
}

/// The platform's own tables: their statements run before the caller is known, or for all callers at once.
const WITHOUT_POLICY: [&str; 3] = ["api_keys", "idempotency_keys", "rows_of_owners"];

/// A table whose rows have owners and that is without a policy has one line of defence only.
pub fn every_table_of_a_slice_is_under_row_level_security<T: Sampled>() {
    let service = T::service();
    let Some(database) = Database::for_service(&service) else {
        return;
    };
    let tables = async {
        let mut connection = PgConnection::connect(&database.url()).await.unwrap();
        let tables: Vec<(String, bool)> = sqlx::query_as(
            "SELECT relname::text, relrowsecurity AND relforcerowsecurity \
             AND EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid) \
             FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid \
             WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace AND attname = 'owner' \
             ORDER BY relname",
        )
        .fetch_all(&mut connection)
        .await
        .unwrap();
        tables
    };
    let tables = actix_web::rt::System::new().block_on(tables);
    let (with, without): (Vec<_>, Vec<_>) = tables.into_iter().partition(|(_, forced)| *forced);
    let without: Vec<_> = without.into_iter().map(|(table, _)| table).collect();
    assert_eq!(without, WITHOUT_POLICY, "tables without a forced policy");
    assert!(with.len() >= service.slices.len(), "{with:?}");
}
