//! What a full cache keeps, against a list in the order of use.

use backlab::http::cache::{Cache, Lookup, Role};
use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::cache_rules::Talk;

/// Most that is stored.
const MOST: usize = 5;
const NOW_US: i64 = 1_772_442_000_000_000;
/// Languages as they are sent, and what they mean.
const LANGUAGES: [(&str, &str); 4] = [
    ("en, de;q=0.5", "en"),
    ("de;q=0.5,en", "en"),
    ("de", "de"),
    ("DE", "de"),
];

#[derive(Debug, Clone)]
enum Step {
    Store(usize, usize),
    Ask(usize, usize),
    Delete(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let (url, language) = (0..6_usize, 0..LANGUAGES.len());
    prop_oneof![
        3 => (url.clone(), language.clone()).prop_map(|(url, language)| Step::Store(url, language)),
        3 => (url.clone(), language).prop_map(|(url, language)| Step::Ask(url, language)),
        1 => url.prop_map(Step::Delete),
    ]
}

fn request(method: &'static str, url: usize, language: usize) -> backlab::http::Request {
    let fields = [
        (":method", method),
        ("accept-language", LANGUAGES[language].0),
    ];
    let mut request = Talk::request(&fields);
    *request.uri_mut() = format!("/{url}").parse().unwrap();
    request
}

proptest! {
    #[test]
    fn the_response_used_longest_ago_makes_room(steps in vec(step(), 0..120)) {
        let mut cache = Cache::new(Role::Shared).holding(MOST);
        // URL, language, and number of the response, from the one used longest ago.
        let mut stored: Vec<(usize, &str, usize)> = Vec::new();
        // Odd URLs come in languages.
        let means = |url: usize, language: usize| match url % 2 {
            0 => "",
            _ => LANGUAGES[language].1,
        };
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Store(url, language) => {
                    let vary = [("vary", "Accept-Language")];
                    let fields = [("cache-control", "max-age=60")];
                    let fields = [&fields[..], &vary[..url % 2]].concat();
                    let mut response = Talk::response(200, &fields, "");
                    *response.body_mut() = Bytes::from(number.to_string());
                    cache.take_in(&request("GET", url, language), &response, NOW_US, NOW_US);
                    let named = means(url, language);
                    stored.retain(|known| (known.0, known.1) != (url, named));
                    stored.push((url, named, number));
                    let over = stored.len().saturating_sub(MOST);
                    stored.drain(..over);
                }
                Step::Ask(url, language) => {
                    let named = means(url, language);
                    let found = stored.iter().position(|known| (known.0, known.1) == (url, named));
                    let wanted = found.map(|found| stored.remove(found));
                    stored.extend(wanted);
                    let body = match cache.lookup(&request("GET", url, language), NOW_US) {
                        Lookup::Fresh(response, _) => Some(response.into_body()),
                        _ => None,
                    };
                    prop_assert_eq!(body, wanted.map(|(_, _, number)| Bytes::from(number.to_string())));
                }
                Step::Delete(url) => {
                    let gone = Talk::response(204, &[], "");
                    let why = cache.take_in(&request("DELETE", url, 0), &gone, NOW_US, NOW_US);
                    let before = stored.len();
                    stored.retain(|known| known.0 != url);
                    let said = if stored.len() == before { "nothing was stored" } else { "is dropped" };
                    prop_assert!(why.reason.contains(said), "{why:?}");
                }
            }
            let shown = cache.views("", NOW_US);
            prop_assert_eq!(shown.len(), stored.len());
            prop_assert!(shown.is_sorted_by(|one, next| one.key < next.key));
        }
    }
}
