//! The files of the repository, for tests that read all of them.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Made by tools or by the service: not looked into.
const NOT_OURS: [&str; 4] = ["target", "data", "node_modules", ".git"];

/// Where the repository is.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file and directory of the repository, as a path from its root.
pub fn tree() -> BTreeSet<String> {
    fn walk(directory: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if NOT_OURS.contains(&name) {
                continue;
            }
            let from_root = path.strip_prefix(root()).unwrap();
            found.insert(from_root.to_str().unwrap().to_owned());
            if path.is_dir() {
                walk(&path, found);
            }
        }
    }
    let mut found = BTreeSet::new();
    walk(&root(), &mut found);
    found
}
