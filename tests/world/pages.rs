//! Pages, cookies, tokens and captures together: a forged request, and what stops it.

use backlab::protocol::{Event, Exchange, WorldFiles};
use backlab::world::{Data, World};

use super::http;

fn shop(session: &str) -> String {
    let text = r#"
host = "shop.example"
start = "2026-03-02T09:00:00Z"
layers = ["browser", "cors", "auth", "routes"]
[cors]
origins = ["https://app.example"]
headers = ["X-CSRF-Token", "Content-Type"]
credentials = true
[auth]
schemes = ["session"]
users = "SELECT id, email AS name, role, password_hash FROM users WHERE email = $name"
plain_passwords = true
[auth.session]
SESSION
[[route]]
method = "GET"
path = "/csrf"
csrf = true
[[route]]
method = "POST"
path = "/login"
login = { by = "session", name = "email" }
one = true
sql = "SELECT id FROM users WHERE id = $user_id"
[[route]]
method = "POST"
path = "/gifts"
auth = "required"
consumes = ["application/json", "application/x-www-form-urlencoded"]
body = { to = { type = "string" } }
status = 201
sql = "INSERT INTO gifts (giver, taker) VALUES ($user_id, $to)"
[[route]]
method = "GET"
path = "/me"
auth = "required"
one = true
sql = "SELECT $user AS name"
"#;
    text.replace("SESSION", session)
}

fn open(session: &str) -> World {
    let text = shop(session);
    let files = WorldFiles {
        name: "shop".to_owned(),
        world: text.clone(),
        schema: "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, role TEXT, password_hash TEXT); \
                 CREATE TABLE gifts (id INTEGER PRIMARY KEY, giver INTEGER, taker TEXT)"
            .to_owned(),
        seed: "INSERT INTO users VALUES (1, 'ada@shop.example', 'customer', 'secret')".to_owned(),
        hidden: String::new(),
    };
    World::open(&files, &text, Data::Seed).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// The last answer of a text.
fn last(world: &mut World, text: &str) -> Exchange {
    let events = http(world, text);
    match events.last() {
        Some(Event::Exchange { exchange }) => (**exchange).clone(),
        other => panic!("no answer: {other:?}"),
    }
}

fn label<'e>(exchange: &'e Exchange, layer: &str) -> &'e str {
    let span = exchange.spans.iter().rfind(|span| span.layer == layer);
    span.map_or("", |span| &span.label)
}

const LOGIN: &str = "POST /login\nContent-Type: application/json\n\n{\"email\": \"ada@shop.example\", \"password\": \"secret\"}";
const FORGED: &str = "# @page https://evil.example/win\n# @as form\nPOST /gifts\n\
                      Content-Type: application/x-www-form-urlencoded\n\nto=mallory";

#[test]
fn a_forged_form_rides_on_a_cookie_that_goes_anywhere() {
    let mut world = open("same_site = \"none\"\nsecure = true");
    assert_eq!(last(&mut world, LOGIN).response.status, 200);
    let forged = last(&mut world, FORGED);
    assert_eq!(forged.response.status, 201, "{forged:#?}");
    assert_eq!(
        forged.request.header("Origin"),
        Some("https://evil.example")
    );
    assert!(forged.request.header("Cookie").is_some());
    // Another client's browser has no such cookie.
    let other = last(&mut world, &format!("# @client bob\n{FORGED}"));
    assert_eq!(other.response.status, 401);
}

#[test]
fn same_site_stops_the_form_and_lets_the_link_pass() {
    for (same_site, link) in [("lax", 200), ("strict", 401)] {
        let mut world = open(&format!("same_site = \"{same_site}\""));
        last(&mut world, LOGIN);
        assert_eq!(last(&mut world, FORGED).response.status, 401, "{same_site}");
        let followed = last(
            &mut world,
            "# @page https://evil.example/\n# @as link\nGET /me",
        );
        assert_eq!(followed.response.status, link, "{same_site}");
        assert_eq!(
            last(&mut world, "GET /me").response.status,
            200,
            "{same_site}"
        );
        // A page below the same registered name is of the same site, and of another origin.
        let sister = FORGED.replace("evil.example", "blog.shop.example");
        assert_eq!(
            last(&mut world, &sister).response.status,
            201,
            "{same_site}"
        );
    }
}

#[test]
fn a_token_stops_the_form_and_lets_the_own_page_pass() {
    let mut world = open("same_site = \"none\"\nsecure = true\ncsrf = \"token\"");
    let login = LOGIN.replace("\n\n", "\nX-CSRF-Token: {{csrf}}\n\n");
    let token = "# @capture csrf = jsonpath \"$.csrf_token\"\nGET /csrf\n";
    let logged_in = last(&mut world, &format!("{token}###\n{login}"));
    assert_eq!(logged_in.response.status, 200, "{logged_in:#?}");
    http(&mut world, token);
    let forged = last(&mut world, FORGED);
    assert_eq!(
        (forged.response.status, forged.answered_by.as_str()),
        (403, "auth")
    );
    let gift = |page: &str| {
        format!(
            "# @page {page}\n# @credentials include\nPOST /gifts\nX-CSRF-Token: {{{{csrf}}}}\n\
             Content-Type: application/json\n\n{{\"to\": \"bob\"}}"
        )
    };
    let own = last(&mut world, &gift("https://shop.example/home"));
    assert_eq!(own.response.status, 201, "{own:#?}");
    assert_eq!(label(&own, "browser"), "same-origin");
    // A page that may read asks first, for the field is one that only a script can send.
    let app = last(&mut world, &gift("https://app.example/"));
    assert_eq!(app.response.status, 201, "{app:#?}");
    assert_eq!(label(&app, "browser"), "readable");
    let layers: Vec<&str> = app.spans.iter().map(|span| span.layer.as_str()).collect();
    assert_eq!(layers, ["browser", "cors", "cors", "auth", "routes"]);
    // A page that may not is stopped there, even if it knew the token.
    let evil = last(&mut world, &gift("https://evil.example/"));
    assert_eq!(label(&evil, "browser"), "blocked");
    assert!(evil.spans.iter().all(|span| span.layer != "routes"));
}
