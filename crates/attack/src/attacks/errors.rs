//! A8: an error says what the caller did wrong, and nothing of the inside or of other callers.

use crate::{
    answer::Answer,
    attack::{Attack, Group, Missing, Verdict},
    request::Request,
    stage::Stage,
};

/// Words of parsers, libraries, databases and compilers.
const INSIDE: [&str; 16] = [
    "serde",
    "expected",
    "unexpected",
    "column",
    "line 1",
    "sqlite",
    "postgres",
    "sqlx",
    "select ",
    "panicked",
    "backtrace",
    ".rs:",
    "actix",
    "rustls",
    "jsonwebtoken",
    "no such table",
];

/// A problem document without a word of the inside.
fn generic(answer: &Answer, mark: &str) -> Verdict {
    let word = INSIDE.iter().find(|word| answer.says(word));
    let problem = answer.field("content-type") == Some("application/problem+json");
    match word {
        _ if answer.says(mark) => Verdict::Broken("The answer repeats what was sent.".to_owned()),
        Some(word) => Verdict::Broken(format!("The answer has the word \"{}\".", word.trim())),
        None if !problem => Verdict::Broken("No problem document.".to_owned()),
        None => Verdict::Held("A problem document without a word of the inside.".to_owned()),
    }
}

/// What the answer to this body tells. The mark stands in the body, and must not come back.
fn told(stage: &mut Stage, body: &str) -> Result<Verdict, Missing> {
    let answer = stage.create(body)?;
    Ok(generic(&answer, "zyzzyva"))
}

pub(super) static GROUP: Group = Group {
    recommendation: "A8",
    title: "Generic errors",
    attacks: &[
        Attack::new(
            "error-of-the-parser",
            "ER-02",
            "The parser's own words tell which library reads, and how far it came.",
            |stage| told(stage, "{\"a\": zyzzyva}"),
        ),
        Attack::new(
            "error-of-the-type",
            "ER-02",
            "A wrong type is answered with the names of types in the source.",
            |stage| {
                let body = stage.resource()?.with_text("{\"zyzzyva\":1}");
                let body = body.ok_or(Missing("no text".into()))?;
                told(stage, &body)
            },
        ),
        Attack::new(
            "error-with-the-value",
            "ER-06",
            "A value that is refused comes back, and a page that shows it runs it (XSS).",
            |stage| {
                let body = stage
                    .resource()?
                    .with_text(r#""<script>zyzzyva\u0000</script>""#);
                let body = body.ok_or(Missing("no text".into()))?;
                told(stage, &body)
            },
        ),
        Attack::new(
            "error-with-the-path",
            "ER-06",
            "A path that is not there comes back in the answer.",
            |stage| {
                let request = Request::get("/v1/zyzzyva").bearer(&stage.editor());
                Ok(generic(&stage.send(&request), "zyzzyva"))
            },
        ),
        Attack::new(
            "error-of-the-token",
            "AU-04",
            "The answer to a refused token says what was wrong, and the attacker mends that.",
            |stage| {
                let malformed = stage.send(&Request::get("/v1/me").bearer("a.b.c"));
                let expired = {
                    let forger = &stage.service().key()?.forger;
                    forger.with_claim("exp", 1.into())
                };
                let expired = stage.send(&Request::get("/v1/me").bearer(&expired));
                let challenge = |answer: &Answer| {
                    let mut document = answer.json();
                    if let Some(members) = document.as_object_mut() {
                        members.remove("instance");
                    }
                    let field = answer.field("www-authenticate").map(str::to_owned);
                    (answer.status(), field, document)
                };
                Ok(Verdict::held_if(
                    challenge(&malformed) == challenge(&expired) && expired.status() == Some(401),
                    "A malformed token and an expired one get the same answer.",
                    "The two answers differ.",
                ))
            },
        ),
        Attack::new(
            "error-of-the-router",
            "AU-01",
            "Somebody without a token learns which paths exist.",
            |stage| {
                let first = stage.send(&Request::get("/v1/me")).must_be(&[401]);
                let second = stage
                    .send(&Request::get("/v1/nothing-here"))
                    .must_be(&[401]);
                Ok(Verdict::all([first, second]))
            },
        ),
    ],
};
