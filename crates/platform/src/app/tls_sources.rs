//! Which files each listener speaks TLS with, and which names must be in its certificate.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    clock::Clock,
    config::{ListenerTls, Settings},
    tls::{Clients, Probe, Source, development},
};

/// The sources of both listeners.
pub(super) struct Sources {
    pub public: Source,
    pub admin: Source,
}

/// Those of these settings; `made` are the files of profile dev, and `probe` is what `healthcheck` shows.
pub(super) fn sources(
    settings: &Settings,
    made: Option<&development::Files>,
    probe: &Probe,
    clock: &Arc<dyn Clock>,
) -> Sources {
    let own = made.map(|made| (&*made.cert, &*made.key));
    // `check.rs` refuses a configuration without any; an empty path says so again.
    let empty = (Path::new(""), Path::new(""));
    let configured = settings.public.tls.files();
    let files = configured.or(own).unwrap_or(empty);
    let public = Source {
        clients: clients(&settings.public.tls, None),
        certified: certified(settings),
        ..source(settings, files, &settings.public.hosts, clock)
    };
    let admin = Source {
        clients: clients(&settings.admin.tls, Some(probe)),
        certified: certified_admin(settings),
        ..source(
            settings,
            settings.admin.tls.files().unwrap_or(files),
            &settings.admin.hosts,
            clock,
        )
    };
    Sources { public, admin }
}

/// What is asked of the public certificate: that it is for every host, unless a proxy has one for those.
pub(super) fn certified(settings: &Settings) -> Vec<Vec<String>> {
    let public = &settings.public;
    if public.tls.files().is_none() || !public.trusted_proxies.is_empty() {
        return Vec::new();
    }
    public.hosts.iter().map(|host| vec![host.clone()]).collect()
}

/// Of the admin listener's: that it is for one of its hosts, of which addresses of this machine are some.
pub(super) fn certified_admin(settings: &Settings) -> Vec<Vec<String>> {
    let own = settings.admin.tls.files();
    own.map(|_| settings.admin.hosts.clone())
        .into_iter()
        .collect()
}

/// A source that asks nothing of names or clients.
pub(super) fn source(
    settings: &Settings,
    files: (&Path, &Path),
    hosts: &[String],
    clock: &Arc<dyn Clock>,
) -> Source {
    Source {
        hosts: hosts.to_vec(),
        without_sni: settings.tls.without_sni,
        ..Source::new(settings.tls.profile, files, clock.clone())
    }
}

/// Whose certificates a listener asks for.
pub(super) fn clients(settings: &ListenerTls, probe: Option<&Probe>) -> Option<Clients> {
    Some(Clients {
        ca_file: settings.client_ca_file()?.to_owned(),
        crl_file: settings.client_crl_file().map(PathBuf::from),
        names: settings.clients.clone(),
        probe: probe.map(|probe| probe.certificate.clone()),
    })
}
