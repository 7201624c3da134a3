//! The words of containment: what can be named, and what can be done about it.
//!
//! The values are parsed and bounded like those of a slice. A target that is misspelt restricts nobody, so
//! a network must be the address of a network, and an issuer one that the service trusts.

use ipnet::IpNet;
use time::Duration;

use crate::{
    auth::{Identity, credential},
    fingerprint::Fingerprint,
    integer,
    parse::{Invalid, SINGLE_LINE, network},
    states, text,
};

text! {
    /// The issuer of a target.
    IssuerName, 255, SINGLE_LINE, "https://id.example.com"
}
text! {
    /// A subject, a client, an API key, a token, a signing key or an operation, by its id; or a network.
    TargetName, 255, SINGLE_LINE, "mallory"
}
text! {
    /// Why.
    Reason, 500, SINGLE_LINE, "the token was posted in a public chat"
}
text! {
    /// The record of the incident, wherever incidents are kept.
    Ticket, 100, SINGLE_LINE, "INC-2031"
}
integer! {
    /// Requests a minute.
    PerMinute, 1..=6000, 30
}
integer! {
    /// How long, in seconds: a minute to ninety days. What must last longer is a permission to be taken away.
    DurationSeconds, 60..=7_776_000, 7200
}

states! {
    /// What a restriction is about.
    RestrictionTarget as RestrictionTarget {
        Subject = "subject",
        Client = "client",
        ApiKey = "api_key",
        Network = "network",
        Operation = "operation",
    }
}

states! {
    /// What a revocation is about.
    RevocationTarget as RevocationTarget {
        Token = "token",
        Subject = "subject",
        Client = "client",
        Issuer = "issuer",
        SigningKey = "signing_key",
    }
}

states! {
    /// What happens to what is restricted, the mildest first.
    Action as RestrictionAction {
        Watch = "watch",
        Throttle = "throttle",
        StepUp = "step_up",
        ReadOnly = "read_only",
        Block = "block",
    }
}

/// What a restriction matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matched {
    Name(Fingerprint),
    Network(IpNet),
    /// The one that has the restriction's name.
    Operation,
}

/// A restriction to be made.
#[derive(Debug)]
pub struct NewRestriction {
    pub target: RestrictionTarget,
    /// Whose subject or client it is; empty for the other targets.
    pub issuer: String,
    pub name: String,
    pub action: Action,
    /// Of a `throttle`, and of nothing else.
    pub per_minute: Option<i64>,
    pub reason: String,
    pub ticket: String,
    pub author: Identity,
    pub duration: Duration,
}

/// A revocation to be made.
#[derive(Debug)]
pub struct NewRevocation {
    pub target: RevocationTarget,
    pub issuer: String,
    /// Empty where the target is the issuer.
    pub name: String,
    pub reason: String,
    pub ticket: String,
    pub author: Identity,
}

impl RestrictionTarget {
    /// What requests are compared with.
    ///
    /// # Errors
    /// For a name that can match nothing.
    pub fn matched(self, issuer: &str, name: &str) -> Result<Matched, Invalid> {
        Ok(match self {
            Self::Subject => Matched::Name(credential::subject(issuer, name)),
            Self::Client => Matched::Name(credential::client(issuer, name)),
            Self::ApiKey => Matched::Name(credential::api_key(name)),
            Self::Network => Matched::Network(network(name)?),
            // One of another version of the service, perhaps: then no request reaches it here.
            Self::Operation => Matched::Operation,
        })
    }

    /// Whether the target is somebody of an issuer.
    #[must_use]
    pub const fn is_of_an_issuer(self) -> bool {
        matches!(self, Self::Subject | Self::Client)
    }
}

impl RevocationTarget {
    /// What requests are compared with.
    #[must_use]
    pub fn matched(self, issuer: &str, name: &str) -> Fingerprint {
        match self {
            Self::Token => credential::token(issuer, name),
            Self::Subject => credential::subject(issuer, name),
            Self::Client => credential::client(issuer, name),
            Self::Issuer => credential::issuer(issuer),
            Self::SigningKey => credential::signing_key(issuer, name),
        }
    }

    /// Whether it has no end: who has a signing key can make tokens of any time.
    #[must_use]
    pub const fn is_for_good(self) -> bool {
        matches!(self, Self::SigningKey)
    }
}
