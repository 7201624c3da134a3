//! The rules that quotas must keep: what the limiters can count, and what production calls a limit.

use super::{
    Profile, Quota, RateLimit, Shares,
    rule::{Rule, has_twice, places},
};

/// Bounds of the library's arithmetic.
const RATE: (f64, f64) = (SLOWEST, 1_000_000.0);
const BURST: (u64, u64) = (1, 1_000_000);
const SLOWEST: f64 = 0.001;
/// What production adds: ten times the default. More limits nobody, and looks as if it did.
const TEN_TIMES: &str = "in production: ten times the default; more would be no limit";

pub(super) const RULES: &[Rule] = &[
    Rule::decimal(
        "rate_limit.handshakes.per_second",
        |s| s.rate_limit.handshakes.per_second,
        RATE,
        "",
    ),
    Rule::integer(
        "rate_limit.handshakes.burst",
        |s| s.rate_limit.handshakes.burst.into(),
        BURST,
        "",
    ),
    Rule::decimal(
        "rate_limit.per_address.per_second",
        |s| s.rate_limit.per_address.per_second,
        RATE,
        "",
    ),
    Rule::integer(
        "rate_limit.per_address.burst",
        |s| s.rate_limit.per_address.burst.into(),
        BURST,
        "",
    ),
    Rule::decimal(
        "rate_limit.failed_authentication.per_second",
        |s| s.rate_limit.failed_authentication.per_second,
        RATE,
        "",
    ),
    Rule::integer(
        "rate_limit.failed_authentication.burst",
        |s| s.rate_limit.failed_authentication.burst.into(),
        BURST,
        "",
    ),
    Rule::decimal(
        "rate_limit.unknown_tokens.per_second",
        |s| s.rate_limit.unknown_tokens.per_second,
        RATE,
        "",
    ),
    Rule::integer(
        "rate_limit.unknown_tokens.burst",
        |s| s.rate_limit.unknown_tokens.burst.into(),
        BURST,
        "",
    ),
    Rule::decimal(
        "rate_limit.per_caller.per_second",
        |s| s.rate_limit.per_caller.quota().per_second,
        RATE,
        "",
    ),
    Rule::integer(
        "rate_limit.per_caller.burst",
        |s| s.rate_limit.per_caller.quota().burst.into(),
        BURST,
        "",
    ),
    Rule::decimal(
        "rate_limit.per_client.per_second",
        |s| s.rate_limit.per_client.per_second,
        RATE,
        "",
    ),
    Rule::integer(
        "rate_limit.per_client.burst",
        |s| s.rate_limit.per_client.burst.into(),
        BURST,
        "",
    ),
    Rule::decimal(
        "rate_limit.per_api_key.per_second",
        |s| s.rate_limit.per_api_key.per_second,
        RATE,
        "",
    ),
    Rule::integer(
        "rate_limit.per_api_key.burst",
        |s| s.rate_limit.per_api_key.burst.into(),
        BURST,
        "",
    ),
    Rule::whole(
        "rate_limit.per_caller.writes_share",
        |s| !is_share(s.rate_limit.per_caller.shares().writes),
        "choose more than 0 and at most 1",
        "rate_limit.per_caller.writes_share = 0",
    ),
    Rule::whole(
        "rate_limit.per_caller.expensive_share",
        |s| !is_share(s.rate_limit.per_caller.shares().expensive),
        "choose more than 0 and at most 1",
        "rate_limit.per_caller.expensive_share = 1.5",
    ),
    Rule::whole(
        "rate_limit.per_caller",
        |s| {
            s.rate_limit
                .has_too_slow_a_share(s.rate_limit.per_caller.quota())
        },
        "writes_share or expensive_share leave less than 0.001 of per_second",
        "rate_limit.per_caller.writes_share = 1e-12",
    ),
    Rule::each(
        "rate_limit.per_role[].role",
        |s| places(&s.rate_limit.per_role, |one| !s.knows_role(&one.role)),
        "is no role of this service",
        "rate_limit.per_role = [{ role = 'edtor', per_second = 1, burst = 1 }]",
    ),
    Rule::each(
        "rate_limit.per_role[].per_second",
        |s| {
            places(&s.rate_limit.per_role, |one| {
                s.rate_limit.has_too_slow_a_share(one.quota()) || one.per_second > RATE.1
            })
        },
        "choose 0.001 to 1000000, also of a share",
        "rate_limit.per_role = [{ role = 'editor', per_second = 0.002, burst = 1 }]",
    ),
    Rule::each(
        "rate_limit.per_role[].burst",
        |s| {
            places(&s.rate_limit.per_role, |one| {
                !(BURST.0..=BURST.1).contains(&one.burst.into())
            })
        },
        "choose 1 to 1000000",
        "rate_limit.per_role = [{ role = 'editor', per_second = 1, burst = 0 }]",
    ),
    Rule::whole(
        "rate_limit.per_role",
        |s| has_twice(s.rate_limit.per_role.iter().map(|one| &one.role)),
        "names a role twice",
        "rate_limit.per_role = [{ role = 'editor', per_second = 1, burst = 1 }, \
         { role = 'editor', per_second = 2, burst = 2 }]",
    ),
    production(Rule::decimal(
        "rate_limit.handshakes.per_second",
        |s| s.rate_limit.handshakes.per_second,
        (SLOWEST, 2_000.0),
        TEN_TIMES,
    )),
    production(Rule::integer(
        "rate_limit.handshakes.burst",
        |s| s.rate_limit.handshakes.burst.into(),
        (1, 10_000),
        TEN_TIMES,
    )),
    production(Rule::decimal(
        "rate_limit.per_address.per_second",
        |s| s.rate_limit.per_address.per_second,
        (SLOWEST, 1_000.0),
        TEN_TIMES,
    )),
    production(Rule::integer(
        "rate_limit.per_address.burst",
        |s| s.rate_limit.per_address.burst.into(),
        (1, 4_000),
        TEN_TIMES,
    )),
    production(Rule::decimal(
        "rate_limit.failed_authentication.per_second",
        |s| s.rate_limit.failed_authentication.per_second,
        (SLOWEST, 10.0),
        TEN_TIMES,
    )),
    production(Rule::integer(
        "rate_limit.failed_authentication.burst",
        |s| s.rate_limit.failed_authentication.burst.into(),
        (1, 500),
        TEN_TIMES,
    )),
    production(Rule::decimal(
        "rate_limit.unknown_tokens.per_second",
        |s| s.rate_limit.unknown_tokens.per_second,
        (SLOWEST, 2_000.0),
        TEN_TIMES,
    )),
    production(Rule::integer(
        "rate_limit.unknown_tokens.burst",
        |s| s.rate_limit.unknown_tokens.burst.into(),
        (1, 2_000),
        TEN_TIMES,
    )),
    production(Rule::decimal(
        "rate_limit.per_caller.per_second",
        |s| s.rate_limit.per_caller.quota().per_second,
        (SLOWEST, 500.0),
        TEN_TIMES,
    )),
    production(Rule::integer(
        "rate_limit.per_caller.burst",
        |s| s.rate_limit.per_caller.quota().burst.into(),
        (1, 2_000),
        TEN_TIMES,
    )),
    production(Rule::decimal(
        "rate_limit.per_client.per_second",
        |s| s.rate_limit.per_client.per_second,
        (SLOWEST, 10_000.0),
        TEN_TIMES,
    )),
    production(Rule::integer(
        "rate_limit.per_client.burst",
        |s| s.rate_limit.per_client.burst.into(),
        (1, 40_000),
        TEN_TIMES,
    )),
    production(Rule::decimal(
        "rate_limit.per_api_key.per_second",
        |s| s.rate_limit.per_api_key.per_second,
        (SLOWEST, 250.0),
        TEN_TIMES,
    )),
    production(Rule::integer(
        "rate_limit.per_api_key.burst",
        |s| s.rate_limit.per_api_key.burst.into(),
        (1, 1_000),
        TEN_TIMES,
    )),
    production(Rule::each(
        "rate_limit.per_role[].per_second",
        |s| places(&s.rate_limit.per_role, |one| one.per_second > 5_000.0),
        "at most 5000 in production; more would be no limit",
        "rate_limit.per_role = [{ role = 'editor', per_second = 5001, burst = 1 }]",
    )),
    production(Rule::each(
        "rate_limit.per_role[].burst",
        |s| places(&s.rate_limit.per_role, |one| one.burst > 20_000),
        "at most 20000 in production; more would be no limit",
        "rate_limit.per_role = [{ role = 'editor', per_second = 1, burst = 20001 }]",
    )),
];

const fn production(rule: Rule) -> Rule {
    rule.only_in(Profile::Production)
}

fn is_share(share: f64) -> bool {
    share > 0.0 && share <= 1.0
}

impl RateLimit {
    /// A bucket that fills too slowly for the library's arithmetic, or never.
    fn has_too_slow_a_share(&self, quota: Quota) -> bool {
        let Shares { writes, expensive } = self.per_caller.shares();
        let smallest = quota.share(writes.min(expensive).clamp(0.0, 1.0));
        // Not `<`: what is not a number is too slow as well.
        !(SLOWEST..).contains(&smallest.per_second)
    }
}
