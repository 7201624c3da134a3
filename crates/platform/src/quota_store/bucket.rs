//! What the server is asked, and what it says.

use std::{net::IpAddr, time::Duration};

use crate::{config::Quota, fingerprint::Fingerprint};

/// Whose quota it is.
#[derive(Debug, Clone, Copy)]
pub enum Subject {
    Name(Fingerprint),
    Address(IpAddr),
}

impl From<Fingerprint> for Subject {
    fn from(name: Fingerprint) -> Self {
        Self::Name(name)
    }
}

impl From<IpAddr> for Subject {
    fn from(address: IpAddr) -> Self {
        Self::Address(address)
    }
}

/// A quota to charge.
#[derive(Debug, Clone, Copy)]
pub struct Bucket {
    /// The name of the policy: one subject has a quota in several.
    pub policy: &'static str,
    pub subject: Subject,
    pub quota: Quota,
}

/// What the server says of one quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charged {
    /// One was taken; so many are left.
    Granted(u32),
    /// Nothing is left for this time, and nothing was taken.
    Exceeded(Duration),
}

/// What a quota without anything left means for those after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// They are not asked, and have no answer.
    FirstRefusalEnds,
    /// They are charged all the same.
    Each,
}
