//! The name of a caller.

use std::sync::Arc;

/// Who a caller is: a subject, and the issuer that vouches for it. Only both together are a name,
/// because a second issuer may know another "alice" (OpenID Connect Core §5.7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub issuer: Arc<str>,
    pub subject: Arc<str>,
}
