//! Who may ask: sessions, tokens by the login they come from, codes, and the keys that sign. What
//! runs out is drawn by how much of its time is gone.

use yew::prelude::*;

use crate::protocol::{CodeView, KeyView, LayerState, LayerView, TokenView, UserSessionView, View};
use crate::web::widgets::mark::Tone;
use crate::web::widgets::{badge, format, meter};

/// How many sessions, tokens and codes are good now.
pub fn good(view: &View) -> usize {
    let good = |layer: &LayerView| match &layer.state {
        LayerState::Auth {
            sessions, tokens, ..
        } => {
            let live = sessions.iter().filter(|session| session.state == "live");
            live.count() + good_tokens(tokens)
        }
        LayerState::AuthorizationServer { tokens, codes, .. } => {
            let good = codes.iter().filter(|code| code.state == "good");
            good.count() + good_tokens(tokens)
        }
        _ => 0,
    };
    view.layers.iter().map(good).sum()
}

fn good_tokens(tokens: &[TokenView]) -> usize {
    tokens.iter().filter(|token| token.state == "good").count()
}

/// Whether a layer knows who is asking.
pub fn is_access(state: &LayerState) -> bool {
    matches!(
        state,
        LayerState::Auth { .. } | LayerState::AuthorizationServer { .. }
    )
}

/// What each layer knows of those who ask.
pub fn access(layers: &[LayerView], now_us: u64) -> Html {
    let section = |layer: &LayerView| {
        let (about, body) = match &layer.state {
            LayerState::Auth {
                schemes,
                keys,
                sessions,
                tokens,
            } => (
                schemes.join(", "),
                html! {
                    <>
                        { group("Sessions", sessions.iter().rev().map(|it| session(it, now_us)).collect()) }
                        { families(tokens, now_us) }
                        { group("Keys", keys.iter().enumerate().map(key).collect()) }
                    </>
                },
            ),
            LayerState::AuthorizationServer {
                clients,
                codes,
                tokens,
            } => (
                format!("clients: {}", clients.join(", ")),
                html! {
                    <>
                        { group("Codes", codes.iter().rev().map(|it| code(it, now_us)).collect()) }
                        { families(tokens, now_us) }
                    </>
                },
            ),
            _ => return Html::default(),
        };
        html! {
            <section class="cache" key={layer.name.clone()}>
                <header><h3>{ &layer.title }</h3><span class="muted">{ about }</span></header>
                if good_or_past(&layer.state) == 0 {
                    <p class="muted">{ "Nobody has logged in so far." }</p>
                }
                { body }
            </section>
        }
    };
    html! { <div class="caches">{ for layers.iter().map(section) }</div> }
}

fn good_or_past(state: &LayerState) -> usize {
    match state {
        LayerState::Auth {
            sessions, tokens, ..
        } => sessions.len() + tokens.len(),
        LayerState::AuthorizationServer { tokens, codes, .. } => tokens.len() + codes.len(),
        _ => 0,
    }
}

fn group(title: &'static str, items: Vec<Html>) -> Html {
    if items.is_empty() {
        return Html::default();
    }
    html! {
        <>
            <h4 class="access-group">{ title }</h4>
            <ul class="cache-entries access-list">{ for items }</ul>
        </>
    }
}

/// Tokens by the login they come from, the latest login first: an exchanged refresh token is
/// followed by the ones it was exchanged for, and a revoked family ends as a whole.
fn families(tokens: &[TokenView], now_us: u64) -> Html {
    let mut numbers: Vec<u64> = tokens.iter().map(|token| token.family).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let family = |number: u64| {
        let own = || tokens.iter().filter(|token| token.family == number);
        let user = own().next().map_or("", |token| token.user.as_str());
        let client = own().find_map(|token| token.client.as_deref());
        let of = match client {
            Some(client) => format!("Tokens of user {user}, given to {client}"),
            None => format!("Tokens of user {user}, from one login"),
        };
        html! {
            <section key={number} aria-label={of.clone()}>
                <h4 class="access-group">{ of }</h4>
                <ol class="cache-entries access-list">{ for own().map(|it| token(it, now_us)) }</ol>
            </section>
        }
    };
    numbers.into_iter().rev().map(family).collect()
}

fn tone(state: &str) -> Tone {
    match state {
        "live" | "good" => Tone::Fresh,
        "exchanged" | "expired" => Tone::Stale,
        _ => Tone::Refused,
    }
}

/// An entry: what it is, how it stands, how much of its time is gone, and facts.
fn entry(
    name: Html,
    (title, state): (String, &str),
    (from_us, now_us, to_us): (u64, u64, u64),
    facts: Vec<String>,
) -> Html {
    let tone = tone(state);
    let (gone, whole) = (
        now_us.saturating_sub(from_us),
        to_us.saturating_sub(from_us),
    );
    let ages = format!(
        "{} of {}",
        format::seconds(gone.min(whole)),
        format::seconds(whole)
    );
    html! {
        <li class={format!("cache-entry {}", tone.class())}>
            <p class="cache-key">{ name }{ badge(tone, state.to_owned()) }</p>
            { meter(title, gone as f64, whole.max(1) as f64, ages.clone(), tone) }
            <p class="cache-facts figure">
                <span>{ ages }</span>
                { for facts.into_iter().map(|fact| html! { <span>{ fact }</span> }) }
            </p>
        </li>
    }
}

fn session(session: &UserSessionView, now_us: u64) -> Html {
    let user = match &session.user {
        Some(user) => format!("user {user}"),
        None => "nobody yet".to_owned(),
    };
    entry(
        html! { <span><strong>{ &user }</strong>{ " " }<code>{ &session.id }</code></span> },
        (
            format!("Idle time of the session of {user}"),
            &session.state,
        ),
        (session.seen_us, now_us, session.ends_us),
        vec![
            format!("opened at {}", format::moment(session.created_us)),
            format!("last used at {}", format::moment(session.seen_us)),
        ],
    )
}

fn token(token: &TokenView, now_us: u64) -> Html {
    entry(
        html! { <span><strong>{ format!("{} token", token.kind) }</strong>{ " " }<code>{ &token.id }</code></span> },
        (
            format!("Age of the {} token {}", token.kind, token.id),
            &token.state,
        ),
        (token.issued_us, now_us, token.expires_us),
        vec![format!("given at {}", format::moment(token.issued_us))],
    )
}

fn code(code: &CodeView, now_us: u64) -> Html {
    let challenge = match &code.challenge {
        Some(challenge) => format!("code_challenge {challenge}"),
        None => "no code_challenge".to_owned(),
    };
    entry(
        html! { <span><strong>{ format!("code for {}", code.client) }</strong>{ " " }<code>{ &code.code }</code></span> },
        (format!("Age of the code {}", code.code), &code.state),
        (code.issued_us, now_us, code.expires_us),
        vec![
            format!("user {} agreed", code.user),
            format!("scope: {}", code.scope.join(" ")),
            challenge,
        ],
    )
}

fn key((at, key): (usize, &KeyView)) -> Html {
    let does = if at == 0 {
        "signs and checks"
    } else {
        "checks"
    };
    html! {
        <li class="kept">
            <code><strong>{ &key.kid }</strong></code>
            <p class="cache-facts">
                <span>{ &key.algorithm }</span>
                <span>{ does }</span>
                if let Some(public) = &key.public { <span>{ "public half " }<code>{ public }</code></span> }
            </p>
        </li>
    }
}
