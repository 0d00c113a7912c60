use proptest::prelude::*;

use super::{parts, tokens_in};
use crate::protocol::header_meaning;

/// Mon, 02 Mar 2026 09:00:00 GMT.
const NOW: i64 = 1_772_442_000;

/// The parts as lines `name|value|says`.
fn said(name: &str, value: &str) -> Vec<String> {
    let parts = parts(name, value, Some(NOW)).into_iter();
    parts
        .map(|part| format!("{}|{}|{}", part.name, part.value, part.says))
        .collect()
}

#[test]
fn fields_are_told_part_by_part() {
    let cases: &[(&str, &str, &[&str])] = &[
        (
            "Cache-Control",
            "private, max-age=60, stale-while-revalidate=30, community=\"a,b\"",
            &[
                "private||Only the browser of this one user may keep it.",
                "max-age|60|Fresh for 1 min after the origin made it.",
                "stale-while-revalidate|30|For 30 s after it went stale it may be used, while a new one is fetched.",
                "community|a,b|Caches that do not know it ignore it.",
            ],
        ),
        (
            "Cache-Control",
            "max-stale",
            &["max-stale||The client takes what is stale."],
        ),
        (
            "ETag",
            "W/\"a\"",
            &[
                "weak|\"a\"|Names the meaning: two bodies with it say the same, but may differ in their bytes.",
            ],
        ),
        (
            "If-None-Match",
            "\"a,b\", *",
            &[
                "strong|\"a,b\"|Names the bytes: two bodies with it are the same, byte by byte.",
                "*||Any version at all.",
            ],
        ),
        (
            "Vary",
            "Accept",
            &["Accept||Only for requests with the same Accept as this one."],
        ),
        ("Age", "75", &["seconds|75|That is 1 min 15 s."]),
        ("Age", "7", &[]),
        (
            "Date",
            "Mon, 02 Mar 2026 08:59:50 GMT",
            &["moment|2 Mar 2026, 08:59:50 UTC|By the lab’s clock: 10 s ago."],
        ),
        (
            "Expires",
            "0",
            &["0||No date: caches take it for one in the past."],
        ),
        (
            "Deprecation",
            "@1772442060",
            &["since|2 Mar 2026, 09:01:00 UTC|By the lab’s clock: in 1 min."],
        ),
        ("Retry-After", "61", &["seconds|61|Come back in 1 min 1 s."]),
        (
            "Range",
            "bytes=0-99, -5",
            &[
                "bytes|0-99|bytes 0 to 99, both included. The first is 0.",
                "bytes|-5|The last 5 bytes.",
            ],
        ),
        (
            "Content-Range",
            "bytes 0-99/1234",
            &[
                "bytes|0-99|100 of them, both ends included.",
                "whole|1234|The whole has 1,234.",
            ],
        ),
        (
            "Content-Range",
            "bytes */1234",
            &[
                "bytes|*|Nothing of it is sent: the wanted part does not exist.",
                "whole|1234|The whole has 1,234.",
            ],
        ),
        (
            "Content-Type",
            "text/csv; charset=utf-8",
            &[
                "text/csv||Rows with commas between (RFC 4180).",
                "charset|utf-8|How letters are written as bytes.",
            ],
        ),
        (
            "Accept",
            "text/csv;q=0.5, application/json, text/html;q=0",
            &[
                "application/json|q=1|Best.",
                "text/csv|q=0.5|If nothing better can be had.",
                "text/html|q=0|Not at all.",
            ],
        ),
        ("Accept", "application/json", &[]),
        (
            "Allow",
            "GET, DELETE",
            &[
                "GET||Read. Changes nothing.",
                "DELETE||Take away. Twice is as good as once.",
            ],
        ),
        (
            "Link",
            "</books?a=1,2;3>; rel=\"next\", </v2/books>; title=\"x; y\"; rel=successor-version",
            &[
                "next|/books?a=1,2;3|The page after this one.",
                "successor-version|/v2/books|The version that takes its place.",
            ],
        ),
        (
            "Set-Cookie",
            "sid=a=b; Path=/; Max-Age=3600; Secure; HttpOnly; SameSite=Lax",
            &[
                "sid|a=b|From now on it comes back in Cookie.",
                "Path|/|Sent to every path of the host.",
                "Max-Age|3600|Kept for 1 h.",
                "Secure||Sent over https only.",
                "HttpOnly||Scripts cannot read it.",
                "SameSite|Lax|From another site it is sent only when somebody follows a link there.",
            ],
        ),
        (
            "Set-Cookie",
            "theme=; Expires=Mon, 02 Mar 2026 08:00:00 GMT",
            &[
                "theme||Empty: it is being taken back.",
                "Expires|Mon, 02 Mar 2026 08:00:00 GMT|Kept until then: 1 h ago.",
                "no HttpOnly||Scripts of the page can read it.",
                "no SameSite||Browsers take it for Lax.",
            ],
        ),
        ("Cookie", "a=1; b=2=3", &["a|1|", "b|2=3|"]),
        (
            "WWW-Authenticate",
            "Bearer realm=\"a, b\", error=\"invalid_token\", Basic realm=\"c\"",
            &[
                "Bearer||A token with each request (RFC 6750).",
                "realm|a, b|What the credentials are for.",
                "error|invalid_token|The token is expired, revoked, malformed or not ours.",
                "Basic||Name and password with each request (RFC 7617).",
                "realm|c|What the credentials are for.",
            ],
        ),
        (
            "Authorization",
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
            &[
                "Basic||Name and password in base64: written differently, not encrypted.",
                "name|Aladdin|",
                "password|open sesame|Anyone who sees the request reads it.",
            ],
        ),
        (
            "RateLimit",
            "\"default\";r=1;t=9",
            &[
                "default||The name of the quota.",
                "r|1|1 request left.",
                "t|9|Whole again in 9 s.",
            ],
        ),
        (
            "RateLimit-Policy",
            "\"default\";q=10;w=60",
            &[
                "default||The name of the quota.",
                "q|10|10 requests at most.",
                "w|60|In 1 min.",
            ],
        ),
        (
            "Prefer",
            "return=minimal, wait=5",
            &[
                "return=minimal||Without the thing itself: I know what I sent.",
                "wait=5||Within 5 s.",
            ],
        ),
        (
            "Access-Control-Allow-Origin",
            "https://a.example",
            &["https://a.example||Only pages of https://a.example may read the answer."],
        ),
        (
            "Sec-Fetch-Site",
            "cross-site",
            &["cross-site||From a page of another site."],
        ),
        ("X-Anything", "a=b", &[]),
    ];
    for (name, value, wanted) in cases {
        assert_eq!(said(name, value), *wanted, "{name}: {value}");
    }
}

/// `{"alg":"HS256","typ":"JWT","kid":"2026-03"}`, `{"iss":"shop","exp":1772442900,"aud":["a","b"]}`.
const TOKEN: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6IjIwMjYtMDMifQ.\
    eyJpc3MiOiJzaG9wIiwiZXhwIjoxNzcyNDQyOTAwLCJhdWQiOlsiYSIsImIiXX0.AAAA";

#[test]
fn a_token_is_read_wherever_it_stands() {
    let wanted = [
        "alg|HS256|Signed with HMAC-SHA-256: who can check it can also make one.",
        "kid|2026-03|Which of the server's keys signed it.",
        "typ|JWT|What kind of thing this is.",
        "aud|[\"a\",\"b\"]|Whom it is for: others must refuse it.",
        "exp|1772442900|Expires 2 Mar 2026, 09:15:00 UTC (in 15 min).",
        "iss|shop|Who issued it.",
        "signature|3 bytes|Over all of the above. Anyone can read a token; only who has the key can make one.",
    ];
    let mut all = said("authorization", &format!("Bearer {TOKEN}"));
    let mut told = all.split_off(1);
    told.sort();
    let mut wanted: Vec<String> = wanted.map(str::to_owned).to_vec();
    wanted.sort();
    assert_eq!(told, wanted);
    assert_eq!(all, ["Bearer||Whoever has this token may use it."]);

    let body =
        format!("{{\"access_token\":\"{TOKEN}\",\"again\":\"{TOKEN}\",\"no\":\"eyJh.eyJh.x\"}}");
    let found = tokens_in(&body, None);
    assert_eq!(
        found
            .iter()
            .map(|(token, _)| token.as_str())
            .collect::<Vec<_>>(),
        [TOKEN]
    );
    // Late, it has expired.
    let late = tokens_in(TOKEN, Some(NOW + 901));
    let says = late[0]
        .1
        .iter()
        .find(|part| part.name == "exp")
        .map(|part| part.says.as_str());
    assert_eq!(says, Some("Expired 2 Mar 2026, 09:15:00 UTC (1 s ago)."));
}

/// Fields that have parts, each with a value that has some.
const STRUCTURED: [&str; 36] = [
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "Accept-Ranges",
    "Access-Control-Allow-Credentials",
    "Access-Control-Allow-Methods",
    "Access-Control-Allow-Origin",
    "Access-Control-Max-Age",
    "Age",
    "Allow",
    "Authorization",
    "Cache-Control",
    "Content-Range",
    "Content-Type",
    "Cookie",
    "Date",
    "Deprecation",
    "ETag",
    "Expires",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "If-Range",
    "If-Unmodified-Since",
    "Last-Modified",
    "Link",
    "Prefer",
    "Preference-Applied",
    "RateLimit",
    "RateLimit-Policy",
    "Range",
    "Retry-After",
    "Sec-Fetch-Site",
    "Set-Cookie",
    "Sunset",
    "Vary",
];

#[test]
fn what_has_parts_has_a_meaning_too() {
    for name in STRUCTURED {
        assert!(header_meaning(name).is_some(), "{name}");
    }
}

proptest! {
    #[test]
    fn any_value_is_taken(value in "[ -~]{0,40}", odd: String, at in 0..STRUCTURED.len(), now: Option<i64>) {
        for value in [value, odd] {
            let _ = parts(STRUCTURED[at], &value, now);
            let _ = tokens_in(&value, now);
        }
    }
}
