//! The options of curl that a request has a place for, and those that only concern a terminal.

/// What an option does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Does {
    /// Names the method.
    Method,
    /// Adds a field.
    Header,
    /// Adds to the body. A value that begins with `@` is a file.
    Data,
    /// Adds to the body as it is.
    DataRaw,
    /// Adds to the body, percent-encoded.
    DataEncoded,
    /// Adds to the body, and says that it is JSON.
    Json,
    /// Name and password.
    User,
    /// A bearer token.
    Bearer,
    /// Cookies.
    Cookie,
    /// Sets this field.
    Field(&'static str),
    /// Puts what would be the body into the query.
    Get,
    /// Asks for the fields alone.
    Head,
    /// The URL.
    Url,
    /// Accepts compressed answers.
    Compressed,
    /// Concerns the terminal or the connection: left out without a word.
    Nothing,
    /// The same, with a value.
    NothingMuch,
    /// Left out, and told why.
    LeftOut(&'static str),
    /// Cannot be done here. Says why.
    Refused(&'static str),
}

impl Does {
    /// Whether a value belongs to it.
    pub fn takes_value(self) -> bool {
        !matches!(
            self,
            Self::Get
                | Self::Head
                | Self::Compressed
                | Self::Nothing
                | Self::LeftOut(_)
                | Self::Refused(_)
        )
    }
}

const FOLLOWS: Does = Does::LeftOut("redirects are yours to follow, one by one");

/// Letter (a space if there is none), name, what it does.
const OPTIONS: &[(char, &str, Does)] = &[
    ('X', "request", Does::Method),
    ('H', "header", Does::Header),
    ('d', "data", Does::Data),
    (' ', "data-ascii", Does::Data),
    (' ', "data-binary", Does::Data),
    (' ', "data-raw", Does::DataRaw),
    (' ', "data-urlencode", Does::DataEncoded),
    (' ', "json", Does::Json),
    ('u', "user", Does::User),
    (' ', "oauth2-bearer", Does::Bearer),
    ('b', "cookie", Does::Cookie),
    ('A', "user-agent", Does::Field("User-Agent")),
    ('e', "referer", Does::Field("Referer")),
    ('r', "range", Does::Field("Range")),
    ('G', "get", Does::Get),
    ('I', "head", Does::Head),
    (' ', "url", Does::Url),
    (' ', "compressed", Does::Compressed),
    ('L', "location", FOLLOWS),
    (' ', "location-trusted", FOLLOWS),
    ('s', "silent", Does::Nothing),
    ('S', "show-error", Does::Nothing),
    ('v', "verbose", Does::Nothing),
    ('i', "include", Does::Nothing),
    (' ', "show-headers", Does::Nothing),
    ('k', "insecure", Does::Nothing),
    ('f', "fail", Does::Nothing),
    (' ', "fail-with-body", Does::Nothing),
    ('g', "globoff", Does::Nothing),
    ('N', "no-buffer", Does::Nothing),
    ('#', "progress-bar", Does::Nothing),
    ('O', "remote-name", Does::Nothing),
    ('4', "ipv4", Does::Nothing),
    ('6', "ipv6", Does::Nothing),
    ('0', "http1.0", Does::Nothing),
    (' ', "http1.1", Does::Nothing),
    (' ', "http2", Does::Nothing),
    (' ', "http3", Does::Nothing),
    (' ', "basic", Does::Nothing),
    (' ', "no-progress-meter", Does::Nothing),
    (' ', "path-as-is", Does::Nothing),
    ('o', "output", Does::NothingMuch),
    ('w', "write-out", Does::NothingMuch),
    ('D', "dump-header", Does::NothingMuch),
    ('c', "cookie-jar", Does::NothingMuch),
    ('m', "max-time", Does::NothingMuch),
    ('x', "proxy", Does::NothingMuch),
    (' ', "connect-timeout", Does::NothingMuch),
    (' ', "retry", Does::NothingMuch),
    (' ', "cacert", Does::NothingMuch),
    (
        'F',
        "form",
        Does::Refused("Forms of several parts (multipart) are not sent here."),
    ),
    (
        'T',
        "upload-file",
        Does::Refused("A page cannot read your files."),
    ),
    (
        'K',
        "config",
        Does::Refused("A page cannot read your files."),
    ),
    (
        ' ',
        "digest",
        Does::Refused("Digest authentication is not spoken here."),
    ),
    (
        ' ',
        "next",
        Does::Refused("One command is one request here."),
    ),
];

/// What the option of that letter does.
pub fn by_letter(letter: char) -> Option<Does> {
    let known = |option: &&(char, &str, Does)| option.0 == letter && letter != ' ';
    OPTIONS.iter().find(known).map(|option| option.2)
}

/// What the option of that name (without its dashes) does.
pub fn by_name(name: &str) -> Option<Does> {
    let known = |option: &&(char, &str, Does)| option.1 == name;
    OPTIONS.iter().find(known).map(|option| option.2)
}
