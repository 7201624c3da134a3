//! Settings of the quotas that all replicas share: where they are counted, and the rules that hold there.
//!
//! Production believes only a server whose certificate and name were checked, also on this machine: what answers
//! in its place decides who is refused. The URL has no query and no fragment, where other clients switch that check
//! off.
//!
//! Controls: CF-02, RL-02

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::{Host, Url};

use super::{Profile, milliseconds, password, rule::Rule, tls::given};

/// The port of a URL that names none.
const PORT: u16 = 6379;

#[derive(Debug, Clone, Deserialize)]
pub struct SharedQuotas {
    url: SecretString,
    ca_file: PathBuf,
    secret_file: PathBuf,
    #[serde(rename = "timeout_milliseconds", deserialize_with = "milliseconds")]
    pub timeout: Duration,
    pub when_away: WhenAway,
}

/// Who decides while the server does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenAway {
    /// The quotas of each replica.
    PerReplica,
    /// Nobody: requests of callers are 503.
    Refuse,
}

/// The server that counts, as its URL names it.
#[derive(Debug, Clone)]
pub struct QuotaServer {
    pub tls: bool,
    /// A name or an address, without brackets.
    pub host: String,
    pub port: u16,
    pub user: Option<String>,
    pub password: Option<SecretString>,
    pub database: i64,
}

impl SharedQuotas {
    /// The server and the file of the secret, when quotas are shared.
    #[must_use]
    pub fn server(&self) -> Option<(QuotaServer, &Path)> {
        self.place().zip(given(&self.secret_file))
    }

    /// The authority of the server's certificate, in place of the system's.
    #[must_use]
    pub fn ca_file(&self) -> Option<&Path> {
        given(&self.ca_file)
    }

    fn is_off(&self) -> bool {
        self.url.expose_secret().is_empty()
    }

    fn place(&self) -> Option<QuotaServer> {
        QuotaServer::parse(self.url.expose_secret())
    }

    fn has_tls(&self) -> bool {
        self.place().is_some_and(|server| server.tls)
    }
}

impl QuotaServer {
    /// The parts of `rediss://USER:PASSWORD@HOST:PORT/NUMBER`.
    fn parse(url: &str) -> Option<Self> {
        let url = Url::parse(url).ok()?;
        let tls = match url.scheme() {
            "rediss" => true,
            "redis" => false,
            _ => return None,
        };
        if url.query().is_some() || url.fragment().is_some() {
            return None;
        }
        let host = match url.host()? {
            Host::Domain(name) => name.to_owned(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        };
        let decoded = |text: &str| {
            let text = percent_decode_str(text).decode_utf8().ok()?;
            Some((!text.is_empty()).then(|| text.into_owned()))
        };
        let database = url.path().trim_start_matches('/');
        Some(Self {
            tls,
            host: (!host.is_empty()).then_some(host)?,
            port: url.port().unwrap_or(PORT),
            user: decoded(url.username())?,
            password: decoded(url.password().unwrap_or_default())?.map(SecretString::from),
            database: if database.is_empty() {
                0
            } else {
                database.parse::<u16>().ok()?.into()
            },
        })
    }
}

pub(super) const RULES: &[Rule] = &[
    Rule::whole(
        "rate_limit.shared.url",
        |s| {
            let shared = &s.rate_limit.shared;
            !shared.is_off() && shared.place().is_none()
        },
        "write rediss://USER@HOST:PORT/NUMBER, without a query and without a fragment",
        "rate_limit.shared = { url = 'rediss://quotas.example.com/#insecure', secret_file = 'secret' }",
    ),
    Rule::whole(
        "rate_limit.shared.url",
        |s| {
            let shared = &s.rate_limit.shared;
            shared.place().is_some_and(|server| !server.tls)
        },
        "production believes a server only over rediss://",
        "rate_limit.shared = { url = 'redis://127.0.0.1/', secret_file = 'secret' }",
    )
    .only_in(Profile::Production),
    password::from_file(
        "rate_limit.shared.url",
        |s| {
            let url = s.rate_limit.shared.url.expose_secret();
            password::is_in(url) && !s.is_from_file("rate_limit.shared.url")
        },
        concat!(
            "rate_limit.shared = { url = 'rediss://app",
            ":open-to-read@quotas.example.com/', secret_file = 'secret' }"
        ),
    ),
    Rule::whole(
        "rate_limit.shared.secret_file",
        |s| {
            let shared = &s.rate_limit.shared;
            shared.is_off() != given(&shared.secret_file).is_none()
        },
        "give url and secret_file together",
        "rate_limit.shared = { url = 'rediss://quotas.example.com/', secret_file = '' }",
    ),
    Rule::whole(
        "rate_limit.shared.ca_file",
        |s| {
            let shared = &s.rate_limit.shared;
            shared.ca_file().is_some() && !shared.has_tls()
        },
        "has no effect without a rediss:// URL",
        "rate_limit.shared = { ca_file = 'ca.pem', url = '' }",
    ),
    Rule::integer(
        "rate_limit.shared.timeout_milliseconds",
        |s| u64::try_from(s.rate_limit.shared.timeout.as_millis()).unwrap_or(u64::MAX),
        (5, 1000),
        "milliseconds: every request of a caller may wait so long",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_that_switches_verification_off_or_hides_its_host_is_none() {
        for url in [
            "rediss://db/#insecure",
            "rediss://db/?protocol=resp3",
            "redis://",
            "rediss:///0",
            "redis+unix:///run/redis.sock",
            "valkeys://db/",
            "rediss://db/one",
            "rediss://db/-1",
            "rediss://db/0/1",
            "",
        ] {
            assert!(QuotaServer::parse(url).is_none(), "{url}");
        }
    }

    #[test]
    fn a_password_is_decoded_and_an_address_has_no_brackets() {
        // In pieces, or a scanner of secrets takes it for one.
        let url = ["rediss://app:", "p%40ss", "@[::1]:7000/3"].concat();
        let server = QuotaServer::parse(&url).unwrap();
        assert_eq!(
            (server.tls, &*server.host, server.port),
            (true, "::1", 7000)
        );
        assert_eq!(server.user.as_deref(), Some("app"));
        assert_eq!(server.password.unwrap().expose_secret(), "p@ss");
        assert_eq!(server.database, 3);
        let short = QuotaServer::parse("redis://localhost").unwrap();
        assert_eq!((short.tls, short.port, short.database), (false, PORT, 0));
        assert_eq!(short.user, None);
    }
}
