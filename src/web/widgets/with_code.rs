//! Sentences that name code: what stands between backticks is shown as code.

use yew::prelude::*;

/// The text with its `code` set apart. A backtick without a partner stays what it is.
pub fn with_code(text: &str) -> Html {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, code, after)) = next_code(rest) {
        pieces.push(html! { <>{ before }<code>{ code }</code></> });
        rest = after;
    }
    html! { <>{ for pieces }{ rest }</> }
}

fn next_code(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('`')?;
    let (code, after) = rest.split_once('`')?;
    Some((before, code, after))
}
