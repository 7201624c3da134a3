//! `attack`: attacks the service of this directory, or one that runs, and says which attacks it withstood.
//!
//! Exit code 0: every attack that was played was held. 1: something broke. 2: nothing could be attacked.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for a terminal"
)]

use std::{
    fs,
    io::{self, IsTerminal},
    net::{SocketAddr, ToSocketAddrs},
    path::{Path, PathBuf},
    process::ExitCode,
};

use attack::{Ground, Own, Played, Resource, Service, SigningKey, html, record, terminal};
use clap::Parser;
use testkit::{Actor, Forger};

/// Attacks a service on this machine, and says what it withstood.
#[derive(Parser)]
struct Arguments {
    /// The program to start and attack [default: the one of this directory, built now]
    #[arg(long, value_name = "FILE", conflicts_with = "url")]
    program: Option<PathBuf>,
    /// A running service to attack
    #[arg(long, value_name = "https://HOST:PORT", requires_all = ["ca", "token_of_editor"])]
    url: Option<String>,
    /// The file of its authority, PEM
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// A file with a token of a caller who may write
    #[arg(long, value_name = "FILE")]
    token_of_editor: Option<PathBuf>,
    /// A file with a token of another caller who may write
    #[arg(long, value_name = "FILE")]
    token_of_other: Option<PathBuf>,
    /// A file with a token of a caller who may do nothing
    #[arg(long, value_name = "FILE")]
    token_of_nobody: Option<PathBuf>,
    /// The issuer's private key, PEM: for tokens whose signature is genuine
    #[arg(long, value_name = "FILE", requires = "key_set")]
    signing_key: Option<PathBuf>,
    /// The issuer's public keys, JSON
    #[arg(long, value_name = "FILE")]
    key_set: Option<PathBuf>,
    /// The OpenAPI document of the running service
    #[arg(long, value_name = "FILE", default_value = "openapi/openapi.json")]
    document: PathBuf,
    /// A host that is not this machine, and that you may attack
    #[arg(long, value_name = "HOST")]
    i_may_attack: Option<String>,
    /// Where the page for a browser is written
    #[arg(long, value_name = "FILE", default_value = "target/attack.html")]
    report: PathBuf,
    /// Where a line of JSON is written for each attack, with the ids of its requests
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// List the attacks, and play none
    #[arg(long)]
    list: bool,
    /// Only attacks whose name has this text in it
    only: Vec<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.list {
        list();
        return ExitCode::SUCCESS;
    }
    match attacked(&arguments) {
        Ok(played) if played.iter().any(Played::is_broken) => ExitCode::FAILURE,
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn list() {
    for group in attack::GROUPS {
        for attack in group.attacks {
            let (group, control) = (group.recommendation, attack.control);
            println!(
                "{group:<3}  {control:<5}  {:<38}  {}",
                attack.name, attack.wants
            );
        }
    }
}

fn attacked(arguments: &Arguments) -> Result<Vec<Played>, String> {
    let ground = match &arguments.url {
        Some(url) => running(url, arguments)?,
        None => match &arguments.program {
            Some(program) => Own::program(program).ground()?,
            None => Own::build()?.ground()?,
        },
    };
    let colours = io::stdout().is_terminal();
    let picked = |name: &str| {
        let mut only = arguments.only.iter();
        arguments.only.is_empty() || only.any(|text| name.contains(text.as_str()))
    };
    let played = attack::play(&ground, picked, |one| {
        println!("{}", terminal::line(one, colours));
    })?;
    if played.is_empty() {
        return Err("no attack has such a name".to_owned());
    }
    println!("{}", terminal::table(&played));
    let report = &arguments.report;
    if let Some(directory) = report.parent() {
        fs::create_dir_all(directory).map_err(|error| error.to_string())?;
    }
    fs::write(report, html::page(&ground.name, &played))
        .map_err(|error| format!("{}: {error}", report.display()))?;
    println!("The page: {}", report.display());
    if let Some(file) = &arguments.record {
        let lines: Vec<String> = played
            .iter()
            .map(|one| record::line(one).to_string())
            .collect();
        fs::write(file, lines.join("\n") + "\n")
            .map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(played)
}

/// A service that runs already.
fn running(url: &str, arguments: &Arguments) -> Result<Ground, String> {
    let (host, address) = target(url, arguments.i_may_attack.as_deref())?;
    let token = |file: &Option<PathBuf>| file.as_deref().map(text).transpose();
    let editor = token(&arguments.token_of_editor)?.unwrap_or_default();
    let ca = arguments.ca.as_deref().unwrap_or(Path::new("ca.pem"));
    text(ca)?;
    let key = match (&arguments.signing_key, &arguments.key_set) {
        (Some(key), Some(set)) => Some(SigningKey {
            forger: Forger::with_key(&editor, text(key)?.as_bytes()),
            published: serde_json::from_str(&text(set)?).map_err(|error| error.to_string())?,
        }),
        _ => None,
    };
    let document = text(&arguments.document)?;
    let document = serde_json::from_str(&document).map_err(|error| error.to_string())?;
    Ok(Ground {
        service: Service {
            public: Actor::stranger(address, ca).calling(&host),
            admin: None,
            host,
            editor,
            other: token(&arguments.token_of_other)?,
            nobody: token(&arguments.token_of_nobody)?,
            key,
            journal: None,
            origin: None,
            running: None,
        },
        fresh: None,
        resource: Resource::of(&document),
        name: url.to_owned(),
    })
}

/// The host and its address. An address that is not this machine's own is somebody's service.
fn target(url: &str, allowed: Option<&str>) -> Result<(String, SocketAddr), String> {
    let authority = url
        .strip_prefix("https://")
        .ok_or("the URL begins with https://")?;
    let authority = authority.trim_end_matches('/');
    let (host, port) = authority.rsplit_once(':').unwrap_or((authority, "443"));
    let port: u16 = port.parse().map_err(|_| "the URL has no port")?;
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let addresses = (bare, port).to_socket_addrs();
    let mut addresses = addresses.map_err(|error| format!("{host}: {error}"))?;
    let address = addresses
        .next()
        .ok_or_else(|| format!("{host} has no address"))?;
    if !address.ip().is_loopback() && allowed != Some(host) {
        return Err(format!(
            "{host} is {}, not this machine: attack what is yours, and say --i-may-attack {host}",
            address.ip()
        ));
    }
    Ok((host.to_owned(), address))
}

fn text(file: &Path) -> Result<String, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::target;

    #[test]
    fn only_this_machine_is_attacked_unless_somebody_says_that_they_may() {
        assert!(target("https://127.0.0.1:8443", None).is_ok());
        assert!(target("https://[::1]:8443", None).is_ok());
        for url in ["https://192.0.2.1:443", "https://[2001:db8::1]:443"] {
            assert!(target(url, None).is_err(), "{url}");
            assert!(target(url, Some("another.example")).is_err(), "{url}");
        }
        assert!(target("https://192.0.2.1:443", Some("192.0.2.1")).is_ok());
        assert!(target("http://127.0.0.1:80", None).is_err());
    }
}
