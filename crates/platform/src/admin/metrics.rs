//! `GET /metrics`: what operators watch, as OpenMetrics text.
//!
//! A figure is a closure that is asked when somebody looks, so counting knows nothing of names and labels.
//! Labels come from tables of this service, never from a request. It needs no token, as health does not:
//! what collects metrics is a machine of the same network, with a certificate.
//!
//! Controls: AD-01, AD-05

use std::{fmt, sync::Arc};

use actix_web::web::Data;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet, text},
    metrics::MetricType,
    registry::Registry,
};

use crate::{
    auth::Anyone,
    http::{
        problem::Problem,
        response::asset::{Asset, OpenMetrics},
        routing::route::Resource,
    },
};

/// The path that a collector asks.
pub const PATH: &str = "/metrics";

/// The operation on metrics.
#[must_use]
pub fn routes() -> Vec<Resource> {
    vec![Resource::at(PATH).get("metrics_read", "Read what operators watch.", read)]
}

/// Names and values that tell one sample of a family from the others.
pub type Labels = Vec<(&'static str, String)>;

/// What a sample says.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Of a counter: never less than before.
    Count(u64),
    /// Of a gauge.
    Gauge(f64),
    /// How many are up to each bound and above the one before, and the sum of their values.
    Histogram { buckets: Vec<(f64, u64)>, sum: f64 },
    /// That the labels are so.
    Info,
}

impl Value {
    /// A whole number, as a gauge.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "a gauge is a float; whole numbers are exact far beyond what is counted here"
    )]
    pub fn number(number: u64) -> Self {
        Self::Gauge(number as f64)
    }

    /// How many there are, as a gauge.
    #[must_use]
    pub fn size(number: usize) -> Self {
        Self::number(u64::try_from(number).unwrap_or(u64::MAX))
    }
}

/// The samples of a family.
pub type Samples = Vec<(Labels, Value)>;

/// The one sample of a family without labels.
#[must_use]
pub fn one(value: Value) -> Samples {
    vec![(Labels::new(), value)]
}

/// A figure, as operators know it.
#[derive(Clone)]
pub struct Family {
    name: &'static str,
    help: &'static str,
    kind: MetricType,
    read: Arc<dyn Fn() -> Samples + Send + Sync>,
}

impl Family {
    /// A figure that `read` says when somebody looks. `name` is without the suffix of its type: a counter's
    /// samples end in `_total`. `help` is one line; `docs/metrics.md` has more.
    pub fn new(
        name: &'static str,
        help: &'static str,
        kind: MetricType,
        read: impl Fn() -> Samples + Send + Sync + 'static,
    ) -> Self {
        Self {
            name,
            help,
            kind,
            read: Arc::new(read),
        }
    }

    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    #[must_use]
    pub fn help(&self) -> &'static str {
        self.help
    }

    /// The samples as they are now.
    #[must_use]
    pub fn samples(&self) -> Samples {
        (self.read)()
    }
}

impl fmt::Debug for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Collector for Family {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let mut metric = encoder.encode_descriptor(self.name, self.help, None, self.kind)?;
        for (labels, value) in self.samples() {
            if matches!(value, Value::Info) {
                metric.encode_info(&labels)?;
            } else if labels.is_empty() {
                sample(&mut metric, &value)?;
            } else {
                sample(&mut metric.encode_family(&labels)?, &value)?;
            }
        }
        Ok(())
    }
}

fn sample(metric: &mut MetricEncoder, value: &Value) -> fmt::Result {
    match value {
        Value::Count(count) => metric.encode_counter::<NoLabelSet, _, u64>(count, None),
        Value::Gauge(gauge) => metric.encode_gauge(gauge),
        Value::Histogram { buckets, sum } => {
            let count = buckets.iter().map(|(_, count)| count).sum();
            metric.encode_histogram::<NoLabelSet>(*sum, count, buckets, None)
        }
        Value::Info => Ok(()),
    }
}

/// All families of a service.
pub struct Metrics {
    families: Vec<Family>,
    registry: Registry,
}

impl Metrics {
    #[must_use]
    pub fn new(families: impl IntoIterator<Item = Family>) -> Self {
        let families: Vec<_> = families.into_iter().collect();
        let mut registry = Registry::default();
        for family in &families {
            registry.register_collector(Box::new(family.clone()));
        }
        Self { families, registry }
    }

    #[must_use]
    pub fn families(&self) -> &[Family] {
        &self.families
    }

    /// All samples as they are now.
    ///
    /// # Errors
    /// When a sample cannot be written.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

async fn read(_: Anyone, metrics: Data<Metrics>) -> Result<Asset<OpenMetrics>, Problem> {
    let text = metrics.text();
    let text = text.map_err(|error| Problem::Internal(error.into()))?;
    Ok(Asset::new(text))
}
