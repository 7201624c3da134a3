//! The inputs: each family is one place where a client's bytes go, filled to a share of its limit.
//!
//! All stay within the default limits, so that the gate admits them: 8 KiB of target, 32 KiB, 64 fields
//! and 256 commas and semicolons of head, 64 KiB of body, 512 chunks. What is refused behind the gate
//! counts as well: a refusal must not be dear either.

use super::{
    bodies::{bodies, mixture},
    family::{BODY, Family, add, numbered, part, repeated},
    parts::{Operation, Parts},
};

/// What the limits leave beside the rest of an ordinary request.
const TARGET: usize = 8_100;
const FIELD: usize = 31_000;

/// All of them, and so many mixtures of bodies.
pub fn families(mixtures: u64) -> Vec<Family> {
    let mut all = Vec::new();
    targets(&mut all);
    fields(&mut all);
    bodies(&mut all);
    for seed in 0..mixtures {
        add(
            &mut all,
            Operation::Create,
            &format!("mixed values, seed {seed}"),
            move |parts, share| {
                parts.body = mixture(seed, part(BODY, share));
            },
        );
    }
    all
}

fn targets(all: &mut Vec<Family>) {
    use Operation::{List, Read};
    let query = |text: fn(usize) -> String| {
        move |parts: &mut Parts, share: f64| {
            parts.target = format!("/v1/orders?{}", numbered(part(TARGET, share), text));
        }
    };
    add(
        all,
        List,
        "many pairs",
        query(|number| format!("{number:x}&")),
    );
    add(all, List, "pairs up to their number", |parts, share| {
        let pairs = part(32, share).saturating_sub(1);
        let long = part(TARGET, share) / 32;
        let pair = |number: usize| format!("{}{number}&", "a".repeat(long.saturating_sub(4)));
        let pairs: String = (0..pairs).map(pair).collect();
        parts.target = format!("/v1/orders?{pairs}");
    });
    add(all, List, "empty pairs", query(|_| "&".to_owned()));
    add(all, List, "one pair, percent-encoded", |parts, share| {
        parts.target = format!("/v1/orders?status={}", repeated("%61", part(TARGET, share)));
    });
    add(all, List, "one long name", |parts, share| {
        parts.target = format!("/v1/orders?{}=1", "a".repeat(part(TARGET, share)));
    });
    add(all, Read, "a long id", |parts, share| {
        parts.target = format!("/v1/orders/{}", "a".repeat(part(TARGET, share)));
    });
    add(all, Read, "many segments", |parts, share| {
        parts.target = format!("/v1{}", repeated("/a", part(TARGET, share)));
    });
    add(all, Read, "a query where none is read", |parts, share| {
        parts
            .target
            .extend(["?", &repeated("a=b&", part(TARGET - 64, share))]);
    });
}

fn fields(all: &mut Vec<Family>) {
    use Operation::{Change, Read};
    for (operation, name, text) in [
        (Read, "accept", "a/b;q=0.1,"),
        (Read, "accept", "*/*;q=0,"),
        (Read, "accept", ","),
        (Read, "x-forwarded-for", "10.0.0.1,"),
        (Read, "x-forwarded-for", "127.0.0.1,"),
        (Read, "x-forwarded-for", ","),
        (Read, "accept", "application/json;"),
        (Read, "cookie", "a=b;"),
        (Read, "connection", "a,"),
        (Read, "connection", "upgrade,"),
        (Read, "upgrade", "h2c,"),
        (Read, "origin", "a"),
        (Read, "x-nothing", "a"),
        (Change, "if-match", "\"1\","),
        (Change, "if-match", ","),
        (Change, "if-match", "\"a"),
        (Change, "content-type", "application/merge-patch+json;"),
    ] {
        let what = format!("{name} of many {text:?}");
        add(all, operation, &what, move |parts, share| {
            let mut value = repeated(text, part(FIELD, share));
            if text.contains([',', ';']) {
                // As many as the gate lets through.
                let each = text.matches([',', ';']).count();
                value.truncate(text.len() * part(250 / each, share));
            }
            parts.set(name, value.trim_end_matches(','));
        });
    }
    add(
        all,
        Read,
        "x-forwarded-for of proxies and one stranger",
        |parts, share| {
            let hops = ",127.0.0.1".repeat(part(250, share));
            parts.set("x-forwarded-for", &format!("192.0.2.7{hops}"));
        },
    );
    for (name, make) in [
        ("a long token", (|n| "a".repeat(n)) as fn(usize) -> String),
        ("a token of points", |n| ".".repeat(n)),
        ("a token with a long signature", |n| {
            format!("e30.e30.{}", "a".repeat(n))
        }),
    ] {
        add(all, Read, name, move |parts, share| {
            parts.set(
                "authorization",
                &format!("Bearer {}", make(part(FIELD, share))),
            );
        });
    }
    add(all, Read, "many fields", |parts, share| {
        for number in 0..part(60, share) {
            parts.set(&format!("x-{number}"), &"a".repeat(480));
        }
    });
    add(all, Read, "many fields of one name", |parts, share| {
        for _ in 0..part(60, share) {
            parts
                .fields
                .push(("accept".to_owned(), "a/b;q=0.5,".repeat(2)));
        }
    });
    add(all, Read, "a preflight with many fields", |parts, share| {
        parts.method = "OPTIONS";
        parts.set("origin", "https://app.example.com");
        parts.set("access-control-request-method", "GET");
        let name = |number: usize| format!("x-{}{number},", "a".repeat(110));
        let names: String = (0..part(220, share)).map(name).collect();
        parts.set(
            "access-control-request-headers",
            names.trim_end_matches(','),
        );
    });
}
