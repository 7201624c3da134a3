//! The attacks, a file a recommendation. A row of a table is an attack: its name, the control that holds against
//! it, what the attacker wants, and how it is played.

mod access_control;
mod api_keys;
mod audit_log;
mod continuous;
mod cors;
mod errors;
mod framing;
mod https_only;
mod input;
mod json;
mod management;
mod methods;
mod rate_limits;
mod security_headers;
mod statuses;
mod tls;
mod tokens;

use crate::attack::Group;

/// Every attack, in the order of the recommendations.
pub static GROUPS: [&Group; 17] = [
    &https_only::GROUP,
    &access_control::GROUP,
    &tokens::GROUP,
    &rate_limits::GROUP,
    &methods::GROUP,
    &input::GROUP,
    &json::GROUP,
    &management::GROUP,
    &errors::GROUP,
    &audit_log::GROUP,
    &security_headers::GROUP,
    &cors::GROUP,
    &statuses::GROUP,
    &tls::GROUP,
    &continuous::GROUP,
    &api_keys::GROUP,
    &framing::GROUP,
];

/// The same in the order in which they are played: floods come last, since at a service whose quotas all attacks
/// share they would hinder the others.
pub(crate) fn in_order_of_play() -> impl Iterator<Item = &'static Group> {
    let floods = |group: &&Group| std::ptr::eq(*group, &raw const rate_limits::GROUP);
    let others = GROUPS.into_iter().filter(move |group| !floods(group));
    others.chain([&rate_limits::GROUP])
}
