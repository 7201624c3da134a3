//! A2: every operation asks who calls, what the caller may do, and whose row it is.

use crate::{
    attack::{Attack, Group, Missing, Verdict},
    request::Request,
    stage::Stage,
};

/// A request of another caller about a row of the editor's.
fn of_another(stage: &mut Stage, request: impl Fn(String) -> Request) -> Result<Verdict, Missing> {
    let row = stage.row()?;
    let other = stage.service().other()?;
    Ok(stage
        .send(&request(row).bearer(&other))
        .must_be(&[403, 404]))
}

/// The editor asks for a path that is nearly one of ours. Any answer but the caller's data is fine.
fn spelled(stage: &mut Stage, paths: &[&str]) -> Verdict {
    let verdicts: Vec<Verdict> = paths
        .iter()
        .map(|path| {
            let request = Request::get(*path).bearer(&stage.editor());
            stage.send(&request).must_be(&[400, 404])
        })
        .collect();
    Verdict::all(verdicts)
}

/// The same question with the token somewhere else.
fn token_in(stage: &mut Stage, request: &Request) -> Verdict {
    stage.send(request).must_be(&[401, 400])
}

pub(super) static GROUP: Group = Group {
    recommendation: "A2",
    title: "Access control on every endpoint",
    attacks: &[
        Attack::new(
            "no-credentials",
            "AU-01",
            "An operation answers somebody who shows nothing.",
            |stage| Ok(stage.send(&Request::get("/v1/me")).must_be(&[401])),
        ),
        Attack::new(
            "scheme-basic",
            "AU-03",
            "Another scheme of Authorization carries the token past what watches bearer tokens.",
            |stage| {
                let token = format!("Token {}", stage.editor());
                let request = Request::get("/v1/me").field("authorization", token);
                Ok(stage.send(&request).must_be(&[401]))
            },
        ),
        Attack::new(
            "token-in-query",
            "AU-03",
            "The token works in the URL, where logs, histories and referrers keep it.",
            |stage| {
                let target = format!("/v1/me?access_token={}", stage.editor());
                Ok(token_in(stage, &Request::get(target)))
            },
        ),
        Attack::new(
            "token-in-cookie",
            "AU-03",
            "The token works in a cookie, which a browser sends for any page (CSRF).",
            |stage| {
                let cookie = format!("access_token={}", stage.editor());
                Ok(token_in(
                    stage,
                    &Request::get("/v1/me").field("cookie", cookie),
                ))
            },
        ),
        Attack::new(
            "token-twice",
            "HT-07",
            "Two Authorization fields: a gateway checks the first, the service believes the second.",
            |stage| {
                let request = Request::get("/v1/me").bearer(&stage.editor()).bearer("x");
                Ok(stage.send(&request).must_be(&[400]))
            },
        ),
        Attack::new(
            "row-of-another-read",
            "AZ-03",
            "A caller reads another caller's row by its id (BOLA, API1:2023).",
            |stage| of_another(stage, Request::get),
        ),
        Attack::new(
            "row-of-another-changed",
            "AZ-03",
            "A caller changes another caller's row by its id.",
            |stage| {
                let resource = stage.resource()?;
                if !resource.changes {
                    return Err(Missing("The resource has no PATCH.".into()));
                }
                let (name, _) = resource.text.clone().ok_or(Missing("no text".into()))?;
                let value = resource.content.get(&name).cloned().unwrap_or_default();
                let patch = serde_json::json!({ name: value }).to_string();
                of_another(stage, |row| {
                    let patch = patch.clone();
                    let request = Request::new("PATCH", row).field("if-match", "\"1\"");
                    request.body("application/merge-patch+json", patch)
                })
            },
        ),
        Attack::new(
            "row-of-another-deleted",
            "AZ-03",
            "A caller deletes another caller's row by its id.",
            |stage| {
                if !stage.resource()?.deletes {
                    return Err(Missing("The resource has no DELETE.".into()));
                }
                of_another(stage, |row| {
                    Request::new("DELETE", row).field("if-match", "\"1\"")
                })
            },
        ),
        Attack::new(
            "rows-of-others-listed",
            "AZ-05",
            "A list shows rows of other callers.",
            |stage| {
                let row = stage.row()?;
                let id = row.rsplit('/').next().unwrap_or_default().to_owned();
                let list = stage.resource()?.collection.clone();
                let other = stage.service().other()?;
                let answer = stage.send(&Request::get(list).bearer(&other));
                Ok(Verdict::held_if(
                    answer.status() == Some(200) && !answer.says(&id),
                    "The list has the caller's own rows alone.",
                    "The row of another caller is in the list.",
                ))
            },
        ),
        Attack::new(
            "identity-in-a-field",
            "AZ-03",
            "A field says who the caller is, as some gateways do, and the service believes it.",
            |stage| {
                let subject = stage.service().key().ok().map(|key| {
                    let subject = key.forger.claims.get("sub").cloned().unwrap_or_default();
                    subject.as_str().unwrap_or_default().to_owned()
                });
                let subject = subject.unwrap_or_else(|| "alice".to_owned());
                of_another(stage, |row| {
                    [
                        "x-user-id",
                        "x-tenant-id",
                        "x-forwarded-user",
                        "x-remote-user",
                    ]
                    .iter()
                    .fold(Request::get(row), |request, name| {
                        request.field(name, subject.clone())
                    })
                })
            },
        ),
        Attack::new(
            "existence-told",
            "AZ-04",
            "Another caller's row is answered differently from none, so ids can be tried out.",
            |stage| {
                let row = stage.row()?;
                let mut absent = row.clone();
                let last = if absent.pop() == Some('0') { '1' } else { '0' };
                absent.push(last);
                let other = stage.service().other()?;
                let theirs = stage.send(&Request::get(row).bearer(&other));
                let none = stage.send(&Request::get(absent).bearer(&other));
                let bare = |answer: &crate::answer::Answer| {
                    let mut document = answer.json();
                    if let Some(members) = document.as_object_mut() {
                        members.remove("instance");
                    }
                    (answer.status(), document)
                };
                Ok(Verdict::held_if(
                    bare(&theirs) == bare(&none),
                    "Both are the same 404.",
                    "The two answers differ.",
                ))
            },
        ),
        Attack::new(
            "permission-missing",
            "AZ-02",
            "A caller without the permission makes a row (BFLA, API5:2023).",
            |stage| {
                let resource = stage.resource()?;
                let request = Request::new("POST", resource.collection.clone());
                let request = request.bearer(&stage.service().nobody()?);
                let body = resource.content.to_string();
                Ok(stage.send(&request.json(body)).must_be(&[403]))
            },
        ),
        Attack::new(
            "permission-missing-to-list",
            "AZ-02",
            "A caller without the permission reads a list.",
            |stage| {
                let list = stage.resource()?.collection.clone();
                let request = Request::get(list).bearer(&stage.service().nobody()?);
                Ok(stage.send(&request).must_be(&[403]))
            },
        ),
        Attack::new(
            "path-percent-encoded",
            "HT-09",
            "An encoded letter reaches an operation past a rule that compares paths.",
            |stage| Ok(spelled(stage, &["/v1/%6de", "/%761/me"])),
        ),
        Attack::new(
            "path-doubled-slash",
            "HT-09",
            "A doubled slash reaches an operation past a rule that compares paths.",
            |stage| Ok(spelled(stage, &["//v1/me", "/v1//me"])),
        ),
        Attack::new(
            "path-trailing-slash",
            "HT-09",
            "A slash at the end reaches an operation past a rule that compares paths.",
            |stage| Ok(spelled(stage, &["/v1/me/"])),
        ),
        Attack::new(
            "path-dot-segments",
            "HT-09",
            "A public path with dots in it ends in an operation that is not public.",
            |stage| Ok(spelled(stage, &["/healthz/../v1/me", "/v1/./me"])),
        ),
        Attack::new(
            "path-behind-an-extension",
            "HT-09",
            "An operation answers under a name that a cache takes for a picture (web cache deception).",
            |stage| {
                Ok(spelled(
                    stage,
                    &["/v1/me/x.css", "/v1/me;.png", "/v1/me.css"],
                ))
            },
        ),
    ],
};
