//! Request fields that editors complete, each with values people often send.

/// Name, values.
pub const FIELDS: &[(&str, &[&str])] = &[
    (
        "Accept",
        &[
            "application/json",
            "text/csv",
            "application/problem+json",
            "*/*",
        ],
    ),
    ("Accept-Encoding", &["gzip", "identity"]),
    ("Accept-Language", &["en", "de, en;q=0.5"]),
    (
        "Access-Control-Request-Headers",
        &["Content-Type", "Authorization"],
    ),
    ("Access-Control-Request-Method", &["PUT", "PATCH", "DELETE"]),
    ("API-Version", &["1", "2"]),
    ("Authorization", &["Bearer ", "Basic "]),
    (
        "Cache-Control",
        &[
            "no-cache",
            "no-store",
            "max-age=0",
            "max-stale=60",
            "min-fresh=10",
            "only-if-cached",
        ],
    ),
    (
        "Content-Type",
        &[
            "application/json",
            "application/merge-patch+json",
            "application/json-patch+json",
            "application/x-www-form-urlencoded",
            "text/plain",
        ],
    ),
    ("Cookie", &[]),
    ("Idempotency-Key", &[]),
    ("If-Match", &["*"]),
    ("If-Modified-Since", &[]),
    ("If-None-Match", &["*"]),
    ("If-Range", &[]),
    ("If-Unmodified-Since", &[]),
    ("Origin", &["https://app.example", "https://evil.example"]),
    ("Prefer", &["return=minimal", "return=representation"]),
    ("Range", &["bytes=0-99", "bytes=-100"]),
    ("Referer", &[]),
    ("User-Agent", &[]),
    ("X-API-Key", &[]),
    ("X-CSRF-Token", &[]),
];
