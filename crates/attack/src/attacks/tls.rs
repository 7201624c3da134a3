//! B1: old protocols, foreign names and foreign protocols end the handshake.

use testkit::hello::Hello;

use crate::{
    attack::{Attack, Group, Verdict},
    request::Request,
    stage::Stage,
};

/// What comes back for this first message: held where it is an alert.
fn hello(stage: &mut Stage, what: &str, hello: &Hello) -> Verdict {
    let answer = hello.answer(&stage.service().public);
    stage.note(
        what,
        &format!("{answer:?} (the number is that of a TLS alert)"),
    );
    match answer {
        Err(alert) => Verdict::Held(format!("The handshake ended with the TLS alert {alert}.")),
        Ok(()) => Verdict::Broken("The service went on with the handshake.".to_owned()),
    }
}

pub(super) static GROUP: Group = Group {
    recommendation: "B1",
    title: "TLS: old protocols and foreign names off",
    attacks: &[
        Attack::new(
            "tls-1-2",
            "TL-02",
            "The service speaks TLS 1.2, whose handshake shows more and has been broken before.",
            |stage| {
                let first = Hello {
                    server_name: None,
                    ..Hello::one_point_two()
                };
                Ok(hello(stage, "ClientHello of TLS 1.2", &first))
            },
        ),
        Attack::new(
            "tls-unknown-name",
            "TL-06",
            "A connection for another service with the same certificate is accepted here (ALPACA).",
            |stage| {
                let first = Hello {
                    server_name: Some("bank.example"),
                    ..Hello::one_point_three()
                };
                Ok(hello(
                    stage,
                    "ClientHello of TLS 1.3 for bank.example",
                    &first,
                ))
            },
        ),
        Attack::new(
            "tls-name-and-host-differ",
            "TL-06",
            "A connection that was opened for one name asks for another, past what checked the first.",
            |stage| {
                let request = Request::get("/v1/me").field("host", "127.0.0.1");
                let answer = stage.send(&request.bearer(&stage.editor()));
                Ok(answer.must_be(&[421]))
            },
        ),
        Attack::new(
            "tls-foreign-protocol",
            "TL-05",
            "A connection of another protocol, such as FTP or mail, is taken for HTTP (ALPACA).",
            |stage| {
                let actor = stage.service().public.offering(&["ftp"]);
                let spoken = actor
                    .try_connect()
                    .is_some_and(|mut connection| connection.try_handshake().is_ok());
                stage.note(
                    "ClientHello that offers the protocol ftp",
                    &format!("spoken: {spoken}"),
                );
                Ok(Verdict::held_if(
                    !spoken,
                    "The handshake ended.",
                    "The handshake went on.",
                ))
            },
        ),
    ],
};
