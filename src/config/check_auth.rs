//! The rules that settings of authentication must keep.

use std::time::Duration;

use super::{Auth, KeySource};

impl Auth {
    /// Calls `refuse` for every rule, with whether it is broken.
    pub(super) fn check(&self, refuse: &mut impl FnMut(bool, &str, &str)) {
        for (key, time, range) in [
            ("auth.leeway_seconds", self.leeway, 0..=30),
            ("auth.max_lifetime_seconds", self.max_lifetime, 60..=86_400),
            (
                "auth.step_up_max_age_seconds",
                self.step_up_max_age,
                1..=86_400,
            ),
            ("auth.key_refresh_seconds", self.key_refresh, 1..=86_400),
            ("auth.key_cooldown_seconds", self.key_cooldown, 1..=3_600),
            ("auth.key_max_age_seconds", self.key_max_age, 1..=604_800),
        ] {
            let mend = format!("choose {} to {} seconds", range.start(), range.end());
            refuse(!range.contains(&time.as_secs()), key, &mend);
        }
        refuse(
            self.token_cache_entries > 10_000_000,
            "auth.token_cache_entries",
            "at most 10000000: each takes about half a kilobyte",
        );
        refuse(
            self.key_max_age < self.key_refresh,
            "auth.key_max_age_seconds",
            "must not be less than key_refresh_seconds: keys would run out between readings",
        );
        self.issuers(refuse);
    }

    fn issuers(&self, refuse: &mut impl FnMut(bool, &str, &str)) {
        for (index, issuer) in self.issuers.iter().enumerate() {
            let key = |member: &str| format!("auth.issuers[{index}].{member}");
            refuse(
                issuer.issuer.is_empty(),
                &key("issuer"),
                "must not be empty",
            );
            refuse(
                issuer.audience.is_empty(),
                &key("audience"),
                "must not be empty",
            );
            refuse(
                issuer.algorithms.is_empty(),
                &key("algorithms"),
                "name at least one",
            );
            for (member, pointer) in [
                ("roles_claim", &issuer.roles_claim),
                ("scope_claim", &issuer.scope_claim),
                ("client_claim", &issuer.client_claim),
                ("token_id_claim", &issuer.token_id_claim),
                ("auth_time_claim", &issuer.auth_time_claim),
            ] {
                let pointer = pointer.starts_with('/');
                refuse(
                    !pointer,
                    &key(member),
                    "must be a JSON pointer such as /roles",
                );
            }
            refuse(
                issuer.token_types.is_empty(),
                &key("token_types"),
                "name at least one",
            );
            let source = issuer.key_source();
            refuse(
                source.is_none(),
                &key("discovery"),
                "give exactly one of discovery, jwks_url and jwks_file",
            );
            if let Some(KeySource::Discovery(url) | KeySource::Url(url)) = source {
                let plain = url.starts_with("https://") && !url.contains('@');
                refuse(
                    !plain,
                    &key("discovery"),
                    "write an https URL without a user",
                );
            }
            let mut before = self.issuers.iter().take(index);
            let twice = before.any(|other| other.issuer == issuer.issuer);
            refuse(twice, &key("issuer"), "is listed twice");
        }
    }

    /// What production refuses.
    pub(super) fn check_production(&self, refuse: &mut impl FnMut(bool, &str, &str)) {
        refuse(
            self.issuers.is_empty(),
            "auth.issuers",
            "production needs at least one issuer: the development issuer is not trusted there",
        );
        for (index, issuer) in self.issuers.iter().enumerate() {
            refuse(
                !issuer.issuer.starts_with("https://"),
                &format!("auth.issuers[{index}].issuer"),
                "must be an https URL",
            );
        }
        refuse(
            self.max_lifetime > Duration::from_hours(1),
            "auth.max_lifetime_seconds",
            "at most 3600 in production: a stolen token lives that long",
        );
        for (index, issuer) in self.issuers.iter().enumerate() {
            refuse(
                issuer
                    .max_lifetime
                    .is_some_and(|lifetime| lifetime > Duration::from_hours(2)),
                &format!("auth.issuers[{index}].max_lifetime_seconds"),
                "at most 7200 in production, and that only for an issuer that cannot do less",
            );
        }
    }
}
