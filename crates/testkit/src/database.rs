//! Which engine a test runs on: SQLite, or a database of its own on the PostgreSQL of `TEST_POSTGRES_URL`.
//!
//! `tests/servers/postgres cargo test` sets that variable. A database is a copy of a template that was migrated
//! once, by the owner of the tables; the service under test has the runtime role, as in production.

use std::{
    env,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    thread,
};

use platform::{
    config::{Settings, Sources},
    db::{self, Migrations},
};
use sqlx::{
    AssertSqlSafe, ColumnIndex, Connection, Decode, Executor, PgConnection, Row, SqliteConnection,
    Type,
};
use tempfile::TempDir;
use uuid::Uuid;

/// The role of a service under test; `tests/servers/postgres` makes it.
pub const RUNTIME_ROLE: &str = "runtime";

/// A database of PostgreSQL, which goes when it is dropped.
pub struct Database {
    server: String,
    name: String,
}

impl Database {
    /// A database with the tables of this service; none where the tests run on SQLite.
    pub fn for_service(service: &platform::Service) -> Option<Self> {
        let server = env::var("TEST_POSTGRES_URL").ok()?;
        let migrations = service.migrations;
        Some(wait(move || make(server, migrations)))
    }

    /// Its URL for the service.
    pub fn url(&self) -> String {
        at(&self.server, RUNTIME_ROLE, &self.name)
    }

    /// The authority of its server's certificate. Beside it are the certificate and the key of the role `certified`.
    pub fn ca(&self) -> PathBuf {
        env::var("TEST_POSTGRES_CA").unwrap().into()
    }

    /// Its URL for the owner of the tables.
    pub fn owner_url(&self) -> String {
        at(&self.server, "owner", &self.name)
    }

    /// Its URL for a superuser, whom no policy binds.
    pub fn superuser_url(&self) -> String {
        at(&self.server, "superuser", &self.name)
    }

    /// Has a superuser do this.
    pub fn as_superuser(&self, text: &str) {
        change(Some(self), Path::new(""), text);
    }
}

/// Changes rows past the service, as nobody whom a policy binds: what another program may have written.
pub fn change(database: Option<&Database>, data_dir: &Path, text: &str) {
    around(database, data_dir, [text, ""], || ());
}

/// Does this work in a transaction of another program's, which changes rows first and is committed then.
pub fn amid<T: Send>(
    database: Option<&Database>,
    data_dir: &Path,
    text: &str,
    work: impl FnOnce() -> T + Send,
) -> T {
    let begin = format!("BEGIN; {text}");
    around(database, data_dir, [&begin, "COMMIT"], work)
}

fn around<T: Send>(
    database: Option<&Database>,
    data_dir: &Path,
    [before, after]: [&str; 2],
    work: impl FnOnce() -> T + Send,
) -> T {
    let texts = [before, after].map(|text| AssertSqlSafe(text.to_owned()));
    let postgres = database.map(Database::superuser_url);
    let sqlite = url_of_sqlite(data_dir);
    let done = async move || match postgres {
        Some(url) => between(PgConnection::connect(&url).await?, texts, work).await,
        None => between(SqliteConnection::connect(&sqlite).await?, texts, work).await,
    };
    wait(done).unwrap()
}

fn url_of_sqlite(data_dir: &Path) -> String {
    format!("sqlite:{}", data_dir.join("app.db").display())
}

/// Statements that read each table, a row as one text.
const OF_SQLITE: &str = "
    SELECT 'SELECT ''' || t.name || ':'' || ' || group_concat(''' '' || quote(' || c.name || ')', ' || ')
        || ' FROM ' || t.name
    FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table' GROUP BY t.name";
const OF_POSTGRES: &str = "
    SELECT format('SELECT %L || t::text FROM %I t', relname || ': ', relname)
    FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace";

/// The rows of all tables, one a line, in order; of all owners.
pub fn rows(database: Option<&Database>, data_dir: &Path) -> Vec<String> {
    let postgres = database.map(Database::superuser_url);
    let sqlite = url_of_sqlite(data_dir);
    let read = async move || match postgres {
        Some(url) => rows_of(PgConnection::connect(&url).await?, OF_POSTGRES).await,
        None => rows_of(SqliteConnection::connect(&sqlite).await?, OF_SQLITE).await,
    };
    wait(read).unwrap()
}

async fn rows_of<C>(mut connection: C, of_tables: &str) -> Result<Vec<String>, sqlx::Error>
where
    C: Connection,
    for<'c> &'c mut C: Executor<'c, Database = C::Database>,
    for<'r> String: Decode<'r, C::Database> + Type<C::Database>,
    usize: ColumnIndex<<C::Database as sqlx::Database>::Row>,
{
    let mut texts = async |statement: String| {
        let rows = connection.fetch_all(AssertSqlSafe(statement)).await?;
        let texts = rows.iter().map(|row| row.try_get(0));
        texts.collect::<Result<Vec<String>, _>>()
    };
    let mut rows = Vec::new();
    for of_table in texts(of_tables.to_owned()).await? {
        rows.extend(texts(of_table).await?);
    }
    rows.sort();
    Ok(rows)
}

async fn between<T, C>(
    mut connection: C,
    [before, after]: [AssertSqlSafe<String>; 2],
    work: impl FnOnce() -> T,
) -> Result<T, sqlx::Error>
where
    for<'c> &'c mut C: Executor<'c>,
{
    connection.execute(before).await?;
    let done = work();
    connection.execute(after).await?;
    Ok(done)
}

impl Drop for Database {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        let gone = async move || {
            let mut connection = PgConnection::connect(&server).await?;
            let drop = format!("DROP DATABASE {name} WITH (FORCE)");
            connection.execute(AssertSqlSafe(drop)).await?;
            connection.close().await
        };
        wait(gone).ok();
    }
}

/// The URL of a role and a database on the same server.
fn at(server: &str, role: &str, database: &str) -> String {
    let address = server.split('@').nth(1).unwrap();
    let address = address.split('/').next().unwrap();
    format!("postgres://{role}@{address}/{database}")
}

/// Does this on a thread of its own: who drops a database may stand in a runtime.
fn wait<T: Send, F: Future<Output = T>>(work: impl FnOnce() -> F + Send) -> T {
    let work = || actix_web::rt::System::new().block_on(work());
    thread::scope(|scope| scope.spawn(work).join()).unwrap()
}

async fn make(server: String, migrations: Migrations) -> Database {
    let mut connection = PgConnection::connect(&server).await.unwrap();
    let template = template(&server, &mut connection, migrations).await;
    let name = format!("test_{}", Uuid::now_v7().simple());
    let create = format!("CREATE DATABASE {name} TEMPLATE {template}");
    connection.execute(AssertSqlSafe(create)).await.unwrap();
    connection.close().await.unwrap();
    Database { server, name }
}

/// The migrated database that others are copied from. Of several processes, one makes it.
async fn template(server: &str, connection: &mut PgConnection, migrations: Migrations) -> String {
    let mut hasher = DefaultHasher::new();
    for migration in migrations.postgres.iter() {
        migration.checksum.hash(&mut hasher);
    }
    for migration in Migrations::of_the_platform().postgres.iter() {
        migration.checksum.hash(&mut hasher);
    }
    let name = format!("template_{:016x}", hasher.finish());
    connection
        .execute("SELECT pg_advisory_lock(1)")
        .await
        .unwrap();
    let made: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
            .bind(&name)
            .fetch_one(&mut *connection)
            .await
            .unwrap();
    if !made {
        let new = format!("{name}_new");
        for text in [
            format!("DROP DATABASE IF EXISTS {new}"),
            format!("CREATE DATABASE {new}"),
        ] {
            connection.execute(AssertSqlSafe(text)).await.unwrap();
        }
        let data_dir = TempDir::new().unwrap();
        let settings = settings(&at(server, "owner", &new));
        db::migrate(&settings.database, data_dir.path(), migrations)
            .await
            .unwrap();
        let rename = format!("ALTER DATABASE {new} RENAME TO {name}");
        connection.execute(AssertSqlSafe(rename)).await.unwrap();
    }
    connection
        .execute("SELECT pg_advisory_unlock(1)")
        .await
        .unwrap();
    name
}

fn settings(url: &str) -> Settings {
    let environment = [
        ("APP_DATABASE__URL", url),
        ("APP_DATABASE__RUNTIME_ROLE", RUNTIME_ROLE),
    ];
    let sources = Sources {
        environment: environment
            .map(|(name, value)| (name.to_owned(), value.into()))
            .into(),
        ..Sources::default()
    };
    platform::config::load(&sources, &[]).unwrap()
}
