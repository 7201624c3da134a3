//! The tables of platform and service, for each engine.

use sqlx::migrate::Migrator;

/// The least number of a service's migration: a date of the year 1000.
pub const FIRST_OF_A_SERVICE: i64 = 10_000_101_000_000;

/// The platform's own tables.
static OWN: Migrations = Migrations {
    sqlite: &SQLITE,
    postgres: &POSTGRES,
};
static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// The tables of a service, for each engine, under the same numbers and names. Numbers are dates
/// (`20260131120000_create_orders.sql`); the platform's own count from 1 and stay below
/// `FIRST_OF_A_SERVICE`, so that neither takes a number of the other.
#[derive(Debug, Clone, Copy)]
pub struct Migrations {
    /// `sqlx::migrate!("migrations/sqlite")`.
    pub sqlite: &'static Migrator,
    /// `sqlx::migrate!("migrations/postgres")`.
    pub postgres: &'static Migrator,
}

impl Migrations {
    /// No tables besides the platform's.
    pub const NONE: Self = Self {
        sqlite: &Migrator::DEFAULT,
        postgres: &Migrator::DEFAULT,
    };

    /// The platform's own.
    #[must_use]
    pub fn of_the_platform() -> Self {
        OWN
    }

    /// The platform's own and these, for one engine.
    pub(super) fn all(&self, of: impl Fn(&Self) -> &'static Migrator) -> Migrator {
        let all = of(&OWN).iter().chain(of(self).iter());
        Migrator::with_migrations(all.cloned().collect())
    }
}
