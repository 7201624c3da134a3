//! How PostgreSQL finds the rows of a statement where there are many.

use std::fmt::Write as _;

use anyhow::Result;
use fixture::orders::Order;
use platform::slice::Entity as _;

use crate::replicas::server::psql;

/// The plan that serves all callers, as the role of the service gets it.
pub fn of(url: &str) -> Result<String> {
    let sql = Order::SQL;
    let statements = [
        ("read one", Some(sql.find)),
        ("page of an owner", Some(sql.list_own)),
        ("page of an owner in one state", sql.list_own_in_state),
    ];
    let mut text = String::new();
    for (name, statement) in statements {
        let Some(statement) = statement else { continue };
        let values = (1..30).filter(|number| statement.contains(&format!("${number}")));
        let nulls = vec!["NULL"; values.count()].join(", ");
        let plan = psql(
            url,
            &format!(
                "SET plan_cache_mode = force_generic_plan; PREPARE s AS {statement}; \
                 EXPLAIN (COSTS OFF) EXECUTE s({nulls})"
            ),
        )?;
        writeln!(text, "{name}:\n{plan}")?;
    }
    Ok(text)
}
