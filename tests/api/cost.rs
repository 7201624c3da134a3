//! What verification costs: the same read without authentication, with the token remembered, and with
//! its signature checked each time; in turns, in one run. Printed, not asserted: `just token-cost`.

use std::{thread, time::Instant};

use actix_web::web::Data;
use app::{
    app::Slice,
    auth::Anyone,
    http::{answer::Found, path::Path, problem::Problem, route::Resource},
    invoices::{InvoiceId, InvoiceStore, VisibleTo},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    harness::{Actor, Service},
    invoices::draft,
};

const ROUNDS: usize = 7;
const CLIENTS: usize = 4;
const REQUESTS: usize = 500;

fn with_an_open_read() -> app::app::Service {
    let mut service = app::service();
    service.slices.push(Slice {
        open: || {
            let open = Resource::at("/open/{id}");
            vec![open.get("open_read", "Read without asking who.", read)]
        },
        ..Slice::NONE
    });
    service
}

#[derive(Serialize, ToSchema)]
struct Plain {
    id: String,
    customer_name: String,
    customer_email: String,
    amount_minor: i64,
    currency: &'static str,
    created_at: String,
}

async fn read(
    _: Anyone,
    Path(id): Path<InvoiceId>,
    store: Data<dyn InvoiceStore>,
) -> Result<Found<Plain>, Problem> {
    let found = store.find(&VisibleTo::Everyone, id).await?;
    let invoice = found.ok_or(Problem::NotFound)?;
    Ok(Found(Plain {
        id: invoice.id.to_string(),
        customer_name: invoice.content.customer_name.as_str().to_owned(),
        customer_email: invoice.content.customer_email.as_str().to_owned(),
        amount_minor: invoice.content.money.amount.get(),
        currency: invoice.content.money.currency.code(),
        created_at: invoice.created_at.to_string(),
    }))
}

fn requests_per_second(actor: &Actor, path: &str) -> f64 {
    let request = actor.keep_alive("GET", path);
    let started = Instant::now();
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let mut connection = actor.connect();
                for _ in 0..REQUESTS {
                    connection.write(request.as_bytes());
                    assert_eq!(connection.response("GET").status, 200);
                }
            });
        }
    });
    let count = u32::try_from(CLIENTS * REQUESTS).unwrap();
    f64::from(count) / started.elapsed().as_secs_f64()
}

#[test]
#[ignore = "a measurement: `just token-cost`"]
fn token_cost() {
    let remembering = Service::serving(with_an_open_read(), &[]);
    let forgetful = Service::serving(
        with_an_open_read(),
        &[("APP_AUTH__TOKEN_CACHE_ENTRIES", "0")],
    );
    let (with, without) = (remembering.editor("alice"), forgetful.editor("alice"));
    let path = draft(&with);
    let open = path.replace("/v1/invoices", "/open");
    let forgotten = draft(&without);
    let mut columns: [Vec<f64>; 3] = Default::default();
    for _ in 0..ROUNDS {
        columns[0].push(requests_per_second(&remembering.anonymous(), &open));
        columns[1].push(requests_per_second(&with, &path));
        columns[2].push(requests_per_second(&without, &forgotten));
    }
    let median = |column: &mut Vec<f64>| {
        column.sort_by(f64::total_cmp);
        column[ROUNDS / 2]
    };
    let [open, cached, uncached] = columns.each_mut().map(median);
    println!("requests a second, medians of {ROUNDS} rounds:");
    println!("  without authentication  {open:8.0}  1.00");
    println!(
        "  token remembered        {cached:8.0}  {:.2}",
        cached / open
    );
    println!(
        "  signature each time     {uncached:8.0}  {:.2}",
        uncached / open
    );
}
