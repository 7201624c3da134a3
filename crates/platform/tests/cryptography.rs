//! `docs/cryptography.md` is the inventory of what this program can negotiate, accept or call. An inventory that
//! nobody compares with the code is wrong after the next suite that somebody adds.
//!
//! Controls: CF-03
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use platform::{
    config::{self, Sources, TlsProfile},
    tls::Policy,
};
use rustls::crypto::{CryptoProvider, aws_lc_rs};

fn crate_dir() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A section of the page, from its heading to the next one.
fn section(heading: &str) -> String {
    let page = fs::read_to_string(crate_dir().join("../../docs/cryptography.md")).unwrap();
    let (_, rest) = page.split_once(&format!("\n## {heading}\n")).unwrap();
    rest.split("\n## ").next().unwrap().to_owned()
}

/// The rows of all tables of a text: their cells.
fn rows(text: &str) -> Vec<Vec<String>> {
    let rows = text.lines().filter(|line| line.starts_with("| "));
    rows.map(|row| {
        let cells = row.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().to_owned()).collect()
    })
    .collect()
}

/// What stands between backticks.
fn names(cell: &str) -> BTreeSet<String> {
    let names = cell.split('`').skip(1).step_by(2);
    names.map(str::to_owned).collect()
}

/// The names in this column of the rows of a section that `keep` keeps.
fn named(heading: &str, keep: impl Fn(&[String]) -> bool) -> BTreeSet<String> {
    let rows = rows(&section(heading));
    let kept = rows.iter().filter(|row| keep(row));
    kept.flat_map(|row| names(row.first().unwrap())).collect()
}

fn spoken(policy: &Policy) -> BTreeSet<String> {
    let versions = policy.versions.iter();
    let versions = versions.map(|one| format!("{:?}", one.version));
    let suites = policy.suites.iter().map(|one| format!("{:?}", one.suite()));
    let groups = policy.groups.iter().map(|one| format!("{:?}", one.name()));
    versions.chain(suites).chain(groups).collect()
}

fn computed(provider: &CryptoProvider) -> BTreeSet<String> {
    let suites = provider.cipher_suites.iter();
    let groups = provider.kx_groups.iter();
    let suites = suites.map(|one| format!("{:?}", one.suite()));
    suites
        .chain(groups.map(|one| format!("{:?}", one.name())))
        .collect()
}

#[test]
fn the_page_has_each_version_suite_and_group_of_tls() {
    let column = |number: usize| {
        named("TLS", |row| {
            row.len() == 4 && row.get(number).is_some_and(|cell| cell == "yes")
        })
    };
    assert_eq!(column(1), spoken(Policy::of(TlsProfile::Modern)));
    assert_eq!(column(2), spoken(Policy::of(TlsProfile::Intermediate)));
    assert_eq!(column(2), spoken(Policy::of_client()));
    // The driver of PostgreSQL takes what the library has.
    let of_driver = computed(&aws_lc_rs::default_provider());
    assert!(of_driver.is_subset(&column(2)), "{of_driver:?}");
}

#[test]
fn the_page_has_each_signature_that_is_believed_in_tls() {
    let said = named("TLS", |row| row.len() == 2);
    for provider in [
        aws_lc_rs::default_provider(),
        (*Policy::of(TlsProfile::Modern).provider()).clone(),
    ] {
        let algorithms = provider.signature_verification_algorithms.mapping.iter();
        let believed: BTreeSet<_> = algorithms.map(|(one, _)| format!("{one:?}")).collect();
        assert_eq!(said, believed);
    }
}

/// Whether an issuer may be configured with this algorithm.
fn is_accepted(algorithm: &str) -> bool {
    let directory = tempfile::TempDir::new().unwrap();
    let file = directory.path().join("issuer.toml");
    let table = format!(
        "[[auth.issuers]]\nissuer = 'https://id.example.com'\naudience = 'a'\n\
         jwks_url = 'https://id.example.com/keys'\nalgorithms = ['{algorithm}']"
    );
    fs::write(&file, table).unwrap();
    let sources = Sources {
        files: vec![file],
        ..Sources::default()
    };
    config::load(&sources, &[]).is_ok()
}

/// The algorithms for signatures that the registry of JOSE has, and some that it has not.
const SIGNATURES: [&str; 26] = [
    "none",
    "HS256",
    "HS384",
    "HS512",
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "ES256K",
    "EdDSA",
    "Ed25519",
    "Ed448",
    "ESP256",
    "ESP384",
    "ESP512",
    "RS1",
    "ML-DSA-44",
    "ML-DSA-65",
    "ML-DSA-87",
    "es256",
    "",
];

#[test]
fn the_page_has_each_signature_that_is_accepted_of_a_token() {
    let accepted = SIGNATURES.into_iter().filter(|name| is_accepted(name));
    let accepted: BTreeSet<_> = accepted.map(str::to_owned).collect();
    assert_eq!(named("Access tokens", |_| true), accepted);
}

/// Rust files of the platform that are no tests, with the part of each that is no test.
fn sources() -> BTreeMap<String, String> {
    let root = crate_dir().join("src");
    let (mut open, mut found) = (vec![root.clone()], BTreeMap::new());
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            let name = path.strip_prefix(&root).unwrap().display().to_string();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs")
                && !name.ends_with("tests.rs")
            {
                let text = fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]").next().unwrap().to_owned();
                found.insert(name, code);
            }
        }
    }
    found
}

/// A constant of a library as the page writes it; none for a word that is no algorithm.
fn algorithm(word: &str) -> Option<String> {
    const PARTS: [&str; 14] = [
        "SHA", "HMAC", "HKDF", "PBKDF2", "ECDSA", "ED25519", "RSA", "AES", "CHACHA20", "MLKEM",
        "MLDSA", "X25519", "ECDH", "MD5",
    ];
    let is_constant = word
        .chars()
        .all(|one| one.is_ascii_uppercase() || one.is_ascii_digit() || one == '_');
    let is_one = |part: &str, one: &str| {
        let rest = part.strip_prefix(one);
        rest.is_some_and(|rest| {
            rest.is_empty() || rest.starts_with(|one: char| one.is_ascii_digit())
        })
    };
    let is_named = word
        .split('_')
        .any(|part| PARTS.iter().any(|one| is_one(part, one)));
    // `RSA` alone is a kind of key in a library's enumeration.
    let has_digit = word.contains(|one: char| one.is_ascii_digit());
    let is_length = word.ends_with("_LEN");
    let name = word
        .trim_start_matches("PKCS_")
        .trim_start_matches("OID_SIG_");
    (is_constant && is_named && has_digit && !is_length).then(|| name.replace('_', "-"))
}

/// Code without comments and without texts.
fn bare(code: &str) -> String {
    let code = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let code = code.collect::<Vec<_>>().join("\n");
    let code = code.replace("\\\"", "").replace("'\"'", "");
    code.split('"').step_by(2).collect::<Vec<_>>().join(" ")
}

/// What a file calls.
fn called(code: &str) -> BTreeSet<String> {
    let text = bare(code);
    let words = text.split(|one: char| !one.is_ascii_alphanumeric() && one != '_');
    let mut called: BTreeSet<String> = words.filter_map(algorithm).collect();
    for (call, name) in [
        ("KeyPair::generate()", "ECDSA-P256-SHA256"),
        ("rand::fill", "RANDOM"),
        ("SystemRandom", "RANDOM"),
    ] {
        if text.contains(call) {
            called.insert(name.to_owned());
        }
    }
    called
}

#[test]
fn the_page_has_each_call_of_the_library_and_each_row_is_borne_out() {
    let mut said: BTreeSet<(String, String)> = BTreeSet::new();
    for row in rows(&section("Calls of the library")) {
        for file in names(row.last().unwrap()) {
            for name in names(row.first().unwrap()) {
                said.insert((file.clone(), name));
            }
        }
    }
    let sources = sources();
    assert!(sources.len() > 200, "{} files", sources.len());
    let code = sources.iter().filter(|(file, _)| *file != "tls/policy.rs");
    let calls = code.flat_map(|(file, code)| {
        let calls = called(code).into_iter();
        calls.map(move |name| (file.clone(), name))
    });
    assert_eq!(said, calls.collect());
}

#[test]
fn an_algorithm_is_told_from_another_constant() {
    let name = |word: &str| algorithm(word);
    assert_eq!(
        name("SHA1_FOR_LEGACY_USE_ONLY").as_deref(),
        Some("SHA1-FOR-LEGACY-USE-ONLY")
    );
    assert_eq!(name("PKCS_ED25519").as_deref(), Some("ED25519"));
    assert_eq!(name("AES_256_GCM").as_deref(), Some("AES-256-GCM"));
    for other in [
        "SHARES",
        "SHA256_OUTPUT_LEN",
        "RSA_BITS",
        "Sha256",
        "MAX_BYTES",
    ] {
        assert_eq!(name(other), None, "{other}");
    }
}
