//! Who is asking, against the vectors of the standards (`tests/auth/*.toml`) and against anything
//! at all. How the layers use it is told by `tests/http/auth-*.toml`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use backlab::http::api::spec::WorldSpec;
use backlab::http::auth::jws::{Holes, Jws, Key, sign_with_header};
use backlab::http::auth::jwt::{self, Expected};
use backlab::http::auth::mac::{hmac_sha1, hmac_sha256};
use backlab::http::auth::{basic, challenge, password, pkce, totp};
use backlab::http::encoding::{BASE32, BASE64, BASE64_BARE, BASE64URL, hex};
use proptest::prelude::*;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

fn read<T: DeserializeOwned>(name: &str) -> T {
    let path = format!("{}/tests/auth/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[derive(Deserialize)]
struct Rows<T> {
    row: Vec<T>,
}

fn unhex(text: &str) -> Vec<u8> {
    let pair = |at| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(pair).collect()
}

#[test]
fn hmac_is_that_of_the_standard() {
    #[derive(Deserialize)]
    struct Row {
        source: String,
        key: String,
        data: String,
        mac: String,
    }
    #[derive(Deserialize)]
    struct All {
        sha256: Vec<Row>,
        sha1: Vec<Row>,
    }
    let all: All = read("hmac");
    for row in &all.sha256 {
        let mac = hex(&hmac_sha256(&unhex(&row.key), &unhex(&row.data)));
        assert!(mac.starts_with(&row.mac), "{}: {mac}", row.source);
    }
    for row in &all.sha1 {
        let mac = hex(&hmac_sha1(&unhex(&row.key), &unhex(&row.data)));
        assert_eq!(mac, row.mac, "{}", row.source);
    }
}

#[test]
fn one_time_passwords_are_those_of_the_standard() {
    #[derive(Deserialize)]
    struct Row {
        time: i64,
        sha1: String,
        sha256: String,
    }
    for row in read::<Rows<Row>>("totp").row {
        let step = totp::step(row.time).to_be_bytes();
        let secret = b"12345678901234567890";
        assert_eq!(totp::truncate(&hmac_sha1(secret, &step), 8), row.sha1);
        let secret = b"12345678901234567890123456789012";
        assert_eq!(totp::truncate(&hmac_sha256(secret, &step), 8), row.sha256);
        // What apps show is the end of it.
        let six = totp::code(b"12345678901234567890", totp::step(row.time));
        assert!(row.sha1.ends_with(&six));
    }
}

#[test]
fn a_one_time_password_counts_once_and_for_a_step_around_now() {
    // 12345678901234567890, as people type it.
    let secret = "gezd gnbv gy3t qojq gezd gnbv gy3t qojq";
    let (now, step) = (1_111_111_109, totp::step(1_111_111_109));
    let code = |step| totp::code(b"12345678901234567890", step);
    for (given, last, expected) in [
        (code(step), None, Ok(step)),
        (code(step - 1), None, Ok(step - 1)),
        (code(step + 1), Some(step), Ok(step + 1)),
        (code(step - 2), None, Err("not the one of now")),
        (code(step + 2), None, Err("not the one of now")),
        (code(step), Some(step), Err("has been used")),
        // An older one than the last is refused too, or a code seen before could come after.
        (code(step - 1), Some(step), Err("has been used")),
        (String::new(), None, Err("not the one of now")),
        ("００００００".to_owned(), None, Err("not the one of now")),
    ] {
        match (totp::verify(secret, &given, now, last), expected) {
            (Ok(found), Ok(wanted)) => assert_eq!(found, wanted),
            (Err(found), Err(wanted)) => {
                assert!(found.reason.contains(wanted), "{found:?}");
                assert_eq!(found.standard, "RFC 6238 §5.2");
            }
            (found, wanted) => panic!("{given}: {found:?}, not {wanted:?}"),
        }
    }
    let spaced = format!("{} {}", &code(step)[..3], &code(step)[3..]);
    assert_eq!(totp::verify(secret, &spaced, now, None), Ok(step));
    let no_secret = totp::verify("not base32!", &code(step), now, None).unwrap_err();
    assert!(no_secret.reason.contains("not Base32"), "{no_secret:?}");
}

#[test]
fn passwords_are_verified_as_the_reference_does() {
    #[derive(Deserialize)]
    struct Row {
        password: String,
        stored: String,
        right: Option<bool>,
        fault: Option<String>,
    }
    for row in read::<Rows<Row>>("passwords").row {
        match (password::verify(&row.password, &row.stored), row.fault) {
            (Ok(found), None) => assert_eq!(Some(found), row.right, "{}", row.stored),
            (Err(why), Some(fault)) => assert!(why.contains(&fault), "{why}"),
            (found, fault) => panic!("{}: {found:?}, not {fault:?}", row.stored),
        }
    }
    let hash = password::hash("correct horse", [7; 16]);
    assert!(hash.starts_with("$argon2id$v=19$m=1024,t=2,p=1$"), "{hash}");
    assert_eq!(password::verify("correct horse", &hash), Ok(true));
    assert_eq!(password::verify("correct Horse", &hash), Ok(false));
    let salted = password::hash("correct horse", [8; 16]);
    assert_ne!(hash, salted, "the salt makes equal passwords differ");
}

#[test]
fn basic_credentials_are_read_as_the_standard_says() {
    #[derive(Deserialize)]
    struct Row {
        credentials: String,
        name: Option<String>,
        password: Option<String>,
        refused: Option<String>,
    }
    for row in read::<Rows<Row>>("basic").row {
        match (basic::parse(&row.credentials), row.refused) {
            (Ok((name, password)), None) => {
                assert_eq!((Some(name), Some(password)), (row.name, row.password));
            }
            (Err(found), Some(wanted)) => assert!(found.reason.contains(&wanted), "{found:?}"),
            (found, wanted) => panic!("{}: {found:?}, not {wanted:?}", row.credentials),
        }
    }
}

#[test]
fn a_code_is_bound_to_who_asked_for_it() {
    #[derive(Deserialize)]
    struct Row {
        challenge: Option<String>,
        verifier: Option<String>,
        refused: Option<String>,
    }
    for row in read::<Rows<Row>>("pkce").row {
        let judged = pkce::verify(row.challenge.as_deref(), row.verifier.as_deref());
        let found = judged.err().map(|refusal| refusal.standard.to_owned());
        assert_eq!(found, row.refused, "{:?}", row.verifier);
        if let (None, Some(verifier)) = (row.refused, row.verifier) {
            assert_eq!(row.challenge, Some(pkce::challenge(&verifier)));
        }
    }
}

#[test]
fn signatures_are_those_of_the_standards() {
    #[derive(Deserialize)]
    struct Row {
        source: String,
        token: String,
        algorithm: String,
        key: String,
        public: Option<String>,
        header: Option<String>,
        payload: Option<String>,
        #[serde(default)]
        accept_none: bool,
        refused: Option<String>,
    }
    for row in read::<Rows<Row>>("jws").row {
        let bytes = BASE64URL.decode(&row.key).unwrap();
        let key = match row.algorithm.as_str() {
            "HS256" => Key::hs256("k", &bytes),
            _ => Key::ed_dsa("k", &bytes).unwrap(),
        };
        let holes = Holes {
            accept_none: row.accept_none,
            ..Holes::default()
        };
        let jws = Jws::parse(&row.token).unwrap();
        let judged = jws.verify(std::slice::from_ref(&key), holes);
        let found = judged.err().map(|refusal| refusal.standard.to_owned());
        assert_eq!(found, row.refused, "{}", row.source);
        if let Some(public) = row.public {
            assert_eq!(key.public(), Some(public));
        }
        if let (Some(header), Some(payload)) = (row.header, row.payload) {
            let signed = sign_with_header(&header, payload.as_bytes(), &key);
            assert_eq!(signed, row.token, "{}", row.source);
        }
    }
}

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

fn keys() -> Vec<Key> {
    vec![
        Key::hs256("new", SECRET),
        Key::ed_dsa("old", &[9; 32]).unwrap(),
    ]
}

fn expected() -> Expected {
    Expected {
        keys: keys(),
        issuers: vec!["https://bookshop.example".to_owned()],
        audience: Some("bookshop-api".to_owned()),
        ..Expected::default()
    }
}

/// The claims of a token that is good from 1,000 to 1,900.
fn claims() -> Map<String, Value> {
    let claims = json!({
        "iss": "https://bookshop.example", "aud": "bookshop-api", "sub": "1",
        "iat": 1_000, "nbf": 1_000, "exp": 1_900,
    });
    claims.as_object().unwrap().clone()
}

#[test]
fn the_token_of_rfc_7519_holds_until_it_expires() {
    // RFC 7519 §3.1.
    let token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let secret = BASE64URL.decode(
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
    );
    let expected = Expected {
        keys: vec![Key::hs256("", &secret.unwrap())],
        issuers: vec!["joe".to_owned()],
        ..Expected::default()
    };
    let held = jwt::verify(token, &expected, 1_300_819_379).unwrap();
    assert_eq!(held.claims["http://example.com/is_root"], json!(true));
    let over = jwt::verify(token, &expected, 1_300_819_392).unwrap_err();
    assert_eq!(
        over.reason,
        "The token expired 12 s ago (exp 1300819380), and the allowed skew is 0 s."
    );
    assert_eq!(over.standard, "RFC 7519 §4.1.4");
}

#[test]
fn claims_hold_here_and_now_or_say_why_not() {
    let good = |name: &str, value: Value| (name.to_owned(), value, 1_500, None);
    let bad = |name: &str, value: Value, now, section: &'static str| {
        (name.to_owned(), value, now, Some(section))
    };
    for (name, value, now, refused) in [
        good("sub", json!("1")),
        good("exp", json!(1_501)),
        bad("exp", json!(1_500), 1_500, "RFC 7519 §4.1.4"),
        good("exp", json!(1_501.5)),
        bad("exp", json!(1_500.5), 1_500, "RFC 7519 §4.1.4"),
        bad("exp", json!("1900"), 1_500, "RFC 7519 §2"),
        bad("exp", Value::Null, 1_500, "RFC 7519 §2"),
        bad("exp", json!(-1e300), 1_500, "RFC 7519 §4.1.4"),
        good("exp", json!(1e300)),
        good("nbf", json!(1_500)),
        bad("nbf", json!(1_501), 1_500, "RFC 7519 §4.1.5"),
        bad("iat", json!(1_501), 1_500, "RFC 7519 §4.1.6"),
        bad(
            "iss",
            json!("https://evil.example"),
            1_500,
            "RFC 7519 §4.1.1",
        ),
        bad(
            "iss",
            json!(["https://bookshop.example"]),
            1_500,
            "RFC 7519 §4.1.1",
        ),
        good("aud", json!(["other", "bookshop-api"])),
        bad("aud", json!("other"), 1_500, "RFC 7519 §4.1.3"),
        bad("aud", json!([]), 1_500, "RFC 7519 §4.1.3"),
    ] {
        let mut claims = claims();
        claims.insert(name.clone(), value.clone());
        let token = jwt::sign(&claims, &keys()[0]);
        let judged = jwt::verify(&token, &expected(), now);
        let found = judged.err().map(|refusal| refusal.standard);
        assert_eq!(found, refused, "{name} = {value}");
    }
    for (missing, section) in [
        ("exp", Some("RFC 7519 §4.1.4")),
        ("iss", Some("RFC 7519 §4.1.1")),
        ("aud", Some("RFC 7519 §4.1.3")),
        ("nbf", None),
        ("iat", None),
    ] {
        let mut claims = claims();
        claims.remove(missing);
        let token = jwt::sign(&claims, &keys()[0]);
        let judged = jwt::verify(&token, &expected(), 1_500);
        assert_eq!(judged.err().map(|r| r.standard), section, "{missing}");
    }
    let lenient = Expected {
        clock_skew_s: 30,
        ..expected()
    };
    let token = jwt::sign(&claims(), &keys()[0]);
    for (now, held) in [(969, false), (970, true), (1_929, true), (1_930, false)] {
        assert_eq!(jwt::verify(&token, &lenient, now).is_ok(), held, "at {now}");
    }
}

#[test]
fn the_key_decides_never_the_token() {
    let payload = Value::Object(claims()).to_string();
    let payload = payload.as_bytes();
    let [new, old] = <[Key; 2]>::try_from(keys()).unwrap();
    // Who knows the public key signs with it as if it were a secret.
    let confused = Key::hs256("old", old.public().unwrap().as_bytes());
    let none = |alg: &str| {
        let header = BASE64URL.encode(format!("{{\"alg\":\"{alg}\"}}").as_bytes());
        format!("{header}.{}.", BASE64URL.encode(payload))
    };
    let signed = |header: &str, key: &Key| sign_with_header(header, payload, key);
    let strict = Holes::default();
    let trusting = Holes {
        trust_algorithm: true,
        ..strict
    };
    let accepting = Holes {
        accept_none: true,
        ..strict
    };
    for (token, holes, refused) in [
        (jwt::sign(&claims(), &new), strict, None),
        (jwt::sign(&claims(), &old), strict, None),
        (signed("{\"alg\":\"HS256\"}", &new), strict, None),
        (signed("{\"alg\":\"EdDSA\"}", &old), strict, None),
        (
            jwt::sign(&claims(), &confused),
            strict,
            Some("RFC 8725 §3.1"),
        ),
        (
            jwt::sign(&claims(), &confused),
            accepting,
            Some("RFC 8725 §3.1"),
        ),
        (jwt::sign(&claims(), &confused), trusting, None),
        // Without a name of a key, all are tried: the public half is no key of HS256.
        (
            signed("{\"alg\":\"HS256\"}", &confused),
            strict,
            Some("RFC 7515 §5.2"),
        ),
        (signed("{\"alg\":\"HS256\"}", &confused), trusting, None),
        (none("none"), strict, Some("RFC 8725 §3.2")),
        (none("NonE"), strict, Some("RFC 8725 §3.2")),
        (none("none"), trusting, Some("RFC 8725 §3.2")),
        (none("none"), accepting, None),
        (
            signed("{\"alg\":\"none\"}", &new),
            accepting,
            Some("RFC 7518 §3.6"),
        ),
        (
            signed("{\"alg\":\"HS256\",\"kid\":\"gone\"}", &new),
            strict,
            Some("RFC 7515 §4.1.4"),
        ),
        (
            signed("{\"alg\":\"HS256\",\"kid\":1}", &new),
            strict,
            Some("RFC 7515 §4.1.4"),
        ),
        (
            signed("{\"alg\":\"EdDSA\",\"kid\":\"new\"}", &new),
            strict,
            Some("RFC 8725 §3.1"),
        ),
        (
            signed("{\"alg\":\"EdDSA\",\"kid\":\"new\"}", &new),
            trusting,
            Some("RFC 8725 §3.1"),
        ),
        (
            signed("{\"alg\":\"HS512\"}", &new),
            strict,
            Some("RFC 8725 §3.1"),
        ),
        (
            signed("{\"kid\":\"new\"}", &new),
            strict,
            Some("RFC 7515 §4.1.1"),
        ),
        (
            jwt::sign(&claims(), &Key::hs256("new", &[1; 32])),
            strict,
            Some("RFC 7515 §5.2"),
        ),
    ] {
        let expected = Expected {
            holes,
            ..expected()
        };
        let judged = jwt::verify(&token, &expected, 1_500);
        let found = judged.err().map(|refusal| refusal.standard);
        assert_eq!(found, refused, "{token} with {holes:?}");
    }
    let through = Expected {
        holes: accepting,
        ..expected()
    };
    let held = jwt::verify(&none("none"), &through, 1_500).unwrap();
    assert_eq!(held.verified.hole, Some("accept_none"));
}

#[test]
fn a_challenge_is_one_field_line() {
    let written = challenge::challenge("Bearer", &[("realm", "a \"b\" \\ ü"), ("error", "x")]);
    assert_eq!(written, "Bearer realm=\"a 'b' / ?\", error=\"x\"");
}

/// Letters of tokens, and some that are not.
const TOKEN: &str = "[A-Za-z0-9_.=+/ -]{0,120}";

proptest! {
    /// Whatever one character of a signed token becomes, it does not count any more.
    #[test]
    fn a_mutated_token_is_refused(first in any::<bool>(), at in 0usize..400, to in "[A-Za-z0-9_.=-]") {
        let key = &keys()[usize::from(first)];
        let token = jwt::sign(&claims(), key);
        let at = at % token.len();
        let mut mutated = token.clone();
        mutated.replace_range(at..=at, &to);
        let judged = jwt::verify(&mutated, &expected(), 1_500);
        prop_assert_eq!(judged.is_ok(), mutated == token, "{}", mutated);
    }

    /// Nor does one with something more, or with something missing.
    #[test]
    fn a_longer_or_shorter_token_is_refused(first in any::<bool>(), at in 0usize..400, more in "[A-Za-z0-9_.=-]{1,3}") {
        let token = jwt::sign(&claims(), &keys()[usize::from(first)]);
        let at = at % token.len();
        let mut longer = token.clone();
        longer.insert_str(at, &more);
        let mut shorter = token.clone();
        shorter.remove(at);
        for mutated in [longer, shorter] {
            let judged = jwt::verify(&mutated, &expected(), 1_500);
            prop_assert!(judged.is_err(), "{}", mutated);
        }
    }

    /// No text is too strange for the holes.
    #[test]
    fn any_text_is_refused_with_a_reason(text in prop_oneof![".{0,60}", TOKEN, "[A-Za-z0-9_-]{0,40}\\.[A-Za-z0-9_-]{0,40}\\.[A-Za-z0-9_-]{0,90}"]) {
        let holes = Holes { accept_none: true, trust_algorithm: true };
        let expected = Expected { holes, ..expected() };
        let refusal = jwt::verify(&text, &expected, 1_500).unwrap_err();
        prop_assert!(refusal.reason.ends_with('.') && refusal.standard.starts_with("RFC "));
        let (scheme, rest) = challenge::scheme(&text);
        prop_assert!(scheme.len() + rest.len() <= text.len());
        if let Err(refusal) = basic::parse(&text) {
            prop_assert!(refusal.reason.ends_with('.'));
        }
        prop_assert_ne!(password::verify(&text, &text), Ok(true));
        prop_assert!(totp::verify(&text, &text, 0, None).is_err());
        prop_assert!(pkce::verify(Some(&text), Some(&text)).is_err());
    }

    /// Header and claims may be any JSON.
    #[test]
    fn any_json_is_judged(header in "\\{(\"(alg|kid|crit|typ)\":(\"(HS256|EdDSA|none|old|new)\"|1|null|\\[\\]))(,\"(alg|kid)\":(\"(HS256|EdDSA|none|old|new)\"|\\{\\}))?\\}",
                          claim in "iss|aud|sub|exp|nbf|iat|jti", value in "null|true|-?[0-9]{1,19}|[0-9]e[0-9]{1,3}|\"[a-z]{0,5}\"|\\[1,\"a\"\\]|\\{\\}") {
        let Ok(value) = serde_json::from_str::<Value>(&value) else { return Ok(()); };
        let mut claims = claims();
        claims.insert(claim, value);
        let payload = Value::Object(claims).to_string();
        for key in keys() {
            let token = sign_with_header(&header, payload.as_bytes(), &key);
            if let Err(refusal) = jwt::verify(&token, &expected(), 1_500) {
                prop_assert!(refusal.reason.ends_with('.'), "{}", refusal.reason);
            }
        }
    }

    /// What is encoded is read back, and nothing else gives the same bytes.
    #[test]
    fn encodings_go_both_ways(bytes in proptest::collection::vec(any::<u8>(), 0..40), text in TOKEN) {
        for alphabet in [BASE64, BASE64_BARE, BASE64URL, BASE32] {
            prop_assert_eq!(alphabet.decode(&alphabet.encode(&bytes)), Some(bytes.clone()));
            if let Some(read) = alphabet.decode(&text) {
                let again = alphabet.encode(&read);
                prop_assert_eq!(again.trim_end_matches('='), text.trim_end_matches('='));
            }
        }
        for unpadded in [BASE64_BARE, BASE64URL] {
            prop_assert!(!unpadded.encode(&bytes).contains('='));
            prop_assert!(unpadded.decode("QQ==").is_none());
        }
        prop_assert_eq!(BASE64.encode(b"fooba"), "Zm9vYmE=");
        prop_assert_eq!(BASE32.encode(b"fooba"), "MZXW6YTB");
        prop_assert_eq!(BASE32.encode(b"foob"), "MZXW6YQ=");
    }
}

#[test]
fn faults_of_the_text_have_a_place_and_a_way_out() {
    #[derive(Deserialize)]
    struct Row {
        text: String,
        at: (u32, u32),
        says: String,
        #[serde(default)]
        hint: String,
    }
    let mut failures = Vec::new();
    for row in read::<Rows<Row>>("faults").row {
        let text = row.text.replace("\\n", "\n");
        let problems = WorldSpec::parse(&text).err().unwrap_or_default();
        let told = problems.iter().any(|problem| {
            let at = problem.place.map(|at| (at.line, at.column));
            let said = problem.message.to_lowercase();
            let hint = problem.hint.clone().unwrap_or_default();
            at == Some(row.at)
                && said.contains(&row.says.to_lowercase())
                && hint.contains(&row.hint)
        });
        if !told {
            failures.push(format!("{text}\n  {problems:?}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
