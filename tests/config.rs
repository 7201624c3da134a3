//! Settings: the order of the sources, and what is refused (CF-01, CF-02).
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;

use app::config::{self, Settings, Sources, Violation, load};
use tempfile::TempDir;

fn with(files: &[&str], environment: &[(&str, &str)]) -> Result<Settings, Vec<Violation>> {
    let directory = TempDir::new().unwrap();
    let files = files
        .iter()
        .enumerate()
        .map(|(index, text)| {
            let file = directory.path().join(format!("{index}.toml"));
            fs::write(&file, text).unwrap();
            file
        })
        .collect();
    let environment = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    load(
        &Sources { files, environment },
        &app::permissions::ACCESS.role_names(),
    )
}

fn refused(files: &[&str], environment: &[(&str, &str)]) -> Vec<String> {
    let found = with(files, environment).unwrap_err();
    found.iter().map(ToString::to_string).collect()
}

#[test]
fn the_defaults_are_valid() {
    assert_eq!(with(&[], &[]).unwrap().public.port, 8443);
}

#[test]
fn a_file_lies_over_the_profile_the_next_over_it_and_the_environment_over_all() {
    let (one, two) = ("[public]\nport = 1", "[public]\nport = 2");
    assert_eq!(with(&[one], &[]).unwrap().public.port, 1);
    assert_eq!(with(&[one, two], &[]).unwrap().public.port, 2);
    let environment = [("APP_PUBLIC__PORT", "3"), ("PATH", "/bin"), ("APPLE", "1")];
    assert_eq!(with(&[one, two], &environment).unwrap().public.port, 3);
}

#[test]
fn any_value_may_come_from_a_file() {
    let secret = tempfile::NamedTempFile::new().unwrap();
    // With the mark that editors on Windows begin a text with.
    fs::write(secret.path(), "\u{feff}sqlite:/tmp/x.db\n").unwrap();
    let file = secret.path().to_str().unwrap();
    let settings = with(&[], &[("APP_DATABASE__URL_FILE", file)]).unwrap();
    assert_eq!(settings.database.url, "sqlite:/tmp/x.db");
    let found = refused(&[], &[("APP_DATABASE__URL_FILE", "/nowhere")]);
    assert!(
        found[0].starts_with("APP_DATABASE__URL_FILE: /nowhere: No such file"),
        "{found:?}"
    );
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_name() {
    assert_eq!(
        refused(
            &["[public]\nprot = 1\n[datbase]\nurl = \"x\"\n[zzz]\nq = 1"],
            &[("APP_LOG__FILTERS", "x")]
        ),
        [
            "APP_LOG__FILTERS: is not a setting; did you mean APP_LOG__FILTER?",
            "datbase: is not a setting; did you mean database.url?",
            "public.prot: is not a setting; did you mean public.port?",
            "zzz: is not a setting; config/default.toml lists them all",
        ]
    );
}

#[test]
fn a_value_of_another_type_is_refused_and_the_rest_is_still_checked() {
    assert_eq!(
        refused(&["[public]\nport = \"x\"\nbind = \"here\""], &[]),
        [
            "public.port: must be an integer, not a string",
            "public.bind: invalid IP address syntax",
        ]
    );
}

#[test]
fn a_proxy_without_a_prefix_is_refused_with_the_mend() {
    assert_eq!(
        refused(
            &[],
            &[("APP_PUBLIC__TRUSTED_PROXIES", "10.0.0.0/8,10.0.0.5")]
        ),
        [
            "public.trusted_proxies: write each as a network: 10.0.0.0/8, or 10.0.0.5/32 for one machine"
        ]
    );
}

#[test]
fn half_a_certificate_is_refused() {
    assert_eq!(
        refused(&[], &[("APP_PUBLIC__TLS__CERT_FILE", "cert.pem")]),
        ["public.tls: give cert_file and key_file together"]
    );
}

#[test]
fn weak_algorithms_cannot_be_named() {
    for algorithm in ["none", "HS256", "RS384", "es256"] {
        let file = format!(
            "[[auth.issuers]]\nissuer = \"https://id.example\"\naudience = \"x\"\n\
             algorithms = [\"{algorithm}\"]\nroles_claim = \"/roles\"\njwks_file = \"x\""
        );
        let found = refused(&[&file], &[]);
        assert!(
            found[0].starts_with("auth.issuers[0].algorithms[0]:"),
            "{found:?}"
        );
    }
}

#[test]
fn a_secret_is_not_shown_by_debug() {
    let settings = with(&[], &[("APP_DATABASE__URL", "sqlite:secret.db")]).unwrap();
    assert!(!format!("{settings:?}").contains("secret"));
}

#[test]
fn a_variable_of_a_part_that_is_not_built_has_no_effect_and_production_refuses_it() {
    let planned = ("APP_ADMIN__PORT", "9443");
    assert_eq!(with(&[], &[planned]).unwrap().planned, [planned.0]);
    let found = refused(&[], &[planned, ("APP_PROFILE", "production")]);
    let said = format!(
        "{}: is of a part that is not built yet: it would have no effect",
        planned.0
    );
    assert!(found.contains(&said), "{found:?}");
}

#[test]
fn production_trusts_neither_everybody_nor_plain_http_nor_a_database_in_memory() {
    let environment = [
        ("APP_PROFILE", "production"),
        ("APP_PUBLIC__TRUSTED_PROXIES", "10.0.0.0/8,0.0.0.0/0"),
        ("APP_PUBLIC__CORS__ALLOWED_ORIGINS", "http://localhost:3000"),
        ("APP_DATABASE__URL", "sqlite::memory:"),
    ];
    let found = refused(&[], &environment);
    for key in [
        "public.trusted_proxies",
        "public.cors.allowed_origins",
        "database.url",
    ] {
        assert!(
            found.iter().any(|line| line.starts_with(key)),
            "{key}: {found:?}"
        );
    }
}

#[test]
fn a_quota_may_be_written_with_or_without_decimals() {
    let file = "[rate_limit.per_address]\nper_second = 5";
    let environment = [("APP_RATE_LIMIT__PER_CALLER__PER_SECOND", "0.5")];
    let quotas = with(&[file], &environment).unwrap().rate_limit;
    assert_eq!(quotas.per_address.per_second.to_string(), "5");
    assert_eq!(quotas.per_caller.quota().per_second.to_string(), "0.5");
}

#[test]
fn a_quota_that_lets_nothing_through_or_everything_is_refused() {
    for (variable, value) in [
        ("APP_RATE_LIMIT__HANDSHAKES__BURST", "0"),
        ("APP_RATE_LIMIT__PER_ADDRESS__PER_SECOND", "0"),
        ("APP_RATE_LIMIT__PER_ADDRESS__PER_SECOND", "-1"),
        ("APP_RATE_LIMIT__PER_ADDRESS__PER_SECOND", "nan"),
        ("APP_RATE_LIMIT__PER_ADDRESS__PER_SECOND", "inf"),
        ("APP_RATE_LIMIT__PER_ADDRESS__PER_SECOND", "1e12"),
        ("APP_RATE_LIMIT__PER_CALLER__BURST", "-1"),
        ("APP_RATE_LIMIT__PER_CALLER__BURST", "4294967296"),
        ("APP_RATE_LIMIT__PER_CALLER__WRITES_SHARE", "0"),
        ("APP_RATE_LIMIT__PER_CALLER__WRITES_SHARE", "1e-12"),
        ("APP_RATE_LIMIT__PER_CALLER__EXPENSIVE_SHARE", "1.5"),
        ("APP_RATE_LIMIT__FAILED_AUTHENTICATION__BURST", "many"),
    ] {
        let found = refused(&[], &[(variable, value)]);
        let key = variable.trim_start_matches("APP_").to_lowercase();
        let key = key.replace("__", ".");
        let section = key.rsplit_once('.').unwrap().0;
        assert!(
            found
                .iter()
                .any(|line| line.starts_with(section) || line.starts_with(variable)),
            "{variable}={value}: {found:?}"
        );
    }
    let twice = "[[rate_limit.per_role]]\nrole = \"reader\"\nper_second = 1\nburst = 1\n".repeat(2);
    assert_eq!(
        refused(&[&twice], &[]),
        ["rate_limit.per_role: names a role twice"]
    );
    let misspelt = "[[rate_limit.per_role]]\nrole = \"reader\"\nper_secnd = 1\nburst = 1\n";
    assert!(refused(&[misspelt], &[])[0].starts_with("rate_limit.per_role[0]"));
}

#[test]
fn the_audit_journal_has_bounds_and_no_off() {
    let audit = with(&[], &[("APP_AUDIT__FILE", "/var/log/api/audit.jsonl")]).unwrap();
    assert_eq!(audit.audit.file.to_str(), Some("/var/log/api/audit.jsonl"));
    for (variable, value, mend) in [
        ("APP_AUDIT__MAX_FILE_BYTES", "100", "choose 65536 to"),
        ("APP_AUDIT__CHECKPOINT_LINES", "0", "choose 1 to"),
        ("APP_AUDIT__CHECKPOINT_SECONDS", "86400", "choose 1 to 3600"),
        ("APP_AUDIT__QUEUE_LINES", "1", "choose 64 to"),
    ] {
        let found = refused(&[], &[(variable, value)]);
        assert!(found[0].contains(mend), "{found:?}");
    }
    for sink in ["off", "none"] {
        let found = refused(&[], &[("APP_AUDIT__SINK", sink)]);
        assert_eq!(found, ["audit.sink: must be `file` or `stdout`"]);
    }
    for file in [
        "data/audit.head",
        "data/audit.lock",
        "data/audit.key",
        "data/audit.PUB",
        "data/app.db",
        "data/app.db-wal",
        "data/dev/server.pem",
        "config/default.toml",
        "data/audit.torn-7",
        "data/audit.broken-1",
        "data/audit.draft",
        "data/addresses.json",
    ] {
        assert_eq!(
            refused(&[], &[("APP_AUDIT__FILE", file)]),
            ["audit.file: names another file of this service: choose a name that ends in .jsonl"],
            "{file}"
        );
    }
    let both = [("APP_AUDIT__SINK", "stdout"), ("APP_AUDIT__FILE", "x")];
    assert_eq!(
        refused(&[], &both),
        ["audit.file: has no effect while audit.sink is stdout: choose one"]
    );
}

#[test]
fn an_empty_variable_is_not_set_whatever_its_key() {
    let defaults = with(&[], &[]).unwrap();
    for key in config::keys() {
        let variable = format!("APP_{}", key.replace('.', "__").to_uppercase());
        for variable in [variable.clone(), format!("{variable}_FILE")] {
            let settings = with(&[], &[(&variable, "")]).unwrap();
            assert_eq!(settings.effective(), defaults.effective(), "{variable}");
        }
    }
    let file = "[public]\nport = 9";
    let settings = with(&[file], &[("APP_PUBLIC__PORT", "")]).unwrap();
    assert_eq!(settings.public.port, 9);
    assert!(refused(&[], &[("APP_PUBLIC__PROT", "")])[0].contains("did you mean"));
}

#[test]
fn an_empty_text_in_an_issuers_table_is_not_set() {
    let table = "[[auth.issuers]]\nissuer = 'https://id.example.com'\naudience = 'api'\n\
        algorithms = ['ES256']\njwks_url = 'https://id.example.com/keys'\ndiscovery = ''\n\
        jwks_file = ''\nca_file = ''";
    let settings = with(&[table], &[]).unwrap();
    let issuer = &settings.auth.issuers[0];
    assert_eq!((&issuer.ca_file, &issuer.jwks_file), (&None, &None));
    let without = table.replace("https://id.example.com/keys", "");
    let found = refused(&[&without], &[]);
    assert!(found[0].contains("exactly one of"), "{found:?}");
}

#[test]
fn a_variable_that_is_not_utf_8_is_an_error() {
    // What `Sources::of_process` makes of such bytes.
    let found = refused(&[], &[("APP_DATABASE__URL", "sqlite:\u{fffd}.db")]);
    assert_eq!(found, ["APP_DATABASE__URL: must be UTF-8"]);
}

#[test]
fn a_setting_has_one_variable_and_a_file_that_is_not_empty() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    let variable = "APP_DATABASE__URL_FILE";
    assert_eq!(
        refused(&[], &[(variable, path)]),
        ["APP_DATABASE__URL_FILE: names an empty file"]
    );
    fs::write(file.path(), "sqlite:x.db\n").unwrap();
    let twice = [("APP_DATABASE__URL", "sqlite:y.db"), (variable, path)];
    assert_eq!(
        refused(&[], &twice),
        ["APP_DATABASE__URL_FILE: sets what another variable sets: keep one"]
    );
}

/// Kubernetes, for services called `app`, `app-db` and `app-port`; see its `makeEnvVariableName`.
const SERVICE_LINKS: [(&str, &str); 15] = [
    ("APP_SERVICE_HOST", "10.96.0.7"),
    ("APP_SERVICE_PORT", "8443"),
    ("APP_SERVICE_PORT_HTTPS", "8443"),
    ("APP_SERVICE_PORT_ADMIN_HTTPS", "9443"),
    ("APP_PORT", "tcp://10.96.0.7:8443"),
    ("APP_PORT_8443_TCP", "tcp://10.96.0.7:8443"),
    ("APP_PORT_8443_TCP_PROTO", "tcp"),
    ("APP_PORT_8443_TCP_PORT", "8443"),
    ("APP_PORT_8443_TCP_ADDR", "10.96.0.7"),
    ("APP_PORT_53_UDP", "udp://[fd00::7]:53"),
    ("APP_PORT_53_UDP_ADDR", "fd00::7"),
    ("APP_DB_SERVICE_HOST", "fd00::7"),
    ("APP_DB_PORT", "tcp://[fd00::7]:5432"),
    ("APP_DB_PORT_5432_TCP_PROTO", "tcp"),
    ("APP_PORT_SERVICE_PORT_HTTP", "80"),
];

#[test]
fn service_links_of_an_orchestrator_are_passed_over_and_said() {
    let settings = with(&[], &SERVICE_LINKS).unwrap();
    assert_eq!(
        settings.service_links,
        SERVICE_LINKS.map(|(name, _)| name.to_owned())
    );
    let notices = settings.notices();
    assert_eq!(notices.len(), SERVICE_LINKS.len());
    assert_eq!(
        notices[0],
        "APP_SERVICE_HOST: a service link of an orchestrator, not a setting: it has no effect"
    );
    assert_eq!(
        settings.effective(),
        with(&[], &[]).unwrap().effective(),
        "they change nothing"
    );
}

#[test]
fn what_only_looks_like_a_service_link_is_an_error() {
    for (variable, value) in [
        ("APP_PORT", "8443"),
        ("APP_PORT", "http://10.0.0.1:80"),
        ("APP_PORT", ""),
        ("APP_PUBLIC_PORT", "8443"),
        ("APP_SERVICE_HOST", "db"),
        ("APP_SERVICE_PORT", "https"),
        ("APP_SERVICE_PORT_HTTPS", "x"),
        ("APP_PORT_8443_TCP", "udp://10.0.0.1:8443"),
        ("APP_PORT_8443_TCP_PORT", "8444"),
        ("APP_PORT_8443_TCP_ADDR", "db"),
        ("APP_PORT_8443_TCP_PROTO", "udp"),
        ("APP_PORT_8443_QUIC", "quic://10.0.0.1:8443"),
        ("APP_PORT_X_TCP", "tcp://10.0.0.1:8443"),
        ("APP_DB__SERVICE_HOST", "10.0.0.1"),
        ("APP_service_host", "10.0.0.1"),
        ("APP_SERVICE_NAME", "1"),
    ] {
        let found = refused(&[], &[(variable, value)]);
        assert!(
            found[0].contains("is not a setting"),
            "{variable}: {found:?}"
        );
    }
}

/// Valid in both profiles, and with all that their files differ in.
const EITHER: &str = "
    public.bind = '127.0.0.1'
    public.hosts = ['localhost']
    public.tls = { cert_file = 'a', key_file = 'b' }
    log = { filter = 'info', format = 'json' }
    [[auth.issuers]]
    issuer = 'https://id.example.com'
    audience = 'a'
    algorithms = ['ES256']
    jwks_file = 'a.json'
";

/// Another value of a setting that is no number.
fn other(key: &str) -> &'static str {
    match key {
        "profile" => "'production'",
        "public.bind" => "'127.0.0.2'",
        "public.hosts" => "['api.example.com']",
        "public.trusted_proxies" => "['10.0.0.0/8']",
        "public.forwarded_field" => "'forwarded'",
        "public.cors.allowed_origins" => "['https://app.example.com']",
        "public.security_txt.contacts" => "['mailto:a@example.com']",
        "public.security_txt.policy" => "'https://example.com/'",
        "rate_limit.per_role" => "[{ role = 'editor', per_second = 1, burst = 1 }]",
        "database.url" => "'sqlite:secret.db'",
        "auth.issuers" => {
            "[{ issuer = 'https://id.example.com', audience = 'a', algorithms = ['ES256'], \
             jwks_file = 'a.json', allow_rsa_2048 = true }]"
        }
        "audit.sink" => "'stdout'",
        "audit.reads_when_unwritable" => "'refuse'",
        "log.filter" => "'warn'",
        "log.format" => "'pretty'",
        _ => "'other.jsonl'",
    }
}

#[test]
fn every_key_changes_what_is_hashed_as_the_configuration() {
    let hashed = |more: &[&str]| {
        with(&[&[EITHER], more].concat(), &[])
            .unwrap()
            .effective()
            .to_vec()
    };
    let before = hashed(&[]);
    assert_eq!(hashed(&[]), before);
    let values: serde_json::Value = serde_json::from_slice(&before).unwrap();
    let keys = config::keys();
    assert!(keys.len() > 50, "{} keys", keys.len());
    for key in keys {
        let value = &values
            .pointer(&format!("/{}", key.replace('.', "/")))
            .unwrap();
        let changed = match (value.as_u64(), value.as_f64()) {
            (Some(integer), _) => (integer + 1).to_string(),
            (None, Some(decimal)) => format!("{:?}", decimal / 2.0),
            (None, None) => other(&key).to_owned(),
        };
        let changed = format!("{key} = {changed}");
        assert_ne!(hashed(&[&changed]), before, "{changed}");
    }
}
