//! Who calls a service under test: somebody without credentials, with a token, with a client's certificate, and an
//! operator.

use std::{
    fs,
    path::{Path, PathBuf},
};

use platform::{admin::access, auth::tokens::development::TokenRequest, clock::Clock};

use super::Service;
use crate::{Actor, Actors, Tested, tls, token_for};

impl<T: Tested> Service<T> {
    /// Somebody without credentials.
    pub fn anonymous(&self) -> Actor {
        self.client(None)
    }

    /// Somebody with this token in `Authorization: Bearer`.
    pub fn bearer(&self, token: &str) -> Actor {
        self.client(Some(token.to_owned()))
    }

    fn client(&self, token: Option<String>) -> Actor {
        let client = Actor::new(self.public, self.tls.clone(), token);
        if self.is_elsewhere() {
            client.of_a_service_elsewhere()
        } else {
            client
        }
    }

    /// The same, of a service whose certificate is of another authority.
    pub fn bearer_trusting(&self, ca: &Path, token: &str) -> Actor {
        let tls = tls::trusting(ca, self.clock.clone());
        Actor::new(self.public, tls, Some(token.to_owned()))
    }

    /// Somebody without credentials who shows a client's certificate: the files are PEM.
    pub fn anonymous_showing(&self, certificate: &Path, key: &Path) -> Actor {
        let tls = tls::showing(&self.ca(), certificate, key, self.clock.clone());
        Actor::new(self.public, tls, None)
    }

    /// Somebody without credentials at the admin listener of a service whose certificate is of another
    /// authority.
    pub fn admin_trusting(&self, ca: &Path) -> Actor {
        let tls = tls::trusting(ca, self.clock.clone());
        Actor::new(self.own().admin, tls, None)
    }

    /// A subject with these roles and a fresh token.
    pub fn actor(&self, subject: &str, roles: &[&'static str]) -> Actor {
        self.bearer(&self.token(&token_for(subject, roles)))
    }

    /// An operator with a fresh token, at the admin listener.
    pub fn operator(&self, subject: &str) -> Actor {
        let request = token_for(subject, &access::ACCESS.role_names());
        self.at_admin(Some(&self.admin_token(&request)))
    }

    /// Somebody with this token, or without any, at the admin listener.
    pub fn at_admin(&self, token: Option<&str>) -> Actor {
        let token = token.map(str::to_owned);
        Actor::new(self.own().admin, self.tls.clone(), token)
    }

    /// The same with a client's certificate: the files are PEM.
    pub fn at_admin_showing(&self, certificate: &Path, key: &Path, token: Option<&str>) -> Actor {
        let tls = tls::showing(&self.ca(), certificate, key, self.clock.clone());
        Actor::new(self.own().admin, tls, token.map(str::to_owned))
    }

    /// The private key of its issuer, in PEM.
    pub fn issuer_key(&self) -> Vec<u8> {
        fs::read(&self.issuer_key).unwrap()
    }

    fn ca(&self) -> PathBuf {
        self.data_dir().join("dev/ca.pem")
    }

    pub fn admin_token(&self, request: &TokenRequest) -> String {
        self.issuer
            .admin_token(request, &access::ACCESS, self.clock.now())
            .unwrap()
    }

    pub fn token(&self, request: &TokenRequest) -> String {
        let request = TokenRequest {
            subject: format!("{}{}", self.namespace, request.subject),
            ..request.clone()
        };
        self.issuer
            .token(&request, self.served.access, self.clock.now())
            .unwrap()
    }
}

impl<T: Tested> Actors for Service<T> {
    fn actor(&self, subject: &str, roles: &[&'static str]) -> Actor {
        Self::actor(self, subject, roles)
    }
}
