//! The rest of the page's code. A release build is split in two (see `xtask`'s `split`): what the
//! first paint needs, and this part, which fills in what is missing and is awaited right after.

use js_sys::{Object, Reflect, WebAssembly};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlLinkElement, Response, window};

/// The name under which the second part imports everything from the first.
const FIRST: &str = "first";

/// Loads the second part, where there is one: a build for development has everything in one.
pub async fn load() -> Result<(), String> {
    let link = window()
        .and_then(|window| window.document())
        .and_then(|document| document.get_element_by_id("later"))
        .and_then(|link| link.dyn_into::<HtmlLinkElement>().ok());
    let Some(link) = link else {
        return Ok(());
    };
    instantiate(&link.href())
        .await
        .map_err(|_| "The rest of this page could not be fetched.".to_owned())
}

async fn instantiate(address: &str) -> Result<(), JsValue> {
    let window = window().ok_or(JsValue::NULL)?;
    let response = JsFuture::from(window.fetch_with_str(address)).await?;
    let response = response.dyn_into::<Response>()?;
    if !response.ok() {
        return Err(JsValue::NULL);
    }
    // Not while it streams: hosts that do not know the type of wasm files would be refused.
    let bytes = JsFuture::from(response.array_buffer()?).await?;
    let module = JsFuture::from(WebAssembly::compile(&bytes)).await?;
    let imports = Object::new();
    Reflect::set(&imports, &FIRST.into(), &wasm_bindgen::exports())?;
    JsFuture::from(WebAssembly::instantiate_module(
        module.unchecked_ref(),
        &imports,
    ))
    .await?;
    Ok(())
}
