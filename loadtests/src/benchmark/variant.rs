//! The servers that are compared.

use clap::ValueEnum;

/// A server that answers the read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Variant {
    Bare,
    BareTuned,
    Full,
    AllLayers,
    // A layer that is added to the service gets its line here, in `about` and in `compose`.
    WithAccessLog,
    WithoutGate,
    WithoutSeal,
    WithoutSpan,
    WithoutAddressLimit,
    WithoutCors,
    WithoutAuthentication,
    WithoutStages,
}

impl Variant {
    pub fn all() -> impl Iterator<Item = Self> {
        Self::value_variants().iter().copied()
    }

    pub fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }

    pub fn is_bare(self) -> bool {
        matches!(self, Self::Bare | Self::BareTuned)
    }

    /// Whether it is ours with one layer taken out.
    pub fn lacks_a_layer(self) -> bool {
        !self.is_bare() && !matches!(self, Self::Full | Self::WithAccessLog | Self::AllLayers)
    }

    /// What stands between the bytes and the row.
    pub fn about(self) -> &'static str {
        match self {
            Self::Bare => {
                "actix-web, rustls, sqlx with its default pool; one handler, nothing else"
            }
            Self::BareTuned => "the same with the service's pool settings",
            Self::Full => "the service, as it is started in production, with an allowed origin",
            Self::AllLayers => {
                "the same layers put together in the benchmark: must cost what `full` costs"
            }
            Self::WithoutGate => {
                "the framework's own TLS listener in place of seats, deadlines and the gate"
            }
            Self::WithoutSeal => {
                "no security headers, no request id on the answer, no caught panics"
            }
            Self::WithAccessLog => "the service with `access=debug`: a JSON line for each request",
            Self::WithoutSpan => "no request span, no request id",
            Self::WithoutAddressLimit => "requests of an address are not counted",
            Self::WithoutCors => "no allowed origin, so no CORS layer",
            Self::WithoutAuthentication => {
                "a fixed principal in place of the token's, without quotas"
            }
            Self::WithoutStages => {
                "a plain handler in place of the route table's: no permission, representation or query check, no time limit"
            }
        }
    }
}
