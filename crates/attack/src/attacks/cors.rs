//! A11: pages of other origins read nothing, and cause nothing.

use crate::{
    attack::{Attack, Group, Missing, Verdict},
    request::Request,
    stage::Stage,
};

/// A request of a page of this origin. A browser must get no permission to show the page the answer.
fn page(stage: &mut Stage, origin: &str) -> Verdict {
    let request = Request::get("/v1/me").bearer(&stage.editor());
    let answer = stage.send(&request.field("origin", origin));
    let allowed = answer.field("access-control-allow-origin");
    match allowed {
        None => answer.must_be(&[200, 400, 403]),
        Some(allowed) => Verdict::Broken(format!("The page may read the answer: {allowed:?}.")),
    }
}

/// The same, from an origin that is made of the allowed one.
fn near(stage: &mut Stage, of: impl Fn(&str) -> String) -> Verdict {
    let origin = of(stage.service().origin.unwrap_or("https://app.example.com"));
    page(stage, &origin)
}

pub(super) static GROUP: Group = Group {
    recommendation: "A11",
    title: "CORS: exact origins",
    attacks: &[
        Attack::new(
            "origin-reflected",
            "CO-02",
            "Any origin comes back as allowed.",
            |stage| Ok(page(stage, "https://evil.example")),
        ),
        Attack::new(
            "origin-null",
            "CO-02",
            "A sandboxed frame, whose origin is `null`, may read.",
            |stage| Ok(page(stage, "null")),
        ),
        Attack::new(
            "origin-with-a-suffix",
            "CO-02",
            "A domain of the attacker's that begins like the allowed one may read.",
            |stage| Ok(near(stage, |ours| format!("{ours}.evil.example"))),
        ),
        Attack::new(
            "origin-with-a-prefix",
            "CO-02",
            "A domain of the attacker's that ends like the allowed one may read.",
            |stage| {
                Ok(near(stage, |ours| {
                    ours.replace("https://", "https://evil-")
                }))
            },
        ),
        Attack::new(
            "origin-over-http",
            "CO-02",
            "The allowed name over plain HTTP, which anybody on the way can write, may read.",
            |stage| Ok(near(stage, |ours| ours.replace("https://", "http://"))),
        ),
        Attack::new(
            "origin-with-another-port",
            "CO-02",
            "Another program on the allowed host may read.",
            |stage| Ok(near(stage, |ours| format!("{ours}:8080"))),
        ),
        Attack::new(
            "origin-that-causes-a-change",
            "CO-04",
            "A page of another origin makes a row, without reading the answer (CSRF).",
            |stage| {
                let resource = stage.resource()?;
                let request = Request::new("POST", resource.collection.clone())
                    .bearer(&stage.editor())
                    .field("origin", "https://evil.example");
                let body = resource.content.to_string();
                let without_cors = || Missing("No origin is allowed here: no browser asks.".into());
                stage.service().origin.ok_or_else(without_cors)?;
                Ok(stage.send(&request.json(body)).must_be(&[403]))
            },
        ),
        Attack::new(
            "preflight-of-a-stranger",
            "CO-01",
            "A preflight permits a page of another origin to send what it likes.",
            |stage| {
                let request = Request::new("OPTIONS", "/v1/me")
                    .field("origin", "https://evil.example")
                    .field("access-control-request-method", "DELETE");
                let answer = stage.send(&request);
                Ok(Verdict::held_if(
                    answer.field("access-control-allow-methods").is_none()
                        && answer.field("access-control-allow-origin").is_none(),
                    "No permission came back.",
                    "The preflight permits it.",
                ))
            },
        ),
    ],
};
