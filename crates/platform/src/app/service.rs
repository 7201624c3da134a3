//! What a service adds to the platform: its name, its table of permissions and its slices.
//!
//! Adding or removing a resource is one line in the list of slices. Router, OpenAPI document, stores,
//! greeting and tests read that list, so none of them can be forgotten.

use std::sync::Arc;

use super::Shared;
use crate::{
    admin::{self, build::Build},
    api_keys::{self, Offer},
    auth::AccessTable,
    config::{Layers, Settings},
    containment,
    db::{Connections, Migrations},
    health,
    http::routing::route::{Resource, RouteTable},
    me,
    openapi::About,
    security_txt,
    slice::{Entity, Statements, Store},
};

/// A service on this platform.
#[derive(Debug, Clone)]
pub struct Service {
    /// Its name in documents and on the command line: `env!("CARGO_PKG_NAME")`.
    pub name: &'static str,
    /// Its version in documents and in the journal: `env!("CARGO_PKG_VERSION")`.
    pub version: &'static str,
    /// One sentence about it: `env!("CARGO_PKG_DESCRIPTION")`.
    pub description: &'static str,
    /// What it was built from: `platform::build!("Cargo.lock")`.
    pub build: Build,
    /// Who may do what.
    pub access: &'static AccessTable,
    /// Its own defaults, laid over the platform's.
    pub settings: Layers,
    /// Its tables.
    pub migrations: Migrations,
    /// Whether it offers API keys, and to whom: `Some(api_keys::managed_by::<ApiKeysManage>())`.
    pub api_keys: Option<Offer>,
    /// Its resources.
    pub slices: Vec<Slice>,
}

/// A resource with everything that belongs to it.
#[derive(Debug, Clone, Copy)]
pub struct Slice {
    /// Its operations on paths outside `/v1`, for everybody.
    pub open: fn() -> Vec<Resource>,
    /// Its operations under `/v1`.
    pub routes: fn() -> Vec<Resource>,
    /// Makes its stores on the connections of the service.
    pub stores: fn(&Connections, &Settings, &mut Shared),
    /// The SQL of its entities, whose plans the tests check.
    pub statements: &'static [Statements],
    /// How to try it by hand.
    pub example: Option<Example>,
}

impl Slice {
    /// A slice around one entity.
    #[must_use]
    pub const fn of<E: Entity>(routes: fn() -> Vec<Resource>) -> Self {
        Self {
            routes,
            stores: |connections, settings, stores| {
                stores.add(Arc::new(Store::<E>::new(connections, settings)));
            },
            statements: &[E::SQL],
            ..Self::NONE
        }
    }

    /// Nothing: the fields that a slice does not need.
    pub const NONE: Self = Self {
        open: Vec::new,
        routes: Vec::new,
        stores: |_, _, _| {},
        statements: &[],
        example: None,
    };
}

/// Lines for a shell, shown when `serve` starts in profile dev.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// The role that alice needs for them.
    pub role: &'static str,
    /// They find `URL` (with `/v1`), `TOKEN`, and `api`, which calls curl with that token.
    pub lines: &'static str,
}

impl Service {
    /// Every operation: those of the platform, then those of the slices.
    #[must_use]
    pub fn routes(&self) -> RouteTable {
        let own = self.api_keys.iter().flat_map(|offer| (offer.routes)());
        let table = platform_routes().api(own);
        self.slices.iter().fold(table, |table, slice| {
            table.open((slice.open)()).api((slice.routes)())
        })
    }

    /// The operations of the admin listener, which are the same for every service.
    #[must_use]
    pub fn admin_routes(&self) -> RouteTable {
        RouteTable::default()
            .open(admin::health::routes())
            .open(admin::metrics::routes())
            .open(admin::docs::routes())
            .api(me::routes())
            .api(admin::build::routes())
            .api(containment::routes())
            .api(self.api_keys.iter().flat_map(|_| api_keys::admin_routes()))
    }

    /// The same in a document.
    #[must_use]
    pub fn about(&self) -> About {
        About {
            name: self.name,
            version: self.version,
            description: self.description,
            server: "The public listener, local or in production.",
            is_internal: false,
        }
    }

    /// The admin listener in a document, which is the same for every service.
    #[must_use]
    pub fn about_admin(&self) -> About {
        About {
            name: "Admin listener",
            version: "1",
            description: "What operators do with a service while it runs.",
            server: "The admin listener, for operators.",
            is_internal: true,
        }
    }

    /// Makes the stores of all slices.
    pub(super) fn make_stores(
        &self,
        connections: &Connections,
        settings: &Settings,
        shared: &mut Shared,
    ) {
        for slice in &self.slices {
            (slice.stores)(connections, settings, shared);
        }
    }
}

/// The operations that every service has.
fn platform_routes() -> RouteTable {
    RouteTable::default()
        .open(health::routes())
        .open(security_txt::routes())
        .api(me::routes())
}

#[cfg(test)]
impl Service {
    /// A service with this table and nothing else.
    pub(crate) fn bare(access: &'static AccessTable) -> Self {
        Self {
            name: "bare",
            version: "1",
            build: Build {
                commit: None,
                lock: b"",
            },
            description: "A service without resources",
            access,
            settings: Layers::default(),
            migrations: Migrations::NONE,
            api_keys: None,
            slices: Vec::new(),
        }
    }
}
