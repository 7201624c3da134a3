//! The schema: who makes it, and who only looks at it.
//!
//! A service that may change its own schema hands that right to an attacker who takes it over. So the command
//! `migrate` runs as the owner of the tables, and gives the runtime role the right to read and change
//! rows. `serve` runs as that role: it looks whether the schema is this program's, and changes nothing. An
//! advisory lock lets one process migrate at a time.

use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Executor, PgConnection,
    migrate::{Migrate, MigrateError, Migrator},
    postgres::PgConnectOptions,
};

use super::open::{options, place};
use crate::{
    config::Database,
    db::{
        error::EngineError,
        unusable::{self, Unusable},
    },
};

/// The table of the migrator.
const HISTORY: &str = "_sqlx_migrations";

/// Brings the schema up to date as its owner, and gives the runtime role its rights.
///
/// # Errors
/// When the database cannot be reached, a migration fails, or one that was applied has been edited since.
pub async fn migrate(settings: &Database, migrator: &Migrator) -> Result<(), Unusable> {
    let options = options(settings.owner_url(), settings)?;
    let place = place(&options);
    let mut connection = open(&options, &place).await?;
    run(&mut connection, migrator, &place).await?;
    let role = settings.runtime_role.as_str();
    let done = async {
        if !role.is_empty() {
            grant(&mut connection, role).await?;
        }
        connection.close().await
    };
    done.await
        .map_err(|error| unusable::of_postgres(&place, None, error))
}

/// Looks whether the schema is this program's, and whether it can be written. A role that may make tables brings
/// an older schema up to date, so that one role is enough to begin with; production wants two.
///
/// # Errors
/// As [`migrate`]; also when the schema is older and this role may not change it, and in production for a role
/// that may do more than it needs.
pub async fn prepare(
    settings: &Database,
    migrator: &Migrator,
    in_production: bool,
) -> Result<(), Unusable> {
    let options = options(settings.url(), settings)?;
    let place = place(&options);
    let failed = |error| unusable::of_postgres(&place, None, error);
    let mut connection = open(&options, &place).await?;
    let role = Role::of(&mut connection).await.map_err(failed)?;
    if in_production && (role.owns_tables || role.is_unbound) {
        return Err(Unusable::may_too_much(&place));
    }
    let missing = missing(&mut connection, migrator)
        .await
        .map_err(|error| of_migration(&place, migrator, error))?;
    match missing {
        Some(_) if role.makes_tables && !in_production => {
            run(&mut connection, migrator, &place).await?;
        }
        Some(migration) => return Err(Unusable::behind(&place, migration)),
        None => {}
    }
    prove_writable(&mut connection).await.map_err(failed)?;
    connection.close().await.map_err(failed)
}

/// Without the timeouts of requests: a migration may take long.
async fn open(options: &PgConnectOptions, place: &str) -> Result<PgConnection, Unusable> {
    let opened = options.connect().await;
    opened.map_err(|error| unusable::of_postgres(place, None, error))
}

async fn run(
    connection: &mut PgConnection,
    migrator: &Migrator,
    place: &str,
) -> Result<(), Unusable> {
    let done = migrator.run(connection).await;
    done.map_err(|error| of_migration(place, migrator, error))
}

fn of_migration(place: &str, migrator: &Migrator, error: MigrateError) -> Unusable {
    Unusable::migrated(place, migrator, error, |migration, error| {
        unusable::of_postgres(place, migration, error)
    })
}

/// The first migration that the database lacks.
///
/// # Errors
/// When it has one that this program does not have, or has otherwise.
async fn missing(
    connection: &mut PgConnection,
    migrator: &Migrator,
) -> Result<Option<i64>, MigrateError> {
    let there: bool = sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL")
        .bind(HISTORY)
        .fetch_one(&mut *connection)
        .await?;
    let applied = if there {
        if let Some(migration) = connection.dirty_version(HISTORY).await? {
            return Err(MigrateError::Dirty(migration));
        }
        connection.list_applied_migrations(HISTORY).await?
    } else {
        Vec::new()
    };
    for applied in &applied {
        let known = migrator.iter().find(|one| one.version == applied.version);
        let known = known.ok_or(MigrateError::VersionMissing(applied.version))?;
        if known.checksum != applied.checksum {
            return Err(MigrateError::VersionMismatch(applied.version));
        }
    }
    let mut known = migrator.iter().map(|one| one.version);
    Ok(known.find(|version| applied.iter().all(|one| one.version != *version)))
}

/// What the role of a connection may do beside reading and changing rows, itself or as a role that it may become
/// with SET ROLE.
struct Role {
    makes_tables: bool,
    owns_tables: bool,
    /// No policy and no right binds it: a superuser, or a role that passes row-level security, makes roles, or reads
    /// and writes files of the server.
    is_unbound: bool,
}

impl Role {
    async fn of(connection: &mut PgConnection) -> Result<Self, EngineError> {
        let (makes_tables, owns_tables, is_unbound) = sqlx::query_as(
            "SELECT has_schema_privilege(current_schema(), 'CREATE'), \
             EXISTS (SELECT FROM pg_class WHERE relnamespace = current_schema()::regnamespace \
             AND relkind = 'r' AND pg_has_role(current_user, relowner, 'MEMBER')), \
             EXISTS (SELECT FROM pg_roles WHERE pg_has_role(current_user, oid, 'MEMBER') \
             AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolname LIKE 'pg_%_server_%'))",
        )
        .fetch_one(connection)
        .await?;
        Ok(Self {
            makes_tables,
            owns_tables,
            is_unbound,
        })
    }
}

/// Lets the runtime role read and change the rows of this service's tables, and nothing else. It only reads the
/// history of migrations.
async fn grant(connection: &mut PgConnection, role: &str) -> Result<(), EngineError> {
    let tables: Vec<(String, bool)> = sqlx::query_as(
        "SELECT format('%I.%I', schemaname, tablename), tablename = $1 FROM pg_tables \
         WHERE schemaname = current_schema() AND tableowner = current_user",
    )
    .bind(HISTORY)
    .fetch_all(&mut *connection)
    .await?;
    let (role, schema): (String, String) =
        sqlx::query_as("SELECT quote_ident($1), quote_ident(current_schema())")
            .bind(role)
            .fetch_one(&mut *connection)
            .await?;
    let mut transaction = connection.begin().await?;
    let usage = format!("GRANT USAGE ON SCHEMA {schema} TO {role}");
    transaction.execute(AssertSqlSafe(usage)).await?;
    for (table, is_history) in tables {
        let rights = if is_history {
            "SELECT"
        } else {
            "SELECT, INSERT, UPDATE, DELETE"
        };
        let text =
            format!("REVOKE ALL ON {table} FROM {role}; GRANT {rights} ON {table} TO {role}");
        transaction.execute(AssertSqlSafe(text)).await?;
    }
    transaction.commit().await
}

/// Changes a row to what it is already: a standby and a role without rights fail here, and not with the first
/// request.
///
/// # Errors
/// When it cannot be changed.
pub async fn prove_writable(connection: &mut PgConnection) -> Result<(), EngineError> {
    let same = "UPDATE containment_changes SET version = version";
    connection.execute(same).await.map(drop)
}
