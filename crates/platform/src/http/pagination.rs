//! Cursor pagination: a page costs the same wherever it is, because a cursor is a place in an index,
//! not a number of rows to skip (an offset of a million is a denial of service; API4:2023).

use std::{borrow::Cow, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize, de};
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{Object, ObjectBuilder, RefOr, Schema, Type, schema::ArrayBuilder},
};
use uuid::Uuid;
use validator::Validate;

use super::response::answer::Listed;

/// Rows on a page when the client names no limit.
pub const DEFAULT_LIMIT: u32 = 20;
/// Most rows on a page.
pub const MAX_LIMIT: u32 = 100;

/// A number in a query, in one spelling: the library would read `+5` and `007` too.
///
/// # Errors
/// For anything but decimal digits without a leading zero.
pub fn digits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let text = Cow::<'de, str>::deserialize(deserializer)?;
    let number = text.parse::<u32>().ok();
    let number = number.filter(|number| number.to_string() == *text);
    number
        .map(Some)
        .ok_or_else(|| de::Error::custom("not a number"))
}

/// Where a page begins: after the row with this id. It grants nothing: who may see which row is
/// decided anew for each page, so a client may forge it as it likes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(pub Uuid);

impl Cursor {
    /// The text that a client sends back.
    #[must_use]
    pub fn encode(self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.as_bytes())
    }
}

impl FromStr for Cursor {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| "not a cursor")?;
        Uuid::from_slice(&bytes)
            .map(Self)
            .map_err(|_| "not a cursor")
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl PartialSchema for Cursor {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            // Sixteen bytes: the last character has two bits to say.
            .pattern(Some("^[A-Za-z0-9_-]{21}[AQgw]$"))
            .max_length(Some(22))
            .description(Some("Where a page begins; opaque."))
            .into()
    }
}

impl ToSchema for Cursor {}

/// The query of a list that is cut into pages and not filtered.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// How many at the most.
    #[serde(default, deserialize_with = "digits")]
    #[validate(range(min = 1, max = MAX_LIMIT))]
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(inline)]
    cursor: Option<Cursor>,
}

impl PageQuery {
    /// The page that it asks for.
    #[must_use]
    pub fn page(&self) -> PageRequest {
        PageRequest::new(self.limit, self.cursor)
    }
}

/// Which page of a list is asked for: so many rows with ids below this one, newest first.
#[derive(Debug, Clone, Copy)]
pub struct PageRequest {
    limit: u32,
    below: Uuid,
}

impl PageRequest {
    /// As the client asks; the first page of the usual length without a word of it.
    #[must_use]
    pub fn new(limit: Option<u32>, cursor: Option<Cursor>) -> Self {
        Self {
            limit: limit.unwrap_or(DEFAULT_LIMIT),
            // The first page begins below the greatest id there can be.
            below: cursor.map_or(Uuid::max(), |cursor| cursor.0),
        }
    }

    /// Only rows with ids below this one are on the page.
    #[must_use]
    pub fn below(self) -> Uuid {
        self.below
    }

    /// How many rows to read: one more than the page has tells whether there is another page.
    #[must_use]
    pub fn rows(self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// Cuts the rows that were read down to the page. Where the next one begins, if there is one.
    pub fn cut<T>(self, rows: &mut Vec<T>, id: impl Fn(&T) -> Uuid) -> Option<Cursor> {
        let more = rows.len() > self.limit as usize;
        rows.truncate(self.limit as usize);
        rows.last().filter(|_| more).map(|last| Cursor(id(last)))
    }

    /// The answer: the page, and a link to the next one at `path` with the same filter.
    #[must_use]
    pub fn answer<R>(
        self,
        items: Vec<R>,
        next: Option<Cursor>,
        path: &str,
        filter: &[(&str, &str)],
    ) -> Listed<Page<R>> {
        let next_cursor = next.map(Cursor::encode);
        let link = next_cursor.as_ref().map(|cursor| {
            let start = path.len() + 1;
            let mut query = form_urlencoded::Serializer::for_suffix(format!("{path}?"), start);
            query.append_pair("limit", &self.limit.to_string());
            query.append_pair("cursor", cursor);
            query.extend_pairs(filter).finish()
        });
        Listed {
            body: Page { items, next_cursor },
            next: link,
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
