//! Somebody who may use a route, for requests that work: a user of the data with a role it wants, and
//! a token for them, signed as the world signs.

use serde_json::{Map, Value, json};

use super::super::spec::access::Need;
use super::super::spec::{RouteSpec, Scheme};
use super::endpoint::Api;
use crate::http::auth::jwt;
use crate::sql::outcome::SqlResult;
use crate::sql::{Database, Env};

/// Users that are looked at.
const MOST: usize = 200;
/// How long such a token is good for: as long as somebody may keep what was exported.
const YEAR_S: i64 = 365 * 86_400;

/// The field that shows who is asking, for a user who may use the route: the one at a place among
/// those, or the last. None if the route asks for nobody, or the world takes no tokens.
pub fn authorization(
    api: &Api<'_>,
    db: &Database,
    route: &RouteSpec,
    at: usize,
) -> Option<(String, String)> {
    let (access, auth) = (&route.access, &api.spec.auth);
    let bearer = auth
        .bearer
        .as_ref()
        .filter(|_| auth.accepts(Scheme::Bearer))?;
    if access.need == Need::None {
        return None;
    }
    let mut users = users(api, db);
    users.retain(|user| {
        let role = user.get("role").and_then(Value::as_str).unwrap_or("");
        access.roles.is_empty() || access.roles.iter().any(|wanted| wanted == role)
    });
    let user = users.get(at.min(users.len().checked_sub(1)?))?;
    let now_s = api.spec.start.and_utc().timestamp();
    let id = match user.get("id")? {
        Value::String(id) => id.clone(),
        other => other.to_string(),
    };
    let mut claims = Map::new();
    let mut claim = |name: &str, value: Option<Value>| {
        claims.extend(value.map(|value| (name.to_owned(), value)));
    };
    claim("sub", Some(json!(id)));
    claim("name", user.get("name").cloned());
    claim(
        "role",
        user.get("role").filter(|role| !role.is_null()).cloned(),
    );
    claim("iss", bearer.issuer.as_ref().map(|issuer| json!(issuer)));
    claim(
        "aud",
        bearer.expected.audience.as_ref().map(|aud| json!(aud)),
    );
    let scope = access.scope.join(" ");
    claim("scope", (!scope.is_empty()).then(|| json!(scope)));
    claim("iat", Some(json!(now_s)));
    claim("exp", Some(json!(now_s + YEAR_S)));
    let token = jwt::sign(&claims, bearer.expected.keys.first()?);
    Some(("Authorization".to_owned(), format!("Bearer {token}")))
}

/// The rows of users, found as the world finds them: by every name there is.
fn users(api: &Api<'_>, db: &Database) -> Vec<Map<String, Value>> {
    let Some(sql) = api.spec.auth.users.as_deref() else {
        return Vec::new();
    };
    let described = db.describe(sql, api.spec.start).unwrap_or_default();
    let place = described.parameters.into_iter().find_map(|it| it.column);
    let Some(place) = place else {
        return Vec::new();
    };
    let (table, column) = (place.table, place.column);
    let names = format!("SELECT \"{column}\" AS name FROM \"{table}\" ORDER BY 1 LIMIT {MOST}");
    let names = rows(api, db, &names, &Value::Null);
    let found = names.iter().filter_map(|row| {
        let name = row.get("name")?;
        rows(api, db, sql, name).into_iter().next()
    });
    found.collect()
}

/// The rows of a statement with a `$name`.
fn rows(api: &Api<'_>, db: &Database, sql: &str, name: &Value) -> Vec<Map<String, Value>> {
    let mut env = Env {
        now: api.spec.start,
        rng: &mut || 0,
    };
    let params = [("name".to_owned(), name.clone())].into_iter().collect();
    match db.clone().execute(0, sql, &params, &mut env).result {
        SqlResult::Rows { columns, rows, .. } => rows
            .into_iter()
            .map(|row| columns.iter().cloned().zip(row).collect())
            .collect(),
        _ => Vec::new(),
    }
}
