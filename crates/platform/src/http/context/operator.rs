//! Whose certificate a connection showed, at a listener that asks for one.

use std::sync::Arc;

use actix_web::HttpRequest;

/// The name on it; data of the connection.
#[derive(Debug)]
pub struct Operator(pub Arc<str>);

/// The operator of the connection that `request` came on.
#[must_use]
pub fn of(request: &HttpRequest) -> Option<Arc<str>> {
    let operator = request.conn_data::<Operator>();
    operator.map(|Operator(name)| name.clone())
}
