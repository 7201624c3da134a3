//! A problem as a response: the document in place of whatever body there was.
//!
//! Controls: ER-03

use actix_web::{
    Error, HttpResponse,
    body::{BoxBody, MessageBody},
    http::{
        ConnectionType, StatusCode,
        header::{CONTENT_TYPE, HeaderName, HeaderValue},
    },
};
use uuid::Uuid;

use crate::http::problem::Problem;

const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// A problem, ready for the wire.
pub(super) struct Rendered {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Vec<u8>,
    closes_connection: bool,
}

impl Rendered {
    /// Our own problem, when the error is one; else the one of that status.
    pub fn of(error: Option<&Error>, status: StatusCode, id: Uuid) -> Self {
        let other = Problem::Other(status);
        let problem = error.and_then(|error| error.as_error()).unwrap_or(&other);
        Self::of_problem(problem, id)
    }

    pub fn of_problem(problem: &Problem, id: Uuid) -> Self {
        Self {
            status: problem.status(),
            headers: problem.headers(),
            body: serde_json::to_vec(&problem.document(id)).unwrap_or_default(),
            closes_connection: problem.closes_connection(),
        }
    }

    /// The document in place of whatever body there was. The other header fields stay: layers within
    /// wrote them, so that a page of an allowed origin can read problems too.
    pub fn into_response(self, response: HttpResponse<impl MessageBody>) -> HttpResponse {
        let mut response = response.set_body(BoxBody::new(self.body));
        *response.status_mut() = self.status;
        for (name, value) in self.headers {
            response.headers_mut().insert(name, value);
        }
        response.headers_mut().insert(CONTENT_TYPE, PROBLEM_JSON);
        if self.closes_connection {
            response
                .head_mut()
                .set_connection_type(ConnectionType::Close);
        }
        response
    }
}
