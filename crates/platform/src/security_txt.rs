//! `GET /.well-known/security.txt` (RFC 9116): whom to tell about a vulnerability. Somebody who finds
//! no address tells everybody.

use actix_web::web::Data;
use time::{Duration, format_description::well_known::Rfc3339};

use crate::{
    auth::Anyone,
    clock::Clock,
    config::SecurityTxt,
    http::{problem::Problem, response::answer::Text, routing::route::Resource},
};

/// The file is made from the running configuration, so it is never stale; the date only must be
/// there, and less than a year ahead.
const VALID: Duration = Duration::days(90);

/// The public security contact.
#[must_use]
pub fn routes() -> Vec<Resource> {
    vec![Resource::at("/.well-known/security.txt").get(
        "security_txt_read",
        "Read whom to tell about a vulnerability; 404 when nobody is configured.",
        read,
    )]
}

async fn read(
    _: Anyone,
    settings: Data<SecurityTxt>,
    clock: Data<dyn Clock>,
) -> Result<Text, Problem> {
    if settings.contacts.is_empty() {
        return Err(Problem::NotFound);
    }
    let expires = (clock.now() + VALID).format(&Rfc3339);
    let expires = expires.map_err(|error| Problem::Internal(error.into()))?;
    let contacts = settings
        .contacts
        .iter()
        .map(|contact| format!("Contact: {contact}\n"));
    let policy = Some(&settings.policy).filter(|policy| !policy.is_empty());
    let policy = policy.map(|policy| format!("Policy: {policy}\n"));
    let text: String = contacts
        .chain([format!("Expires: {expires}\n")])
        .chain(policy)
        .collect();
    Ok(Text(text))
}
