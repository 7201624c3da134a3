//! The words of API keys: what a key is called, may do, and where and how long it works.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::Serialize;
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type, schema::ArrayBuilder,
    },
};

use crate::{
    auth::Identity,
    db::Column,
    parse::{Invalid, Parse, SINGLE_LINE, network},
    slice::Id,
    text,
};

text! {
    /// What the owner calls the key: one line of 1 to 100 characters.
    KeyName, 100, SINGLE_LINE, "nightly report"
}

/// Names a key.
pub type KeyId = Id<ApiKey>;

/// A key as it is stored.
#[derive(Debug, Clone)]
pub struct ApiKey {
    pub id: KeyId,
    pub owner: Identity,
    pub name: KeyName,
    pub permissions: PermissionNames,
    /// The roles that the owner had when the key was made.
    pub roles: String,
    pub networks: Networks,
    pub created_at: OffsetDateTime,
    pub expires_at: OffsetDateTime,
    pub last_used_at: Option<OffsetDateTime>,
}

/// Names of permissions, each once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PermissionNames(Vec<String>);

/// Networks that a key works from; empty is everywhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Networks(Vec<IpNet>);

/// When a key ends, in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct KeyEnd(#[serde(with = "time::serde::rfc3339")] OffsetDateTime);

const MAX_PERMISSIONS: usize = 64;
const MAX_PERMISSION_NAME: usize = 64;
const MAX_NETWORKS: usize = 16;
const MAX_NETWORK: usize = 43;

impl PermissionNames {
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// As a scope has them.
    pub fn joined(&self) -> String {
        self.0.join(" ")
    }
}

impl Networks {
    /// Whether a client with this address may use the key.
    pub fn admit(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.is_empty() || self.0.iter().any(|network| network.contains(&address))
    }
}

impl KeyEnd {
    pub const fn get(self) -> OffsetDateTime {
        self.0
    }
}

/// A list without repetitions, of so many at most.
fn list(raw: &[String], most: usize) -> Result<(), Invalid> {
    if raw.len() > most {
        return Err(Invalid("too_many"));
    }
    let mut before: Vec<&String> = Vec::with_capacity(raw.len());
    for one in raw {
        if before.contains(&one) {
            return Err(Invalid("repeated"));
        }
        before.push(one);
    }
    Ok(())
}

impl Parse for PermissionNames {
    type Raw = Vec<String>;

    fn parse(raw: Vec<String>) -> Result<Self, Invalid> {
        list(&raw, MAX_PERMISSIONS)?;
        Ok(Self(raw))
    }
}

impl Parse for Networks {
    type Raw = Vec<String>;

    fn parse(raw: Vec<String>) -> Result<Self, Invalid> {
        list(&raw, MAX_NETWORKS)?;
        let networks = raw.iter().map(|name| network(name));
        networks.collect::<Result<_, _>>().map(Self)
    }
}

impl Parse for KeyEnd {
    type Raw = String;

    fn parse(raw: String) -> Result<Self, Invalid> {
        let end = OffsetDateTime::parse(&raw, &Rfc3339).map_err(|_| Invalid("not_a_time"))?;
        // Every engine keeps it exactly. A time of the year 9999 may be one of the year 10000 in UTC.
        let end = end.checked_to_offset(UtcOffset::UTC);
        let end = end.and_then(|end| end.replace_nanosecond(0).ok());
        end.map(Self).ok_or(Invalid("not_a_time"))
    }
}

impl Column for PermissionNames {
    type Stored = String;

    fn stored(&self) -> String {
        self.joined()
    }

    fn restored(stored: String) -> Result<Self, Invalid> {
        Self::parse(words(&stored))
    }
}

impl Column for Networks {
    type Stored = String;

    fn stored(&self) -> String {
        let networks: Vec<_> = self.0.iter().map(IpNet::to_string).collect();
        networks.join(" ")
    }

    fn restored(stored: String) -> Result<Self, Invalid> {
        Self::parse(words(&stored))
    }
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

impl PartialSchema for PermissionNames {
    fn schema() -> RefOr<Schema> {
        array(MAX_PERMISSIONS, MAX_PERMISSION_NAME, "^[a-z_]+:[a-z_]+$")
    }
}

impl ToSchema for PermissionNames {}

impl PartialSchema for Networks {
    fn schema() -> RefOr<Schema> {
        array(MAX_NETWORKS, MAX_NETWORK, "^[0-9a-f.:]+/[0-9]+$")
    }
}

impl ToSchema for Networks {}

fn array(most: usize, longest: usize, pattern: &str) -> RefOr<Schema> {
    let item = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(pattern))
        .max_length(Some(longest));
    ArrayBuilder::new()
        .items(item)
        .max_items(Some(most))
        .unique_items(true)
        .into()
}

impl PartialSchema for KeyEnd {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .max_length(Some(35))
            .examples(["2030-01-31T00:00:00Z"])
            .into()
    }
}

impl ToSchema for KeyEnd {}
