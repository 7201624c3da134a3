//! The rows of a service under test, past the service: a test reads them, and changes them as another program might.

use super::Service;
use crate::{Database, Tested, database};

impl<T: Tested> Service<T> {
    /// Changes rows past the service.
    pub fn change_rows(&self, text: &str) {
        database::change(self.database(), self.data_dir(), text);
    }

    /// The rows of all tables, one a line, in order.
    pub fn rows(&self) -> Vec<String> {
        database::rows(self.database(), self.data_dir())
    }

    /// The SQL of its database for an id that no row has.
    pub fn random_id(&self) -> &'static str {
        match self.database() {
            Some(_) => "gen_random_uuid()",
            None => "randomblob(16)",
        }
    }

    /// Lets the rows of a table that end be over by the clock of PostgreSQL too, which is behind that of the tests.
    pub fn end_rows(&self, table: &str) {
        self.change_rows(&format!(
            "UPDATE {table} SET expires_at = '2020-01-01T00:00:00.000000Z' WHERE expires_at IS NOT NULL"
        ));
    }

    /// Does this work while a transaction that changes rows past the service is under way.
    pub fn amid_change<R: Send>(&self, text: &str, work: impl FnOnce() -> R + Send) -> R {
        database::amid(self.database(), self.data_dir(), text, work)
    }

    /// Its database on PostgreSQL, where the test runs on that.
    pub fn database(&self) -> Option<&Database> {
        self.own().database.as_ref()
    }
}
