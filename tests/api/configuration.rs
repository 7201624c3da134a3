//! This service's own settings, `config/*.toml`, are settings that the platform knows.
//!
//! Controls: CF-01

use std::path::Path;

use tempfile::TempDir;

use crate::harness::{Ours, Process};

fn check_config(directory: &Path, profile: &str) -> (Option<i32>, String) {
    let environment = [("APP_PROFILE", profile)];
    let output = Process::<Ours>::output(directory, &["check-config"], &environment);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), said)
}

#[test]
fn profile_dev_starts_with_them_and_production_finds_no_fault_in_them() {
    let directory = TempDir::new().unwrap();
    assert_eq!(
        check_config(directory.path(), "dev"),
        (Some(0), String::new())
    );
    let (_, said) = check_config(directory.path(), "production");
    assert!(!said.contains("config/"), "{said}");
}
