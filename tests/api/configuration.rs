//! This service's own settings, `config/*.toml`, are settings that the platform knows.
//!
//! Controls: CF-01

use std::{fs, path::Path};

use tempfile::TempDir;

use crate::harness::{Ours, Process};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

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

/// What the manifests for Kubernetes set: names and values.
fn settings_of_the_manifests() -> Vec<(String, String)> {
    let text = ["base", "production"].map(|folder| {
        let file = format!("deploy/kubernetes/{folder}/kustomization.yaml");
        fs::read_to_string(root().join(file)).unwrap_or_default()
    });
    let lines = text.iter().flat_map(|text| text.lines());
    let literals = lines.filter_map(|line| line.trim().strip_prefix("- APP_")?.split_once('='));
    let settings: Vec<_> = literals
        .map(|(name, value)| (format!("APP_{name}"), value.to_owned()))
        .collect();
    assert!(settings.len() > 10, "{settings:?}");
    settings
}

/// A setting that is renamed or becomes stricter would stop every pod. Files of Secrets are made in the cluster, so they
/// alone are missing here.
#[test]
fn production_accepts_the_settings_of_the_manifests_for_kubernetes() {
    let mut settings = vec![("APP_PROFILE".to_owned(), "production".to_owned())];
    settings.extend(settings_of_the_manifests());
    let settings: Vec<_> = settings.iter().map(|(n, v)| (&**n, &**v)).collect();
    let directory = TempDir::new().unwrap();
    let issuers = root().join("deploy/kubernetes/production/issuers.toml");
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

/// A file that no volume brings stops every pod. A pepper that each replica makes for itself makes an API key good at one
/// replica and refused by the others.
#[test]
fn each_file_that_the_manifests_for_kubernetes_name_is_mounted_and_the_page_makes_it() {
    let read = |file| fs::read_to_string(root().join(file)).unwrap();
    let (pods, page) = (
        read("deploy/kubernetes/base/service.yaml"),
        read("docs/kubernetes.md"),
    );
    let settings = settings_of_the_manifests();
    for (name, value) in &settings {
        let Some((folder, file)) = value
            .strip_prefix("/run/secrets/")
            .and_then(|path| path.split_once('/'))
        else {
            continue;
        };
        let mount =
            format!("{{ name: {folder}, mountPath: /run/secrets/{folder}, readOnly: true }}");
        assert!(pods.contains(&mount), "{name}: {mount}");
        let volume = format!("- {{ name: {folder}, ");
        assert_eq!(pods.matches(&volume).count(), 2, "{name}: mounted and made");
        let makes = |line: &str| {
            line.contains(" create ")
                && line.contains(&format!(" {folder} --"))
                && (line.contains(" secret tls ") || line.contains(&format!("--from-file={file}=")))
        };
        assert!(page.lines().any(makes), "{name}: {value}");
    }
    let shared = "APP_AUTH__API_KEYS__PEPPER_FILE";
    assert!(settings.iter().any(|(name, _)| name == shared), "{shared}");
}
