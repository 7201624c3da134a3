//! A12: a change is made once, on the version that was read, and the status says so.

use crate::{
    attack::{Attack, Group, Missing, Verdict},
    request::Request,
    stage::Stage,
};

/// DELETE with this precondition, or none.
fn delete(stage: &mut Stage, version: Option<&str>, due: &[u16]) -> Result<Verdict, Missing> {
    if !stage.resource()?.deletes {
        return Err(Missing("The resource has no DELETE.".into()));
    }
    let row = stage.row()?;
    let request = Request::new("DELETE", row).bearer(&stage.editor());
    let request = match version {
        Some(version) => request.field("if-match", version),
        None => request,
    };
    Ok(stage.send(&request).must_be(due))
}

/// A creation under this idempotency key.
fn keyed(stage: &Stage, key: &str, body: String) -> Result<Request, Missing> {
    let resource = stage.resource()?;
    let request = Request::new("POST", resource.collection.clone()).bearer(&stage.editor());
    Ok(request.field("idempotency-key", key).json(body))
}

pub(super) static GROUP: Group = Group {
    recommendation: "A12",
    title: "Statuses: versions and repeated requests",
    attacks: &[
        Attack::new(
            "update-lost",
            "CC-01",
            "A change on an old version overwrites what somebody else has written since.",
            |stage| delete(stage, Some("\"7\""), &[412]),
        ),
        Attack::new(
            "version-unsaid",
            "CC-01",
            "A change that names no version is made on whatever is there.",
            |stage| delete(stage, None, &[428]),
        ),
        Attack::new(
            "version-weak",
            "CC-01",
            "A weak entity tag, which promises nothing, is as good as a strong one.",
            |stage| delete(stage, Some("W/\"1\""), &[400, 412]),
        ),
        Attack::new(
            "payment-twice",
            "CC-03",
            "A request that is sent again is done again.",
            |stage| {
                let body = stage.resource()?.content.to_string();
                let request = keyed(stage, "once-and-only-once", body)?;
                let first = stage.send(&request);
                let second = stage.send(&request);
                Ok(Verdict::held_if(
                    first.status() == Some(201)
                        && first.field("location") == second.field("location"),
                    "The second answer is about the first row.",
                    "There are two rows now.",
                ))
            },
        ),
        Attack::new(
            "idempotency-key-of-another-request",
            "CC-03",
            "The key of a paid request lets another request pass as paid.",
            |stage| {
                let resource = stage.resource()?;
                let (body, text) = (resource.content.to_string(), resource.with_text("\"Eve\""));
                let other = text.ok_or(Missing("The resource has no free text.".into()))?;
                let first = keyed(stage, "one-key-two-requests", body)?;
                let second = keyed(stage, "one-key-two-requests", other)?;
                stage.send(&first);
                Ok(stage.send(&second).must_be(&[422]))
            },
        ),
        Attack::new(
            "expectation-unknown",
            "HT-08",
            "An expectation that nobody knows is passed over.",
            |stage| {
                let request = Request::get("/v1/me").bearer(&stage.editor());
                Ok(stage
                    .send(&request.field("expect", "miracles"))
                    .must_be(&[417]))
            },
        ),
    ],
};
