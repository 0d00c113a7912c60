//! Says of each file on the command line whether it is Hurl, and if not, where and why.

use std::process::ExitCode;

use hurl_core::error::Error as _;
use hurl_core::parser::parse_hurl_file;

fn main() -> ExitCode {
    let mut all_are_hurl = true;
    for path in std::env::args().skip(1) {
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => {
                eprintln!("{path}: {error}");
                return ExitCode::FAILURE;
            }
        };
        match parse_hurl_file(&text) {
            Ok(file) => println!("{path}: {} requests", file.entries.len()),
            Err(error) => {
                let place = error.source_info().start;
                eprintln!("{path}:{}:{}: {}", place.line, place.column, error.description());
                all_are_hurl = false;
            }
        }
    }
    match all_are_hurl {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
