//! Exact counting: so many requests, each answer with its time, in no framework's closed loop.
//!
//! "Exactly burst served" is a claim about every single request. A framework's users can only offer a
//! rate, so the scenarios that count use this, and those that load use `crowd.rs`.

use std::{collections::BTreeMap, time::Instant};

use futures_util::{StreamExt as _, stream};
use reqwest::{RequestBuilder, Response, header::HeaderMap};

/// What came back, and when.
#[derive(Debug, Clone)]
pub struct Answer {
    /// 0 when nothing came back.
    pub status: u16,
    pub sent: Instant,
    pub received: Instant,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    /// Neither refused by a quota nor without an answer. (An anonymous 401 was let through.)
    #[must_use]
    pub fn let_through(&self) -> bool {
        !matches!(self.status, 0 | 429)
    }

    #[must_use]
    pub fn refused(&self) -> bool {
        self.status == 429
    }

    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// Seconds to wait, when it says so as the specification has it.
    #[must_use]
    pub fn retry_after(&self) -> Option<u64> {
        self.header("retry-after")
            .parse()
            .ok()
            .filter(|&seconds| seconds > 0)
    }

    /// The type of the problem, `/problems/…`.
    #[must_use]
    pub fn problem(&self) -> String {
        let problem: serde_json::Value = serde_json::from_str(&self.body).unwrap_or_default();
        let kind = problem.get("type").and_then(|kind| kind.as_str());
        kind.unwrap_or_default().to_owned()
    }
}

/// Sends one request and reads its answer to the end.
pub async fn ask(request: RequestBuilder) -> Answer {
    let sent = Instant::now();
    let (status, headers, body) = match request.send().await {
        Ok(response) => read(response).await,
        Err(_) => (0, HeaderMap::new(), String::new()),
    };
    Answer {
        status,
        sent,
        received: Instant::now(),
        headers,
        body,
    }
}

async fn read(response: Response) -> (u16, HeaderMap, String) {
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    (status, headers, response.text().await.unwrap_or_default())
}

/// Sends them all, at most `width` at a time.
pub async fn volley(requests: Vec<RequestBuilder>, width: usize) -> Volley {
    let answers = stream::iter(requests)
        .map(ask)
        .buffer_unordered(width)
        .collect()
        .await;
    Volley(answers)
}

/// The answers of a volley.
#[derive(Debug)]
pub struct Volley(pub Vec<Answer>);

impl Volley {
    #[must_use]
    pub fn let_through(&self) -> usize {
        self.0.iter().filter(|answer| answer.let_through()).count()
    }

    #[must_use]
    pub fn refused(&self) -> usize {
        self.0.iter().filter(|answer| answer.refused()).count()
    }

    /// From the first request sent to the last answer received.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        let first = self.0.iter().map(|answer| answer.sent).min();
        let last = self.0.iter().map(|answer| answer.received).max();
        first.zip(last).map_or(0.0, |(first, last)| {
            last.duration_since(first).as_secs_f64()
        })
    }

    /// `50×200 30×429`.
    #[must_use]
    pub fn statuses(&self) -> String {
        let mut counts = BTreeMap::<u16, usize>::new();
        for answer in &self.0 {
            *counts.entry(answer.status).or_default() += 1;
        }
        statuses(counts)
    }
}

/// Counts by status, as a person reads them.
pub fn statuses(counts: impl IntoIterator<Item = (u16, usize)>) -> String {
    let words = counts.into_iter().map(|(status, count)| match status {
        0 => format!("{count}×no answer"),
        status => format!("{count}×{status}"),
    });
    words.collect::<Vec<_>>().join(" ")
}
