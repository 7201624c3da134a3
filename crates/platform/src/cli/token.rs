//! `token`: an access token from the development issuer, to try the API with; alone, or in lines to paste.

use clap::Args;
use time::Duration;

use super::{
    refused::{Refused, one},
    welcome,
};
use crate::{
    admin::access,
    app::{self, Service},
    auth::{Role, tokens::development::TokenRequest},
    clock::{Clock, SystemClock},
    config::{Profile, Settings},
};

#[derive(Args)]
pub(super) struct Arguments {
    /// Whose token it is
    #[arg(long, value_name = "NAME")]
    subject: String,
    /// A role of the subject; may be repeated
    #[arg(long, value_name = "ROLE", required_unless_present_any = ["admin", "lines"])]
    role: Vec<String>,
    /// A token for the admin listener, where its subject is an operator
    #[arg(long, conflicts_with = "role")]
    admin: bool,
    /// Narrow the token to these permissions, space-separated (default: all that the roles permit)
    #[arg(long)]
    scope: Option<String>,
    /// How long it is valid
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = duration)]
    ttl: Duration,
    /// How long ago the subject authenticated
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = duration)]
    auth_age: Duration,
    /// Print lines to paste that ask the service there, with the token in them [default role: what they need]
    #[arg(long, value_name = "https://HOST:PORT", conflicts_with = "admin")]
    lines: Option<String>,
    /// The file of its authority, as the lines name it
    #[arg(
        long,
        value_name = "FILE",
        requires = "lines",
        default_value = "ca.pem"
    )]
    ca: String,
}

fn duration(text: &str) -> Result<Duration, String> {
    let duration = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    Duration::try_from(duration).map_err(|error| error.to_string())
}

pub(super) fn print(
    service: &Service,
    settings: &Settings,
    arguments: &Arguments,
) -> Result<(), Refused> {
    if settings.profile == Profile::Production {
        return Err(one(
            "profile production has no development issuer: ask your identity provider",
        ));
    }
    let issuer = app::development_issuer(service, settings).map_err(one)?;
    let roles = if arguments.admin {
        access::ACCESS.role_names()
    } else if arguments.role.is_empty() {
        welcome::roles(service)
    } else {
        let named = arguments.role.iter();
        let known = named.filter_map(|name| service.access.role(name).map(Role::name));
        known.collect()
    };
    let request = TokenRequest {
        subject: arguments.subject.clone(),
        roles,
        scope: arguments.scope.clone(),
        lifetime: arguments.ttl,
        authentication_age: arguments.auth_age,
    };
    let now = SystemClock::default().now();
    let token = if arguments.admin {
        issuer.admin_token(&request, &access::ACCESS, now)
    } else {
        issuer.token(&request, service.access, now)
    };
    let token = token.map_err(one)?;
    match &arguments.lines {
        Some(url) => print!("{}", welcome::lines(service, url, &arguments.ca, &token)),
        None => println!("{token}"),
    }
    Ok(())
}
