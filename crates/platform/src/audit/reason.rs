//! The closed list of reasons that a line can give.
//!
//! Alerts match on `reason_code`, so a reason is a variant here and never a text made elsewhere: a
//! client cannot invent one, and `docs/audit.md` can be held against the list.

use serde::{Serialize, Serializer};

macro_rules! reasons {
    ($($(#[$doc:meta])+ $reason:ident = $name:literal;)+) => {
        /// Why.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Reason {
            $($(#[$doc])+ $reason,)+
        }

        impl Reason {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$reason,)+];

            /// As it stands in a line.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$reason => $name,)+
                }
            }
        }
    };
}

reasons! {
    // Requests.
    /// The caller may not do this.
    NotPermitted = "not_permitted";
    /// The caller has to authenticate again first.
    NotRecent = "not_recent";
    /// The object is not there for this caller.
    NotFound = "not_found";
    /// No route has this path.
    NoSuchPath = "no_such_path";
    /// The state of the object does not permit this.
    WrongState = "wrong_state";
    /// Something that exists already has a value that only one may have.
    AlreadyExists = "already_exists";
    /// The caller has as many as one owner may have.
    LimitReached = "limit_reached";
    /// `If-Match` names another version.
    Outdated = "outdated";
    /// An input breaks a rule.
    Invalid = "invalid";
    /// A request, an input or a token does not have the syntax or shape that is read.
    Malformed = "malformed";
    /// A member or parameter that the operation does not have.
    UnknownMember = "unknown_member";
    /// A query where the operation reads none.
    UnexpectedQuery = "unexpected_query";
    /// A body or a token is larger than allowed.
    TooLarge = "too_large";
    /// A method that the resource does not have.
    Method = "method";
    /// A media type or content coding that the operation does not read.
    MediaType = "media_type";
    /// An `Expect` other than `100-continue`.
    Expectation = "expectation";
    /// The head is longer than allowed, or has too many fields.
    HeadTooLarge = "head_too_large";
    /// The request is for another host.
    Misdirected = "misdirected";
    /// The request target is longer than allowed.
    TargetTooLong = "target_too_long";
    /// The request did not arrive in time.
    TooSlow = "too_slow";
    /// The request came without TLS.
    PlainHttp = "plain_http";
    /// A transfer coding other than `chunked`.
    TransferCoding = "transfer_coding";
    /// A page of an origin that is not configured.
    ForeignOrigin = "foreign_origin";
    /// A restriction of this caller.
    Restricted = "restricted";
    /// Many objects that are not there for the caller were asked for.
    AbsentObjects = "absent_objects";
    /// Many inputs broke rules.
    BrokenRules = "broken_rules";
    /// Many rows of other owners were read.
    RowsOfOthers = "rows_of_others";
    /// One token or API key was used from many networks.
    ManyNetworks = "many_networks";
    /// Many secrets or signatures were refused that named one key.
    GuessedKeys = "guessed_keys";
    /// The service could not do it.
    Failed = "failed";
    /// An earlier request with the same `Idempotency-Key` made the change.
    Repeated = "repeated";

    // The process.
    /// The service could not start.
    StartFailed = "start_failed";

    // The database.
    /// It does not answer, or no connection is free in time.
    DatabaseSilent = "silent";
    /// Somebody holds its write lock.
    DatabaseLocked = "locked";
    /// The user of the service may not read and write its files.
    DatabaseClosed = "no_access";
    /// Its files may only be read.
    DatabaseReadOnly = "read_only";
    /// Its disk is full.
    DatabaseFull = "full";
    /// Its disk cannot be read or written.
    DatabaseDisk = "disk";
    /// Its files cannot be opened.
    DatabaseCannotOpen = "cannot_open";
    /// It has no memory left.
    DatabaseMemory = "memory";
    /// Its file was removed, renamed or replaced.
    DatabaseMoved = "moved";
    /// Its file is damaged.
    DatabaseDamaged = "damaged";
    /// The role of the service lacks a right.
    DatabaseNoRight = "no_right";
    /// It is a standby, or may only be read.
    DatabaseStandby = "standby";
    /// It refuses the user of the service.
    DatabaseRefused = "refused";
    /// The connection to it cannot be trusted.
    DatabaseTls = "tls";

    // Tokens.
    /// There is no access token, or no certificate.
    Missing = "missing";
    /// `typ` is not `at+jwt`.
    Type = "typ";
    /// The header has `crit`.
    Critical = "crit";
    /// The issuer does not sign with this algorithm.
    Algorithm = "alg_not_allowed";
    /// The issuer has no such key.
    KeyUnknown = "key_unknown";
    /// The keys of the issuer cannot be had.
    KeysUnavailable = "keys_unavailable";
    /// A key of an example, which everybody can sign with.
    KeyExample = "key_example";
    /// A second key of one id and algorithm: which of the two is meant, nobody can say.
    KeyAmbiguous = "key_ambiguous";
    /// The signature is not by this key.
    Signature = "bad_signature";
    /// The issuer is not trusted.
    Issuer = "iss";
    /// The token is for another audience; an API key is for the public listener, where the service offers keys.
    Audience = "aud";
    /// The issuer's tokens are not accepted of this client.
    Client = "client_not_allowed";
    /// A claim is missing.
    ClaimMissing = "claim_missing";
    /// A claim has the wrong JSON type.
    ClaimType = "claim_type";
    /// The token, the API key or the certificate has expired.
    Expired = "expired";
    /// The token is not valid yet.
    NotYetValid = "not_yet_valid";
    /// The token is valid for longer than allowed.
    Lifetime = "lifetime";
    /// The token, the API key or the certificate was revoked.
    Revoked = "revoked";
    /// The token is bound to a key that the client has not shown.
    Confirmation = "cnf_required";

    // API keys; some of the reasons of tokens are theirs too.
    /// The checksum does not fit: the key was not copied whole.
    Checksum = "checksum";
    /// The service has no key of this id.
    ApiKeyUnknown = "api_key_unknown";
    /// The id is that of a key, and the secret is not.
    Secret = "wrong_secret";

    // Certificates of operators; some of the reasons of tokens are theirs too.
    /// The connection comes from a network that operators do not connect from, or that the API key is not for.
    Network = "network";
    /// No trusted authority made the certificate.
    Authority = "authority";

    // Quotas.
    /// The quota of the address.
    AddressQuota = "address";
    /// The quota of new connections.
    HandshakeQuota = "handshakes";
    /// The quota of refused credentials.
    FailedAuthenticationQuota = "failed-authentication";
    /// The quota of the caller.
    CallerQuota = "caller";
    /// The quota of the client.
    ClientQuota = "client";
    /// The quota of the API key.
    ApiKeyQuota = "api-key";
    /// The quota of changes.
    WriteQuota = "writes";
    /// The quota of expensive operations.
    ExpensiveQuota = "expensive";
    /// Connections of everybody.
    InAll = "in_all";
    /// Connections of one address.
    OfOneAddress = "of_one_address";
    /// Connections of one network.
    OfOneNetwork = "of_one_network";
    /// Connections in their TLS handshake.
    InHandshake = "in_handshake";

    // The receiver of the journal's lines.
    /// There is no connection to it that can be believed.
    ReceiverAway = "receiver_away";
    /// The connection ended before it had said that it has read all lines.
    NotConfirmed = "not_confirmed";
    /// Lines wait for longer than five minutes.
    ReceiverBehind = "receiver_behind";
    /// Lines left the directory of the journal before they could be sent.
    LinesGone = "lines_gone";
    /// The journal's own file cannot be read.
    NotReadable = "not_readable";

    // The journal itself.
    /// The journal could not be written.
    NotWritable = "not_writable";
    /// Points found no room in the queue.
    QueueFull = "queue_full";
    /// The last line was not finished, and was moved away.
    LineNotFinished = "line_not_finished";
    /// A line cannot stand where it stands.
    ChainBroken = "chain_broken";
    /// Another line stands where the head was signed.
    JournalReplaced = "journal_replaced";
    /// Signed lines are gone.
    EndCutOff = "end_cut_off";
    /// There are lines, and no head.
    HeadMissing = "head_missing";
    /// The head is not by our key.
    HeadNotSigned = "head_not_signed";
    /// The newest full file does not end as its name says.
    FullFileChanged = "full_file_changed";
    /// Lines follow the last checkpoint.
    NotSigned = "not_signed";
    /// The file was removed while the journal was open.
    JournalGone = "journal_gone";
    /// The file was changed while the journal was open.
    JournalChanged = "journal_changed";
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
