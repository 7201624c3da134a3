//! The rules that a well-typed configuration must still keep: one table, gathered from its parts.
//!
//! A service that starts with an insecure setting is attacked through it, so production refuses to
//! start and names every one (ASVS 13.4.2). A service that starts with a setting that no request
//! can match refuses everybody, so that is said at the start too.
//!
//! Controls: CF-02

use super::{
    ConfigError, Profile, Settings, alerts, audit, check_admin, check_auth, check_limits,
    check_public, check_rate_limit, check_tls, check_weakness, database, detection,
    log_filter::{FilterFault, filter_fault},
    otlp,
    rule::Rule,
    shared_quotas, siem,
};

/// Every rule.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    [
        RULES,
        check_tls::RULES,
        check_limits::RULES,
        check_public::RULES,
        check_admin::RULES,
        check_rate_limit::RULES,
        shared_quotas::RULES,
        check_auth::RULES,
        check_weakness::RULES,
        detection::RULES,
        database::RULES,
        alerts::RULES,
        audit::RULES,
        siem::RULES,
        otlp::RULES,
    ]
    .into_iter()
    .flatten()
}

const RULES: &[Rule] = &[
    Rule::integer(
        "idempotency.retention_hours",
        |s| s.idempotency.retention_hours,
        (1, 720),
        "hours",
    ),
    Rule::integer(
        "per_owner.rows",
        |s| s.per_owner.rows.into(),
        (1, 10_000_000),
        "",
    ),
    Rule::whole(
        "sandbox.enabled",
        |s| !s.sandbox.enabled,
        "production keeps the process to its directories: who takes it over could write anywhere and start programs",
        "sandbox.enabled = false",
    )
    .only_in(Profile::Production),
    Rule::whole(
        "log.filter",
        |s| filter_fault(&s.log.filter) == Some(FilterFault::Form),
        "write it like info,sqlx=warn, without spaces",
        "log.filter = 'info, sqlx=warn'",
    ),
    Rule::whole(
        "log.filter",
        |s| filter_fault(&s.log.filter) == Some(FilterFault::Word),
        "a word alone is a level (off, error, warn, info, debug, trace) or one of access, request, platform; \
         write another target as target=level",
        "log.filter = 'inof'",
    ),
    Rule::whole(
        "log.filter",
        |s| s.log.drops_warnings(),
        "drops this service's warnings, which production needs: begin it with warn or info",
        "log.filter = 'error,access=debug'",
    )
    .only_in(Profile::Production),
    Rule::whole(
        "log.filter",
        |s| s.log.is_verbose(),
        "logs every library at debug or trace, and what it was given with it: begin it with info, and name the \
         target that you look at",
        "log.filter = 'debug'",
    )
    .only_in(Profile::Production),
];

impl Settings {
    /// Adds to `found` every rule that is broken.
    pub(super) fn check(&self, found: &mut Vec<ConfigError>) {
        found.extend(rules().flat_map(|rule| rule.violations(self)));
    }
}
