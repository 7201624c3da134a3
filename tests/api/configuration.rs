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

/// A setting that is renamed or becomes stricter would stop every pod. Files of Secrets are made in the cluster, so they
/// alone are missing here.
#[test]
fn production_accepts_the_settings_of_the_manifests_for_kubernetes() {
    let manifests = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/kubernetes");
    let mut settings = vec![("APP_PROFILE".to_owned(), "production".to_owned())];
    for folder in ["base", "production"] {
        let text = std::fs::read_to_string(manifests.join(folder).join("kustomization.yaml"));
        let text = text.unwrap();
        let literals = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix("- APP_"));
        for (name, value) in literals.filter_map(|literal| literal.split_once('=')) {
            settings.push((format!("APP_{name}"), value.to_owned()));
        }
    }
    assert!(settings.len() > 10, "{settings:?}");
    let settings: Vec<_> = settings.iter().map(|(n, v)| (&**n, &**v)).collect();
    let directory = TempDir::new().unwrap();
    let issuers = manifests.join("production/issuers.toml");
    let arguments = ["check-config", "--config", issuers.to_str().unwrap()];
    let output = Process::<Ours>::output(directory.path(), &arguments, &settings);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("/run/secrets/tls/tls.key: No such file"),
        "{said}"
    );
    for fault in said.lines() {
        assert!(fault.contains("/run/secrets/"), "{said}");
    }
}
