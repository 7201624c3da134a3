//! Spans belong to their request, are kept by its trace, and never wait.

use std::sync::mpsc::Receiver;

use super::*;
use crate::clock::Stopwatch;

fn spans(part: f64, room: usize) -> (Arc<Spans>, Receiver<Span>) {
    let (outbox, finished) = Outbox::new(room);
    let clock = Arc::new(Stopwatch::default());
    (Arc::new(Spans::new(outbox, clock, part)), finished)
}

#[tokio::test]
async fn the_spans_of_a_request_are_its_children_in_its_own_trace() {
    let (spans, finished) = spans(1.0, 8);
    let id = Uuid::now_v7();
    let root = spans.request(id, "GET", None);
    during(id, root.as_ref(), async {
        drop(child(Work::Call("database")));
        inherited(async { drop(child(Work::Wait("journal"))) }).await;
        assert_eq!(current(), Some(id));
    })
    .await;
    root.unwrap().answered(Some("/v1/orders".to_owned()), 200);
    assert!(child(Work::Call("outside")).is_none());
    let spans: Vec<_> = finished.try_iter().collect();
    let [database, journal, request] = &spans[..] else {
        panic!("{spans:?}");
    };
    assert_eq!(request.parent, None);
    for span in &spans {
        assert_eq!(span.trace, id);
    }
    for child in [database, journal] {
        assert_eq!(child.parent, Some(request.id));
        assert_ne!(child.id, request.id);
    }
    assert_ne!(database.id, journal.id);
}

#[test]
fn a_trace_is_kept_where_it_began_and_a_part_of_those_that_begin_here() {
    let id = Uuid::now_v7;
    let parent = |is_kept| Parent {
        trace: Uuid::now_v7(),
        span: 7,
        is_kept,
    };
    let (none, _finished) = spans(0.0, 1);
    let (all, _also) = spans(1.0, 1);
    let (half, _too) = spans(0.5, 1);
    assert!(none.request(id(), "GET", None).is_none());
    assert!(none.request(id(), "GET", Some(parent(true))).is_some());
    assert!(all.request(id(), "GET", Some(parent(false))).is_none());
    let kept = (0..1000).filter(|_| half.request(id(), "GET", None).is_some());
    let kept = kept.count();
    assert!((300..700).contains(&kept), "{kept}");
}

#[test]
fn a_full_queue_costs_a_number_and_no_time() {
    let (spans, finished) = spans(1.0, 1);
    for _ in 0..3 {
        drop(spans.request(Uuid::now_v7(), "GET", None));
    }
    assert_eq!((finished.try_iter().count(), spans.dropped()), (1, 2));
}
