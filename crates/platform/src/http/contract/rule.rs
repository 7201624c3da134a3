//! What a handler's signature must say: who may call it, then what it reads.
//!
//! Authorization that is a call in a handler's body is a call that somebody forgets. As the type of
//! the first argument it is checked by the compiler, before anything else of the request is read.

use actix_web::{Error, FromRequest, HttpRequest};

use super::{
    access::Access,
    describe::{Description, Input},
    media_type::MediaType,
};
use crate::http::problem::Problem;

/// An authorization rule: the type of a handler's first argument.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an authorization rule",
    label = "the first argument must be `Allow<Permission>`, `Authenticated` or `Anyone`"
)]
pub trait Rule: Sized {
    const ACCESS: Access;

    /// Decides from what authentication left in the request; touches neither body nor store. The value
    /// is what the handler gets, so a handler cannot run without the decision.
    ///
    /// # Errors
    /// The 401 or 403 that the caller gets.
    fn authorize(request: &HttpRequest) -> Result<Self, Problem>;
}

/// The arguments of a handler: an authorization [`Rule`], then at most eleven inputs.
#[diagnostic::on_unimplemented(
    message = "this handler has no authorization rule",
    label = "the first argument must be `Allow<Permission>`, `Authenticated` or `Anyone`",
    note = "`async fn read(caller: Allow<OrdersRead>, id: Path<OrderId>, …)`",
    note = "at most eleven arguments may follow",
    note = "every further argument must be a `platform::http::contract::describe::Input`, so that the OpenAPI document knows it"
)]
pub trait Arguments: Sized {
    type Rule: Rule;
    /// The arguments behind the rule.
    type Inputs: FromRequest<Error: Into<Error>>;
    /// The media type of the body, for operations that have one.
    const CONSUMES: Option<MediaType>;
    /// Whether an input reads the query string; otherwise there must be none.
    const READS_QUERY: bool;

    /// The rule's decision and the inputs, as the handler takes them.
    fn join(rule: Self::Rule, inputs: Self::Inputs) -> Self;

    fn describe(description: &mut Description);
}

macro_rules! arguments {
    ($($input:ident $value:ident)*) => {
        impl<R: Rule + 'static, $($input: Input + 'static),*> Arguments for (R, $($input,)*) {
            type Rule = R;
            type Inputs = ($($input,)*);
            const CONSUMES: Option<MediaType> = {
                let consumes: Option<MediaType> = None;
                $(let consumes = if $input::CONSUMES.is_some() { $input::CONSUMES } else { consumes };)*
                consumes
            };

            const READS_QUERY: bool = false $(|| $input::READS_QUERY)*;

            fn join(rule: R, ($($value,)*): Self::Inputs) -> Self {
                (rule, $($value,)*)
            }

            fn describe(_description: &mut Description) {
                $($input::describe(_description);)*
            }
        }
    };
}
arguments!();
arguments!(A a);
arguments!(A a B b);
arguments!(A a B b C c);
arguments!(A a B b C c D d);
arguments!(A a B b C c D d E e);
arguments!(A a B b C c D d E e F f);
arguments!(A a B b C c D d E e F f G g);
arguments!(A a B b C c D d E e F f G g H h);
arguments!(A a B b C c D d E e F f G g H h I i);
arguments!(A a B b C c D d E e F f G g H h I i J j);
arguments!(A a B b C c D d E e F f G g H h I i J j K k);
