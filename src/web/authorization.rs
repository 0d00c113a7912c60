//! Credentials as a form shows them. They are nothing but request fields, so they are read out of
//! those and written into those, and the text stays the only truth.

use super::base64;
use super::http_text::Form;
use crate::protocol::Auth;

/// Who is asking, as far as the fields say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Authorization {
    /// Nobody in particular.
    #[default]
    None,
    /// A name and a password (RFC 7617).
    Basic {
        /// Without a colon.
        name: String,
        /// The password.
        password: String,
    },
    /// A token (RFC 6750).
    Bearer {
        /// The token.
        token: String,
    },
    /// A program's key.
    ApiKey {
        /// The key.
        key: String,
    },
    /// `Authorization` in a way the form has no fields for.
    Other,
}

const AUTHORIZATION: &str = "Authorization";
/// The field of an API key. No standard names one; this is what most APIs call it.
const API_KEY: &str = "X-API-Key";

type Fields = Vec<(String, String)>;

impl Authorization {
    /// What a form says: its directive, or else its fields.
    pub fn of(form: &Form) -> Self {
        match form.burst.auth.clone() {
            Some(Auth::Basic { user, password }) => Self::Basic {
                name: user,
                password,
            },
            Some(Auth::Bearer { token }) => Self::Bearer { token },
            Some(Auth::ApiKey { key }) => Self::ApiKey { key },
            None => Self::of_fields(&form.request.headers),
        }
    }

    /// Puts them into a form. They go into a field, where they are seen as they are sent, unless the
    /// text says them by a directive already, or a variable has to be filled in before they are
    /// encoded.
    pub fn write(&self, form: &mut Form) {
        let has_directive = form.burst.auth.take().is_some();
        let directive = self.directive();
        let needs_one = match self {
            Self::Basic { name, password } => name.contains("{{") || password.contains("{{"),
            _ => false,
        };
        if directive.is_some() && (has_directive || needs_one) {
            form.burst.auth = directive;
            Self::None.write_fields(&mut form.request.headers);
        } else {
            self.write_fields(&mut form.request.headers);
        }
    }

    /// The directive that says the same; none for what a directive has no words for.
    fn directive(&self) -> Option<Auth> {
        let is_word = |text: &str| !text.is_empty() && !text.contains(char::is_whitespace);
        match self.clone() {
            Self::Basic { name, password }
                if is_word(&name) && !name.contains(':') && !password.trim().is_empty() =>
            {
                Some(Auth::Basic {
                    user: name,
                    password: password.trim().to_owned(),
                })
            }
            Self::Bearer { token } if is_word(&token) => Some(Auth::Bearer { token }),
            Self::ApiKey { key } if is_word(&key) => Some(Auth::ApiKey { key }),
            _ => None,
        }
    }

    /// What the fields say.
    fn of_fields(fields: &[(String, String)]) -> Self {
        let value = |name: &str| {
            let mut named = fields
                .iter()
                .filter(|(other, _)| other.eq_ignore_ascii_case(name));
            named.next().map(|(_, value)| value.trim())
        };
        let Some(authorization) = value(AUTHORIZATION) else {
            return match value(API_KEY) {
                Some(key) => Self::ApiKey {
                    key: key.to_owned(),
                },
                None => Self::None,
            };
        };
        let (scheme, rest) = authorization.split_once(' ').unwrap_or((authorization, ""));
        let rest = rest.trim();
        match scheme.to_ascii_lowercase().as_str() {
            "bearer" => Self::Bearer {
                token: rest.to_owned(),
            },
            "basic" => basic(rest).unwrap_or(Self::Other),
            _ => Self::Other,
        }
    }

    /// Puts them into the fields, in the place of those that are there.
    fn write_fields(&self, fields: &mut Fields) {
        let (name, value) = match self {
            Self::Other => return,
            Self::None => (None, String::new()),
            Self::Basic { name, password } => {
                let pair = format!("{}:{password}", name.replace(':', ""));
                (
                    Some(AUTHORIZATION),
                    format!("Basic {}", base64::encode(pair.as_bytes())),
                )
            }
            Self::Bearer { token } => (Some(AUTHORIZATION), format!("Bearer {}", token.trim())),
            Self::ApiKey { key } => (Some(API_KEY), key.trim().to_owned()),
        };
        let is_ours = |other: &str| {
            [AUTHORIZATION, API_KEY]
                .iter()
                .any(|name| other.eq_ignore_ascii_case(name))
        };
        let place = fields
            .iter()
            .position(|(other, _)| is_ours(other))
            .unwrap_or(fields.len());
        fields.retain(|(other, _)| !is_ours(other));
        if let Some(name) = name {
            let place = place.min(fields.len());
            fields.insert(place, (name.to_owned(), value.trim_end().to_owned()));
        }
    }
}

fn basic(coded: &str) -> Option<Authorization> {
    let pair = String::from_utf8(base64::decode(coded)?).ok()?;
    let (name, password) = match pair.split_once(':') {
        Some(pair) => pair,
        None if pair.is_empty() => ("", ""),
        None => return None,
    };
    Some(Authorization::Basic {
        name: name.to_owned(),
        password: password.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fields(text: &[(&str, &str)]) -> Fields {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        text.iter().map(pair).collect()
    }

    #[test]
    fn fields_say_who_asks() {
        let basic = Authorization::Basic {
            name: "Aladdin".to_owned(),
            password: "open sesame".to_owned(),
        };
        // The example of RFC 7617 §2.
        let known = fields(&[("authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")]);
        assert_eq!(Authorization::of_fields(&known), basic);
        for (value, wanted) in [
            (
                "Bearer  a.b.c",
                Authorization::Bearer {
                    token: "a.b.c".to_owned(),
                },
            ),
            (
                "Bearer",
                Authorization::Bearer {
                    token: String::new(),
                },
            ),
            ("Digest x", Authorization::Other),
            ("Basic ?", Authorization::Other),
        ] {
            assert_eq!(
                Authorization::of_fields(&fields(&[(AUTHORIZATION, value)])),
                wanted
            );
        }
    }

    #[test]
    fn they_take_the_place_of_those_before() {
        let mut all = fields(&[("Accept", "*/*"), ("x-api-key", "k"), ("Host", "a")]);
        Authorization::Bearer {
            token: "t".to_owned(),
        }
        .write_fields(&mut all);
        assert_eq!(
            all,
            fields(&[
                ("Accept", "*/*"),
                (AUTHORIZATION, "Bearer t"),
                ("Host", "a")
            ])
        );
        Authorization::Other.write_fields(&mut all);
        assert_eq!(all.len(), 3);
        Authorization::None.write_fields(&mut all);
        assert_eq!(all, fields(&[("Accept", "*/*"), ("Host", "a")]));
    }

    #[test]
    fn a_directive_stays_one_as_long_as_it_can() {
        let mut form = Form::read("# @auth basic ada {{pin}}\nGET /\n").expect("a request");
        let mut now = Authorization::of(&form);
        let basic = |name: &str, password: &str| Authorization::Basic {
            name: name.to_owned(),
            password: password.to_owned(),
        };
        assert_eq!(now, basic("ada", "{{pin}}"));
        for password in ["1", "", "1", "{{pin}}"] {
            now = basic("ada", password);
            now.write(&mut form);
            form = Form::read(&form.write()).expect("a request");
            assert_eq!(Authorization::of(&form), now);
        }
        assert_eq!(form.write(), "# @auth basic ada {{pin}}\nGET /\n");
        Authorization::None.write(&mut form);
        assert_eq!(form.write(), "GET /\n");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(name in "[^:\0]{0,12}", password: String, token in "[!-~]{0,20}") {
            for wanted in [
                Authorization::None,
                Authorization::Basic { name, password },
                Authorization::Bearer { token: token.clone() },
                Authorization::ApiKey { key: token },
            ] {
                let mut all = fields(&[("Accept", "*/*")]);
                wanted.write_fields(&mut all);
                prop_assert_eq!(Authorization::of_fields(&all), wanted);
            }
        }
    }
}
