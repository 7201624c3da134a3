//! A name in sixteen bytes: what a table of a million callers or tokens can hold.
//!
//! Names come from tokens and are up to a kilobyte long. A fingerprint has one size, so the memory of such a
//! table is bounded by its number of entries, and a look-up allocates nothing.

use aws_lc_rs::digest::{Context, SHA256};

/// The first half of the SHA-256 of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 16]);

impl Fingerprint {
    /// The fingerprint of a name of several parts. The parts are told apart: `("a", "bc")` is not
    /// `("ab", "c")`.
    #[must_use]
    pub fn of(parts: &[&str]) -> Self {
        let mut digest = Context::new(&SHA256);
        for part in parts {
            digest.update(&part.len().to_le_bytes());
            digest.update(part.as_bytes());
        }
        let mut fingerprint = Self([0; 16]);
        for (to, from) in fingerprint.0.iter_mut().zip(digest.finish().as_ref()) {
            *to = *from;
        }
        fingerprint
    }

    /// Its bytes, to be hashed again with a key: without one a name can be guessed.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Else an issuer's choice of a subject would use up the quota of another issuer's caller.
    #[test]
    fn names_that_read_the_same_in_one_piece_have_fingerprints_of_their_own() {
        let names = [
            ["https://id.example", "alice"],
            ["https://id.examplea", "lice"],
            ["https://id.examplealice", ""],
            ["", "https://id.examplealice"],
        ];
        let fingerprints = names.iter().map(|parts| Fingerprint::of(parts));
        let different: std::collections::HashSet<_> = fingerprints.collect();
        assert_eq!(different.len(), 4);
    }
}
