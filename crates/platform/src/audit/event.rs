//! The vocabulary: every kind of event that the journal knows, and no other.
//!
//! Alerts are written against these names, so they are a closed list, and a caller cannot invent
//! one. They are those of the OWASP Logging Vocabulary where it has one. What each means to an
//! operator: `docs/audit.md`.

use serde::{Deserialize, Serialize, Serializer};

/// How loudly an event asks for attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Info,
    Warn,
    Error,
    Critical,
}

macro_rules! vocabulary {
    ($($(#[$doc:meta])+ $event:ident = $name:literal, $level:ident;)+) => {
        /// What happened.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Event {
            $($(#[$doc])+ $event,)+
        }

        impl Event {
            /// All of them, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$event,)+];

            /// As it stands in a line.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$event => $name,)+
                }
            }

            #[must_use]
            pub const fn level(self) -> Level {
                match self {
                    $(Self::$event => Level::$level,)+
                }
            }
        }
    };
}

vocabulary! {
    /// A token was believed.
    AuthnTokenOk = "authn_token_ok", Info;
    /// A token was refused, or there was none; `reason_code` says why.
    AuthnTokenFail = "authn_token_fail", Warn;
    /// A token or key was presented after it had been revoked.
    AuthnTokenReuse = "authn_token_reuse", Critical;
    /// A connection to the admin listener was refused: its certificate, or the network that it comes from.
    AuthnCertificateFail = "authn_certificate_fail", Warn;
    /// An API key was believed; `count` says how often since the line before.
    AuthnApiKeyOk = "authn_apikey_ok", Info;
    /// An API key was refused.
    AuthnApiKeyFail = "authn_apikey_fail", Warn;
    /// An API key was used for the first time.
    AuthnApiKeyFirstUse = "authn_apikey_first_use", Info;
    /// An API key was created.
    AuthnTokenCreated = "authn_token_created", Info;
    /// A token was revoked.
    AuthnTokenRevoked = "authn_token_revoked", Warn;
    /// An API key was revoked.
    AuthnTokenDelete = "authn_token_delete", Warn;
    /// Recent or stronger authentication was asked for (RFC 9470).
    AuthnStepUpRequired = "authn_stepup_required", Info;

    /// A permission was missing.
    AuthzFail = "authz_fail", Critical;
    /// A member of an object was not this caller's to change.
    AuthzPropertyFail = "authz_property_fail", Critical;
    /// Many objects that are not there for this caller were asked for; `count` says how many.
    MaliciousExcess404 = "malicious_excess_404", Warn;
    /// An operator read something, or was refused before the attempt of a change.
    AuthzAdmin = "authz_admin", Warn;

    /// An object was created.
    SensitiveCreate = "sensitive_create", Warn;
    /// Somebody else's object was read, by a permission to read any.
    SensitiveRead = "sensitive_read", Info;
    /// An object was changed.
    SensitiveUpdate = "sensitive_update", Warn;
    /// An object was approved by somebody who is not its owner.
    SensitiveApprove = "sensitive_approve", Warn;
    /// An object was deleted.
    SensitiveDelete = "sensitive_delete", Warn;

    /// Many inputs of one caller broke rules; `count` says how many.
    InputValidationFail = "input_validation_fail", Warn;
    /// Unknown members were sent: a probe for hidden ones.
    MaliciousExtraneous = "malicious_extraneous", Critical;
    /// Framing, host, method or encoding that no honest client sends.
    MaliciousProtocol = "malicious_protocol", Warn;
    /// A page of another origin tried to call the API.
    MaliciousCors = "malicious_cors", Critical;
    /// A rate limit tripped; `count` says for how many requests.
    ExcessRateLimitExceeded = "excess_rate_limit_exceeded", Warn;
    /// A bound on connections was reached; the address is the one that holds most of them.
    ExcessConnections = "excess_connections", Warn;
    /// A caller tried to have more than one owner may; `count` says how often.
    ExcessOwnerLimit = "excess_owner_limit", Warn;
    /// A change that the object's state does not permit.
    SequenceFail = "sequence_fail", Warn;

    /// A rule of detection noticed something; `reason_code` is the rule.
    ContainDetected = "contain_detected", Warn;
    /// A caller was restricted.
    ContainApplied = "contain_applied", Warn;
    /// A restriction was lifted.
    ContainRemoved = "contain_removed", Warn;

    /// A restriction expired.
    ContainExpired = "contain_expired", Info;
    /// A watched caller used an operation.
    ContainWatched = "contain_watched", Info;
    /// Restrictions and revocations cannot be read; the last known ones hold.
    ContainSyncFail = "contain_sync_fail", Error;
    /// The server of the shared quotas is away; until it is back, what is configured for that holds.
    QuotaSyncFail = "quota_sync_fail", Error;
    /// The server of the shared quotas is back.
    QuotaSyncOk = "quota_sync_ok", Info;

    /// The receiver of the journal's lines is away, does not confirm, or is behind; `reason_code` says which.
    SiemSyncFail = "siem_sync_fail", Error;
    /// The receiver of the journal's lines confirms them again.
    SiemSyncOk = "siem_sync_ok", Info;

    /// The database became unusable; `reason_code` says how.
    DatabaseFail = "database_fail", Error;
    /// The database can be used again.
    DatabaseOk = "database_ok", Info;

    /// The configuration was loaded.
    ConfigLoaded = "config_loaded", Info;
    /// An issuer's keys were read.
    JwksRefresh = "jwks_refresh", Info;
    /// An issuer's keys could not be read.
    JwksRefreshFail = "jwks_refresh_fail", Error;
    /// An issuer published a key that it should not have, and that is not used; `reason_code`.
    JwksKeyRejected = "jwks_key_rejected", Warn;
    /// A certificate was reloaded.
    TlsReloadOk = "tls_reload_ok", Info;
    /// A certificate could not be reloaded.
    TlsReloadFail = "tls_reload_fail", Error;
    /// A certificate of this service expires soon, or has expired; said once a day.
    TlsCertificateExpiry = "tls_certificate_expiry", Warn;
    /// The service started.
    SysStartup = "sys_startup", Warn;
    /// The service stopped when asked to, or could not start; `reason_code` says so.
    SysShutdown = "sys_shutdown", Warn;
    /// A handler panicked.
    SysPanic = "sys_panic", Critical;
    /// A request ended in a 500.
    UnexpectedError = "unexpected_error", Error;

    /// The journal was opened by a process. What the one before left open stays open.
    SysMonitorEnabled = "sys_monitor_enabled", Info;
    /// The journal was closed in order.
    SysMonitorDisabled = "sys_monitor_disabled", Warn;
    /// The journal could not be written for a while; `count` says how many changes were refused.
    AuditSinkFail = "audit_sink_fail", Critical;
    /// Lines are missing or broken; `reason_code` says how, `count` how many.
    AuditGap = "audit_gap", Critical;
    /// A signature over all lines before.
    AuditCheckpoint = "audit_checkpoint", Info;
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
