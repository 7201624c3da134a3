//! What is wrong with an input: where, and which rule. Never the value.

use serde::Serialize;
use utoipa::ToSchema;

/// One rule that an input breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Violation {
    /// Where: a JSON pointer (RFC 6901) into the body, or `/name` of a query parameter.
    #[schema(
        max_length = 256,
        pattern = "^(/[A-Za-z0-9_]{0,64}){0,8}$",
        examples("/customer_email")
    )]
    pub pointer: String,
    /// What, as a stable code; the list is in `docs/api-design.md`.
    #[schema(
        max_length = 64,
        pattern = "^[a-z_]+$",
        examples("not_an_email_address")
    )]
    pub code: &'static str,
}

impl Violation {
    #[must_use]
    pub fn new(pointer: impl Into<String>, code: &'static str) -> Self {
        Self {
            pointer: pointer.into(),
            code,
        }
    }
}

/// A JSON pointer (RFC 6901). Names come from the client, so one that is not a plain short word is
/// cut off: an error document repeats nothing that could be markup or a control character, and no
/// more than the length that [`Violation`] promises.
pub(crate) fn pointer(parts: &[&str]) -> String {
    const MAX_LENGTH: usize = 256;
    let plain = |part: &str| {
        part.len() <= 64 && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    let mut text = String::new();
    for part in parts.iter().take(8) {
        if !plain(part) || text.len() + 1 + part.len() > MAX_LENGTH {
            break;
        }
        text += "/";
        text += part;
    }
    text
}
