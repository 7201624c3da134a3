//! What the application shares with the layers of authentication.

use actix_web::{dev::ServiceRequest, web::Data};

use crate::http::problem::Problem;

/// The shared value of this type. Without it nobody is let in.
///
/// # Errors
/// 500 when the application has none.
pub(super) fn shared<T: 'static>(request: &ServiceRequest) -> Result<&Data<T>, Problem> {
    let missing = || Problem::Internal("authentication is not configured".into());
    request.app_data::<Data<T>>().ok_or_else(missing)
}
