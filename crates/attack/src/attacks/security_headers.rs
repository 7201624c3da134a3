//! A10: an answer is never rendered, framed, sniffed or kept; on errors too.

use crate::{
    attack::{Attack, Group, Verdict},
    request::Request,
    stage::Stage,
};

/// This field of a success and of an error begins so.
fn begins(stage: &mut Stage, field: &str, begin: &str) -> Verdict {
    let request = Request::get("/v1/me").bearer(&stage.editor());
    let success = stage.send(&request);
    let error = stage.send(&Request::get("/v1/nothing"));
    let so = [success, error].iter().all(|answer| {
        let value = answer.field(field).unwrap_or_default();
        value.starts_with(begin)
    });
    Verdict::held_if(
        so,
        &format!("{field}: {begin}…, on a success and on an error."),
        &format!("{field} is missing, or says something else."),
    )
}

pub(super) static GROUP: Group = Group {
    recommendation: "A10",
    title: "Security headers",
    attacks: &[
        Attack::new(
            "answer-sniffed",
            "HD-02",
            "A browser takes JSON for a script or a page.",
            |stage| Ok(begins(stage, "x-content-type-options", "nosniff")),
        ),
        Attack::new(
            "answer-kept-by-a-cache",
            "HD-03",
            "A cache keeps one caller's answer and gives it to the next.",
            |stage| Ok(begins(stage, "cache-control", "no-store")),
        ),
        Attack::new(
            "answer-that-runs",
            "HD-04",
            "An answer that is opened as a page runs what is written in it.",
            |stage| {
                Ok(begins(
                    stage,
                    "content-security-policy",
                    "default-src 'none'",
                ))
            },
        ),
        Attack::new(
            "answer-framed",
            "HD-05",
            "A page shows an answer in a frame and has it clicked on.",
            |stage| Ok(begins(stage, "x-frame-options", "DENY")),
        ),
        Attack::new(
            "address-told-to-others",
            "HD-05",
            "The address of an answer, with its ids, goes to the next site as a referrer.",
            |stage| Ok(begins(stage, "referrer-policy", "no-referrer")),
        ),
        Attack::new(
            "answer-read-through-a-side-channel",
            "HD-05",
            "Another site embeds an answer and reads it through the processor (Spectre).",
            |stage| Ok(begins(stage, "cross-origin-resource-policy", "same-origin")),
        ),
        Attack::new(
            "software-told",
            "HD-06",
            "The answer names the software and its version, for which there is a known hole.",
            |stage| {
                let answer = stage.send(&Request::get("/healthz"));
                let names = ["server", "x-powered-by", "via", "x-aspnet-version"];
                Ok(Verdict::held_if(
                    names.iter().all(|name| answer.field(name).is_none()),
                    "No field names software.",
                    "A field names the software.",
                ))
            },
        ),
        Attack::new(
            "headers-missing-on-a-refusal",
            "HD-07",
            "What is refused before the application is answered without any of this.",
            |stage| {
                let answer = stage.raw("GET /%00 HTTP/1.1\r\nhost: localhost\r\n\r\n");
                Ok(Verdict::held_if(
                    answer.field("cache-control") == Some("no-store")
                        && answer.field("content-type") == Some("application/problem+json"),
                    "A refusal at the gate has them too.",
                    "A refusal at the gate is bare.",
                ))
            },
        ),
    ],
};
