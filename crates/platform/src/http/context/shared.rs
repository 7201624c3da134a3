//! What the application shares with its layers and handlers.

use actix_web::{HttpRequest, web::Data};

use crate::http::problem::Problem;

/// The shared value of this type. Without it nothing is let through.
///
/// # Errors
/// 500 when the application has none.
pub fn shared<T: ?Sized + 'static>(request: &HttpRequest) -> Result<&Data<T>, Problem> {
    let missing = || {
        let name = std::any::type_name::<T>();
        Problem::Internal(format!("the application shares no {name}").into())
    };
    request.app_data::<Data<T>>().ok_or_else(missing)
}
