//! Lists: which page a client asks for, and what the page is.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{
        Object, ObjectBuilder, RefOr, Required, Schema, Type,
        path::{Parameter, ParameterBuilder, ParameterIn},
        schema::ArrayBuilder,
    },
};
use validator::Validate;

use super::{Entity, Owned, State};
use crate::{
    auth::Identity,
    http::{
        request::page::{self, Cursor, DEFAULT_LIMIT, MAX_LIMIT},
        response::answer::Listed,
        routing::route::API_PREFIX,
    },
};

#[cfg(test)]
mod tests;

/// Which page of which rows: `limit`, `cursor` and, for rows with states `S`, `status`.
#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields, bound = "S: Deserialize<'de>")]
pub struct ListQuery<S> {
    /// How many at the most.
    #[serde(default, deserialize_with = "page::digits")]
    #[validate(range(min = 1, max = MAX_LIMIT))]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<Cursor>,
    /// Only rows in this state.
    pub status: Option<S>,
}

impl<S> ListQuery<S> {
    pub(super) fn limit(&self) -> u32 {
        self.limit.unwrap_or(DEFAULT_LIMIT)
    }
}

impl<S: PartialSchema> IntoParams for ListQuery<S> {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let parameter = |name: &str, text: &str, schema: RefOr<Schema>| {
            ParameterBuilder::new()
                .name(name)
                .parameter_in(place().unwrap_or_default())
                .required(Required::False)
                .description(Some(text))
                .schema(Some(schema))
                .build()
        };
        let limit = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(
                utoipa::openapi::KnownFormat::Int32,
            )))
            .minimum(Some(1))
            .maximum(Some(MAX_LIMIT))
            .default(Some(DEFAULT_LIMIT.into()));
        vec![
            parameter("limit", "How many at the most.", limit.into()),
            parameter(
                "cursor",
                "`next_cursor` of the page before.",
                Cursor::schema(),
            ),
            parameter("status", "Only those in this state.", S::schema()),
        ]
    }
}

/// Rows of one page, newest first.
#[derive(Debug)]
pub struct Rows<E> {
    pub rows: Vec<Owned<E>>,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
}

impl<E: Entity> Rows<E> {
    /// How many of them are somebody else's.
    #[must_use]
    pub fn of_others(&self, caller: &Identity) -> usize {
        self.rows.iter().filter(|row| row.owner != *caller).count()
    }

    /// The answer to `query`.
    #[must_use]
    pub fn answer<R: From<Owned<E>>, S: State>(self, query: &ListQuery<S>) -> Listed<Page<R>> {
        let next_cursor = self.next.map(Cursor::encode);
        let next = next_cursor.as_ref().map(|cursor| {
            let status = query
                .status
                .map(|state| format!("&status={}", state.name()));
            let (name, limit, status) = (E::NAME, query.limit(), status.unwrap_or_default());
            format!("{API_PREFIX}/{name}?limit={limit}&cursor={cursor}{status}")
        });
        let items = self.rows.into_iter().map(R::from).collect();
        Listed {
            body: Page { items, next_cursor },
            next,
        }
    }
}

/// One page, newest first.
#[derive(Debug, Serialize)]
pub struct Page<R> {
    pub items: Vec<R>,
    /// The cursor of the next page; null on the last.
    pub next_cursor: Option<String>,
}

impl<R: ToSchema> PartialSchema for Page<R> {
    fn schema() -> RefOr<Schema> {
        let item = utoipa::openapi::Ref::from_schema_name(R::name());
        let items = ArrayBuilder::new()
            .items(item)
            .max_items(Some(MAX_LIMIT as usize));
        Object::builder()
            .description(Some("One page, newest first."))
            .property("items", items)
            .required("items")
            .property("next_cursor", nullable_cursor())
            .required("next_cursor")
            .into()
    }
}

/// The name of the rows with `Page` behind it: `InvoicePage`.
impl<R: ToSchema> ToSchema for Page<R> {
    fn name() -> Cow<'static, str> {
        format!("{}Page", R::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((R::name().into_owned(), R::schema()));
        schemas.push((Cursor::name().into_owned(), Cursor::schema()));
        R::schemas(schemas);
    }
}

fn nullable_cursor() -> RefOr<Schema> {
    let null = ObjectBuilder::new().schema_type(Type::Null);
    utoipa::openapi::OneOfBuilder::new()
        .item(null)
        .item(utoipa::openapi::Ref::from_schema_name(Cursor::name()))
        .description(Some("The cursor of the next page; null on the last."))
        .into()
}
