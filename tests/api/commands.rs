//! The commands a user types: what they print, and how they refuse.

use std::process::Output;

use insta::assert_snapshot;
use tempfile::TempDir;

use crate::harness::Process;

fn run(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    Process::output(TempDir::new().unwrap().path(), arguments, environment)
}

fn said(output: &Output) -> String {
    let code = output.status.code().unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    format!("exit {code}\n{out}{err}")
}

#[test]
fn check_config_says_everything_that_is_wrong_at_once() {
    let environment = [
        ("APP_PUBLIC__PROT", "1"),
        ("APP_PUBLIC__PORT", "eighty"),
        ("APP_AUTH__LEEWAY_SECONDS", "31"),
        ("APP_DATABASE__URL", "mysql://user:secret@db/app"),
    ];
    assert_snapshot!(said(&run(&["check-config"], &environment)), @"
    exit 1
    error: APP_PUBLIC__PORT: must be an integer
    error: APP_PUBLIC__PROT: is not a setting; did you mean APP_PUBLIC__PORT?
    error: database.url: must begin with sqlite:
    error: auth.leeway_seconds: choose 0 to 30 seconds
    ");
}

#[test]
fn check_config_shows_what_is_logged_and_what_has_no_effect() {
    let environment = [
        ("APP_LOG__FILTER", "access,sqlx=off"),
        ("APP_PORT", "tcp://10.96.0.7:8443"),
        ("APP_ADMIN__PORT", "9443"),
    ];
    assert_snapshot!(said(&run(&["check-config"], &environment)), @"
    exit 0
    the configuration is valid
    log: off, but access at trace, sqlx at off
    note: APP_ADMIN__PORT: is of a part that is not built yet: it has no effect
    note: APP_PORT: a service link of an orchestrator, not a setting: it has no effect
    ");
}

#[test]
fn production_refuses_every_insecure_setting() {
    let environment = [
        ("APP_PROFILE", "production"),
        ("APP_AUTH__MAX_LIFETIME_SECONDS", "7200"),
    ];
    assert_snapshot!(said(&run(&["check-config"], &environment)), @"
    exit 1
    error: public.hosts: name the hosts that this service is
    error: public.tls.cert_file: production needs its own certificate and key: set cert_file and key_file
    error: auth.issuers: production needs at least one issuer: the development issuer is not trusted there
    error: auth.max_lifetime_seconds: choose 60 to 3600 seconds in production: a stolen token lives that long
    ");
    assert_eq!(
        said(&run(&["serve"], &environment)),
        said(&run(&["check-config"], &environment))
    );
}

#[test]
fn dev_listens_on_loopback_only() {
    let answer = run(&["check-config"], &[("APP_PUBLIC__BIND", "0.0.0.0")]);
    assert_snapshot!(said(&answer), @"
    exit 1
    error: public.bind: profile dev listens on loopback only; use 127.0.0.1, ::1 or profile production
    ");
}

#[test]
fn a_port_that_is_taken_is_an_error_that_says_so() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let answer = said(&run(&["serve"], &[("APP_PUBLIC__PORT", &port)]));
    assert_snapshot!(answer.replace(&port, "[port]"), @"
    exit 1
    error: cannot listen on 127.0.0.1:[port]: Address already in use (os error 98) (is it taken? set APP_PUBLIC__PORT, 0 for a free one)
    ");
}

#[test]
fn an_unreadable_key_is_an_error_that_names_the_file() {
    let environment = [
        ("APP_PUBLIC__TLS__CERT_FILE", "nowhere.pem"),
        ("APP_PUBLIC__TLS__KEY_FILE", "nowhere.key"),
    ];
    assert_snapshot!(said(&run(&["serve"], &environment)), @"
    exit 1
    error: public.tls.cert_file: nowhere.pem: No such file or directory (os error 2)
    error: public.tls.key_file: nowhere.key: No such file or directory (os error 2)
    ");
}

#[test]
fn a_command_that_is_typed_wrong_is_explained() {
    assert_snapshot!(said(&run(&["sevre"], &[])), @"
    exit 2
    error: unrecognized subcommand 'sevre'

      tip: a similar subcommand exists: 'serve'

    Usage: hardened-api [OPTIONS] [COMMAND]

    For more information, try '--help'.
    ");
    assert_snapshot!(said(&run(&["token", "--subject", "alice", "--role", "boss"], &[])), @"
    exit 2
    error: invalid value 'boss' for '--role <ROLE>'
      [possible values: reader, editor, approver, auditor, admin]

    For more information, try '--help'.
    ");
}

#[test]
fn the_help_lists_the_commands() {
    assert_snapshot!(said(&run(&["--help"], &[])), @"
    exit 0
    A reference REST API service on actix-web: recommendations of the OWASP REST Security Cheat Sheet as working, tested code.

    Usage: hardened-api [OPTIONS] [COMMAND]

    Commands:
      serve         Serve the API (the default)
      token         Print an access token signed with the development key
      openapi       Print the OpenAPI document
      check-config  Check the configuration and print everything that is wrong with it
      migrate       Bring the database up to date and stop
      healthcheck   Ask the running service whether it answers
      audit         What the audit journal holds
      help          Print this message or the help of the given subcommand(s)

    Options:
          --config <FILE>  A TOML file laid over the profile's settings; may be repeated, the environment still wins
      -h, --help           Print help
      -V, --version        Print version
    ");
}

#[test]
fn migrate_prepares_a_database_and_stops() {
    let data_dir = TempDir::new().unwrap();
    for _ in 0..2 {
        let migrated = Process::output(data_dir.path(), &["migrate"], &[]);
        assert_eq!(said(&migrated), "exit 0\n");
    }
    assert!(data_dir.path().join("app.db").exists());
}

#[test]
fn healthcheck_is_0_while_the_service_answers_and_1_otherwise() {
    let data_dir = TempDir::new().unwrap();
    let mut process = Process::serve(data_dir.path());
    let ask = || Process::output(data_dir.path(), &["healthcheck"], &[]);
    assert_eq!(said(&ask()), "exit 0\nhealthy\n");
    process.kill();
    assert_eq!(ask().status.code(), Some(1));
}

#[test]
fn healthcheck_believes_only_the_services_own_certificate() {
    let (ours, theirs) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    drop(Process::serve(ours.path()));
    let _imposter = Process::serve(theirs.path());
    let addresses = |dir: &TempDir| dir.path().join("addresses.json");
    std::fs::copy(addresses(&theirs), addresses(&ours)).unwrap();
    let answer = Process::output(ours.path(), &["healthcheck"], &[]);
    assert_eq!(answer.status.code(), Some(1));
    assert!(said(&answer).contains("certificate"), "{}", said(&answer));
}
