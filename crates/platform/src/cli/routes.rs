//! `routes`: every operation of the service, with its rule, its quota, its line in the journal and its
//! media types.
//!
//! A reviewer who wants to know what a service exposes reads one table instead of all handlers
//! (API9:2023). It is printed from the route table that the router is made of, so it has no operation too
//! few and none too many.
//!
//! Controls: AU-01, AZ-01, DO-01, DO-05

use clap::Args;
use serde::Serialize;

use crate::http::{
    contract::{access::Access, media_type::MediaType},
    rate_limit::{Class, Policy},
    routing::route::Operation,
};
use crate::{app::Service, audit::Event};

use super::table::aligned;

#[derive(Args)]
pub(super) struct Arguments {
    /// Print a JSON array, with one object for each operation
    #[arg(long)]
    json: bool,
    /// Of the admin listener
    #[arg(long)]
    admin: bool,
}

/// An operation, as it is printed.
#[derive(Serialize)]
struct Row<'a> {
    method: &'a str,
    path: &'a str,
    /// `anyone`, `authenticated` or `permission`.
    access: &'static str,
    /// The caller needs one of these permissions.
    permissions: &'static [&'static str],
    /// Whether the caller must have authenticated recently.
    recent: bool,
    /// The narrowest quota that counts a request, by its name in `RateLimit-Policy`.
    quota: &'static str,
    /// The operation's name in the audit journal. It is the id in the OpenAPI document, too, where that of
    /// HEAD ends in `_head`.
    action: &'static str,
    /// The event that is in the journal before a change is made; nothing for a read.
    event: Option<&'static str>,
    /// The media type of the request body.
    reads: Option<&'static str>,
    /// The media types of successes. A problem is always `application/problem+json`.
    answers: Vec<String>,
}

impl<'a> Row<'a> {
    fn of(operation: &'a Operation) -> Self {
        let (access, permissions, recent) = match operation.access {
            Access::Anyone => ("anyone", [].as_slice(), false),
            Access::Authenticated => ("authenticated", [].as_slice(), false),
            Access::Permission { any_of, recent } => ("permission", any_of, recent),
        };
        let quota = match (operation.access, operation.class) {
            (Access::Anyone, _) => Policy::Address,
            (_, Class::Read) => Policy::Caller,
            (_, Class::Write) => Policy::Writes,
            (_, Class::Expensive) => Policy::Expensive,
        };
        Self {
            method: operation.method.as_str(),
            path: &operation.path,
            access,
            permissions,
            recent,
            quota: quota.name(),
            action: operation.id,
            event: operation.event.map(Event::name),
            reads: operation.consumes.map(MediaType::name),
            answers: operation.describe().media_types(),
        }
    }

    /// The cells of the table for people.
    fn cells(&self) -> [String; 9] {
        let who = match self.permissions {
            [] => self.access.to_owned(),
            any_of => any_of.join(" or "),
        };
        let answers = self.answers.join(", ");
        [
            self.method,
            self.path,
            &who,
            if self.recent { "yes" } else { "" },
            self.quota,
            self.action,
            self.event.unwrap_or_default(),
            self.reads.unwrap_or_default(),
            &answers,
        ]
        .map(|cell| if cell.is_empty() { "-" } else { cell }.to_owned())
    }
}

const HEADINGS: [&str; 9] = [
    "METHOD", "PATH", "WHO", "RECENT", "QUOTA", "ACTION", "EVENT", "READS", "ANSWERS",
];

/// The route table as text: aligned columns, or JSON with an object a line, so that a difference is read
/// line by line.
pub(super) fn text(service: &Service, arguments: &Arguments) -> serde_json::Result<String> {
    let table = if arguments.admin {
        service.admin_routes()
    } else {
        service.routes()
    };
    let operations = table.operations();
    let rows = operations.iter().map(Row::of);
    if arguments.json {
        let objects: Vec<String> = rows
            .map(|row| serde_json::to_string(&row))
            .collect::<Result<_, _>>()?;
        return Ok(format!("[\n{}\n]\n", objects.join(",\n")));
    }
    let mut lines = vec![HEADINGS.map(ToOwned::to_owned)];
    lines.extend(rows.map(|row| row.cells()));
    Ok(aligned(&lines))
}
