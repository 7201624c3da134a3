//! Settings of the admin listener.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::Deserialize;

use super::{ListenerTls, proxies};

#[derive(Debug, Clone, Deserialize)]
pub struct Admin {
    pub bind: IpAddr,
    pub port: u16,
    pub allow_public_bind: bool,
    pub hosts: Vec<String>,
    #[serde(deserialize_with = "proxies::networks")]
    pub networks: Vec<IpNet>,
    pub connections: usize,
    pub docs: bool,
    pub tls: ListenerTls,
}
