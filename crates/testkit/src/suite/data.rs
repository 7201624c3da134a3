//! What each column holds: a page of the service gives it a class, so that nobody adds data about people in silence.
//!
//! `docs/data.md` says what the classes mean. A table of a page whose header is "column of `orders`" and "class" has
//! the columns of `orders`. Both engines have the same columns (`database.rs`), so one is asked.
//!
//! Controls: DB-03

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use platform::db::Migrations;
use sqlx::migrate::Migrator;

use super::{Sampled, schema};

const CLASSES: [&str; 4] = ["technical", "business", "personal", "secret"];

/// Each column of a resource's table, and nothing else, has a class in the resource's page.
pub fn every_column_has_a_class<T: Sampled>() {
    let migrations = T::service().migrations;
    let platform = columns_of_the_platform();
    let all = columns(&[Migrations::of_the_platform().sqlite, migrations.sqlite]);
    let own: BTreeSet<String> = all.difference(&platform).cloned().collect();
    let mut classified = classes(&Path::new(T::ROOT).join("docs"));
    classified.retain(|column, _| !platform.contains(column));
    are_those_of(&classified, &own);
}

/// `api_keys.hash` and all others.
#[must_use]
pub fn columns_of_the_platform() -> BTreeSet<String> {
    columns(&[Migrations::of_the_platform().sqlite])
}

fn columns(migrators: &[&'static Migrator]) -> BTreeSet<String> {
    let schema = actix_web::rt::System::new().block_on(async {
        let mut connection = schema::migrated(migrators).await;
        schema::of_sqlite(&mut connection).await
    });
    let names = schema.iter().filter_map(|line| line.split(' ').next());
    // The other lines are about indexes.
    let columns = names.filter(|name| name.contains('.'));
    columns.map(str::to_owned).collect()
}

/// The columns that the pages of a directory list, each with its class.
#[must_use]
pub fn classes(directory: &Path) -> BTreeMap<String, String> {
    let pages = fs::read_dir(directory).into_iter().flatten();
    let pages = pages.map(|page| page.unwrap().path());
    let pages = pages.filter(|path| path.extension().is_some_and(|ending| ending == "md"));
    let mut classes = BTreeMap::new();
    for page in pages {
        let text = fs::read_to_string(page).unwrap();
        for table in text.split("| column of `").skip(1) {
            let (name, rows) = table.split_once("` | class |").unwrap();
            let rows = rows.lines().skip(2).take_while(|row| row.starts_with('|'));
            classes.extend(rows.map(|row| classified(name, row)));
        }
    }
    classes
}

/// The column and the class of a row such as "| `id` | technical | made by the server |".
fn classified(table: &str, row: &str) -> (String, String) {
    let mut cells = row.split('|').map(|cell| cell.trim().trim_matches('`'));
    let (column, class) = (cells.nth(1).unwrap(), cells.next().unwrap());
    (format!("{table}.{column}"), class.to_owned())
}

/// Fails with what is missing, what is too much, and what is no class.
///
/// # Panics
/// When the classes are not those of exactly these columns.
pub fn are_those_of(classes: &BTreeMap<String, String>, columns: &BTreeSet<String>) {
    let missing = columns
        .iter()
        .filter(|column| !classes.contains_key(*column));
    let missing: Vec<_> = missing.collect();
    assert_eq!(
        missing, [""; 0],
        "no class: write them into the page, under Data"
    );
    let gone = classes.keys().filter(|column| !columns.contains(*column));
    let gone: Vec<_> = gone.collect();
    assert_eq!(gone, [""; 0], "a page lists columns that no table has");
    let unknown = classes
        .iter()
        .filter(|(_, class)| !CLASSES.contains(&class.as_str()));
    let unknown: Vec<_> = unknown.collect();
    assert!(unknown.is_empty(), "none of {CLASSES:?}: {unknown:?}");
}
