//! `gateway-rules`: what a gateway in front of this service has to know of it, for nginx with `ModSecurity`.
//!
//! A gateway that is configured by hand lags behind the service: it lets a path through that nobody meant to
//! publish, or stops one that is new. So the program that serves prints the gateway's rules, from the route
//! table that its own router is made of and from the settings that it is started with (API9:2023).
//! docs/gateway.md has the whole gateway.

mod modsecurity;
mod nginx;

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
};

use clap::Args;

use super::refused::{Refused, one};
use crate::{app::Service, config::Settings, http::routing::route::Operation};

#[derive(Args)]
pub(super) struct Arguments {
    /// Where the three files go: service.conf and problem.conf for nginx, rules.conf for `ModSecurity`
    #[arg(long, value_name = "DIRECTORY")]
    output: PathBuf,
}

/// Writes the three files.
pub(super) fn write(
    service: &Service,
    settings: &Settings,
    arguments: &Arguments,
) -> Result<(), Refused> {
    let operations = service.routes().operations();
    let paths = by_path(&operations);
    let made = format!(
        "# Made by `{} gateway-rules` from the route table and the settings. Do not edit.\n",
        service.name
    );
    let files = [
        ("service.conf", nginx::service(&paths, settings)),
        ("problem.conf", nginx::problem()),
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

/// A path template and its operations, in the order of the table.
struct Path<'a> {
    template: &'a str,
    operations: Vec<&'a Operation>,
}

impl Path<'_> {
    /// The path as a regular expression: a parameter is one segment of characters that need no escape.
    fn pattern(&self) -> String {
        let segments = self.template.split('/').map(|segment| {
            if segment.starts_with('{') {
                "[A-Za-z0-9._~-]+".to_owned()
            } else {
                quoted(segment)
            }
        });
        segments.collect::<Vec<_>>().join("/")
    }

    /// Its methods, and OPTIONS where pages of other origins may ask.
    fn methods(&self, settings: &Settings) -> Vec<&str> {
        let methods = self
            .operations
            .iter()
            .map(|operation| operation.method.as_str());
        methods.chain(preflight(settings)).collect()
    }
}

fn by_path(operations: &[Operation]) -> Vec<Path<'_>> {
    let mut paths: Vec<Path<'_>> = Vec::new();
    for operation in operations {
        match paths
            .iter_mut()
            .find(|path| path.template == operation.path)
        {
            Some(path) => path.operations.push(operation),
            None => paths.push(Path {
                template: &operation.path,
                operations: vec![operation],
            }),
        }
    }
    paths
}

fn preflight(settings: &Settings) -> Option<&'static str> {
    (!settings.public.cors.allowed_origins.is_empty()).then_some("OPTIONS")
}

/// A text as a regular expression that means nothing but this text.
fn quoted(text: &str) -> String {
    let escape = |c: char| (!c.is_alphanumeric() && !"-/:_".contains(c)).then_some('\\');
    text.chars()
        .flat_map(|c| escape(c).into_iter().chain([c]))
        .collect()
}
