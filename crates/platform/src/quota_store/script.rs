//! The script that charges quotas on the server, and what is asked and answered.
//!
//! One script is one round trip for all quotas of a request, and nothing comes between reading and writing a quota:
//! two replicas cannot both take the last one.

use std::time::Duration;

use redis::{Script, aio::MultiplexedConnection};

use crate::{config::Quota, fingerprint::Fingerprint};

use super::{
    bucket::{Bucket, Charged, Order},
    keys::Keys,
    outage::Fault,
};

/// The script, known to the server by its hash.
pub(super) struct Gcra {
    script: Script,
    keys: Keys,
}

impl Gcra {
    pub fn new(keys: Keys) -> Self {
        let script = Script::new(include_str!("gcra.lua"));
        Self { script, keys }
    }

    /// Makes the server know the script, so that requests send its hash only; and charges a quota of nobody, so that
    /// a server which may only be read, or which has no room, is found out before a request asks it.
    pub async fn try_out(&self, connection: &mut MultiplexedConnection) -> Result<(), Fault> {
        self.script.load_async(connection).await?;
        let nobody = Bucket {
            policy: "nobody",
            subject: Fingerprint::of(&[]).into(),
            quota: Quota {
                per_second: 1000.0,
                burst: 1000,
            },
        };
        self.charge(connection, &[nobody], Order::Each).await?;
        Ok(())
    }

    /// Charges these quotas in one round trip. A server that has forgotten the script, as it does when it is
    /// restarted or told to, gets it again.
    pub async fn charge(
        &self,
        connection: &mut MultiplexedConnection,
        buckets: &[Bucket],
        order: Order,
    ) -> Result<Vec<Charged>, Fault> {
        let mut call = self.script.prepare_invoke();
        call.arg(match order {
            Order::FirstRefusalEnds => "in_order",
            Order::Each => "each",
        });
        for bucket in buckets {
            call.key(self.keys.name(bucket));
            // Microseconds with the decimals of a nanosecond: all that the server's numbers hold.
            let period = bucket.quota.period().as_secs_f64() * 1_000_000.0;
            call.arg(format!("{period:.3}")).arg(bucket.quota.burst);
        }
        let answers: Vec<(i64, i64)> = call.invoke_async(connection).await?;
        let charged: Vec<_> = answers.into_iter().map(charged).collect();
        let is_refused = matches!(charged.last(), Some(Charged::Exceeded(_)));
        let is_whole = charged.len() == buckets.len();
        if is_whole || (is_refused && order == Order::FirstRefusalEnds) {
            Ok(charged)
        } else {
            Err(Fault::Answer)
        }
    }
}

fn charged((left, wait): (i64, i64)) -> Charged {
    let wait = Duration::from_micros(wait.try_into().unwrap_or_default());
    left.try_into()
        .map_or(Charged::Exceeded(wait), Charged::Granted)
}
