//! What was played, for another program: a line of JSON an attack, with the id of each request that was answered. So
//! logs can be asked who answered it: the service, or something in front of it.

use serde_json::{Value, json};

use crate::{Played, Step, Verdict, answer::Answer};

/// A line.
#[must_use]
pub fn line(played: &Played) -> Value {
    let verdict = match played.verdict {
        Verdict::Held(_) => "held",
        Verdict::Broken(_) => "broken",
        Verdict::NotApplicable(_) => "not applicable",
    };
    json!({
        "attack": played.attack.name,
        "recommendation": played.group.recommendation,
        "control": played.attack.control,
        "verdict": verdict,
        "reason": played.verdict.reason(),
        "answers": played.steps.iter().flat_map(answers).collect::<Vec<_>>(),
    })
}

fn answers(step: &Step) -> Vec<Value> {
    let head = step.sent.starts_with(b"HEAD ");
    let responses = Answer::read(step.received.clone(), false, head).responses;
    let answer = |response: &crate::answer::Response| {
        let id = response
            .fields
            .iter()
            .find(|(name, _)| name == "x-request-id");
        json!({ "status": response.status, "request_id": id.map(|(_, id)| id) })
    };
    responses.iter().map(answer).collect()
}
