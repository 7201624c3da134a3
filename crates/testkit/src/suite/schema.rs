//! A schema in words, the same words for each engine.

use platform::db::Migrations;
use sqlx::{Connection, PgConnection, SqliteConnection, migrate::Migrator};

/// An empty database with all tables.
pub async fn sqlite(migrations: Migrations) -> SqliteConnection {
    migrated(&[Migrations::of_the_platform().sqlite, migrations.sqlite]).await
}

/// An empty database with the tables of these migrations.
pub async fn migrated(migrators: &[&'static Migrator]) -> SqliteConnection {
    let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    for migrator in migrators {
        let mut migrator = Migrator::with_migrations(migrator.iter().cloned().collect());
        migrator.set_ignore_missing(true);
        migrator.run(&mut connection).await.unwrap();
    }
    connection
}

const OF_SQLITE: &str = "
    WITH tables AS (SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_sqlx%' ESCAPE '\\'
        AND name NOT LIKE 'sqlite%')
    SELECT tables.name || '.' || c.name || ' ' || c.type || iif(c.\"notnull\" OR c.pk > 0, ' NOT NULL', '')
    FROM tables, pragma_table_info(tables.name) c
    UNION ALL
    SELECT tables.name || iif(i.\"unique\", ' unique (', ' index ' || i.name || ' (')
        || (SELECT group_concat(name, ', ') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno)) || ')'
        || iif(i.partial, ' partial', '')
    FROM tables, pragma_index_list(tables.name) i
    ORDER BY 1";

const OF_POSTGRES: &str = "
    SELECT table_name || '.' || column_name || ' ' || CASE data_type
        WHEN 'uuid' THEN 'BLOB' WHEN 'bytea' THEN 'BLOB'
        WHEN 'bigint' THEN 'INTEGER' WHEN 'boolean' THEN 'INTEGER'
        WHEN 'text' THEN 'TEXT' WHEN 'date' THEN 'TEXT' WHEN 'timestamp with time zone' THEN 'TEXT'
        ELSE data_type END || CASE is_nullable WHEN 'NO' THEN ' NOT NULL' ELSE '' END
    FROM information_schema.columns WHERE table_schema = current_schema() AND table_name <> '_sqlx_migrations'
    UNION ALL
    SELECT t.relname || CASE WHEN x.indisunique THEN ' unique (' ELSE ' index ' || i.relname || ' (' END
        || (SELECT string_agg(a.attname, ', ' ORDER BY k.place)
            FROM unnest(x.indkey) WITH ORDINALITY k (number, place)
            JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number) || ')'
        || CASE WHEN x.indpred IS NULL THEN '' ELSE ' partial' END
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
    WHERE t.relnamespace = current_schema()::regnamespace AND t.relname <> '_sqlx_migrations'
    ORDER BY 1";

/// Its columns and indexes, one a line.
pub async fn of_sqlite(connection: &mut SqliteConnection) -> Vec<String> {
    sqlx::query_scalar(OF_SQLITE)
        .fetch_all(connection)
        .await
        .unwrap()
}

/// The same of PostgreSQL. The runtime role sees what it has rights on.
pub async fn of_postgres(connection: &mut PgConnection) -> Vec<String> {
    sqlx::query_scalar(OF_POSTGRES)
        .fetch_all(connection)
        .await
        .unwrap()
}
