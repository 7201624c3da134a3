//! What holds for every operation, read off the route table: a new route is covered the day it is
//! added. A sweep over an empty table would pass, so each has a floor under the number of its cases.

use platform::http::{
    contract::{access::Access, media_type::MediaType},
    routing::route::Operation,
};

use crate::harness::{Roles, Service, at_least};

/// Operations in all, with a permission, and with a body: with your slices they are more.
const OPERATIONS: usize = 14;
const GUARDED: usize = 8;
const WITH_A_BODY: usize = 3;

/// The operation's path, with an id that names nothing.
fn path(operation: &Operation) -> String {
    operation
        .path
        .replace("{id}", "01890a5d-ac96-774b-bcce-b302099a8057")
}

fn method(operation: &Operation) -> &str {
    operation.method.as_str()
}

fn operations() -> Vec<Operation> {
    at_least(OPERATIONS, app::service().routes().operations())
}

fn with_a_body() -> Vec<(Operation, MediaType)> {
    let operations = operations().into_iter();
    let reading = operations.filter_map(|operation| operation.consumes.map(|of| (operation, of)));
    at_least(WITH_A_BODY, reading)
}

#[test]
fn an_operation_that_is_not_public_is_401_without_a_token() {
    let service = Service::start();
    let mut public_ones = 0;
    for operation in operations() {
        let answer =
            service
                .anonymous()
                .send(operation.method.as_str(), &path(&operation), &[], b"");
        let public = operation.access == Access::Anyone;
        assert_eq!(answer.status == 401, !public, "{}", operation.id);
        public_ones += usize::from(public);
    }
    assert_eq!(public_ones, 4, "two resources with GET and HEAD");
}

#[test]
fn an_operation_that_asks_for_a_permission_is_403_without_it() {
    let service = Service::start();
    let nobody = service.actor("nora", &[]);
    let guarded = operations()
        .into_iter()
        .filter_map(|operation| match operation.access {
            Access::Permission { any_of, .. } => Some((operation, any_of)),
            Access::Anyone | Access::Authenticated => None,
        });
    for (operation, any_of) in at_least(GUARDED, guarded) {
        let answer = nobody.send(method(&operation), &path(&operation), &[], b"");
        let challenge = format!(
            r#"Bearer realm="api", error="insufficient_scope", scope="{}""#,
            any_of.join(" ")
        );
        assert_eq!(answer.status, 403, "{}", operation.id);
        assert_eq!(answer.header("www-authenticate"), challenge);
    }
}

#[test]
fn a_method_that_a_resource_does_not_have_is_405_with_the_others() {
    let service = Service::start();
    let alice = service.editor("alice");
    for operation in operations() {
        let path = path(&operation);
        let allowed: Vec<String> = operations()
            .iter()
            .filter(|other| other.path == operation.path)
            .map(|other| other.method.to_string())
            .collect();
        let others = [
            "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW",
        ];
        let others = others
            .iter()
            .filter(|other| allowed.iter().all(|known| known != *other));
        for method in at_least(3, others) {
            let answer = alice.send(method, &path, &[], b"");
            assert_eq!(answer.status, 405, "{method} {path}");
            assert_eq!(
                answer.header("allow"),
                allowed.join(", "),
                "{method} {path}"
            );
        }
    }
}

#[test]
fn a_client_that_accepts_no_json_is_406() {
    let service = Service::start();
    let everybody = service.actor("eve", &["editor", "approver"]);
    for operation in operations() {
        for (accept, refused) in [
            ("text/html", true),
            ("text/*", true),
            ("application/json;q=0", true),
            ("application/json;q=0, */*", true),
            ("application/*;q=0, */*", true),
            ("application/json;q=x", true),
            (";application/json", true),
            ("text/html, */*;q=0.1", false),
            ("application/json", false),
            ("Application/JSON;version=1;q=0.001", false),
            ("text/html, application/*", false),
            (r#"text/html;p=", application/json,""#, true),
            (r#"text/html;p="a,b";q=0.1, application/json"#, false),
            (r#"application/json;p=";q=0""#, false),
            ("text/html;p=\"\u{e9}\", application/json", false),
            (",application/json; ,", false),
        ] {
            // The one resource that is text and not JSON has its own test.
            if operation.id != "security_txt_read" {
                let headers = [("accept", accept)];
                let answer = everybody.send(method(&operation), &path(&operation), &headers, b"");
                assert_eq!(
                    answer.status == 406,
                    refused,
                    "{accept}: {} {answer}",
                    operation.id
                );
            }
        }
    }
}

#[test]
fn a_body_of_another_type_is_415_with_the_one_that_is_read() {
    let service = Service::start();
    let everybody = service.actor("eve", &["editor", "approver"]);
    for (operation, media_type) in with_a_body() {
        let field = match method(&operation) {
            "PATCH" => "accept-patch",
            _ => "accept-post",
        };
        for content_type in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/xml",
            "x",
            "",
        ] {
            let headers = [("content-type", content_type), ("if-match", "\"1\"")];
            let answer = everybody.send(method(&operation), &path(&operation), &headers, b"{}");
            assert_eq!(answer.status, 415, "{content_type}: {}", operation.id);
            assert_eq!(answer.header(field), media_type.name());
        }
        let headers = [
            ("content-type", media_type.name()),
            ("content-encoding", "gzip"),
        ];
        let answer = everybody.send(method(&operation), &path(&operation), &headers, b"{}");
        assert_eq!(
            (answer.status, answer.header("accept-encoding")),
            (415, "identity")
        );
    }
}

#[test]
fn a_body_over_the_limit_is_413() {
    let service = Service::start();
    let everybody = service.actor("eve", &["editor", "approver"]);
    for (operation, media_type) in with_a_body() {
        let headers = [("content-type", media_type.name()), ("if-match", "\"1\"")];
        let large = vec![b' '; 65_537];
        let answer = everybody.send(method(&operation), &path(&operation), &headers, &large);
        assert_eq!(answer.status, 413, "{}", operation.id);
    }
}

#[test]
fn a_query_that_nobody_reads_is_400() {
    let service = Service::start();
    let everybody = service.actor("eve", &["editor", "approver"]);
    for operation in operations() {
        let headers = match operation.consumes {
            Some(media_type) => vec![("content-type", media_type.name())],
            None => vec![],
        };
        let path = path(&operation) + "?access_token=x";
        let answer = everybody.send(method(&operation), &path, &headers, b"");
        assert_eq!(answer.status, 400, "{} {answer}", operation.id);
    }
}
