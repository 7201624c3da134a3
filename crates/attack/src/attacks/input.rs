//! A6: what comes in has its type, its length and its form, or it does not come in.

use serde_json::json;

use crate::{
    attack::{Attack, Group, Missing, Verdict},
    request::Request,
    stage::Stage,
};

/// The valid content under another media type.
fn as_type(stage: &mut Stage, media_type: &str) -> Result<Verdict, Missing> {
    let resource = stage.resource()?;
    let request = Request::new("POST", resource.collection.clone()).bearer(&stage.editor());
    let body = resource.content.to_string();
    Ok(stage.send(&request.body(media_type, body)).must_be(&[415]))
}

/// A list with this query.
fn list(stage: &mut Stage, query: &str) -> Result<Verdict, Missing> {
    let list = &stage.resource()?.collection;
    let request = Request::get(format!("{list}?{query}")).bearer(&stage.editor());
    Ok(stage.send(&request).must_be(&[400, 422]))
}

/// Content whose text member is this JSON text.
fn text(stage: &mut Stage, text: &str) -> Result<Verdict, Missing> {
    let missing = || Missing("The resource has no member of free text.".into());
    let body = stage.resource()?.with_text(text).ok_or_else(missing)?;
    Ok(stage.create(body)?.must_be(&[400, 422]))
}

/// Content whose number is this JSON text.
fn number(stage: &mut Stage, value: &str) -> Result<Verdict, Missing> {
    let resource = stage.resource()?;
    let missing = || Missing("The resource has no member that is a number.".into());
    let (name, _) = resource.number.as_ref().ok_or_else(missing)?;
    let mark = 424_242;
    let body = resource.with(name, json!(mark));
    let body = body.replace(&mark.to_string(), value);
    Ok(stage.create(body)?.must_be(&[400, 422]))
}

/// Content with a member that only the server writes.
fn member(stage: &mut Stage, name: &str, value: serde_json::Value) -> Result<Verdict, Missing> {
    let body = stage.resource()?.with(name, value);
    Ok(stage.create(body)?.must_be(&[400, 422]))
}

/// A row whose id is this.
fn id(stage: &mut Stage, id: &str) -> Result<Verdict, Missing> {
    let list = &stage.resource()?.collection;
    let request = Request::get(format!("{list}/{id}")).bearer(&stage.editor());
    Ok(stage.send(&request).must_be(&[400, 404]))
}

pub(super) static GROUP: Group = Group {
    recommendation: "A6",
    title: "Input: type, length, form",
    attacks: &[
        Attack::new(
            "body-as-text",
            "CT-02",
            "A page of another origin sends JSON as text/plain, for which a browser asks nobody.",
            |stage| as_type(stage, "text/plain"),
        ),
        Attack::new(
            "body-as-form",
            "CT-02",
            "An HTML form calls the API.",
            |stage| as_type(stage, "application/x-www-form-urlencoded"),
        ),
        Attack::new(
            "body-as-xml",
            "CT-02",
            "A second parser for XML, with its entities, reads the body (XXE).",
            |stage| as_type(stage, "application/xml"),
        ),
        Attack::new(
            "body-in-another-charset",
            "CT-02",
            "UTF-7 or UTF-16 carries characters past a filter that reads UTF-8.",
            |stage| as_type(stage, "application/json; charset=utf-7"),
        ),
        Attack::new(
            "body-without-type",
            "CT-02",
            "A body without a type is guessed to be JSON.",
            |stage| {
                let resource = stage.resource()?;
                let body = resource.content.to_string();
                let request = Request::new("POST", resource.collection.clone())
                    .bearer(&stage.editor())
                    .field("content-length", body.len().to_string());
                let bytes = [request.bytes(stage.host()), body.into_bytes()].concat();
                Ok(stage.raw(bytes).must_be(&[415]))
            },
        ),
        Attack::new(
            "body-compressed",
            "CT-03",
            "A small body unpacks to gigabytes.",
            |stage| {
                let resource = stage.resource()?;
                let request = Request::new("POST", resource.collection.clone())
                    .bearer(&stage.editor())
                    .field("content-encoding", "gzip");
                let body = resource.content.to_string();
                Ok(stage.send(&request.json(body)).must_be(&[415]))
            },
        ),
        Attack::new(
            "answer-as-html",
            "CT-04",
            "The service answers in a type that a browser renders, because the caller asked for it.",
            |stage| {
                let request = Request::get("/v1/me").bearer(&stage.editor());
                let answer = stage.send(&request.field("accept", "text/html"));
                Ok(answer.must_be(&[406]))
            },
        ),
        Attack::new(
            "body-too-long",
            "LI-02",
            "A body larger than any real one fills the memory.",
            |stage| {
                let body = " ".repeat(70_000) + &stage.resource()?.content.to_string();
                Ok(stage.create(body)?.must_be(&[413]))
            },
        ),
        Attack::new(
            "body-too-long-in-chunks",
            "LI-02",
            "A body that does not say its length is read for ever.",
            |stage| {
                let resource = stage.resource()?;
                let request = Request::new("POST", resource.collection.clone())
                    .bearer(&stage.editor())
                    .field("content-type", "application/json")
                    .field("transfer-encoding", "chunked");
                let body = " ".repeat(70_000) + &resource.content.to_string();
                let chunk = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
                let bytes = [request.bytes(stage.host()), chunk.into_bytes()].concat();
                Ok(stage.raw(bytes).must_be(&[413]))
            },
        ),
        Attack::new(
            "target-too-long",
            "LI-01",
            "A target of many kilobytes is kept by every log on the way.",
            |stage| {
                let target = format!("/v1/me?{}", "a".repeat(9000));
                let request = Request::get(target).bearer(&stage.editor());
                Ok(stage.send(&request).must_be(&[414]))
            },
        ),
        Attack::new(
            "head-of-many-fields",
            "LI-01",
            "A hundred fields cost every layer a hundred comparisons.",
            |stage| {
                let request = Request::get("/v1/me").bearer(&stage.editor());
                let many = (0..80).fold(request, |request, number| {
                    request.field(&format!("x-{number}"), "1")
                });
                Ok(stage.send(&many).must_be(&[431]))
            },
        ),
        Attack::new(
            "text-too-long",
            "IN-02",
            "A text without end fills the table.",
            |stage| {
                let most = stage.resource()?.text.as_ref().map_or(0, |(_, most)| *most);
                text(stage, &json!("a".repeat(most + 1)).to_string())
            },
        ),
        Attack::new(
            "text-with-nul",
            "IN-08",
            "A NUL ends the text for one program and not for the next.",
            |stage| text(stage, r#""a\u0000b""#),
        ),
        Attack::new(
            "text-with-line-ends",
            "IN-08",
            "Line ends in a name forge a second field of a mail or a log line.",
            |stage| text(stage, r#""Ada\r\nBcc: everybody@example.com""#),
        ),
        Attack::new(
            "text-that-reads-backwards",
            "IN-10",
            "A bidi override shows an operator another text than the one that is stored (Trojan Source).",
            |stage| text(stage, r#""\u202Egnp.exe""#),
        ),
        Attack::new(
            "text-of-nothing",
            "IN-10",
            "A name of invisible characters cannot be told from an empty one.",
            |stage| text(stage, r#""\u200B\u200B""#),
        ),
        Attack::new(
            "number-too-large",
            "IN-03",
            "A number beyond every rule overflows a sum.",
            |stage| number(stage, "9007199254740993"),
        ),
        Attack::new(
            "number-negative",
            "IN-03",
            "A negative amount pays the caller.",
            |stage| number(stage, "-5"),
        ),
        Attack::new(
            "member-owner",
            "AZ-06",
            "A caller makes a row in another caller's name (mass assignment).",
            |stage| member(stage, "owner", json!("root")),
        ),
        Attack::new(
            "member-id-and-version",
            "AZ-06",
            "A caller chooses the id and the version that the server keeps.",
            |stage| {
                let first = member(stage, "id", json!("00000000-0000-7000-8000-000000000000"))?;
                Ok(Verdict::all([first, member(stage, "version", json!(99))?]))
            },
        ),
        Attack::new(
            "member-status",
            "AZ-06",
            "A row is born approved.",
            |stage| member(stage, "status", json!("approved")),
        ),
        Attack::new(
            "member-role",
            "IN-06",
            "A role in the body is taken up by whatever reads it (mass assignment).",
            |stage| member(stage, "role", json!("admin")),
        ),
        Attack::new(
            "query-unknown",
            "IN-07",
            "A parameter that nobody declared switches something on.",
            |stage| list(stage, "debug=true"),
        ),
        Attack::new(
            "query-twice",
            "IN-07",
            "A parameter stands twice: one part of the system checks the first, another uses the second.",
            |stage| list(stage, "limit=1&limit=100"),
        ),
        Attack::new(
            "page-without-end",
            "IN-02",
            "One page has everything.",
            |stage| list(stage, "limit=1000000"),
        ),
        Attack::new(
            "cursor-with-sql",
            "IN-11",
            "A cursor is pasted into a statement.",
            |stage| list(stage, "cursor=1%27%20OR%20%271%27=%271"),
        ),
        Attack::new(
            "id-in-another-spelling",
            "IN-02",
            "One row has many names, of which a cache or a rule knows one.",
            |stage| {
                let row = stage.row()?;
                let name = row.rsplit('/').next().unwrap_or_default().to_uppercase();
                id(stage, &name)
            },
        ),
    ],
};
