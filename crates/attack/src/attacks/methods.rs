//! A5: each path has its methods, and no channel beside the method line changes that.

use crate::{
    attack::{Attack, Group, Missing, Verdict},
    request::Request,
    stage::Stage,
};

/// A method on a row that the row does not have.
fn on_a_row(stage: &mut Stage, method: &'static str) -> Result<Verdict, Missing> {
    let row = stage.row()?;
    let request = Request::new(method, row).bearer(&stage.editor());
    Ok(stage.send(&request).must_be(&[405]))
}

/// A harmless request that says in another place which method it means: the row must still be there.
fn overridden(stage: &mut Stage, request: impl Fn(String) -> Request) -> Result<Verdict, Missing> {
    if !stage.resource()?.deletes {
        return Err(Missing("The resource has no DELETE.".into()));
    }
    let row = stage.row()?;
    let token = stage.editor();
    stage.send(
        &request(row.clone())
            .bearer(&token)
            .field("if-match", "\"1\""),
    );
    let after = stage.send(&Request::get(row).bearer(&token));
    Ok(Verdict::held_if(
        after.status() == Some(200),
        "The row is still there.",
        "The row is gone: the method was overridden.",
    ))
}

pub(super) static GROUP: Group = Group {
    recommendation: "A5",
    title: "Restrict HTTP methods",
    attacks: &[
        Attack::new(
            "method-trace",
            "ME-02",
            "TRACE sends a request back with its token in it (cross-site tracing).",
            |stage| on_a_row(stage, "TRACE"),
        ),
        Attack::new(
            "method-unknown",
            "ME-01",
            "A method that nobody thought of is let through by a list of forbidden ones.",
            |stage| on_a_row(stage, "PROPFIND"),
        ),
        Attack::new(
            "method-post-on-a-row",
            "ME-01",
            "POST on a row does what nobody checked.",
            |stage| on_a_row(stage, "POST"),
        ),
        Attack::new(
            "method-delete-on-a-collection",
            "ME-01",
            "One DELETE on the collection removes everything.",
            |stage| {
                let list = stage.resource()?.collection.clone();
                let request = Request::new("DELETE", list).bearer(&stage.editor());
                Ok(stage.send(&request).must_be(&[405]))
            },
        ),
        Attack::new(
            "method-options",
            "ME-03",
            "OPTIONS answers with data, or lists more than there is.",
            |stage| on_a_row(stage, "OPTIONS"),
        ),
        Attack::new(
            "method-in-small-letters",
            "ME-01",
            "`get` passes a rule that compares letters and means GET behind it.",
            |stage| on_a_row(stage, "get"),
        ),
        Attack::new(
            "method-override-field",
            "ME-04",
            "A field turns a harmless method into DELETE behind whatever watches the method line.",
            |stage| {
                overridden(stage, |row| {
                    [
                        "x-http-method-override",
                        "x-http-method",
                        "x-method-override",
                    ]
                    .iter()
                    .fold(Request::get(row), |request, name| {
                        request.field(name, "DELETE")
                    })
                })
            },
        ),
        Attack::new(
            "method-override-query",
            "ME-04",
            "A parameter `_method` turns a harmless method into DELETE.",
            |stage| overridden(stage, |row| Request::get(format!("{row}?_method=DELETE"))),
        ),
        Attack::new(
            "method-connect",
            "ME-02",
            "CONNECT makes the service a way into the network behind it.",
            |stage| {
                let request = Request::new("CONNECT", "/v1/me").bearer(&stage.editor());
                Ok(stage.send(&request).must_be(&[400]))
            },
        ),
    ],
};
