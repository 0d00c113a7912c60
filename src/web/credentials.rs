//! Credentials as a form shows them. They are nothing but request fields, so they are read out of
//! those and written into those, and the text stays the only truth.

use super::base64;

/// Who is asking, as far as the fields say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Credentials {
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

impl Credentials {
    /// What the fields say.
    pub fn of(fields: &[(String, String)]) -> Self {
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
    pub fn write(&self, fields: &mut Fields) {
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

fn basic(coded: &str) -> Option<Credentials> {
    let pair = String::from_utf8(base64::decode(coded)?).ok()?;
    let (name, password) = match pair.split_once(':') {
        Some(pair) => pair,
        None if pair.is_empty() => ("", ""),
        None => return None,
    };
    Some(Credentials::Basic {
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
        let basic = Credentials::Basic {
            name: "Aladdin".to_owned(),
            password: "open sesame".to_owned(),
        };
        // The example of RFC 7617 §2.
        let known = fields(&[("authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")]);
        assert_eq!(Credentials::of(&known), basic);
        for (value, wanted) in [
            (
                "Bearer  a.b.c",
                Credentials::Bearer {
                    token: "a.b.c".to_owned(),
                },
            ),
            (
                "Bearer",
                Credentials::Bearer {
                    token: String::new(),
                },
            ),
            ("Digest x", Credentials::Other),
            ("Basic ?", Credentials::Other),
        ] {
            assert_eq!(Credentials::of(&fields(&[(AUTHORIZATION, value)])), wanted);
        }
    }

    #[test]
    fn they_take_the_place_of_those_before() {
        let mut all = fields(&[("Accept", "*/*"), ("x-api-key", "k"), ("Host", "a")]);
        Credentials::Bearer {
            token: "t".to_owned(),
        }
        .write(&mut all);
        assert_eq!(
            all,
            fields(&[
                ("Accept", "*/*"),
                (AUTHORIZATION, "Bearer t"),
                ("Host", "a")
            ])
        );
        Credentials::Other.write(&mut all);
        assert_eq!(all.len(), 3);
        Credentials::None.write(&mut all);
        assert_eq!(all, fields(&[("Accept", "*/*"), ("Host", "a")]));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(name in "[^:\0]{0,12}", password: String, token in "[!-~]{0,20}") {
            for wanted in [
                Credentials::None,
                Credentials::Basic { name, password },
                Credentials::Bearer { token: token.clone() },
                Credentials::ApiKey { key: token },
            ] {
                let mut all = fields(&[("Accept", "*/*")]);
                wanted.write(&mut all);
                prop_assert_eq!(Credentials::of(&all), wanted);
            }
        }
    }
}
