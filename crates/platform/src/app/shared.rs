//! What all requests of a listener share, by type: stores, quotas, limits, the journal.
//!
//! Each value is made once, not once a worker. A handler asks for one as `Data<T>`, a layer as application
//! data; a type that nobody added is a 500, never an open door.

use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};

type Register = Arc<dyn Fn(&mut ServiceConfig) + Send + Sync>;

/// Values that handlers and layers ask for by their type.
#[derive(Clone, Default)]
pub struct Shared(Vec<Register>);

impl Shared {
    /// Adds a value under this type, such as `dyn OrderStore`.
    pub fn add<T: ?Sized + Send + Sync + 'static>(&mut self, value: Arc<T>) {
        let value = Data::from(value);
        self.0.push(Arc::new(move |config| {
            config.app_data(value.clone());
        }));
    }

    /// Hands all of them to an application.
    pub(super) fn configure(&self, config: &mut ServiceConfig) {
        for register in &self.0 {
            register(config);
        }
    }
}
