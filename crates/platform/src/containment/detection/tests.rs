//! Guesses at an API key, counted by the rule `guessed_keys` on a clock that the test moves.

use actix_web::test::TestRequest;

use super::*;
use crate::{clock::Stopwatch, config::DetectionAction};

/// The second guess at a key is one too many.
fn detection(clock: &Arc<Stopwatch>) -> Detection {
    let rule = config::DetectionRule {
        action: DetectionAction::Watch,
        most: 1,
        within: Duration::from_mins(1),
    };
    let settings = config::Detection {
        duration: Duration::from_hours(1),
        throttle_per_minute: 60,
        absent_objects: rule,
        broken_rules: rule,
        rows_of_others: rule,
        many_networks: rule,
        guessed_keys: rule,
    };
    let clock: Arc<dyn Clock> = clock.clone();
    Detection::new(&settings, &clock)
}

fn guessed_twice(detection: &Detection, id: &str) -> Option<Detected> {
    let request = TestRequest::default().to_http_request();
    let guess = Guess::ApiKey { id };
    assert!(detection.guessed(&request, &guess).is_none());
    detection.guessed(&request, &guess)
}

#[test]
fn one_restriction_is_placed_at_a_time() {
    let detection = detection(&Arc::default());
    let first = guessed_twice(&detection, "first").unwrap();
    assert!(guessed_twice(&detection, "second").is_none());
    detection.finish(&first, true);
    assert!(guessed_twice(&detection, "third").is_some());
}

#[test]
fn what_was_told_is_news_again_when_its_restriction_ends_or_could_not_be_placed() {
    let clock = Arc::new(Stopwatch::default());
    let detection = detection(&clock);
    let request = TestRequest::default().to_http_request();
    let again = || detection.guessed(&request, &Guess::ApiKey { id: "key" });
    let first = guessed_twice(&detection, "key").unwrap();
    detection.finish(&first, true);
    detection.evict_idle();
    assert!(again().is_none());
    *clock.0.lock().unwrap() += Duration::from_hours(1);
    // The hour gave its bound back.
    let second = guessed_twice(&detection, "key").unwrap();
    detection.finish(&second, false);
    assert!(again().is_some());
}
