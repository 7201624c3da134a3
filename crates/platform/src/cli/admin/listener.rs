//! Which listener the words of `admin` speak to, whom they believe, and who asks.
//!
//! An access token or a key on a command line is read by every process of the machine, and kept in the
//! history of the shell. So secrets come from files, which are believed by the rule for all files of this
//! program: nobody else may read them.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use clap::Args;
use secrecy::ExposeSecret;
use time::Duration;
use ureq::tls::{ClientCert, PrivateKey, RootCerts};

use super::client::Target;
use crate::{
    admin::access,
    app::{self, Service},
    auth::tokens::development::{DevelopmentIssuer, TokenRequest},
    cli::refused::{Refused, one, typed_wrong},
    clock::{Clock, SystemClock},
    config::{Profile, Settings},
    data_dir::Published,
    egress, files,
    tls::{self, development},
};

/// Whose token is made in profile dev.
const OPERATOR: &str = "operator";

/// The heading of these options in the help.
const HEADING: &str = "Where, and who asks";

#[derive(Args)]
pub(super) struct Listener {
    /// The admin listener [default: that of the service in the data directory]
    #[arg(long, global = true, help_heading = HEADING, value_name = "https://HOST:PORT")]
    url: Option<String>,
    /// Whom to believe about its certificate, in PEM [default: the system's authorities; in profile dev,
    /// the development authority]
    #[arg(long, global = true, help_heading = HEADING, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Your certificate, in PEM
    #[arg(long, global = true, help_heading = HEADING, value_name = "FILE")]
    cert: Option<PathBuf>,
    /// Its private key, in PEM, for your eyes only (mode 0600)
    #[arg(long, global = true, help_heading = HEADING, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Your access token for the admin listener (mode 0600) [default: in profile dev, a token is made]
    #[arg(long, global = true, help_heading = HEADING, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

/// What the configuration of a service on this machine knows. Without it, `--url` says where the service is, and
/// `--token-file` who asks.
#[derive(Clone, Copy)]
pub(crate) struct Here<'a> {
    pub service: &'a Service,
    pub settings: &'a Settings,
}

impl Listener {
    /// Whether it needs no configuration.
    pub fn is_complete(&self) -> bool {
        self.url.is_some() && self.token_file.is_some()
    }

    /// Whether this configuration is about the listener: that of a service here, or one beside the key that signs
    /// tokens for a service elsewhere.
    pub fn is_of(&self, settings: &Settings) -> bool {
        self.url.is_none() || DevelopmentIssuer::is_in(&settings.development_dir())
    }

    /// The listener, as it is asked.
    ///
    /// # Errors
    /// For files that cannot be used, and for what is missing.
    pub fn target(&self, here: Option<Here>) -> Result<Target, Refused> {
        let own = self.own()?;
        let (base, address) = self.place(here)?;
        Ok(Target {
            base,
            address,
            roots: self.roots(here)?,
            own,
            token: self.token(here)?,
        })
    }

    fn place(&self, here: Option<Here>) -> Result<(String, Option<SocketAddr>), Refused> {
        if let Some(url) = &self.url {
            let rest = url.strip_prefix("https://").unwrap_or_default();
            let authority = rest.strip_suffix('/').unwrap_or(rest);
            return if authority.is_empty() || authority.contains(['/', '?', '#', '@']) {
                Err(typed_wrong("--url: write https://HOST:PORT"))
            } else {
                Ok((format!("https://{authority}"), None))
            };
        }
        let settings = here.ok_or_else(|| typed_wrong("--url: say where the service is"))?;
        let settings = settings.settings;
        let address = Published::read(&settings.data_dir).admin.ok_or_else(|| {
            let directory = settings.data_dir.display();
            one(format!(
                "{directory}: no service has begun to listen there: start it, or give --url"
            ))
        })?;
        let host = settings.admin.hosts.first();
        let host = host.map_or("localhost", String::as_str);
        Ok((format!("https://{host}:{}", address.port()), Some(address)))
    }

    fn roots(&self, here: Option<Here>) -> Result<RootCerts, Refused> {
        let development = here
            .filter(|here| self.url.is_none() && here.settings.profile == Profile::Dev)
            .map(|here| development::Files::of(&here.settings.development_dir()).ca);
        let Some(file) = self.ca.clone().or(development) else {
            return Ok(RootCerts::PlatformVerifier);
        };
        let authorities = egress::certificates(&file).map_err(one)?;
        Ok(RootCerts::Specific(Arc::new(authorities)))
    }

    fn own(&self) -> Result<Option<ClientCert>, Refused> {
        match (&self.cert, &self.key) {
            (None, None) => Ok(None),
            (Some(cert), Some(key)) => {
                tls::check_key(key).map_err(one)?;
                let pem = files::read_secret(key).map_err(one)?;
                // The library's words may hold what it read.
                let unfit = |_| one(format!("{}: is no private key in PEM", key.display()));
                let key = PrivateKey::from_pem(pem.expose_secret()).map_err(unfit)?;
                let chain = egress::certificates(cert).map_err(one)?;
                Ok(Some(ClientCert::new_with_certs(&chain, key)))
            }
            _ => Err(typed_wrong("--cert and --key: give both, or neither")),
        }
    }

    fn token(&self, here: Option<Here>) -> Result<String, Refused> {
        let Some(file) = &self.token_file else {
            let here = here.filter(|here| here.settings.profile == Profile::Dev);
            let here = here
                .ok_or_else(|| typed_wrong("--token-file: name the file with your access token"))?;
            return development_token(here);
        };
        let text = files::read_secret_text(file).map_err(one)?;
        let token = text.expose_secret().trim();
        let plain = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
        let unfit = || one(format!("{}: holds no access token", file.display()));
        plain.then(|| token.to_owned()).ok_or_else(unfit)
    }
}

/// A token of the moment, so its authentication is recent.
fn development_token(here: Here) -> Result<String, Refused> {
    let issuer = app::development_issuer(here.service, here.settings).map_err(one)?;
    let request = TokenRequest {
        subject: OPERATOR.to_owned(),
        roles: access::ACCESS.role_names(),
        scope: None,
        lifetime: Duration::minutes(1),
        authentication_age: Duration::ZERO,
    };
    let now = SystemClock::default().now();
    let token = issuer.admin_token(&request, &access::ACCESS, now);
    token.map_err(one)
}
