//! Who may call an operation, as data: for the route table, the OpenAPI document and the tests.

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Public, without credentials.
    Anyone,
    /// Every authenticated caller.
    Authenticated,
    /// Callers with at least one of these permissions.
    Permission {
        any_of: &'static [&'static str],
        /// The caller must also have authenticated recently (RFC 9470).
        recent: bool,
    },
}
