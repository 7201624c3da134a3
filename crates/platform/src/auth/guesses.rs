//! Guesses at keys that there are: a secret that is not the API key's, a signature that is not by the
//! signing key that a token names.
//!
//! Only keys that exist are told, so a stranger who invents names fills no table. What is done about it is
//! decided in `containment`, which is above this room.

use actix_web::{HttpRequest, dev::ServiceRequest, web::Data};

/// A key that somebody has guessed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guess<'g> {
    /// An API key, by its id.
    ApiKey { id: &'g str },
    /// A signing key of an issuer.
    SigningKey { issuer: &'g str, id: &'g str },
}

/// Learns of guesses; application data.
pub trait GuessObserver: Send + Sync {
    fn guessed(&self, request: &HttpRequest, guess: &Guess<'_>);
}

/// Tells of a guess.
pub(super) fn tell(request: &ServiceRequest, guess: &Guess<'_>) {
    if let Some(observer) = request.app_data::<Data<dyn GuessObserver>>() {
        observer.guessed(request.request(), guess);
    }
}
