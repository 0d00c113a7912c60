//! Tests a learner writes: requests, each with what its answer must be, in the shape of a
//! [Hurl](https://hurl.dev) file.
//!
//! ```text
//! POST /reviews
//! Content-Type: application/json
//! {"book_id": 1, "rating": 5, "text": "Read in one sitting."}
//!
//! HTTP 201
//! [Captures]
//! review: jsonpath "$.id"
//! [Asserts]
//! header "Location" endsWith "/{{review}}"
//!
//! GET /reviews/{{review}}
//!
//! HTTP 200
//! ```

mod fill;
mod report;
mod run;
mod section;
mod syntax;

pub use report::{TestedAssert, TestedRequest, TestsReport};
pub use run::run;
pub use syntax::{Suite, parse};
