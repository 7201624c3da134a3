//! Attacks on a running service, as a program of its own: each one a row of a table, with what the attacker wants,
//! what went over the wire and whether the service held.
//!
//! The attacker knows no code of the service: it speaks TLS, reads the OpenAPI document and has a caller's token. So
//! the same attacks are played on this machine's build, on the demo's container, on a gateway, and on the weak build
//! that must fall (`docs/attacks.md`).

#![expect(
    clippy::missing_errors_doc,
    reason = "an error is a sentence for the person at the terminal"
)]

mod answer;
mod attack;
mod attacks;
mod ground;
pub mod html;
mod own;
pub mod record;
mod request;
mod resource;
mod stage;
pub mod take_outs;
pub mod terminal;

use std::fmt::Write as _;

pub use attack::{Attack, Group, Verdict};
pub use attacks::GROUPS;
pub use ground::{Ground, Service, SigningKey};
pub use own::Own;
pub use request::Request;
pub use resource::Resource;
pub use stage::{Stage, Step};

/// An attack that was played.
pub struct Played {
    pub group: &'static Group,
    pub attack: &'static Attack,
    pub verdict: Verdict,
    pub steps: Vec<Step>,
}

impl Played {
    #[must_use]
    pub fn is_broken(&self) -> bool {
        matches!(self.verdict, Verdict::Broken(_))
    }
}

/// Plays the attacks whose name this picks, one after the other. Each one that is over is told at once.
///
/// What must succeed is asked first: an attack that fails because nothing works there proves nothing.
pub fn play(
    ground: &Ground,
    picked: impl Fn(&str) -> bool,
    mut told: impl FnMut(&Played),
) -> Result<Vec<Played>, String> {
    works(ground)?;
    let mut played = Vec::new();
    for group in attacks::in_order_of_play() {
        for attack in group.attacks.iter().filter(|attack| picked(attack.name)) {
            let mut stage = Stage::on(ground);
            let verdict = attack.play(&mut stage);
            let one = Played {
                group,
                attack,
                verdict,
                steps: stage.steps,
            };
            told(&one);
            played.push(one);
        }
    }
    let place = |one: &Played| {
        GROUPS
            .iter()
            .position(|group| std::ptr::eq(*group, one.group))
    };
    played.sort_by_key(place);
    Ok(played)
}

/// The requests of an honest caller.
fn works(ground: &Ground) -> Result<(), String> {
    let mut stage = Stage::on(ground);
    let request = Request::get("/v1/me").bearer(&ground.service.editor);
    let answer = stage.send(&request);
    if answer.status() != Some(200) {
        return Err(format!(
            "an honest caller is not answered with 200, so no attack would prove anything: {:?}",
            answer.status()
        ));
    }
    if ground.resource.is_some() {
        stage.row().map_err(|missing| missing.0)?;
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        write!(text, "{byte:02x}").ok();
        text
    })
}
