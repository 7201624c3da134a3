//! What `serve` prints in profile dev: lines that work when they are pasted.

use time::Duration;

use crate::{
    app::{Application, Development, Service},
    auth::{Role, tokens::development::TokenRequest},
    clock::{Clock, SystemClock},
};

/// The greeting for whoever starts the service by hand; none outside profile dev.
pub(super) fn greeting(service: &Service, application: &Application) -> Option<String> {
    let Development { ca, issuer } = application.development()?;
    let roles: Vec<_> = service
        .slices
        .iter()
        .filter_map(|slice| slice.example)
        .map(|example| example.role)
        .collect();
    let request = TokenRequest {
        subject: "alice".to_owned(),
        roles: roles.clone(),
        scope: None,
        lifetime: Duration::minutes(15),
        authentication_age: Duration::ZERO,
    };
    let token = issuer
        .token(&request, service.access, SystemClock::default().now())
        .ok()?;
    let url = format!("https://localhost:{}", application.public_address().port());
    let (ca, name) = (ca.display(), service.name);
    let roles = roles.join(" and ");
    let other = service.access.roles().first().map_or("", Role::name);
    let example: String = service
        .slices
        .iter()
        .filter_map(|slice| slice.example)
        .flat_map(|example| example.lines.trim().lines())
        .fold(String::new(), |lines, line| lines + "  " + line + "\n");
    Some(format!(
        r#"
{name} listens on {url}
Its certificate is vouched for by {ca}, made for this machine only.

Paste into another terminal, in this directory. The token is alice's, with the role {roles}, for 15 minutes:

  URL={url}/v1 TOKEN={token}
  api() {{ curl -sS -i --cacert {ca} -H "Authorization: Bearer $TOKEN" "$@"; echo; }}
  api $URL/me                                              # 200: who you are, what you may do
{example}  TOKEN= api $URL/me                                       # 401, with WWW-Authenticate

Another token:  cargo run -q -- token --subject carol --role {other}
"#
    ))
}
