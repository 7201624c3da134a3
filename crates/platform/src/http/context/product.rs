//! The client's program, as it names itself: the first product of `User-Agent` (RFC 9110 §10.1.5).
//!
//! The rest of that field is free text, in which clients send what must not be on record. So what is shown is
//! a plain name and version, such as `curl/8.5.0`, or nothing.
//!
//! Controls: LO-04, LO-06

use actix_web::{HttpRequest, http::header::USER_AGENT};

/// Bytes of the longest product that is shown.
const MAX_PRODUCT: usize = 64;

/// The product that `request` names.
#[must_use]
pub fn of(request: &HttpRequest) -> Option<&str> {
    first(request.headers().get(USER_AGENT)?.to_str().ok()?)
}

fn first(field: &str) -> Option<&str> {
    let product = field.split(' ').next()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"./_-+".contains(&byte);
    let fits = (1..=MAX_PRODUCT).contains(&product.len()) && product.bytes().all(plain);
    fits.then_some(product)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_product_of_a_user_agent_is_shown_and_only_a_plain_one() {
        for (field, shown) in [
            ("curl/8.5.0", Some("curl/8.5.0")),
            ("Mozilla/5.0 (X11; Linux) token=secret", Some("Mozilla/5.0")),
            ("app", Some("app")),
            ("Bearer\u{9}secret", None),
            ("<script>", None),
            ("", None),
        ] {
            assert_eq!(first(field), shown, "{field}");
        }
        assert_eq!(first(&"a".repeat(65)), None);
    }
}
