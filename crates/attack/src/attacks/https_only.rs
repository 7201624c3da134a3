//! A1: nothing is said in the clear.

use crate::{
    attack::{Attack, Group, Verdict},
    request::Request,
};

pub(super) static GROUP: Group = Group {
    recommendation: "A1",
    title: "HTTPS only",
    attacks: &[
        Attack::new(
            "plain-http",
            "TL-01",
            "The TLS port answers plain HTTP, so that somebody on the way can read and change it.",
            |stage| {
                let answer =
                    stage.in_the_clear(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n");
                Ok(Verdict::held_if(
                    answer.is_empty(),
                    "Not a byte came back.",
                    "Something was said in the clear.",
                ))
            },
        ),
        Attack::new(
            "token-in-the-clear",
            "TL-01",
            "A token that somebody on the way has read from a plain request still works.",
            |stage| {
                let claims = stage.service().key()?.forger.claims.to_string();
                let claims = claims.replace("\"jti\":\"", "\"jti\":\"clear-");
                let forger = &stage.service().key()?.forger;
                let token = forger.sign(&forger.header.to_string(), &claims);
                let request = Request::get("/v1/me").bearer(&token);
                let before = stage.send(&request);
                if before.status() != Some(200) {
                    return Ok(Verdict::Broken("The token was never good.".to_owned()));
                }
                let bytes = request.bytes(stage.host());
                stage.in_the_clear(&bytes);
                // The service revokes the token right after it has hung up.
                for _ in 0..20 {
                    if stage.send(&request).status() == Some(401) {
                        break;
                    }
                    stage.steps.pop();
                    std::thread::sleep(std::time::Duration::from_millis(50));
                }
                Ok(stage.send(&request).must_be(&[401]))
            },
        ),
        Attack::new(
            "tls-stripping",
            "HD-01",
            "A browser that came once comes back over plain HTTP, because nobody told it not to.",
            |stage| {
                let answer = stage.send(&Request::get("/v1/nothing"));
                let policy = answer
                    .field("strict-transport-security")
                    .unwrap_or_default();
                Ok(Verdict::held_if(
                    policy.starts_with("max-age=63072000"),
                    "An error too says: HTTPS only, for two years.",
                    "Nothing tells a browser to stay with HTTPS.",
                ))
            },
        ),
    ],
};
