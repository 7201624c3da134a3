//! A family of requests, and the texts that fill it to a share of its limit.

use super::{
    Caller,
    parts::{Operation, Parts},
};

/// A way to fill a request.
pub struct Family {
    pub name: String,
    pub operation: Operation,
    fill: Fill,
}

type Fill = Box<dyn Fn(&mut Parts, f64)>;

impl Family {
    /// How much of its limit is filled: what is dearest need not be the longest.
    pub const SHARES: [f64; 3] = [0.1, 0.5, 1.0];

    /// The request as pieces, each of which is one write.
    pub fn request(&self, caller: &Caller, share: f64) -> Vec<Vec<u8>> {
        let mut parts = Parts::of(self.operation, caller);
        (self.fill)(&mut parts, share);
        parts.pieces()
    }
}

/// What the limits leave a body.
pub const BODY: usize = 65_000;

/// So much of `limit`.
pub fn part(limit: usize, share: f64) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a small number"
    )]
    let part = (crate::cost::counted(limit) * share) as usize;
    part.max(1)
}

/// `text` again and again, for at most `limit` bytes.
pub fn repeated(text: &str, limit: usize) -> String {
    text.repeat((limit / text.len().max(1)).max(1))
}

/// `text` with a number in it, so that no two are equal.
pub fn numbered(limit: usize, text: impl Fn(usize) -> String) -> String {
    let mut all = String::new();
    for number in 0.. {
        let next = text(number);
        if all.len() + next.len() > limit {
            break;
        }
        all += &next;
    }
    all
}

pub fn add(
    all: &mut Vec<Family>,
    operation: Operation,
    name: &str,
    fill: impl Fn(&mut Parts, f64) + 'static,
) {
    all.push(Family {
        name: name.to_owned(),
        operation,
        fill: Box::new(fill),
    });
}
