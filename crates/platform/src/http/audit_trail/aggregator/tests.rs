//! Floods of strangers and of callers, and whose name is on record after them.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex},
};

use super::{
    room::{BURST, PATIENCE, Room},
    *,
};
use crate::audit::{Actor, Event, Reason};

/// An aggregator, and what it has put on record.
fn aggregator() -> (EventAggregator, Arc<Mutex<Vec<Entry>>>) {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let kept = lines.clone();
    let aggregator = EventAggregator::new(move |entry| kept.lock().unwrap().push(entry));
    (aggregator, lines)
}

fn told(aggregator: &EventAggregator, lines: &Mutex<Vec<Entry>>) -> usize {
    aggregator.flush();
    std::mem::take(&mut *lines.lock().unwrap()).len()
}

fn caller(subject: &str) -> Actor {
    Actor {
        issuer: "https://id.example".into(),
        subject: subject.into(),
        client: None,
        acting_party: None,
        api_key: None,
        acr: None,
    }
}

fn denied(subject: &str) -> Entry {
    let event = Entry::new(Event::AuthzFail).because(Reason::NotPermitted);
    event.action("orders_create").by(caller(subject))
}

fn invalid(subject: &str) -> Entry {
    let event = Entry::new(Event::InputValidationFail).because(Reason::Invalid);
    event.action("orders_create").by(caller(subject))
}

fn lost_path(address: u32) -> Entry {
    let event = Entry::new(Event::MaliciousExcess404).because(Reason::NoSuchPath);
    event.from(IpAddr::from(address.to_be_bytes()))
}

#[test]
fn a_few_of_a_caller_wait_until_they_are_many_or_an_hour_old() {
    let (aggregator, lines) = aggregator();
    for _ in 0..3 {
        for _ in 0..3 {
            aggregator.count(invalid("mallory"));
        }
        assert_eq!(told(&aggregator, &lines), 0);
    }
    aggregator.count(invalid("mallory"));
    aggregator.flush();
    let expected = invalid("mallory").times(BURST);
    assert_eq!(std::mem::take(&mut *lines.lock().unwrap()), [expected]);
    aggregator.count(lost_path(1));
    let rounds: Vec<usize> = (0..PATIENCE).map(|_| told(&aggregator, &lines)).collect();
    assert_eq!(rounds.iter().sum::<usize>(), 1);
    assert_eq!(rounds.last(), Some(&1));
    assert_eq!(aggregator.callers.len() + aggregator.addresses.len(), 0);
}

#[test]
fn a_key_that_is_used_all_day_has_two_lines_an_hour() {
    let (aggregator, lines) = aggregator();
    let believed = Entry::new(Event::AuthnApiKeyOk).by(caller("alice"));
    let from = |address: [u8; 4]| aggregator.admit_first(believed.clone().from(address.into()));
    for round in 0..PATIENCE {
        // The first one has its line at once.
        assert_eq!(from([192, 0, 2, 1]), round == 0);
        assert!(!from([192, 0, 2, 1]));
        aggregator.flush();
    }
    assert!(from([192, 0, 2, 2]), "another address is news");
    let expected = believed.clone().from([192, 0, 2, 1].into());
    let rest = 2 * u64::from(PATIENCE) - 1;
    assert_eq!(*lines.lock().unwrap(), [expected.times(rest)]);
}

#[test]
fn ten_thousand_strangers_do_not_take_the_name_of_a_caller() {
    let (aggregator, lines) = aggregator();
    for address in 0..10_000 {
        aggregator.count(lost_path(address));
    }
    aggregator.count(invalid("alice"));
    aggregator.count(denied("bob"));
    assert!(aggregator.admit_line(denied("carol")));
    aggregator.flush();
    let lines = lines.lock().unwrap();
    assert!(lines.contains(&denied("bob").times(1)));
    assert!(lines.iter().filter(|line| line.has_actor()).count() == 1);
}

#[test]
fn the_lines_that_strangers_cause_are_bounded_and_none_of_their_events_is_lost() {
    let (aggregator, lines) = aggregator();
    for round in 0..3_u32 {
        for stranger in 0..100_000 {
            aggregator.count(lost_path(round * 100_000 + stranger));
        }
        aggregator.flush();
        // Every part has one for the events whose name is lost.
        let most = ADDRESSES + ADDRESS_LINES + 16;
        assert!(lines.lock().unwrap().len() <= most * (round as usize + 1));
        assert!(aggregator.addresses.len() <= ADDRESSES);
    }
    for _ in 0..PATIENCE {
        aggregator.flush();
    }
    let lines = lines.lock().unwrap();
    let sum = |nameless: bool| {
        let lines = lines.iter().filter(|line| line.is_nameless() == nameless);
        lines.filter_map(Entry::count).sum::<u64>()
    };
    assert!(sum(false) >= 3 * ADDRESSES as u64, "{}", sum(false));
    assert_eq!(sum(true) + sum(false), 300_000);
}

/// An event that lost its name is nobody's typing: there is nothing to wait for.
#[test]
fn events_that_lost_their_names_do_not_wait() {
    let one_place_a_part = Room::new(16, 0);
    for address in 0..40 {
        one_place_a_part.add(lost_path(address), 0);
    }
    let lines = Mutex::new(Vec::new());
    one_place_a_part.flush(false, &|line| lines.lock().unwrap().push(line));
    let lines = lines.into_inner().unwrap();
    assert!(lines.iter().all(Entry::is_nameless));
    let told: u64 = lines.iter().filter_map(Entry::count).sum();
    assert_eq!(told, 40 - one_place_a_part.len() as u64, "the others wait");
}

/// What waits for more of its kind is the cheapest to put on record.
#[test]
fn a_stranger_that_does_more_is_named_although_many_others_wait() {
    let (aggregator, lines) = aggregator();
    // Some parts are full before others.
    for address in 0..2 * u32::try_from(ADDRESSES).unwrap() {
        aggregator.count(lost_path(address));
        aggregator.flush();
    }
    let scanner = Entry::new(Event::ExcessRateLimitExceeded).because(Reason::AddressQuota);
    let scanner = scanner.from([203, 0, 113, 66].into());
    for _ in 0..1000 {
        aggregator.count(scanner.clone());
    }
    aggregator.flush();
    assert!(lines.lock().unwrap().contains(&scanner.times(1000)));
}

#[test]
fn many_subjects_of_an_issuer_push_out_nobody() {
    let (aggregator, lines) = aggregator();
    aggregator.count(invalid("alice"));
    for subject in 0..2 * CALLERS {
        aggregator.count(invalid(&format!("mallory {subject}")));
        aggregator.count(denied(&format!("mallory {subject}")));
    }
    assert!(aggregator.admit_line(denied("bob")));
    aggregator.count(denied("bob"));
    assert!(aggregator.callers.len() <= CALLERS);
    for _ in 0..PATIENCE {
        aggregator.flush();
    }
    let lines = lines.lock().unwrap();
    assert!(lines.iter().all(Entry::has_actor));
    assert!(lines.contains(&invalid("alice").times(1)));
    assert!(lines.contains(&denied("bob").times(1)));
    assert_eq!(lines.len(), 4 * CALLERS + 2);
}

#[test]
fn the_first_have_lines_of_their_own_and_the_rest_are_counted() {
    let (aggregator, lines) = aggregator();
    let own = (0..100)
        .filter(|_| aggregator.admit_line(denied("mallory")))
        .count();
    assert_eq!((own as u64, told(&aggregator, &lines)), (FIRST, 1));
    assert!(aggregator.admit_line(denied("mallory")));
    assert_eq!(told(&aggregator, &lines), 0, "nothing beside its own line");
}

#[test]
fn what_waits_is_on_record_at_the_stop() {
    let (aggregator, lines) = aggregator();
    aggregator.count(invalid("alice"));
    aggregator.count(lost_path(1));
    aggregator.flush();
    assert!(lines.lock().unwrap().is_empty());
    aggregator.finish();
    let expected = [invalid("alice").times(1), lost_path(1).times(1)];
    assert_eq!(*lines.lock().unwrap(), expected);
}

/// A caller that was put on record early has no second line about the same events.
#[test]
fn what_makes_place_takes_along_what_it_has_told() {
    let (aggregator, lines) = aggregator();
    assert!(aggregator.admit_line(denied("mallory")));
    for subject in 0..4 * CALLERS {
        assert!(aggregator.admit_line(denied(&format!("other {subject}"))));
    }
    assert_eq!(told(&aggregator, &lines), 0);
}
