//! What several journals hold together: the replicas of one service have one each.

use uuid::Uuid;

use crate::audit::Report;

/// All journals that were sound.
#[derive(Default)]
pub(super) struct Union {
    journals: usize,
    lines: u64,
    orphan_count: u64,
    /// By the time of the request, since request ids sort by it.
    orphans: Vec<(Option<Uuid>, String)>,
}

impl Union {
    pub fn add(&mut self, name: &str, report: &Report) {
        let seen = &report.seen;
        self.journals += 1;
        self.lines += seen.lines;
        self.orphan_count += seen.orphan_count;
        let orphans = seen.orphans.iter().map(|orphan| {
            let id = orphan.request_id;
            let request = id.map_or("-".to_owned(), |id| id.to_string());
            let action = orphan.action.as_deref().unwrap_or("-");
            let at = (&orphan.ts, orphan.seq);
            let words = format!(
                "  request {request} at {}: {action}, {name} line {}",
                at.0, at.1
            );
            (id, words)
        });
        self.orphans.extend(orphans);
    }

    pub fn summary(mut self) -> String {
        self.orphans.sort();
        let mut lines = vec![format!(
            "all {} sound journals: {} lines, attempts without an outcome: {}",
            self.journals, self.lines, self.orphan_count
        )];
        lines.extend(self.orphans.into_iter().map(|(_, words)| words));
        lines.join("\n")
    }
}
