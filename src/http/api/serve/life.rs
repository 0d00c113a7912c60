//! How long a route lives: `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and then 410, and a link
//! to what comes after it.

use ::http::{HeaderName, StatusCode};

use super::super::spec::version::LifeSpec;
use super::{Call, Refusal};
use crate::http::Response;
use crate::http::date::http_date;
use crate::http::link::Link;
use crate::http::reply::set;

const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
const SUNSET: HeaderName = HeaderName::from_static("sunset");

/// Lets a request on while the route lives.
///
/// # Errors
/// The 410 that comes after its sunset.
pub fn read(call: &mut Call<'_>) -> Result<(), Refusal> {
    let life = &call.route.life;
    if let Some(since) = life.deprecated {
        call.fact(
            "deprecated",
            format!("since {} (RFC 9745)", http_date(since)),
        );
    }
    let Some(sunset) = life.sunset else {
        return Ok(());
    };
    let until = http_date(sunset);
    call.fact("sunset", format!("{until} (RFC 8594)"));
    if call.cx.clock.wall(call.cx.now_us()) < sunset {
        return Ok(());
    }
    let instead = life.successor.as_ref();
    let instead = instead.map_or(String::new(), |next| format!(" {next} is there instead."));
    let detail = format!("This ended on {until}.{instead}");
    Err(call.refuse(StatusCode::GONE, detail, "RFC 9110 §15.5.11"))
}

/// Says so in the fields of an answer, whatever it is.
pub fn mark(life: &LifeSpec, response: &mut Response) {
    if let Some(since) = life.deprecated {
        // A date of structured fields (RFC 9651 §3.3.7).
        let seconds = since.and_utc().timestamp();
        set(response, DEPRECATION, &format!("@{seconds}"));
    }
    if let Some(sunset) = life.sunset {
        set(response, SUNSET, &http_date(sunset));
    }
    if let Some(next) = &life.successor {
        Link::new(next.as_str(), "successor-version").add_to(response);
    }
}
