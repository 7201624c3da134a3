//! The bodies among the inputs: JSON of every kind, valid and not, and the chunked coding.

use std::fmt::Write as _;

use super::{
    family::{BODY, Family, add, numbered, part, repeated},
    parts::{CONTENT, Operation},
};

/// What a JSON body can be filled with.
pub fn bodies(all: &mut Vec<Family>) {
    use Operation::{Change, Create};
    for (name, make) in [
        (
            "many members",
            (|n| members(256.min(n / 7))) as fn(usize) -> String,
        ),
        ("objects full of members", |n| {
            let object = format!("{},", members(256));
            format!(r#"{{"a":[{}0]}}"#, repeated(&object, n))
        }),
        ("objects full of long names", |n| {
            let names = numbered(n.min(60_000), |number| {
                format!(r#""{}{number}":0,"#, "a".repeat(220))
            });
            format!(r#"{{{names}"z":0}}"#)
        }),
        ("names with escapes", |n| {
            let names = numbered(n, |number| format!(r#""\u0061{number}":[],"#));
            format!(r#"{{"a":[{{{names}"z":0}}]}}"#)
        }),
        ("arrays", |n| {
            format!(
                r#"{{"a":[{}[]]}}"#,
                repeated(&format!("[{}0],", "0,".repeat(250)), n)
            )
        }),
        ("empty arrays", |n| {
            format!(
                r#"{{"a":[{}[]]}}"#,
                repeated(&format!("[{}0],", "[],".repeat(250)), n)
            )
        }),
        ("depth", |n| {
            let deep = format!("{}{},", "[".repeat(29), "]".repeat(29));
            format!(r#"{{"a":[{}0]}}"#, repeated(&deep, n.min(250 * deep.len())))
        }),
        ("strings", |n| {
            format!(
                r#"{{"a":[{}0]}}"#,
                repeated(&format!("[{}0],", "\"\",".repeat(250)), n)
            )
        }),
        ("a long string", |n| {
            format!(r#"{{"note":"{}"}}"#, "a".repeat(n))
        }),
        ("a long string of escapes", |n| {
            format!(r#"{{"note":"{}"}}"#, repeated(r"\u00e9", n))
        }),
        ("a long string of pairs of escapes", |n| {
            format!(r#"{{"note":"{}"}}"#, repeated(r"\ud83d\ude00", n))
        }),
        ("a long number", |n| format!(r#"{{"a":{}}}"#, "1".repeat(n))),
        ("a long fraction", |n| {
            format!(r#"{{"a":0.{}}}"#, "1".repeat(n))
        }),
        ("numbers with exponents", |n| {
            format!(
                r#"{{"a":[{}0]}}"#,
                repeated(&format!("[{}0],", "1.7e-300,".repeat(250)), n)
            )
        }),
        ("white space", |n| {
            CONTENT.to_owned() + &" ".repeat(n.saturating_sub(CONTENT.len()))
        }),
        ("a name of the whole body", |n| {
            CONTENT.replace("Ada Lovelace", &"a".repeat(n - 200))
        }),
        ("an address of the whole body", |n| {
            CONTENT.replace("ada@", &format!("{}@", "a.".repeat(n / 2 - 100)))
        }),
        ("no JSON", |n| "[".repeat(n)),
    ] {
        add(all, Create, name, move |parts, share| {
            parts.body = make(part(BODY, share));
        });
    }
    add(all, Create, "chunks of a byte", |parts, share| {
        parts.body += &" ".repeat(part(500, share).saturating_sub(CONTENT.len()));
        parts.chunk = Some(1);
    });
    add(all, Create, "chunks of 128 bytes", |parts, share| {
        parts.body += &" ".repeat(part(BODY, share).saturating_sub(CONTENT.len()));
        parts.chunk = Some(128);
    });
    add(all, Change, "a patch of the whole body", |parts, share| {
        parts.body = format!(r#"{{"note":"{}"}}"#, "\u{e9}".repeat(part(BODY, share) / 2));
    });
}

fn members(count: usize) -> String {
    let members: Vec<String> = (0..count)
        .map(|number| format!(r#""{number:x}":0"#))
        .collect();
    format!("{{{}}}", members.join(","))
}

/// Values of all kinds in an order that `seed` decides.
pub fn mixture(seed: u64, limit: usize) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = move |below: u64| {
        // Xorshift: enough to shuffle, the same in each run.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    let mut lists = String::new();
    while lists.len() + 2_500 < limit {
        let mut list = String::new();
        for _ in 0..100 {
            list += match next(10) {
                0 => "0,",
                1 => "-1.5e-7,",
                2 => r#""","#,
                3 => r#""\u00e9\n","#,
                4 => r#"{"a":0,"b":1,"c":2},"#,
                5 => "[],",
                6 => "[[[[]]]],",
                7 => "true,",
                8 => r#"{"\u0061":{}},"#,
                _ => r#""aaaaaaaaaaaaaaaa","#,
            };
        }
        write!(lists, "[{list}0],").ok();
    }
    format!(r#"{{"a":[{lists}0]}}"#)
}
