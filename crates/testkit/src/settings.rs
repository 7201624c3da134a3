//! The settings of a service under test: profile dev, in a directory of its own, on free ports.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use platform::config::{Settings, Sources};

/// The clock stands still, so no quota would ever fill again: a test that is about one sets it.
const PLENTY: &str = include_str!("plenty.toml");

/// The setting that names the database.
pub(super) const DATABASE: &str = "APP_DATABASE__URL";
/// For a test that is about the file of SQLite, on whichever engine the others run.
pub const ON_SQLITE: (&str, &str) = (DATABASE, "");

/// Gives a directory the mode that a service's own has: tests lay files in it before the first start,
/// and one that holds other files and is open to others would be refused.
pub fn close(directory: &Path) {
    fs::set_permissions(directory, Permissions::from_mode(0o700)).ok();
}

/// Settings for a service in `data_dir`, on a free port.
pub fn settings(
    service: &platform::Service,
    data_dir: &Path,
    environment: &[(&str, &str)],
    files: &[&Path],
) -> Settings {
    close(data_dir);
    // A copy: where the umask was 002 when it was cloned, the group may write the one in the repository.
    let plenty = tempfile::NamedTempFile::new().unwrap();
    fs::write(plenty.path(), PLENTY).unwrap();
    let own = [
        ("APP_DATA_DIR", data_dir.to_str().unwrap()),
        ("APP_PUBLIC__PORT", "0"),
        ("APP_PUBLIC__WORKERS", "1"),
        ("APP_ADMIN__PORT", "0"),
    ];
    let environment = own.iter().chain(environment);
    let sources = Sources {
        service: service.settings,
        files: [plenty.path()]
            .iter()
            .chain(files)
            .map(|file| file.to_path_buf())
            .collect(),
        environment: environment
            .map(|(name, value)| ((*name).to_owned(), (*value).into()))
            .collect(),
    };
    platform::config::load(&sources, &service.access.role_names()).unwrap()
}
