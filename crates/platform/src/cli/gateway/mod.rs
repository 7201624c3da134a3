//! `gateway-rules`: what a gateway in front of this service has to know of it, for nginx with `ModSecurity`.
//!
//! A gateway that is configured by hand lags behind the service: it lets a path through that nobody meant to
//! publish, or stops one that is new. So the program that serves prints the gateway's rules, from the route
//! table that its own router is made of and from the settings that it is started with (API9:2023).
//! docs/gateway.md has the whole gateway.

mod modsecurity;
mod nginx;
mod paths;

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
};

use clap::Args;

use super::refused::{Refused, one};
use crate::{app::Service, config::Settings};

#[derive(Args)]
pub(super) struct Arguments {
    /// Where the files go: service.conf, server.conf and problem.conf for nginx, rules.conf for `ModSecurity`
    #[arg(long, value_name = "DIRECTORY")]
    output: PathBuf,
}

/// Writes the files.
pub(super) fn write(
    service: &Service,
    settings: &Settings,
    arguments: &Arguments,
) -> Result<(), Refused> {
    let operations = service.routes().operations();
    let paths = paths::of(&operations);
    let made = format!(
        "# Made by `{} gateway-rules` from the route table and the settings. Do not edit.\n",
        service.name
    );
    let files = [
        ("service.conf", nginx::service(&paths, settings)),
        ("server.conf", nginx::server(settings)),
        ("problem.conf", nginx::problem(&paths)),
        ("rules.conf", modsecurity::rules(&paths, settings)),
    ];
    for (name, text) in files {
        let file = arguments.output.join(name);
        // The gateway is another user, and nothing of this is secret.
        fs::write(&file, made.clone() + &text)
            .and_then(|()| fs::set_permissions(&file, Permissions::from_mode(0o644)))
            .map_err(|error| one(format!("{}: {error}", file.display())))?;
    }
    Ok(())
}
