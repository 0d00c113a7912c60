//! Where the learner is, as the address says it. Everything sits in the hash, so that the same
//! address works from any folder and from a file.

/// A place in the app, and what to put in the panels there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Route {
    /// Which page.
    pub page: Page,
    /// What a link may prefill.
    pub prefill: Prefill,
}

/// The pages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Page {
    /// All labs.
    #[default]
    Home,
    /// A lab, at a task or where the learner left it.
    Lab {
        /// The lab's id.
        id: String,
        /// The task's id.
        task: Option<String>,
    },
    /// A world without tasks.
    Sandbox {
        /// The folder's name under `labs/worlds`.
        world: String,
    },
    /// The question deck.
    Questions,
    /// Figures, export, import, reset.
    Progress,
    /// An address that leads nowhere; holds its path.
    Unknown(String),
}

/// What a link puts in the panels: `?panel=http&http=GET%20/books/1`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prefill {
    /// The panel to open: `sql`, `http` or `routes`.
    pub panel: Option<String>,
    /// Text for the SQL editor.
    pub sql: Option<String>,
    /// Text for the HTTP editor.
    pub http: Option<String>,
    /// The tab of the scope to open: `trace`, `caches`, …
    pub scope: Option<String>,
}

impl Route {
    /// Reads a location's hash. None if it is no address of ours (an ordinary anchor).
    pub fn parse(hash: &str) -> Option<Self> {
        let hash = hash.strip_prefix('#').unwrap_or(hash);
        if hash.is_empty() {
            return Some(Self::default());
        }
        if !hash.starts_with('/') {
            return None;
        }
        let (path, query) = hash.split_once('?').unwrap_or((hash, ""));
        let parts: Vec<String> = path
            .split('/')
            .filter(|part| !part.is_empty())
            .map(decode)
            .collect();
        let names: Vec<&str> = parts.iter().map(String::as_str).collect();
        let page = match names.as_slice() {
            [] => Page::Home,
            ["lab", id] => Page::Lab {
                id: (*id).to_owned(),
                task: None,
            },
            ["lab", id, task] => Page::Lab {
                id: (*id).to_owned(),
                task: Some((*task).to_owned()),
            },
            ["sandbox", world] => Page::Sandbox {
                world: (*world).to_owned(),
            },
            ["questions"] => Page::Questions,
            ["progress"] => Page::Progress,
            _ => Page::Unknown(path.to_owned()),
        };
        Some(Self {
            page,
            prefill: Prefill::parse(query),
        })
    }
}

impl Prefill {
    fn parse(query: &str) -> Self {
        let mut prefill = Self::default();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = decode(&value.replace('+', " "));
            match name {
                "panel" => prefill.panel = Some(value),
                "sql" => prefill.sql = Some(value),
                "http" => prefill.http = Some(value),
                "scope" => prefill.scope = Some(value),
                _ => {}
            }
        }
        prefill
    }

    /// Whether the link prefills nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Page {
    /// The hash that leads here.
    pub fn href(&self) -> String {
        match self {
            Self::Home => "#/".to_owned(),
            Self::Lab { id, task: None } => format!("#/lab/{}", encode(id)),
            Self::Lab {
                id,
                task: Some(task),
            } => format!("#/lab/{}/{}", encode(id), encode(task)),
            Self::Sandbox { world } => format!("#/sandbox/{}", encode(world)),
            Self::Questions => "#/questions".to_owned(),
            Self::Progress => "#/progress".to_owned(),
            Self::Unknown(path) => format!("#{path}"),
        }
    }
}

/// Percent-decodes; what is no valid escape stays as it is (RFC 3986 §2.1).
pub fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escape = bytes
            .get(at + 1..at + 3)
            .filter(|_| bytes[at] == b'%')
            .and_then(|pair| std::str::from_utf8(pair).ok())
            .and_then(|pair| u8::from_str_radix(pair, 16).ok());
        if let Some(byte) = escape {
            out.push(byte);
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Percent-encodes all but the unreserved characters (RFC 3986 §2.3).
pub fn encode(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(hash: &str) -> Page {
        Route::parse(hash).expect("a route").page
    }

    #[test]
    fn every_page_leads_back_to_itself() {
        let pages = [
            Page::Home,
            Page::Lab {
                id: "http-anatomy".to_owned(),
                task: None,
            },
            Page::Lab {
                id: "a lab/with ü".to_owned(),
                task: Some("50 %".to_owned()),
            },
            Page::Sandbox {
                world: "bookshop".to_owned(),
            },
            Page::Questions,
            Page::Progress,
        ];
        for wanted in pages {
            assert_eq!(page(&wanted.href()), wanted);
        }
    }

    #[test]
    fn addresses_people_type() {
        assert_eq!(page(""), Page::Home);
        assert_eq!(page("#/questions/"), Page::Questions);
        assert_eq!(page("#/nowhere"), Page::Unknown("/nowhere".to_owned()));
        assert_eq!(Route::parse("#main"), None);
    }

    #[test]
    fn a_link_prefills_the_panels() {
        let route = Route::parse("#/lab/x?panel=http&http=GET%20/books%3Fa%3D1&sql=SELECT+1%zz");
        let prefill = route.expect("a route").prefill;
        assert_eq!(prefill.panel.as_deref(), Some("http"));
        assert_eq!(prefill.http.as_deref(), Some("GET /books?a=1"));
        assert_eq!(prefill.sql.as_deref(), Some("SELECT 1%zz"));
        let route = Route::parse("#/sandbox/bookshop?scope=caches");
        let prefill = route.expect("a route").prefill;
        assert_eq!(prefill.scope.as_deref(), Some("caches"));
    }
}
