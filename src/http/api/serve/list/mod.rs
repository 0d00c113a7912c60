//! What a request asks of a list: which rows (`$filter`), in which order (`$sort`), and which page
//! of them (`$limit`, `$offset`, `$after`).

pub mod cursor;
mod filter;
pub mod links;

use serde_json::{Value, json};

use super::super::spec::list::sort::order;
use super::super::spec::list::{PageBy, PageSpec, SortKey};
use super::{Call, Params, Refusal};

/// What a request asks of a list.
#[derive(Debug, Default)]
pub struct Listing<'r> {
    /// The order, if the route has one.
    keys: Vec<SortKey>,
    /// The page, if the route has pages.
    pub page: Option<Page<'r>>,
    /// The members it wants; all if it does not say.
    pub members: Option<Vec<String>>,
}

/// The page that is asked for.
#[derive(Debug)]
pub struct Page<'r> {
    /// The route's pages.
    pub spec: &'r PageSpec,
    /// Most rows it has.
    pub limit: u64,
    /// Rows before it; not known with a cursor.
    pub offset: u64,
    /// Whether it goes on after a cursor.
    pub after: bool,
}

impl Page<'_> {
    /// Cuts the row that was fetched to know whether there is a next page. True: it was there.
    pub fn cut(&self, rows: &mut Vec<Vec<Value>>) -> bool {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        more
    }

    /// How many rows it has of how many, and whether there is a next page.
    pub fn words(&self, rows: usize, more: bool) -> String {
        let next = match more {
            true => "one row more was there, so there is a next page",
            false => "no row more was there, so it is the last page",
        };
        format!("{rows} of limit {}; {next} (RFC 8288)", self.limit)
    }
}

/// Parameters that ask for what there is not, each with the end of a sentence on it.
type Broken<'r> = Vec<(&'r str, String)>;

/// Reads what a request asks of a list out of its parameters, and binds what the holes need.
///
/// # Errors
/// The 400 that lists the parameters that ask for what there is not.
pub fn read(call: &mut Call<'_>) -> Result<(), Refusal> {
    let spec = &call.route.list;
    let mut broken = Broken::new();
    if !spec.filter.is_empty() {
        let condition = filter::condition(&spec.filter, &mut call.params, &mut broken);
        call.fact("filter", condition.clone());
        call.filling.filter = condition;
    }
    if let Some(sort) = &spec.sort {
        let asked = call.params.get("sort").and_then(Value::as_str);
        let asked = asked.unwrap_or(&sort.default);
        match sort.keys(asked) {
            Ok(keys) => {
                let columns = order(&keys);
                let fact = format!("{asked} → {columns}");
                call.filling.sort = columns;
                call.listing.keys = keys;
                call.fact("sort", fact);
            }
            Err(why) => broken.push(("sort", why)),
        }
    }
    if let Some(page) = &spec.page {
        call.listing.page = Some(page_asked(page, &mut call.params));
        if page.by == PageBy::Cursor {
            go_on(call, &mut broken);
        }
    }
    if spec.fields
        && let Some(Value::String(names)) = call.params.get("fields")
    {
        let names = names.split(',').map(|name| name.trim().to_owned());
        call.listing.members = Some(names.collect());
    }
    if broken.is_empty() {
        return Ok(());
    }
    Err(call.refuse_parameters("In the query", &broken))
}

/// The condition for what comes after the cursor.
fn go_on(call: &mut Call<'_>, broken: &mut Broken<'_>) {
    "TRUE".clone_into(&mut call.filling.after);
    let Some(Value::String(text)) = call.params.get("after") else {
        return;
    };
    let keys = &call.listing.keys;
    let values = match cursor::decode(text, keys) {
        Ok(values) => values,
        // What is wrong with the order has been said already.
        Err(_) if keys.is_empty() => return,
        Err(why) => return broken.push(("after", why)),
    };
    let db = call.cx.shared.db.borrow();
    let sql = call.route.sql.last().map_or("", |last| last.sql.as_str());
    let condition = cursor::condition(keys, &values, |column| db.may_be_null(column, sql));
    drop(db);
    call.fact("after", condition.clone());
    call.filling.after = condition;
    let names = (1..).map(cursor::name);
    call.params.extend(names.zip(values));
    if let Some(page) = &mut call.listing.page {
        page.after = true;
    }
}

impl Listing<'_> {
    /// Whether it goes on after a cursor.
    pub fn goes_on(&self) -> bool {
        self.page.as_ref().is_some_and(|page| page.after)
    }

    /// The cursor for what comes after a row, given by columns.
    ///
    /// # Errors
    /// The column that it needs and the row has not.
    pub fn cursor(&self, columns: &[String], row: &[Value]) -> Result<String, String> {
        let value = |key: &SortKey| {
            let at = columns.iter().position(|column| column == key.name());
            let value = at.and_then(|at| row.get(at));
            value.cloned().ok_or_else(|| key.name().to_owned())
        };
        let values: Result<Vec<Value>, String> = self.keys.iter().map(value).collect();
        Ok(cursor::encode(&self.keys, values?))
    }
}

/// The page that is asked for; `$limit` is one row more, to know whether there is a next page.
fn page_asked<'r>(spec: &'r PageSpec, params: &mut Params) -> Page<'r> {
    let given = |name: &str, otherwise: u64| {
        let value = params.get(name).and_then(Value::as_u64);
        value.unwrap_or(otherwise)
    };
    let (limit, offset) = match spec.by {
        PageBy::Offset => (given("limit", spec.size), given("offset", 0)),
        PageBy::Number => {
            let limit = given("per_page", spec.size);
            let pages_before = given("page", 1).saturating_sub(1);
            (limit, pages_before.saturating_mul(limit))
        }
        PageBy::Cursor => (given("limit", spec.size), 0),
    };
    params.insert("limit".to_owned(), json!(limit.saturating_add(1)));
    params.insert("offset".to_owned(), json!(offset));
    Page {
        spec,
        limit,
        offset,
        after: false,
    }
}
