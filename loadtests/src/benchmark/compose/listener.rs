//! The listener of the service: its TLS, its connections and its gate.

use std::{future::ready, net::IpAddr, sync::Arc};

use futures_util::future::LocalBoxFuture;
use platform::{
    clock::{Clock, SystemClock},
    config::Settings,
    http::{
        audit_trail::aggregator::EventAggregator,
        context::client_address::TrustedProxies,
        listener::{
            connections::{Bounds, Connections},
            gate,
            server::Listener,
            tripwire::{ExposedCredentials, Tripwire},
        },
        rate_limit::{Limiter, Policy},
    },
    tls::{
        Reloader, Source,
        development::{Files, certificates},
    },
};

pub(super) fn proxies(settings: &Settings) -> TrustedProxies {
    TrustedProxies {
        networks: settings.public.trusted_proxies.clone(),
        field: settings.public.forwarded_field,
    }
}

pub(super) fn listener(settings: &Settings) -> anyhow::Result<Listener> {
    let limits = &settings.public.limits;
    let files = certificates(
        &settings.development_dir(),
        "fixture",
        SystemClock::default().now(),
    )?;
    Ok(Listener {
        tls: Reloader::start(source(settings, &files))?.live(),
        handshake_timeout: limits.tls_handshake_timeout,
        connections: Connections::new(
            None,
            Bounds::of(limits),
            proxies(settings),
            Arc::new(Limiter::new(
                Policy::Handshakes,
                settings.rate_limit.handshakes,
                Arc::new(SystemClock::default()),
            )),
            Arc::new(EventAggregator::new(drop)),
        ),
        limits: gate::Limits::of(limits, &settings.public.hosts),
        tripwire: Tripwire::new(
            Arc::new(NobodySpeaksPlainHttp),
            Arc::new(EventAggregator::new(drop)),
            limits.head_bytes,
        ),
    })
}

struct NobodySpeaksPlainHttp;

impl ExposedCredentials for NobodySpeaksPlainHttp {
    fn look<'c>(&'c self, _: &'c str, _: IpAddr) -> LocalBoxFuture<'c, ()> {
        Box::pin(ready(()))
    }
}

/// What the service itself speaks TLS with.
pub fn source(settings: &Settings, files: &Files) -> Source {
    let clock = Arc::new(SystemClock::default());
    Source {
        hosts: settings.public.hosts.clone(),
        ..Source::new(settings.tls.profile, (&files.cert, &files.key), clock)
    }
}
