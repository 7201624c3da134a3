//! What a listener has of its own; all else is the same for both, in `core.rs`.

use std::{net::SocketAddr, sync::Arc};

use ipnet::IpNet;

use crate::{
    auth::AccessTable,
    config,
    containment::Enforced,
    http::{
        context::client_address::TrustedProxies,
        listener::{connections::Bounds, gate},
        routing::route::RouteTable,
    },
    tls,
};

/// A listener before it is opened.
pub(super) struct Plan {
    pub name: &'static str,
    pub address: SocketAddr,
    /// 0: one per core.
    pub workers: u16,
    pub tls: tls::Live,
    /// Who may connect; none: everybody.
    pub networks: Option<Vec<IpNet>>,
    pub bounds: Bounds,
    pub gate: gate::Limits,
    pub proxies: TrustedProxies,
    pub cors: config::Cors,
    pub auth: config::Auth,
    pub access: &'static AccessTable,
    pub enforced: Arc<Enforced>,
    pub quotas: config::RateLimit,
    /// Whether they are those of all replicas together, where the settings say so.
    pub shares_quotas: bool,
    /// Makes the route table. Each worker has one of its own.
    pub routes: Arc<dyn Fn() -> RouteTable + Send + Sync>,
}
