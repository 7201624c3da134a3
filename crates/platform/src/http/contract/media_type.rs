//! The media types of request bodies. An operation reads one, and says so in its signature.

/// A media type of request bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaType {
    Json,
    MergePatch,
}

impl MediaType {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::MergePatch => "application/merge-patch+json",
        }
    }

    /// The header fields that tell a client what would have been accepted.
    pub(crate) const fn accepted(self) -> &'static [(&'static str, &'static str)] {
        const JSON: &str = MediaType::Json.name();
        const MERGE_PATCH: &str = MediaType::MergePatch.name();
        match self {
            Self::Json => &[("accept", JSON), ("accept-post", JSON)],
            Self::MergePatch => &[("accept", MERGE_PATCH), ("accept-patch", MERGE_PATCH)],
        }
    }
}
