//! The rules that settings of authentication must keep.

use std::time::Duration;

use super::{
    Issuer, KeySource, Profile,
    rule::{Rule, has_twice},
    spelling::is_https_url,
};

pub(super) const RULES: &[Rule] = &[
    Rule::integer(
        "auth.leeway_seconds",
        |s| s.auth.leeway.as_secs(),
        (0, 30),
        "seconds",
    ),
    Rule::integer(
        "auth.max_lifetime_seconds",
        |s| s.auth.max_lifetime.as_secs(),
        (60, 86_400),
        "seconds",
    ),
    Rule::integer(
        "auth.step_up_max_age_seconds",
        |s| s.auth.step_up_max_age.as_secs(),
        (1, 86_400),
        "seconds",
    ),
    Rule::integer(
        "auth.key_refresh_seconds",
        |s| s.auth.key_refresh.as_secs(),
        (1, 86_400),
        "seconds",
    ),
    Rule::integer(
        "auth.key_cooldown_seconds",
        |s| s.auth.key_cooldown.as_secs(),
        (1, 3_600),
        "seconds",
    ),
    Rule::integer(
        "auth.key_max_age_seconds",
        |s| s.auth.key_max_age.as_secs(),
        (1, 604_800),
        "seconds",
    ),
    Rule::integer(
        "auth.token_cache_entries",
        |s| s.auth.token_cache_entries as u64,
        (0, 10_000_000),
        "entries: each takes about half a kilobyte",
    ),
    Rule::integer(
        "auth.api_keys.max_days",
        |s| s.auth.api_keys.max_days().into(),
        (1, 366),
        "days",
    ),
    Rule::integer(
        "auth.api_keys.per_owner",
        |s| s.auth.api_keys.per_owner.into(),
        (1, 1_000),
        "",
    ),
    Rule::whole(
        "auth.key_max_age_seconds",
        |s| s.auth.key_max_age < s.auth.key_refresh,
        "must not be less than key_refresh_seconds: keys would run out between readings",
        "auth = { key_max_age_seconds = 299, key_refresh_seconds = 300 }",
    ),
    Rule::whole(
        "auth.issuers",
        |s| has_twice(s.auth.issuers.iter().map(|one| &one.issuer)),
        "lists an issuer twice: the second would never be asked",
        "[[auth.issuers]]\nissuer = 'https://id.example.com'\naudience = 'a'\n\
         algorithms = ['ES256']\njwks_file = 'a.json'\n\
         [[auth.issuers]]\nissuer = 'https://id.example.com'\naudience = 'b'\n\
         algorithms = ['ES256']\njwks_file = 'b.json'",
    ),
    Rule::issuer(
        "auth.issuers[].issuer",
        |one, _| one.issuer.is_empty(),
        "must not be empty",
        "issuer = ''",
    ),
    Rule::issuer(
        "auth.issuers[].audience",
        |one, _| one.audience.is_empty(),
        "must not be empty",
        "audience = ''",
    ),
    Rule::issuer(
        "auth.issuers[].admin_audience",
        |one, _| one.admin_audience == one.audience,
        "must not be the audience: every token of a caller would open the admin listener",
        "audience = 'app'\nadmin_audience = 'app'",
    ),
    Rule::issuer(
        "auth.issuers[].algorithms",
        |one, _| one.algorithms.is_empty(),
        "name at least one",
        "algorithms = []",
    ),
    Rule::issuer(
        "auth.issuers[].roles_claim",
        |one, _| !is_pointer(&one.roles_claim),
        POINTER,
        "roles_claim = 'roles'",
    ),
    Rule::issuer(
        "auth.issuers[].scope_claim",
        |one, _| !is_pointer(&one.scope_claim),
        POINTER,
        "scope_claim = '/sc~ope'",
    ),
    Rule::issuer(
        "auth.issuers[].client_claim",
        |one, _| !is_pointer(&one.client_claim),
        POINTER,
        "client_claim = ''",
    ),
    Rule::issuer(
        "auth.issuers[].clients",
        |one, _| one.clients.iter().any(String::is_empty),
        "an empty name is none that an issuer sends",
        "clients = ['']",
    ),
    Rule::issuer(
        "auth.issuers[].client_permissions",
        |one, _| {
            one.client_permissions
                .keys()
                .any(|client| !one.accepts_client(client))
        },
        "names a client that is not in clients: it would never be asked",
        "clients = ['web']\nclient_permissions = { batch = ['orders:read'] }",
    ),
    Rule::issuer(
        "auth.issuers[].token_id_claim",
        |one, _| !is_pointer(&one.token_id_claim),
        POINTER,
        "token_id_claim = 'jti'",
    ),
    Rule::issuer(
        "auth.issuers[].auth_time_claim",
        |one, _| !is_pointer(&one.auth_time_claim),
        POINTER,
        "auth_time_claim = '/auth~2time'",
    ),
    Rule::issuer(
        "auth.issuers[].roles",
        |one, s| one.roles.values().any(|role| !s.knows_role(role)),
        "names a role that this service does not have",
        "roles = { editors = 'edtor' }",
    ),
    Rule::issuer(
        "auth.issuers[].roles",
        |one, _| !one.has_standard_roles() && one.roles.is_empty(),
        "must be given with a roles_claim that is not /roles: say which of its names are which of our roles",
        "roles_claim = '/realm_access/roles'",
    ),
    Rule::issuer(
        "auth.issuers[].token_types",
        |one, _| has_no_type(one),
        "name at least one, in visible letters, without application/",
        "token_types = ['application/at+jwt']",
    ),
    Rule::issuer(
        "auth.issuers[].step_up_acr_values",
        |one, _| one.step_up_acr_values.iter().any(String::is_empty),
        "an empty value is none that an issuer sends",
        "step_up_acr_values = ['']",
    ),
    Rule::issuer(
        "auth.issuers[].max_lifetime_seconds",
        |one, _| {
            let seconds = one.max_lifetime.map(|lifetime| lifetime.as_secs());
            seconds.is_some_and(|seconds| !(60..=86_400).contains(&seconds))
        },
        "choose 60 to 86400 seconds",
        "max_lifetime_seconds = 0",
    ),
    Rule::issuer(
        "auth.issuers[].discovery",
        |one, _| one.key_source().is_none(),
        "give exactly one of discovery, jwks_url and jwks_file",
        "discovery = 'https://id.example.com/'\njwks_url = 'https://id.example.com/keys'",
    ),
    Rule::issuer(
        "auth.issuers[].discovery",
        |one, _| matches!(one.key_source(), Some(KeySource::Discovery(url)) if !is_https_url(&url)),
        URL,
        "discovery = 'http://id.example.com'",
    ),
    Rule::issuer(
        "auth.issuers[].jwks_url",
        |one, _| matches!(one.key_source(), Some(KeySource::Url(url)) if !is_https_url(&url)),
        URL,
        "jwks_url = 'https://user@id.example.com/keys'",
    ),
    Rule::whole(
        "auth.issuers",
        |s| s.auth.issuers.is_empty(),
        "production needs at least one issuer: the development issuer is not trusted there",
        "auth.issuers = []",
    )
    .only_in(Profile::Production),
    Rule::issuer(
        "auth.issuers[].issuer",
        |one, _| !is_https_url(&one.issuer),
        "must be an https URL",
        "issuer = 'http://id.example.com'",
    )
    .only_in(Profile::Production),
    Rule::integer(
        "auth.max_lifetime_seconds",
        |s| s.auth.max_lifetime.as_secs(),
        (60, 3_600),
        "seconds in production: a stolen token lives that long",
    )
    .only_in(Profile::Production),
    Rule::integer(
        "auth.step_up_max_age_seconds",
        |s| s.auth.step_up_max_age.as_secs(),
        (1, 900),
        "seconds in production: for that long a stolen token may do what asks for a recent login",
    )
    .only_in(Profile::Production),
    Rule::integer(
        "auth.key_refresh_seconds",
        |s| s.auth.key_refresh.as_secs(),
        (1, 3_600),
        "seconds in production: a key that the issuer has withdrawn is believed that long",
    )
    .only_in(Profile::Production),
    Rule::integer(
        "auth.key_max_age_seconds",
        |s| s.auth.key_max_age.as_secs(),
        (1, 86_400),
        "seconds in production: while the issuer cannot be reached, a key that it has withdrawn is believed that long",
    )
    .only_in(Profile::Production),
    Rule::issuer(
        "auth.issuers[].max_lifetime_seconds",
        |one, _| one.max_lifetime > Some(Duration::from_hours(2)),
        "at most 7200 in production, and that only for an issuer that cannot do less",
        "max_lifetime_seconds = 7201",
    )
    .only_in(Profile::Production),
];

const POINTER: &str = "must be a JSON pointer such as /roles";
const URL: &str = "write an https URL without a user and without a fragment";

/// RFC 6901 §3, to a member: `""` is the whole token.
fn is_pointer(text: &str) -> bool {
    let mut escapes = text.split('~').skip(1);
    text.starts_with('/') && escapes.all(|rest| rest.starts_with(['0', '1']))
}

/// Whether no token can have any of the types; the header's `application/` is left out when they are compared.
fn has_no_type(issuer: &Issuer) -> bool {
    let unfit = |name: &String| {
        name.is_empty() || name.contains('/') || !name.bytes().all(|byte| byte.is_ascii_graphic())
    };
    issuer.token_types.is_empty() || issuer.token_types.iter().any(unfit)
}
