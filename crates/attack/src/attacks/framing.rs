//! B4: a gateway and the service read one request in one way, and what two could read in two ways is refused.

use crate::{
    attack::{Attack, Group, Missing, Verdict},
    request::Request,
    stage::Stage,
};

/// A request with these fields and this body, another behind it: refused, and nothing behind it answered.
fn smuggled(stage: &mut Stage, fields: &str, body: &str, due: &[u16]) -> Result<Verdict, Missing> {
    let host = stage.host().to_owned();
    let token = stage.editor();
    let path = stage.resource()?.collection.clone();
    let bytes = format!(
        "POST {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\n{fields}\r\n{body}\
         GET /healthz HTTP/1.1\r\nhost: {host}\r\n\r\n"
    );
    Ok(stage.raw(bytes).must_end_with(due))
}

/// The valid content in one chunk, which begins with this line.
fn chunk(stage: &mut Stage, line: impl Fn(usize) -> String, end: &str) -> Result<Verdict, Missing> {
    let content = stage.resource()?.content.to_string();
    let body = format!("{}\r\n{content}\r\n{end}", line(content.len()));
    smuggled(stage, "transfer-encoding: chunked\r\n", &body, &[400])
}

/// A request for the probe with this request line and these fields.
fn head(stage: &mut Stage, line: &str, fields: &str, due: &[u16]) -> Verdict {
    let fields = fields.replace("{host}", stage.host());
    let line = line.replace("{host}", stage.host());
    stage
        .raw(format!("{line}\r\n{fields}\r\n"))
        .must_end_with(due)
}

pub(super) static GROUP: Group = Group {
    recommendation: "B4",
    title: "Gateway and service read alike",
    attacks: &[
        Attack::new(
            "smuggling-two-lengths",
            "HT-03",
            "The gateway goes by Content-Length, the service by Transfer-Encoding (CL.TE).",
            |stage| {
                let content = stage.resource()?.content.to_string();
                let body = format!("{:x}\r\n{content}\r\n0\r\n\r\n", content.len());
                let fields = format!(
                    "content-length: {}\r\ntransfer-encoding: chunked\r\n",
                    body.len()
                );
                smuggled(stage, &fields, &body, &[400])
            },
        ),
        Attack::new(
            "smuggling-length-twice",
            "HT-03",
            "Two lengths that differ: the gateway reads the first, the service the last.",
            |stage| {
                let content = stage.resource()?.content.to_string();
                let length = content.len();
                let fields = format!("content-length: 0\r\ncontent-length: {length}\r\n");
                smuggled(stage, &fields, &content, &[400])
            },
        ),
        Attack::new(
            "smuggling-length-with-a-sign",
            "HT-03",
            "A length with a sign is a number here and no length there.",
            |stage| {
                let content = stage.resource()?.content.to_string();
                let fields = format!("content-length: +{}\r\n", content.len());
                smuggled(stage, &fields, &content, &[400])
            },
        ),
        Attack::new(
            "smuggling-coding-twice",
            "HT-03",
            "Transfer-Encoding stands twice, and each program reads another one (TE.TE).",
            |stage| {
                let content = stage.resource()?.content.to_string();
                let body = format!("{:x}\r\n{content}\r\n0\r\n\r\n", content.len());
                let fields = "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n";
                smuggled(stage, fields, &body, &[400])
            },
        ),
        Attack::new(
            "smuggling-coding-unknown",
            "HT-03",
            "A coding that one side does not know is passed over, and the body is the next request.",
            |stage| smuggled(stage, "transfer-encoding: identity\r\n", "", &[501]),
        ),
        Attack::new(
            "smuggling-chunk-extension",
            "HT-03",
            "What follows the size of a chunk is read by one side alone.",
            |stage| chunk(stage, |size| format!("{size:x};a=b"), "0\r\n\r\n"),
        ),
        Attack::new(
            "smuggling-chunk-size-padded",
            "HT-03",
            "A size with spaces ends a chunk in two places.",
            |stage| chunk(stage, |size| format!("{size:x} "), "0\r\n\r\n"),
        ),
        Attack::new(
            "smuggling-bare-line-feed",
            "HT-04",
            "A bare line feed ends a line here and belongs to a value there.",
            |stage| {
                let fields = "host: {host}\nx: y\r\n";
                Ok(head(stage, "GET /healthz HTTP/1.1", fields, &[400]))
            },
        ),
        Attack::new(
            "fields-repeated",
            "HT-07",
            "A field that may stand once stands twice, and two programs read two requests.",
            |stage| {
                let request = Request::get("/v1/me").bearer(&stage.editor());
                let request = request
                    .field("if-match", "\"1\"")
                    .field("if-match", "\"2\"");
                Ok(stage.send(&request).must_be(&[400]))
            },
        ),
        Attack::new(
            "host-foreign",
            "HT-01",
            "A name of the attacker's is answered for, and ends in a cache or a link.",
            |stage| {
                let request = Request::get("/v1/me").bearer(&stage.editor());
                Ok(stage
                    .send(&request.field("host", "evil.example"))
                    .must_be(&[421]))
            },
        ),
        Attack::new(
            "host-with-a-user",
            "HT-01",
            "A host with a user part is one name for a check and another one for a link.",
            |stage| {
                let host = format!("{}@evil.example", stage.host());
                let request = Request::get("/v1/me").bearer(&stage.editor());
                Ok(stage.send(&request.field("host", host)).must_be(&[400]))
            },
        ),
        Attack::new(
            "host-twice",
            "HT-01",
            "Two hosts: the gateway routes by one, the service believes the other.",
            |stage| {
                let fields = "host: {host}\r\nhost: evil.example\r\n";
                Ok(head(stage, "GET /healthz HTTP/1.1", fields, &[400]))
            },
        ),
        Attack::new(
            "target-with-a-host",
            "HT-02",
            "The target brings a second host along, which a gateway did not check.",
            |stage| {
                let fields = "host: {host}\r\n";
                Ok(head(
                    stage,
                    "GET https://{host}/healthz HTTP/1.1",
                    fields,
                    &[400],
                ))
            },
        ),
        Attack::new(
            "target-with-a-fragment",
            "HT-04",
            "A fragment, which no browser sends, hides the path from a rule.",
            |stage| {
                let fields = "host: {host}\r\n";
                Ok(head(stage, "GET /healthz#/v1/me HTTP/1.1", fields, &[400]))
            },
        ),
        Attack::new(
            "forwarded-host-in-a-link",
            "HT-02",
            "A link in the answer leads where a forwarding field says.",
            |stage| {
                let resource = stage.resource()?;
                let request = Request::new("POST", resource.collection.clone())
                    .bearer(&stage.editor())
                    .field("x-forwarded-host", "evil.example")
                    .field("forwarded", "host=evil.example;proto=http");
                let body = resource.content.to_string();
                let answer = stage.send(&request.json(body));
                Ok(Verdict::held_if(
                    answer.status() == Some(201) && !answer.says("evil.example"),
                    "The link is the service's own.",
                    "The link leads to the attacker.",
                ))
            },
        ),
    ],
};
