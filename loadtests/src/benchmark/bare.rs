//! The servers that ours is compared with: what a first version of this service would look like.

use std::net::TcpListener;

use actix_web::{App, HttpServer, dev::Server, error, web};
use serde::Serialize;
use sqlx::{FromRow, PgPool, SqlitePool};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

time::serde::format_description!(day, Date, "[year]-[month]-[day]");

#[derive(Serialize, FromRow)]
struct Order {
    id: Uuid,
    owner: String,
    buyer: String,
    email: String,
    price_minor: i64,
    currency: String,
    #[serde(with = "day")]
    wanted_on: Date,
    note: Option<String>,
    status: String,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    updated_at: OffsetDateTime,
}

const READ: &str = "SELECT id, owner, buyer, email, price_minor, currency, wanted_on, remark AS note, \
    status, created_at, updated_at FROM orders WHERE id = $1";

macro_rules! handler {
    ($name:ident, $pool:ty) => {
        async fn $name(
            id: web::Path<Uuid>,
            pool: web::Data<$pool>,
        ) -> actix_web::Result<web::Json<Order>> {
            let found = sqlx::query_as(READ)
                .bind(*id)
                .fetch_optional(&**pool)
                .await
                .map_err(error::ErrorInternalServerError)?;
            found
                .map(web::Json)
                .ok_or_else(|| error::ErrorNotFound("no such order"))
        }
    };
}
handler!(read_from_sqlite, SqlitePool);
handler!(read_from_postgres, PgPool);

/// The connections of a bare server.
#[derive(Clone)]
pub enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// Serves the read from `pool`, on one worker.
pub fn serve(
    pool: Pool,
    socket: TcpListener,
    tls: rustls::ServerConfig,
) -> std::io::Result<Server> {
    const PATH: &str = "/v1/orders/{id}";
    let server = HttpServer::new(move || match pool.clone() {
        Pool::Sqlite(pool) => App::new()
            .app_data(web::Data::new(pool))
            .route(PATH, web::get().to(read_from_sqlite)),
        Pool::Postgres(pool) => App::new()
            .app_data(web::Data::new(pool))
            .route(PATH, web::get().to(read_from_postgres)),
    });
    Ok(server.workers(1).listen_rustls_0_23(socket, tls)?.run())
}
