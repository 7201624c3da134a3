//! The documents that the page of the admin listener shows.

use super::{StartError, core::Core};
use crate::{
    admin::docs::{self, Docs},
    openapi,
};

impl Core<'_> {
    /// The page with the documents of both listeners, unless it is switched off. `port` is the public
    /// listener's: the page asks it under the first name that clients know.
    pub(super) fn docs(&self, port: u16) -> Result<Docs, StartError> {
        if !self.settings.admin.docs {
            return Ok(Docs::off());
        }
        let host = self.settings.public.hosts.first();
        let origin = format!(
            "https://{}:{port}",
            host.map_or("localhost", String::as_str)
        );
        let (about, admin) = (self.service.about(), self.service.about_admin());
        let login = self.settings.admin.docs_login();
        let endpoints = login.map(|login| openapi::Login {
            authorization_url: &login.authorization_url,
            token_url: &login.token_url,
        });
        let public = openapi::json_of(&about, &self.service.routes(), &origin, endpoints);
        let admin = openapi::json(&admin, &self.service.admin_routes());
        let docs = Docs::of(
            public.map_err(|error| StartError::Documents(error.into()))?,
            admin.map_err(|error| StartError::Documents(error.into()))?,
            &origin,
            login.map(|login| docs::Login {
                client_id: &login.client_id,
                token_url: &login.token_url,
            }),
        );
        docs.map_err(StartError::Documents)
    }
}
