//! The commands a user types. Exit code 0 is success, 1 a refusal that is explained on standard
//! error, 2 a command that was typed wrong.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "commands speak to a terminal"
)]

mod admin;
mod audit;
mod gateway;
mod healthcheck;
mod memory;
mod open_files;
mod refused;
mod routes;
mod sandbox;
mod table;
mod token;
mod welcome;

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
};

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, builder::PossibleValuesParser};

use refused::{Refused, one};
use sandbox::Sandbox;

use crate::{
    app::{self, Application, Service},
    clock::{Clock, SystemClock},
    config::{self, AuditSink, ConfigError, Profile, Settings, Sources},
    files, openapi, telemetry, tls,
};

#[derive(Parser)]
#[command(max_term_width = 100)]
struct Arguments {
    /// A TOML file laid over the profile's settings; may be repeated, the environment still wins
    #[arg(long, value_name = "FILE", global = true)]
    config: Vec<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API (the default)
    Serve,
    /// Print an access token signed with the development key
    Token(token::Arguments),
    /// Print the OpenAPI document
    Openapi {
        /// Of the admin listener
        #[arg(long)]
        admin: bool,
    },
    /// Print every operation with its permission, quota, journal event and media types
    Routes(routes::Arguments),
    /// Write what a gateway in front has to know of the service
    GatewayRules(gateway::Arguments),
    /// Check the configuration and print everything that is wrong with it
    CheckConfig,
    /// Print every setting, its value and where it comes from; no secret
    ShowConfig,
    /// Bring the database up to date and stop
    Migrate,
    /// Ask the running service whether it answers
    Healthcheck,
    /// Contain a caller of the running service: restrict, revoke, lift; see who is contained
    Admin(Box<admin::Arguments>),
    /// What the audit journal holds
    #[command(subcommand)]
    Audit(audit::Command),
}

/// Parses the command line and does what it says.
#[must_use]
pub fn run(service: &Service) -> ExitCode {
    files::private_by_default();
    // What clap cannot know when it derives the commands: the service's name, version and roles.
    let roles = PossibleValuesParser::new(service.access.role_names());
    let command = Arguments::command()
        .name(service.name)
        .version(service.version)
        .about(service.description)
        .mut_subcommand("token", |token| {
            token.mut_arg("role", |role| role.value_parser(roles))
        });
    let arguments = Arguments::from_arg_matches(&command.get_matches());
    let executed = arguments
        .map_err(one)
        .and_then(|arguments| execute(service, arguments));
    match executed {
        Ok(()) => ExitCode::SUCCESS,
        Err(refused) => {
            for line in &refused.lines {
                eprintln!("error: {line}");
            }
            refused.exit_code()
        }
    }
}

fn execute(service: &Service, arguments: Arguments) -> Result<(), Refused> {
    let config = arguments.config;
    match arguments.command.unwrap_or(Command::Serve) {
        // These read no configuration.
        Command::Openapi { admin } => {
            let text = if admin {
                openapi::json(&service.about_admin(), &service.admin_routes())
            } else {
                openapi::json(&service.about(), &service.routes())
            };
            print(&text.map_err(one)?)
        }
        Command::Routes(arguments) => print(&routes::text(service, &arguments).map_err(one)?),
        Command::Audit(command) => audit::run(command),
        Command::Admin(arguments) if arguments.is_elsewhere() => {
            print(&admin::run(&arguments, None)?)
        }
        Command::Admin(arguments) => {
            let settings = settings(service, config)?;
            let here = admin::Here {
                service,
                settings: &settings,
            };
            print(&admin::run(&arguments, Some(here))?)
        }
        Command::Serve => {
            let settings = settings_and_files(service, config)?;
            let own = app::own_directories(&settings).map_err(one)?;
            let sandbox = Sandbox::enter(&settings, &own).map_err(one)?;
            run_async(serve(service, settings, sandbox))
        }
        Command::CheckConfig => {
            let settings = settings_and_files(service, config)?;
            println!("the configuration is valid");
            println!("log: {}", settings.log.shown());
            println!("{}", tls::Policy::of(settings.tls.profile).shown());
            for notice in settings.notices() {
                eprintln!("note: {notice}");
            }
            Ok(())
        }
        Command::ShowConfig => print(&settings(service, config)?.shown()),
        Command::Migrate => {
            let settings = settings(service, config)?;
            run_async(async { app::migrate(service, &settings).await.map_err(one) })
        }
        Command::Token(request) => token::print(service, &settings(service, config)?, &request),
        Command::GatewayRules(arguments) => {
            gateway::write(service, &settings(service, config)?, &arguments)
        }
        Command::Healthcheck => healthcheck::ask(&settings(service, config)?),
    }
}

/// The settings, or everything that is wrong with them.
fn settings(service: &Service, config: Vec<PathBuf>) -> Result<Settings, Refused> {
    let (settings, found) = examined(service, config);
    faultless(settings, &found)
}

/// The same; the files that the settings name are looked at too.
fn settings_and_files(service: &Service, config: Vec<PathBuf>) -> Result<Settings, Refused> {
    let (settings, mut found) = examined(service, config);
    if let Some(settings) = &settings {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
        found.extend(app::check_files(settings, &clock));
    }
    faultless(settings, &found)
}

fn examined(service: &Service, config: Vec<PathBuf>) -> (Option<Settings>, Vec<ConfigError>) {
    config::examine(
        &Sources::of_process(service.settings, config),
        &service.access.role_names(),
    )
}

fn faultless(settings: Option<Settings>, found: &[ConfigError]) -> Result<Settings, Refused> {
    let settings = settings.filter(|_| found.is_empty());
    settings.ok_or_else(|| found.iter().map(ToString::to_string).collect())
}

async fn serve(service: &Service, settings: Settings, sandbox: Sandbox) -> Result<(), Refused> {
    let _log = telemetry::init(&settings.log);
    app::outlive_signals().map_err(one)?;
    // A developer may want to look.
    if settings.profile == Profile::Production {
        memory::keep_to_itself().map_err(one)?;
    }
    open_files::permit(settings.public.limits.connections);
    for notice in settings.notices() {
        tracing::warn!("{notice}");
    }
    let to_stderr = settings.audit.sink == AuditSink::Stdout;
    let clock = Arc::new(SystemClock::default());
    let application = Application::build(service, settings, clock)
        .await
        .map_err(one)?;
    sandbox.say();
    tracing::info!(
        address = %application.public_address(),
        admin = %application.admin_address(),
        "listening"
    );
    let greeting = welcome::greeting(service, &application);
    // Before the greeting: what waits for it may send a signal at once.
    let running = application.run_until_signalled().map_err(one)?;
    let running = actix_web::rt::spawn(running);
    if let Some(greeting) = greeting {
        // The reader may hang up after the first line; the service goes on.
        let greeting = greeting.as_bytes();
        if to_stderr {
            // The journal is a file of its own, even on standard output; the greeting has a token in it.
            io::stderr().write_all(greeting).ok();
        } else {
            io::stdout().write_all(greeting).ok();
        }
    }
    running.await.map_err(one)?.map_err(one)
}

/// Runs on actix's runtime: one thread here, and the server's workers beside it.
fn run_async(task: impl Future<Output = Result<(), Refused>>) -> Result<(), Refused> {
    actix_web::rt::System::new().block_on(task)
}

/// Prints a text; a reader that hangs up is an error, not a panic.
fn print(text: &str) -> Result<(), Refused> {
    io::stdout().write_all(text.as_bytes()).map_err(one)
}
