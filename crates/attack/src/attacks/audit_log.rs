//! A9: the journal has what happened, in the service's words, and no secret.

use std::{fs, thread, time::Duration};

use serde_json::Value;

use crate::{
    attack::{Attack, Group, Missing, Verdict},
    request::Request,
    stage::Stage,
};

/// The lines of the journal that have this text, once there is one.
fn lines(stage: &mut Stage, text: &str) -> Result<Vec<String>, Missing> {
    let missing = || Missing("The journal cannot be read from here.".into());
    let file = stage.service().journal.clone().ok_or_else(missing)?;
    let mut found = Vec::new();
    for _ in 0..30 {
        let journal = fs::read_to_string(&file).map_err(|_| missing())?;
        found = journal
            .lines()
            .filter(|line| line.contains(text))
            .map(str::to_owned)
            .collect();
        if !found.is_empty() {
            break;
        }
        thread::sleep(Duration::from_millis(20));
    }
    stage.note(
        &format!("the journal's lines with {text:?}"),
        &found.join("\n"),
    );
    Ok(found)
}

pub(super) static GROUP: Group = Group {
    recommendation: "A9",
    title: "Audit log: before, after, no forgery",
    attacks: &[
        Attack::new(
            "journal-line-forged",
            "LO-05",
            "A subject with a line end in it writes a line of the journal (CWE-117).",
            |stage| {
                let token = {
                    let forger = &stage.service().key()?.forger;
                    let subject = "eve\u{2028}{\"event\":\"forged-by-eve\"}";
                    forger.with_claim("sub", subject.into())
                };
                stage.send(&Request::get("/v1/me").bearer(&token));
                let written = lines(stage, "forged-by-eve")?;
                let clean = |line: &String| {
                    let whole = serde_json::from_str::<Value>(line).is_ok();
                    whole && line.is_ascii() && !line.contains("{\"event\":\"forged-by-eve")
                };
                Ok(Verdict::held_if(
                    written.iter().all(clean),
                    "What stands in the journal of it is one escaped text.",
                    "The caller's text stands in the journal as it was sent.",
                ))
            },
        ),
        Attack::new(
            "request-id-chosen",
            "LO-04",
            "A caller chooses the id by which its request is found, and takes another one's.",
            |stage| {
                let chosen = "11111111-1111-7111-8111-111111111111";
                let request = Request::get("/v1/me").bearer(&stage.editor());
                let answer = stage.send(&request.field("x-request-id", chosen));
                Ok(Verdict::held_if(
                    answer.field("x-request-id").is_some_and(|id| id != chosen),
                    "The service made an id of its own.",
                    "The caller's id is the request's.",
                ))
            },
        ),
        Attack::new(
            "change-off-the-record",
            "LO-01",
            "A change leaves no line before and after it.",
            |stage| {
                let row = stage.row()?;
                let id = row.rsplit('/').next().unwrap_or_default().to_owned();
                let lines = lines(stage, &id)?;
                let outcome = lines.iter().any(|line| line.contains("\"outcome\""));
                Ok(Verdict::held_if(
                    outcome,
                    "The row is in the journal.",
                    "The journal knows nothing of the row.",
                ))
            },
        ),
        Attack::new(
            "refusal-off-the-record",
            "LO-03",
            "Somebody tries doors all night, and nobody hears of it.",
            |stage| {
                let resource = stage.resource()?;
                let request = Request::new("POST", resource.collection.clone());
                let request = request.bearer(&stage.service().nobody()?);
                stage.send(&request.json("{}"));
                let lines = lines(stage, "authz_fail")?;
                Ok(Verdict::held_if(
                    !lines.is_empty(),
                    "The refusal is in the journal.",
                    "The journal knows nothing of the refusal.",
                ))
            },
        ),
        Attack::new(
            "token-in-the-journal",
            "LO-06",
            "Who reads the journal has the tokens of all callers.",
            |stage| {
                let token = stage.editor();
                stage.send(&Request::get("/v1/me").bearer(&token));
                stage.row()?;
                let signature = token.rsplit('.').next().unwrap_or_default().to_owned();
                let missing = || Missing("The journal cannot be read from here.".into());
                let file = stage.service().journal.clone().ok_or_else(missing)?;
                let journal = fs::read_to_string(file).map_err(|_| missing())?;
                Ok(Verdict::held_if(
                    !journal.contains(&signature),
                    "No token is in the journal.",
                    "The token is in the journal.",
                ))
            },
        ),
    ],
};
