//! A listener, as its figures are read.

use std::sync::Arc;

use crate::{
    auth::tokens::TokenVerifier,
    http::{
        context::traffic::Traffic,
        listener::{connections::Connections, tripwire::Tripwire},
    },
    tls::Live,
};

/// What is asked of one listener.
#[derive(Clone)]
pub(super) struct Observed {
    pub name: &'static str,
    pub traffic: Arc<Traffic>,
    pub connections: Arc<Connections>,
    pub verifier: Arc<TokenVerifier>,
    pub tls: Live,
    pub tripwire: Tripwire,
}
