//! Each operation, called so that it succeeds and in every way that provokes another status.

use platform::http::contract::access::Access;

use super::subject::{Answer, each_operation};
use crate::{
    Service,
    suite::{Sampled, api_keys::PLENTY},
};

const CORS: (&str, &str) = (
    "APP_PUBLIC__CORS__ALLOWED_ORIGINS",
    "https://app.example.com",
);
const CONTACT: (&str, &str) = (
    "APP_PUBLIC__SECURITY_TXT__CONTACTS",
    "mailto:security@example.com",
);

/// The answers to all of it.
pub fn answers<T: Sampled>() -> Vec<Answer> {
    let mut answers = one_by_one::<T>();
    answers.extend(too_often::<T>());
    answers.extend(too_slowly::<T>());
    answers.extend(too_many::<T>());
    answers
}

fn one_by_one<T: Sampled>() -> Vec<Answer> {
    let mut answers = Vec::new();
    let service = Service::<T>::with(&[CORS, CONTACT, PLENTY]);
    each_operation(&service, |subject| {
        let call = subject.succeeds();
        let answer = subject.answer(&call);
        let status = answer.response.status;
        assert!((200..300).contains(&status), "{answer} is no success");
        answers.push(answer);
        if subject.lists() {
            subject.row();
            subject.row();
            let first_page = call.to(format!("{}?limit=1", call.target));
            answers.push(subject.answer(&first_page));
        }
        let refused = subject.refused();
        answers.extend(refused.iter().map(|call| subject.answer(call)));
        answers.push(subject.answer(&call.as_method("BREW")));
    });
    answers
}

/// The quota of the caller, then that of the address, which is all that counts where no caller is
/// known. Nobody is named for security here: what the public operation answers then is seen as well.
fn too_often<T: Sampled>() -> Vec<Answer> {
    let service = Service::<T>::with(&[
        ("APP_RATE_LIMIT__PER_CALLER__BURST", "1"),
        ("APP_RATE_LIMIT__PER_ADDRESS__PER_SECOND", "0.001"),
        ("APP_RATE_LIMIT__PER_ADDRESS__BURST", "60"),
    ]);
    let mut answers = Vec::new();
    each_operation(&service, |subject| {
        let call = subject.bare();
        answers.extend([subject.answer(&call), subject.answer(&call)]);
    });
    each_operation(&service, |subject| {
        if subject.operation.access == Access::Anyone {
            let call = subject.bare();
            let mut asked = (0..=60).map(|_| subject.answer(&call));
            answers.extend(asked.find(|answer| answer.response.status == 429));
        }
    });
    answers
}

/// A head that does not end, and a body that does not come. All at once: each takes a second.
fn too_slowly<T: Sampled>() -> Vec<Answer> {
    let service = Service::<T>::with(&[
        ("APP_PUBLIC__LIMITS__HEAD_TIMEOUT_SECONDS", "1"),
        ("APP_PUBLIC__LIMITS__BODY_TIMEOUT_SECONDS", "1"),
    ]);
    let mut heads = Vec::new();
    let mut bodies = Vec::new();
    each_operation(&service, |subject| {
        let mut connection = service.anonymous().connect();
        let head = subject.bare().bytes();
        connection.write(head.trim_end().as_bytes());
        heads.push(connection);
        if subject.operation.consumes.is_some() {
            let call = subject.succeeds().saying("").with("content-length", "9");
            let mut connection = service.anonymous().connect();
            connection.write(call.bytes().as_bytes());
            bodies.push(connection);
        }
    });
    let (mut heads, mut bodies) = (heads.into_iter(), bodies.into_iter());
    let mut answers = Vec::new();
    each_operation(&service, |subject| {
        let head = heads.next();
        let body = subject.operation.consumes.and_then(|_| bodies.next());
        let connections = head.into_iter().chain(body);
        answers.extend(connections.map(|mut connection| subject.read(&mut connection)));
    });
    answers
}

/// More than one owner may have.
fn too_many<T: Sampled>() -> Vec<Answer> {
    let service = Service::<T>::with(&[
        ("APP_PER_OWNER__ROWS", "1"),
        ("APP_AUTH__API_KEYS__PER_OWNER", "1"),
    ]);
    let mut answers = Vec::new();
    each_operation(&service, |subject| {
        if subject.operation.method == "POST" {
            let call = subject.succeeds();
            answers.extend([subject.answer(&call), subject.answer(&call)]);
        }
    });
    answers
}
