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
    io,
    path::{Path, PathBuf},
};

use clap::Args;

use super::refused::{Refused, one};
use crate::{
    app::Service,
    config::Settings,
    files::{Directory, FileError, write_public},
};

#[derive(Args)]
pub(super) struct Arguments {
    /// Where the files go: service.conf, server.conf and problem.conf for nginx, rules.conf for `ModSecurity`.
    /// A directory of this user, which no other user may write in
    #[arg(long, value_name = "DIRECTORY")]
    output: PathBuf,
}

/// Writes the files, each whole: a gateway that reads them meanwhile finds the old text or the new one.
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
    let directory = output(&arguments.output).map_err(one)?;
    // One writer at a time: a draft has one name.
    directory.lock().map_err(one)?;
    let files = [
        ("service.conf", nginx::service(&paths, settings)),
        ("server.conf", nginx::server(settings)),
        ("problem.conf", nginx::problem(&paths)),
        ("rules.conf", modsecurity::rules(&paths, settings)),
    ];
    for (name, text) in files {
        let file = arguments.output.join(name);
        // The gateway is another user, and nothing of this is secret.
        write_public(&file, (made.clone() + &text).as_bytes()).map_err(one)?;
    }
    Ok(())
}

/// Who may write in the directory writes the gateway's rules.
fn output(path: &Path) -> Result<Directory, FileError> {
    match Directory::existing(path)? {
        Some(directory) => directory.closed_to_writers(),
        None => Err(FileError::new(
            path,
            io::Error::from(io::ErrorKind::NotFound),
        )),
    }
}
