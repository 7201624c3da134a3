//! `just new-resource` checks every name before it writes the first file. A copy that stops halfway leaves a
//! service that does not compile, and files that nobody asked for.
//!
//! What it writes when nothing is wrong is tried by `.ci/run`: formatted, linted, and with all tests.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;
use testkit::patience;

/// What the script reads, and where it writes.
const PARTS: [&str; 11] = [
    ".ci/new-resource",
    "Cargo.toml",
    "crates/fixture/docs",
    "crates/fixture/migrations",
    "crates/fixture/openapi",
    "crates/fixture/src",
    "crates/fixture/tests/api/widgets.rs",
    "crates/platform/migrations",
    "migrations",
    "openapi",
    "src",
];

/// A copy of this service, with a resource, a table and a schema more.
fn copy() -> TempDir {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let copy = TempDir::new().unwrap();
    for part in PARTS
        .iter()
        .chain(&["tests/api/main.rs", "crates/platform/src/me.rs"])
    {
        for (path, text) in files(&root.join(part)) {
            let to = copy.path().join(path.strip_prefix(root).unwrap());
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::write(to, text).unwrap();
        }
    }
    let parcels = copy.path().join("src/parcels");
    fs::create_dir(&parcels).unwrap();
    fs::write(parcels.join("mod.rs"), "//! Parcels.").unwrap();
    let table = copy
        .path()
        .join("migrations/sqlite/20270101000000_create_bills.sql");
    fs::write(table, "CREATE TABLE bills (id BLOB);\n").unwrap();
    let document = copy.path().join("openapi/openapi.json");
    fs::write(document, r#"{ "RebateNote": { } }"#).unwrap();
    copy
}

/// The files at a path, with their text.
fn files(path: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    if path.is_file() {
        return [(path.to_owned(), fs::read(path).unwrap())].into();
    }
    let entries = fs::read_dir(path).unwrap();
    entries
        .flat_map(|entry| files(&entry.unwrap().path()))
        .collect()
}

/// What the script says to these names; it has written nothing.
fn refused(copy: &TempDir, names: &[&str]) -> String {
    let before = files(copy.path());
    let mut script = Command::new("bash");
    script.arg(copy.path().join(".ci/new-resource")).args(names);
    let output = patience::output(&mut script);
    assert_eq!(output.status.code(), Some(1), "{names:?}");
    assert!(files(copy.path()) == before, "{names:?} left something");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_name_that_cannot_be_one_is_refused_and_nothing_is_written() {
    let copy = copy();
    for (names, said) in [
        (&[][..], "which resource?"),
        (&["a", "b", "c"], "two names"),
        (&["Orders"], "small letters"),
        (&["purchase-orders"], "small letters"),
        (&["purchase__orders"], "small letters"),
        (&["../orders"], "small letters"),
        (&["orders;id"], "what is one of them?"),
        (&["2orders"], "small letters"),
        (&["people"], "what is one of them?"),
        (&["sheep", "sheep"], "two names"),
        (&["match", "matchstick"], "something else"),
        (&["values"], "something else"),
        (&["me", "i"], "something else"),
        (&["api_keys"], "something else"),
        (
            &["o_n_e_t_w_o_t_h_r_e_e_f_o_u_r_f_i_v_e_s_i_x_s"],
            "40 characters",
        ),
    ] {
        let told = refused(&copy, names);
        assert!(told.contains(said), "{names:?}: {told}");
    }
}

#[test]
fn a_name_that_is_taken_is_refused_and_nothing_is_written() {
    let copy = copy();
    for (names, said) in [
        (&["parcels"][..], "src/parcels is there already"),
        (&["bills"], "a table bills already"),
        (&["serde", "serd"], "a library has the name serde"),
        (&["pages"], "Page is a type that every resource uses"),
        (
            &["selves", "self"],
            "Self is a type that every resource uses",
        ),
        (&["rebates"], "has a schema RebateNote already"),
        (
            &["actors", "mover"],
            "Mover is a type that every resource uses",
        ),
    ] {
        let told = refused(&copy, names);
        assert!(told.contains(said), "{names:?}: {told}");
    }
}

#[test]
fn a_service_without_the_lines_to_write_beside_is_refused_and_nothing_is_written() {
    for file in ["src/lib.rs", "src/permissions.rs", "tests/api/main.rs"] {
        let copy = copy();
        fs::write(copy.path().join(file), "//! Another shape.\n").unwrap();
        let told = refused(&copy, &["orders"]);
        assert!(told.contains(&format!("{file} has no line")), "{told}");
    }
}
