//! Which settings of an issuer are weak, and that production is told why.
//!
//! Controls: CF-02

use super::{Issuer, Profile, Weakness, rule::Rule, spelling::is_of_this_machine};

fn is_of(weakness: Weakness, issuer: &Issuer) -> bool {
    match weakness {
        Weakness::Issuer => is_of_this_machine(&issuer.issuer),
        Weakness::IgnoreScope => issuer.ignore_scope,
        Weakness::AllowRsa2048 => issuer.allow_rsa_2048,
        Weakness::TokenTypes => !issuer.has_standard_types(),
        Weakness::AllowPrivateNetwork => issuer.allow_private_network,
    }
}

impl Issuer {
    /// What is weak, and the reason that is written beside it.
    pub fn weaknesses(&self) -> impl Iterator<Item = (Weakness, Option<&str>)> {
        Weakness::ALL
            .into_iter()
            .filter(|weakness| is_of(*weakness, self))
            .map(|weakness| (weakness, self.reason(weakness)))
    }

    fn reason(&self, weakness: Weakness) -> Option<&str> {
        let reason = self.reasons.get(&weakness)?.trim();
        (!reason.is_empty()).then_some(reason)
    }

    fn lacks_a_reason(&self, weakness: Weakness) -> bool {
        is_of(weakness, self) && self.reason(weakness).is_none()
    }

    fn has_a_reason_for_nothing(&self) -> bool {
        self.reasons.keys().any(|weakness| !is_of(*weakness, self))
    }
}

pub(super) const RULES: &[Rule] = &[
    Rule::issuer(
        "auth.issuers[].reasons",
        |one, _| one.has_a_reason_for_nothing(),
        "has a reason for a setting that is not weak: a later change of that setting would have it already",
        "reasons = { ignore_scope = 'not yet' }",
    ),
    Rule::issuer(
        "auth.issuers[].issuer",
        |one, _| one.lacks_a_reason(Weakness::Issuer),
        "is the name of a development issuer, whose key lies on a disk: name your identity provider, or say in \
         reasons why this one is trusted",
        "issuer = 'https://issuer.localhost'",
    )
    .only_in(Profile::Production),
    Rule::issuer(
        "auth.issuers[].ignore_scope",
        |one, _| one.lacks_a_reason(Weakness::IgnoreScope),
        "a stolen token with a narrow scope can then do all that its user may: leave it out, or say in reasons why \
         this issuer needs it",
        "ignore_scope = true",
    )
    .only_in(Profile::Production),
    Rule::issuer(
        "auth.issuers[].allow_rsa_2048",
        |one, _| one.lacks_a_reason(Weakness::AllowRsa2048),
        "has 112 bits of strength, not 128: leave it out, or say in reasons why this issuer has no longer keys",
        "allow_rsa_2048 = true",
    )
    .only_in(Profile::Production),
    Rule::issuer(
        "auth.issuers[].token_types",
        |one, _| one.lacks_a_reason(Weakness::TokenTypes),
        "an ID token is a JWT too, and only its audience then keeps it out: leave it out, or say in reasons why this \
         issuer has no at+jwt",
        "token_types = ['JWT']",
    )
    .only_in(Profile::Production),
    Rule::issuer(
        "auth.issuers[].allow_private_network",
        |one, _| one.lacks_a_reason(Weakness::AllowPrivateNetwork),
        "this issuer could then send requests of this service to internal addresses: leave it out, or say in reasons \
         why it is there",
        "allow_private_network = true",
    )
    .only_in(Profile::Production),
];
