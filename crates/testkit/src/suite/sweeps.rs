//! What holds for every operation, read off the route table: a new route is covered the day it is
//! added. A sweep over an empty table would pass, so each has a floor under the number of its cases.

use platform::http::{
    contract::{access::Access, media_type::MediaType},
    routing::route::Operation,
};

use super::{Sampled, resource::ABSENT};
use crate::{Actor, Service, at_least, token_for};

/// Operations of the platform. Each sample brings at least one that asks for a permission.
const OF_THE_PLATFORM: usize = 6;

/// The operation's path, with an id that names nothing.
fn path(operation: &Operation) -> String {
    operation.path.replace("{id}", ABSENT)
}

fn method(operation: &Operation) -> &str {
    operation.method.as_str()
}

fn operations<T: Sampled>() -> Vec<Operation> {
    let floor = OF_THE_PLATFORM + T::samples().len();
    at_least(floor, T::service().routes().operations())
}

fn guarded<T: Sampled>() -> Vec<(Operation, &'static [&'static str], bool)> {
    let operations = operations::<T>().into_iter();
    let guarded = operations.filter_map(|operation| match operation.access {
        Access::Permission { any_of, recent } => Some((operation, any_of, recent)),
        Access::Anyone | Access::Authenticated => None,
    });
    at_least(T::samples().len(), guarded)
}

fn with_a_body<T: Sampled>() -> Vec<(Operation, MediaType)> {
    let operations = operations::<T>().into_iter();
    let reading = operations.filter_map(|operation| operation.consumes.map(|of| (operation, of)));
    let creating = super::registry::collections_with::<T>("POST", false);
    at_least(creating.len(), reading)
}

/// Somebody with every role.
fn everybody<T: Sampled>(service: &Service<T>) -> Actor {
    service.actor("eve", &T::service().access.role_names())
}

pub fn an_operation_that_is_not_public_is_401_without_a_token<T: Sampled>() {
    let service = Service::<T>::start();
    let mut public_ones = 0;
    for operation in operations::<T>() {
        let answer = service
            .anonymous()
            .send(method(&operation), &path(&operation), &[], b"");
        let public = operation.access == Access::Anyone;
        assert_eq!(answer.status == 401, !public, "{}", operation.id);
        public_ones += usize::from(public);
    }
    assert_eq!(
        public_ones,
        4 + 2 * T::PUBLIC.len(),
        "with GET and HEAD each"
    );
}

pub fn an_operation_that_asks_for_a_permission_is_403_without_it<T: Sampled>() {
    let service = Service::<T>::start();
    let nobody = service.actor("nora", &[]);
    for (operation, any_of, _) in guarded::<T>() {
        let answer = nobody.send(method(&operation), &path(&operation), &[], b"");
        let challenge = format!(
            r#"Bearer realm="api", error="insufficient_scope", scope="{}""#,
            any_of.join(" ")
        );
        assert_eq!(answer.status, 403, "{}", operation.id);
        assert_eq!(answer.header("www-authenticate"), challenge);
    }
}

/// All roles, and a scope without the permissions of the operation: only these count.
pub fn a_scope_without_the_permission_is_403_and_with_nothing_else_is_not<T: Sampled>() {
    let service = Service::<T>::start();
    let roles = T::service().access.role_names();
    let scoped = |scope: &str| {
        let mut request = token_for("eve", &roles);
        request.scope = Some(scope.to_owned());
        service.bearer(&service.token(&request))
    };
    let permissions: Vec<_> = guarded::<T>()
        .iter()
        .flat_map(|(_, any_of, _)| any_of.to_vec())
        .collect();
    for (operation, any_of, _) in guarded::<T>() {
        let others = permissions.iter().filter(|name| !any_of.contains(name));
        let others: Vec<_> = others.copied().collect();
        let without =
            scoped(&others.join(" ")).send(method(&operation), &path(&operation), &[], b"");
        assert_eq!(without.status, 403, "{} with {others:?}", operation.id);
        for name in any_of {
            let with = scoped(name).send(method(&operation), &path(&operation), &[], b"");
            assert_ne!(with.status, 403, "{} with {name}", operation.id);
        }
    }
}

/// Ten minutes ago is too long ago; in the future is an issuer with a wrong clock, or one that lets its
/// clients choose the claim (RFC 9470).
pub fn an_operation_that_asks_for_recent_authentication_is_401_with_an_old_one<T: Sampled>() {
    let service = Service::<T>::start();
    let roles = T::service().access.role_names();
    for (operation, _, recent) in guarded::<T>() {
        for minutes in [10, -1] {
            let mut request = token_for("eve", &roles);
            request.authentication_age = time::Duration::minutes(minutes);
            let stale = service.bearer(&service.token(&request));
            let answer = stale.send(method(&operation), &path(&operation), &[], b"");
            assert_eq!(answer.status == 401, recent, "{} {minutes}", operation.id);
            if recent {
                let challenge = answer.header("www-authenticate");
                assert!(
                    challenge.contains("insufficient_user_authentication"),
                    "{challenge}"
                );
            }
        }
    }
}

pub fn a_method_that_a_resource_does_not_have_is_405_with_the_others<T: Sampled>() {
    let service = Service::<T>::start();
    let everybody = everybody(&service);
    let operations = operations::<T>();
    for operation in &operations {
        let path = path(operation);
        let same = operations
            .iter()
            .filter(|other| other.path == operation.path);
        let allowed: Vec<String> = same.map(|other| other.method.to_string()).collect();
        let others = [
            "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW",
        ];
        let others = others
            .iter()
            .filter(|other| allowed.iter().all(|known| known != *other));
        for method in at_least(3, others) {
            let answer = everybody.send(method, &path, &[], b"");
            assert_eq!(answer.status, 405, "{method} {path}");
            assert_eq!(
                answer.header("allow"),
                allowed.join(", "),
                "{method} {path}"
            );
        }
    }
}

pub fn a_client_that_accepts_no_json_is_406<T: Sampled>() {
    let service = Service::<T>::start();
    let everybody = everybody(&service);
    // The one resource that is text and not JSON has its own test.
    let json = operations::<T>()
        .into_iter()
        .filter(|operation| operation.id != "security_txt_read");
    for operation in json {
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

pub fn a_body_of_another_type_is_415_with_the_one_that_is_read<T: Sampled>() {
    let service = Service::<T>::start();
    let everybody = everybody(&service);
    for (operation, media_type) in with_a_body::<T>() {
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

pub fn a_body_over_the_limit_is_413<T: Sampled>() {
    let service = Service::<T>::start();
    let everybody = everybody(&service);
    for (operation, media_type) in with_a_body::<T>() {
        let headers = [("content-type", media_type.name()), ("if-match", "\"1\"")];
        let large = vec![b' '; 65_537];
        let answer = everybody.send(method(&operation), &path(&operation), &headers, &large);
        assert_eq!(answer.status, 413, "{}", operation.id);
    }
}

pub fn a_query_that_nobody_reads_is_400<T: Sampled>() {
    let service = Service::<T>::start();
    let everybody = everybody(&service);
    for operation in operations::<T>() {
        let media_type = operation
            .consumes
            .map(|media_type| ("content-type", media_type.name()));
        let headers: Vec<_> = media_type.into_iter().collect();
        let path = path(&operation) + "?access_token=x";
        let answer = everybody.send(method(&operation), &path, &headers, b"");
        assert_eq!(answer.status, 400, "{} {answer}", operation.id);
    }
}
