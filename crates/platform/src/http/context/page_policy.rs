//! What a page may load and ask: the Content-Security-Policy of the one answer that is a page.
//!
//! Every other answer has the policy that forbids everything, and only this type, put into the answer's
//! extensions by `response/asset.rs`, replaces it. It has no text of its own, so an answer can be opened
//! to script of its own origin and to nothing more: no inline script, no frame, no form.
//!
//! Controls: HD-02

use actix_web::http::header::{HeaderValue, InvalidHeaderValue};

/// The one style that is not in a file: Swagger UI's logo brings it. A test finds it in the library.
const LOGO_STYLE: &str = "sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w=";

/// The policy of a page.
#[derive(Debug, Clone)]
pub struct PagePolicy(HeaderValue);

impl PagePolicy {
    /// Script, style and data of the page's own origin, and requests to `origins` too.
    ///
    /// # Errors
    /// When an origin cannot stand in a header field.
    pub fn asking(origins: &[&str]) -> Result<Self, InvalidHeaderValue> {
        let origins = origins.join(" ");
        let policy = format!(
            "default-src 'none'; script-src 'self'; style-src 'self' '{LOGO_STYLE}'; \
             img-src 'self' data:; connect-src 'self' {origins}; object-src 'none'; base-uri 'none'; \
             form-action 'none'; frame-ancestors 'none'"
        );
        policy.try_into().map(Self)
    }

    /// The value of the field.
    #[must_use]
    pub fn into_value(self) -> HeaderValue {
        self.0
    }
}
