//! What is drawn: rooms that stand together, and where they stand.

use crate::svg::Area;

/// Rooms that stand together, and where.
pub struct Group {
    pub title: &'static str,
    pub does: &'static str,
    pub rooms: &'static [&'static str],
    /// The row from the top, the left edge, the width.
    place: (i32, i32, i32),
}

const GROUPS: [Group; 12] = [
    Group {
        title: "Commands",
        does: "serve, migrate, check-config, token, audit verify, admin …",
        rooms: &["cli"],
        place: (0, 260, 420),
    },
    Group {
        title: "The process",
        does: "starts both listeners and background work, ends in order",
        rooms: &["app", "telemetry"],
        place: (1, 260, 420),
    },
    Group {
        title: "Senders",
        does: "lines, alerts and spans to others",
        rooms: &["siem", "alerts", "otlp", "log_records"],
        place: (2, 40, 230),
    },
    Group {
        title: "Every service has",
        does: "operations of the platform itself",
        rooms: &["api_keys", "containment", "me", "health", "security_txt"],
        place: (2, 290, 430),
    },
    Group {
        title: "The document",
        does: "OpenAPI, read off the route table",
        rooms: &["openapi"],
        place: (2, 740, 200),
    },
    Group {
        title: "For operators",
        does: "health, metrics, documents",
        rooms: &["admin"],
        place: (3, 140, 260),
    },
    Group {
        title: "What resources share",
        does: "ids, owners, pages, versions, value types",
        rooms: &["slice"],
        place: (3, 420, 280),
    },
    Group {
        title: "Who may do what",
        does: "tokens, keys of issuers, API keys, permissions, quotas of callers",
        rooms: &["auth"],
        place: (4, 180, 480),
    },
    Group {
        title: "HTTP",
        does: "from the first byte to the handler and back",
        rooms: &["http"],
        place: (5, 40, 900),
    },
    Group {
        title: "Network",
        does: "TLS of both sides, calls outward",
        rooms: &["tls", "egress", "quota_store"],
        place: (6, 140, 380),
    },
    Group {
        title: "Database",
        does: "SQLite and PostgreSQL, one SQL",
        rooms: &["db"],
        place: (6, 600, 340),
    },
    Group {
        title: "The journal",
        does: "durable before the change, hash-chained",
        rooms: &["audit"],
        place: (7, 140, 380),
    },
];

/// What stands on nothing but files and the operating system. It is drawn as the floor.
const GROUND: Group = Group {
    title: "The ground",
    does: "settings, files, time and text: each the only place for its kind",
    rooms: &[
        "config",
        "files",
        "data_dir",
        "clock",
        "json",
        "parse",
        "fingerprint",
        "sending",
        "spans",
    ],
    place: (8, 40, 900),
};

const ROW: i32 = 108;
const TOP: i32 = 190;

impl Group {
    pub fn area(&self) -> Area {
        let (row, x, width) = self.place;
        Area {
            x,
            y: TOP + row * ROW,
            width,
            height: 78,
        }
    }
}

pub fn groups() -> impl Iterator<Item = &'static Group> {
    GROUPS.iter().chain([&GROUND])
}
