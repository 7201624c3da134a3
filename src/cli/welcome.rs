//! What `serve` prints in profile dev: lines that work when they are pasted.

use time::Duration;

use crate::{
    app::{Application, Development},
    auth::{Role, tokens::development::TokenRequest},
    clock::{Clock, SystemClock},
};

/// The greeting for whoever starts the service by hand; none outside profile dev.
pub(super) fn greeting(application: &Application) -> Option<String> {
    let Development { ca, issuer } = application.development()?;
    let request = TokenRequest {
        subject: "alice".to_owned(),
        roles: vec![Role::Editor],
        scope: None,
        lifetime: Duration::minutes(15),
        authentication_age: Duration::ZERO,
    };
    let token = issuer.token(&request, SystemClock::default().now()).ok()?;
    let url = format!("https://localhost:{}", application.public_address().port());
    let ca = ca.display();
    let body = r#"{"customer_name":"Ada Lovelace","customer_email":"ada@example.com","amount_minor":1999,"currency":"EUR","due_on":"2030-01-31"}"#;
    Some(format!(
        r#"
hardened-api listens on {url}
Its certificate is vouched for by {ca}, made for this machine only.

Paste into another terminal, in this directory. The token is alice's, an editor, for 15 minutes:

  URL={url}/v1 TOKEN={token}
  api() {{ curl -sS -i --cacert {ca} -H "Authorization: Bearer $TOKEN" "$@"; echo; }}
  BODY='{body}'

  api $URL/me                                              # 200: who you are, what you may do
  api $URL/invoices --json "$BODY"                         # 201, with Location and ETag
  ID=$(api $URL/invoices --json "$BODY" | sed -n 's/^location: .*[/]//p' | tr -d '\r')
  api $URL/invoices/$ID                                    # 200
  api $URL/invoices/$ID -X DELETE                          # 428: say which version you read
  api $URL/invoices/$ID -X DELETE -H 'If-Match: "7"'       # 412: not that one
  api $URL/invoices/$ID -X DELETE -H 'If-Match: "1"'       # 204
  api $URL/invoices/$ID                                    # 404
  api $URL/invoices --json '{{"amount_minor":0}}'            # 400: what is missing
  api $URL/invoices --json "${{BODY/1999/0}}"                # 422: which rule is broken
  api $URL/invoices -X DELETE                              # 405, with Allow
  TOKEN= api $URL/me                                       # 401, with WWW-Authenticate

Another token:  cargo run -q -- token --subject carol --role auditor
"#
    ))
}
