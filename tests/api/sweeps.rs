//! What holds for every operation, read off the route table: a new route is covered the day it is
//! added.

use app::http::{route::Operation, rule::Access};

use crate::harness::Service;

/// The operation's path, with an id that names nothing.
fn path(operation: &Operation) -> String {
    operation
        .path
        .replace("{id}", "01890a5d-ac96-774b-bcce-b302099a8057")
}

fn operations() -> Vec<Operation> {
    app::app::routes().operations()
}

#[test]
fn an_operation_that_is_not_public_is_401_without_a_token() {
    let service = Service::start();
    for operation in operations() {
        let answer =
            service
                .anonymous()
                .send(operation.method.as_str(), &path(&operation), &[], b"");
        let public = operation.access == Access::Anyone;
        assert_eq!(
            answer.status,
            if public { 200 } else { 401 },
            "{}",
            operation.id
        );
    }
}

#[test]
fn an_operation_that_asks_for_a_permission_is_403_without_it() {
    let service = Service::start();
    let nobody = service.actor("nora", &[]);
    for operation in operations() {
        if let Access::Permission { any_of, .. } = operation.access {
            let method = operation.method.as_str();
            let answer = nobody.send(method, &path(&operation), &[], b"");
            let challenge = format!(
                r#"Bearer realm="api", error="insufficient_scope", scope="{}""#,
                any_of.join(" ")
            );
            assert_eq!(answer.status, 403, "{}", operation.id);
            assert_eq!(answer.header("www-authenticate"), challenge);
        }
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
        for method in [
            "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW",
        ] {
            if !allowed.iter().any(|known| known == method) {
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
}

#[test]
fn a_client_that_accepts_no_json_is_406() {
    use app::auth::Role;
    let service = Service::start();
    let everybody = service.actor("eve", &[Role::Editor, Role::Approver]);
    for operation in operations() {
        for (accept, refused) in [
            ("text/html", true),
            ("application/json;q=0", true),
            ("application/*;q=0, */*", true),
            ("text/html, */*;q=0.1", false),
            ("application/json", false),
        ] {
            let headers = [("accept", accept)];
            let method = operation.method.as_str();
            let answer = everybody.send(method, &path(&operation), &headers, b"");
            assert_eq!(
                answer.status == 406,
                refused,
                "{accept}: {} {answer}",
                operation.id
            );
        }
    }
}
