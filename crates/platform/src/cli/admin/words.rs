//! What an operator types after `admin`.
//!
//! A command names one target: the parser refuses none and two, since a slip must not contain the wrong
//! caller. The service judges all values again. `calls` makes the request.

use std::{fmt, time::Duration};

use clap::{Args, Subcommand, ValueEnum};
/// What a restriction may last: what the service accepts.
const SHORTEST: Duration = Duration::from_mins(1);
const LONGEST: Duration = Duration::from_hours(90 * 24);

#[derive(Subcommand)]
pub(super) enum Word {
    /// Narrow what one caller may do, or close one operation, from the next request on, for a while
    Restrict(Restrict),
    /// End what was issued already, from the next request on
    Revoke(Revoke),
    /// Lift a restriction
    Lift {
        /// What `restrict` and `list` print first
        id: String,
    },
    /// Print the restrictions that hold, or what is revoked
    List(List),
    /// Callers' API keys
    #[command(subcommand)]
    ApiKey(ApiKey),
}

#[derive(Args)]
pub(super) struct Restrict {
    #[command(flatten)]
    pub target: Restricted,
    /// Whose subject or client it is [default: the issuer, where the service trusts one only]
    #[arg(long, value_name = "ISSUER")]
    pub issuer: Option<String>,
    /// What is done
    #[arg(long, value_enum)]
    pub action: Action,
    /// What a throttled target has left
    #[arg(long, value_name = "REQUESTS", required_if_eq("action", "throttle"))]
    pub per_minute: Option<u32>,
    /// How long: 30m, 2h, 7d; a minute to ninety days
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    pub duration: Duration,
    #[command(flatten)]
    pub why: Why,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
pub(super) struct Restricted {
    /// A subject of an issuer
    #[arg(long, value_name = "NAME")]
    pub subject: Option<String>,
    /// A client of an issuer (`client_id`), for all its users
    #[arg(long, value_name = "ID")]
    pub client: Option<String>,
    /// An API key, by its id
    #[arg(long, value_name = "ID")]
    pub api_key: Option<String>,
    /// A network: 203.0.113.0/24
    #[arg(long, value_name = "CIDR")]
    pub network: Option<String>,
    /// An operation of the service, for all its callers, by its id: `routes` prints it as ACTION
    #[arg(long, value_name = "ID")]
    pub operation: Option<String>,
}

/// A word of two may be typed as `admin list` prints it.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Action {
    /// Every request is on record
    Watch,
    /// So many requests a minute
    Throttle,
    /// Recent authentication for everything
    #[value(alias = "step_up")]
    StepUp,
    /// Only GET and HEAD
    #[value(alias = "read_only")]
    ReadOnly,
    /// Nothing
    Block,
}

#[derive(Args)]
pub(super) struct Revoke {
    #[command(flatten)]
    pub target: Revoked,
    /// Who issued it [default: the issuer, where the service trusts one only]
    #[arg(long, value_name = "ISSUER")]
    pub issuer: Option<String>,
    #[command(flatten)]
    pub why: Why,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
pub(super) struct Revoked {
    /// One token, by its id (`jti`), and never by its text
    #[arg(long, value_name = "ID")]
    pub token_id: Option<String>,
    /// All that a subject was issued before, and the subject's API keys
    #[arg(long, value_name = "NAME")]
    pub subject: Option<String>,
    /// All that a client was issued before, for all its users
    #[arg(long, value_name = "ID")]
    pub client: Option<String>,
    /// All that a key has signed (`kid`), for good
    #[arg(long, value_name = "ID")]
    pub signing_key: Option<String>,
    /// All that the issuer has issued before
    #[arg(long)]
    pub everything: bool,
}

#[derive(Args)]
pub(super) struct Why {
    /// One line for those who read the record
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// The incident: INC-2031
    #[arg(long, value_name = "ID")]
    pub ticket: String,
}

#[derive(Args)]
pub(super) struct List {
    #[arg(value_enum, default_value_t = Listed::Restrictions)]
    pub what: Listed,
    #[command(flatten)]
    pub page: Page,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Listed {
    Restrictions,
    Revocations,
}

#[derive(Subcommand)]
pub(super) enum ApiKey {
    /// Print API keys, newest first
    List {
        /// Only those of this subject
        #[arg(long, value_name = "NAME")]
        owner: Option<String>,
        /// The owner's issuer [default: the issuer, where the service trusts one only]
        #[arg(long, value_name = "ISSUER", requires = "owner")]
        issuer: Option<String>,
        #[command(flatten)]
        page: Page,
    },
    /// Revoke an API key, from the next request on
    Revoke {
        /// Its id, and never its text
        id: String,
    },
}

/// A page of what may be long.
#[derive(Args)]
pub(super) struct Page {
    /// What the page before it ended with
    #[arg(long, value_name = "TEXT")]
    pub cursor: Option<String>,
}

impl fmt::Display for Action {
    /// As the service spells it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Watch => "watch",
            Self::Throttle => "throttle",
            Self::StepUp => "step_up",
            Self::ReadOnly => "read_only",
            Self::Block => "block",
        })
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    let duration = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if (SHORTEST..=LONGEST).contains(&duration) {
        Ok(duration)
    } else {
        Err("choose 1m to 90d".to_owned())
    }
}
