//! What `serve` prints in profile dev, and `token --lines` for a service elsewhere: lines that work when they are
//! pasted.

use time::Duration;

use crate::{
    app::{Application, Development, Example, Service},
    auth::{Role, tokens::development::TokenRequest},
    clock::{Clock, SystemClock},
};

/// The greeting for somebody who starts the service by hand; none outside profile dev.
pub(super) fn greeting(service: &Service, application: &Application) -> Option<String> {
    let Development { ca, issuer } = application.development()?;
    let request = TokenRequest {
        subject: "alice".to_owned(),
        roles: roles(service),
        scope: None,
        lifetime: Duration::minutes(15),
        authentication_age: Duration::ZERO,
    };
    let token = issuer
        .token(&request, service.access, SystemClock::default().now())
        .ok()?;
    let port = application.public_address().port();
    Some(text(service, port, &ca.display().to_string(), &token))
}

/// The roles that the examples need; where no slice has an example, the first role of the table.
pub(super) fn roles(service: &Service) -> Vec<&'static str> {
    let mut roles = Vec::new();
    for example in examples(service) {
        if !roles.contains(&example.role) {
            roles.push(example.role);
        }
    }
    if roles.is_empty() {
        roles.extend(service.access.roles().first().map(Role::name));
    }
    roles
}

fn examples(service: &Service) -> impl Iterator<Item = Example> {
    service.slices.iter().filter_map(|slice| slice.example)
}

/// Lines that ask the service at `url` with this token. `ca` names the file of its authority.
pub(super) fn lines(service: &Service, url: &str, ca: &str, token: &str) -> String {
    let example: String = examples(service)
        .flat_map(|example| example.lines.trim().lines())
        .fold(String::new(), |lines, line| lines + "  " + line + "\n");
    format!(
        r#"  URL={url}/v1 TOKEN={token}
  api() {{ curl -sS -i --cacert {ca} -H "Authorization: Bearer $TOKEN" "$@"; echo; }}
  api $URL/me                                              # 200: who you are, what you may do
{example}  TOKEN= api $URL/me                                       # 401, with WWW-Authenticate
"#
    )
}

fn text(service: &Service, port: u16, ca: &str, token: &str) -> String {
    let name = service.name;
    let whose = match roles(service).as_slice() {
        [] => "no role".to_owned(),
        [role] => format!("the role {role}"),
        roles => format!("the roles {}", roles.join(" and ")),
    };
    let another = service
        .access
        .roles()
        .first()
        .map_or_else(String::new, |role| {
            let role = role.name();
            format!("\nAnother token:  cargo run -q -- token --subject carol --role {role}\n")
        });
    let url = format!("https://localhost:{port}");
    let lines = lines(service, &url, ca, token);
    format!(
        r"
{name} listens on {url}
Its certificate is signed by {ca}, made for this machine only.

Paste into another terminal, in this directory. The token is alice's, with {whose}, for 15 minutes:

{lines}{another}"
    )
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::{app::Slice, auth::AccessTable};

    static NO_ROLES: AccessTable = AccessTable::new(&[], &[], &[]);
    static TWO_ROLES: AccessTable = AccessTable::new(
        &[],
        &[Role::new("reader", &[]), Role::new("writer", &[])],
        &[],
    );

    fn example(role: &'static str, lines: &'static str) -> Slice {
        Slice {
            example: Some(Example { role, lines }),
            ..Slice::NONE
        }
    }

    #[test]
    fn a_service_without_slices_greets_with_a_token_of_its_first_role() {
        assert_snapshot!(text(&Service::bare(&TWO_ROLES), 8443, "data/dev/ca.pem", "[token]"), @r#"
        bare listens on https://localhost:8443
        Its certificate is signed by data/dev/ca.pem, made for this machine only.

        Paste into another terminal, in this directory. The token is alice's, with the role reader, for 15 minutes:

          URL=https://localhost:8443/v1 TOKEN=[token]
          api() { curl -sS -i --cacert data/dev/ca.pem -H "Authorization: Bearer $TOKEN" "$@"; echo; }
          api $URL/me                                              # 200: who you are, what you may do
          TOKEN= api $URL/me                                       # 401, with WWW-Authenticate

        Another token:  cargo run -q -- token --subject carol --role reader
        "#);
    }

    #[test]
    fn a_service_without_roles_offers_no_token_of_one() {
        let greeting = text(&Service::bare(&NO_ROLES), 8443, "ca.pem", "[token]");
        assert!(
            greeting.contains("alice's, with no role, for"),
            "{greeting}"
        );
        assert!(!greeting.contains("--role"), "{greeting}");
    }

    #[test]
    fn the_token_has_the_role_of_each_example_once() {
        let slices = vec![
            example("writer", "api $URL/notes"),
            example("reader", "api $URL/tags"),
            example("writer", "api $URL/files"),
        ];
        let service = Service {
            slices,
            ..Service::bare(&TWO_ROLES)
        };
        assert_eq!(roles(&service), ["writer", "reader"]);
        let greeting = text(&service, 8443, "ca.pem", "[token]");
        assert!(
            greeting.contains("with the roles writer and reader, for"),
            "{greeting}"
        );
        assert!(greeting.contains("/me   "), "{greeting}");
        assert!(
            greeting.contains("\n  api $URL/notes\n  api $URL/tags\n  api $URL/files\n"),
            "{greeting}"
        );
    }
}
