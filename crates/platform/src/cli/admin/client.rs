//! Speaks to the admin listener, for the words of `admin`.
//!
//! A change whose answer is lost may have been made. So an error says whether the listener can have read
//! the request: an operator who repeats the command then knows whether the change may be made twice.

use std::{io, net::SocketAddr, time::Duration};

use serde_json::Value;
use ureq::{
    Agent, Error, Timeout,
    config::Config,
    http::{StatusCode, Uri},
    tls::{ClientCert, RootCerts},
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::{DefaultConnector, NextTimeout},
    },
};

use crate::egress;

/// Longest time from the name's resolution to the last byte: more than the service gives a request.
const MAX_TIME: Duration = Duration::from_secs(20);
/// Longest answer in bytes: all restrictions there can be.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// What is asked of the listener.
#[derive(Debug, PartialEq)]
pub(super) struct Call {
    pub method: Method,
    pub path: String,
}

#[derive(Debug, PartialEq)]
pub(super) enum Method {
    Get,
    Post(Value),
    Delete,
}

/// What it answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: StatusCode,
    pub body: String,
}

/// Where the listener is, whom to believe, and who asks.
pub(super) struct Target {
    /// `https://host:port`.
    pub base: String,
    /// Where that is, when the name need not be resolved.
    pub address: Option<SocketAddr>,
    pub roots: RootCerts,
    pub own: Option<ClientCert>,
    pub token: String,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoAnswer {
    #[error("{0}: nothing has changed")]
    NothingDone(Box<Error>),
    #[error(
        "{0}: the answer is lost, and the change may have been made. Look (admin list) before you repeat \
         it: a restriction that is made twice is lifted twice"
    )]
    Lost(Box<Error>),
}

impl NoAnswer {
    fn of(call: &Call, error: Error) -> Self {
        let error = Box::new(error);
        if call.method == Method::Get || is_before_the_request(&error) {
            Self::NothingDone(error)
        } else {
            Self::Lost(error)
        }
    }
}

/// Whether the listener cannot have read the request.
fn is_before_the_request(error: &Error) -> bool {
    use io::ErrorKind::{ConnectionRefused, HostUnreachable, NetworkUnreachable};
    match error {
        Error::Io(error) => {
            let kind = error.kind();
            // The client ends a handshake before it sends, and the listener before it reads.
            let tls = error
                .get_ref()
                .is_some_and(<dyn std::error::Error + Send + Sync>::is::<rustls::Error>);
            tls || matches!(
                kind,
                ConnectionRefused | HostUnreachable | NetworkUnreachable
            )
        }
        Error::BadUri(_)
        | Error::ConnectionFailed
        | Error::HostNotFound
        | Error::Http(_)
        | Error::Rustls(_)
        | Error::Timeout(Timeout::Connect | Timeout::Resolve)
        | Error::Tls(_) => true,
        _ => false,
    }
}

/// Asks, and reads the answer to its end.
///
/// # Errors
/// When there is no whole answer; any status is one.
pub(super) fn ask(target: Target, call: &Call) -> Result<Answer, NoAnswer> {
    exchange(target, call).map_err(|error| NoAnswer::of(call, error))
}

fn exchange(target: Target, call: &Call) -> Result<Answer, Error> {
    let config = egress::https_only(target.roots, target.own)
        .accept("application/json, application/problem+json")
        .user_agent(concat!("admin/", env!("CARGO_PKG_VERSION")))
        .timeout_global(Some(MAX_TIME))
        .build();
    let names = Names {
        address: target.address,
        names: DefaultResolver::default(),
    };
    let agent = Agent::with_parts(config, DefaultConnector::default(), names);
    let url = format!("{}{}", target.base, call.path);
    let token = format!("Bearer {}", target.token);
    let mut response = match &call.method {
        Method::Get => agent.get(url).header("authorization", token).call()?,
        Method::Delete => agent.delete(url).header("authorization", token).call()?,
        Method::Post(body) => agent
            .post(url)
            .header("authorization", token)
            .header("content-type", "application/json")
            .send(body.to_string())?,
    };
    Ok(Answer {
        status: response.status(),
        body: response
            .body_mut()
            .with_config()
            .limit(MAX_BYTES)
            .read_to_string()?,
    })
}

/// Resolves every name to the address that is known, if it is.
#[derive(Debug)]
struct Names {
    address: Option<SocketAddr>,
    names: DefaultResolver,
}

impl Resolver for Names {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let Some(address) = self.address else {
            return self.names.resolve(uri, config, timeout);
        };
        let mut known = self.empty();
        known.push(address);
        Ok(known)
    }
}
