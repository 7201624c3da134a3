//! Lists: which page a client asks for, and what the page is.

use serde::Deserialize;
use utoipa::{
    IntoParams, PartialSchema,
    openapi::{
        ObjectBuilder, RefOr, Required, Schema, Type,
        path::{Parameter, ParameterBuilder, ParameterIn},
    },
};
use validator::Validate;

use super::{Entity, Owned, State};
use crate::{
    auth::Identity,
    http::{
        pagination::{self, Cursor, DEFAULT_LIMIT, MAX_LIMIT, Page, PageRequest},
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
    #[serde(default, deserialize_with = "pagination::digits")]
    #[validate(range(min = 1, max = MAX_LIMIT))]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<Cursor>,
    /// Only rows in this state.
    pub status: Option<S>,
}

impl<S> ListQuery<S> {
    pub(super) fn page(&self) -> PageRequest {
        PageRequest::new(self.limit, self.cursor)
    }
}

impl<S: State + PartialSchema> IntoParams for ListQuery<S> {
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
        let mut parameters = vec![
            parameter("limit", "How many at the most.", limit.into()),
            parameter(
                "cursor",
                "`next_cursor` of the page before.",
                Cursor::schema(),
            ),
        ];
        if !S::ALL.is_empty() {
            parameters.push(parameter(
                "status",
                "Only those in this state.",
                S::schema(),
            ));
        }
        parameters
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
        let items = self.rows.into_iter().map(R::from).collect();
        let path = format!("{API_PREFIX}/{}", E::NAME);
        let status = query.status.map(|state| ("status", state.name()));
        query
            .page()
            .answer(items, self.next, &path, status.as_slice())
    }
}
