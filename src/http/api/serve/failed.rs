//! What a failed statement means to the client.

use ::http::{Method, StatusCode};

use super::{Call, Refusal};
use crate::http::reply::problem;
use crate::http::stack::Verdict;
use crate::http::trace::Decision;
use crate::problem::Problem;

/// What a failed statement means to the client: clashes are its business, the rest is not.
pub fn failed(call: &Call<'_>, error: &Problem) -> Refusal {
    let code = error.code.as_str();
    // A cursor that was made up holds values of any type.
    if code == "42883" && call.listing.goes_on() {
        let why = "has a value its column cannot be compared with".to_owned();
        return call.refuse_parameters("In the query", &[("after", why)]);
    }
    let (status, detail, standard) = match code {
        "23505" => (
            StatusCode::CONFLICT,
            "This clashes with something that is already there.",
            "RFC 9110 §15.5.10",
        ),
        "23503" if call.request.method() == Method::DELETE => (
            StatusCode::CONFLICT,
            "Something else still refers to this.",
            "RFC 9110 §15.5.10",
        ),
        "23503" => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "This refers to something that does not exist.",
            "RFC 9110 §15.5.21",
        ),
        _ if code.starts_with("23") => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "The data breaks a rule of the database.",
            "RFC 9110 §15.5.21",
        ),
        _ if code.starts_with("22") => (
            StatusCode::BAD_REQUEST,
            "A value is not of the type it has to be.",
            "RFC 9110 §15.5.1",
        ),
        "40001" | "40P01" | "55P03" => (
            StatusCode::SERVICE_UNAVAILABLE,
            "Another request was changing the same data; try again.",
            "RFC 9110 §15.6.4",
        ),
        _ => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "The server failed. The request may have been fine.",
            "RFC 9110 §15.6.1",
        ),
    };
    let decision = if status.is_server_error() {
        Decision::Failed
    } else {
        Decision::Refused
    };
    let told = error.message.trim_end_matches('.');
    let reason = format!("The database said: {told}. The client is told no more than it needs.");
    let verdict = Verdict::new(decision, status.as_str(), reason, standard);
    let verdict = match code {
        "" => verdict,
        code => verdict.fact("SQLSTATE", code),
    };
    Box::new((problem(call.cx, status, detail, &[]), verdict))
}
