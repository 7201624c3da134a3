//! The project's name stands where a project is named, and nowhere else.
//!
//! Who starts a service from this one renames the package. A path, a title or a command that has the name
//! written out would then be wrong, so source takes it from `CARGO_PKG_NAME`.

use super::tree::{root, tree};

/// Manifests and their locks, the front page, licence and changelog; the document that the program prints; and
/// the image.
const NAMED: [&str; 8] = [
    "Cargo.toml",
    "Cargo.lock",
    "Dockerfile",
    "compose.yaml",
    "README.md",
    "CHANGELOG.md",
    "LICENSE-MIT",
    "openapi/openapi.json",
];

#[test]
fn the_name_of_the_project_stands_nowhere_else() {
    let name = env!("CARGO_PKG_NAME");
    // One common word, such as `invoices`, is in many texts and names nothing there.
    if !name.contains('-') {
        return;
    }
    let (mut read, mut wrong) = (0, Vec::new());
    for path in tree().iter().filter(|path| !NAMED.contains(&path.as_str())) {
        // A directory or an image is no text.
        let Ok(text) = std::fs::read_to_string(root().join(path)) else {
            continue;
        };
        read += 1;
        let spellings = [name.to_owned(), name.replace('-', "_")];
        if spellings.iter().any(|spelling| text.contains(spelling)) {
            wrong.push(path.clone());
        }
    }
    assert!(read > 300, "{read} files");
    assert_eq!(wrong, [""; 0]);
}
