//! The way to the bundled CodeMirror (`editor.js`), which is imported when first needed.

use js_sys::{JSON, Object, Reflect};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use web_sys::Element;

#[wasm_bindgen(
    inline_js = "export const load = () => import(new URL('editor.js', document.baseURI).href);"
)]
extern "C" {
    /// The module, from beside the page.
    #[wasm_bindgen(catch)]
    pub async fn load() -> Result<JsValue, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    /// What `editor.js` exports.
    pub type Bundle;
    #[wasm_bindgen(method, catch)]
    fn create(this: &Bundle, parent: &Element, options: &Object) -> Result<Handle, JsValue>;

    /// One editor on the page.
    pub type Handle;
    /// Replaces the text without telling.
    #[wasm_bindgen(method, js_name = setText)]
    pub fn set_text(this: &Handle, text: &str);
    /// Marks the lines that this text does not have; none without one.
    #[wasm_bindgen(method, js_name = setBase)]
    pub fn set_base(this: &Handle, base: Option<&str>);
    #[wasm_bindgen(method, js_name = setProblems)]
    fn set_problems(this: &Handle, problems: &JsValue);
    #[wasm_bindgen(method, js_name = setSchema)]
    fn set_schema(this: &Handle, schema: &JsValue);
    /// Puts the cursor into it.
    #[wasm_bindgen(method)]
    pub fn focus(this: &Handle);
    /// Takes it off the page.
    #[wasm_bindgen(method)]
    pub fn destroy(this: &Handle);
}

/// One editor with the functions it calls, which live as long as it does.
pub struct Live {
    handle: Handle,
    _calls: [Closure<dyn Fn(String)>; 2],
}

/// What an editor starts with.
pub struct Start<'a> {
    /// The text.
    pub text: &'a str,
    /// The language's name in `languages.js`.
    pub language: &'a str,
    /// The name of the field for screen readers.
    pub label: &'a str,
    /// Shown while the text is empty.
    pub placeholder: &'a str,
    /// Where the cursor stood, in UTF-16 units.
    pub cursor: u32,
}

impl Live {
    /// Puts an editor into `parent`. `on_run` gets the selection, or the whole text.
    pub fn create(
        bundle: &JsValue,
        parent: &Element,
        start: &Start,
        on_change: impl Fn(String) + 'static,
        on_run: impl Fn(String) + 'static,
    ) -> Result<Self, JsValue> {
        let calls = [
            Closure::<dyn Fn(String)>::new(on_change),
            Closure::<dyn Fn(String)>::new(on_run),
        ];
        let options = Object::new();
        for (name, value) in [
            ("text", JsValue::from_str(start.text)),
            ("language", JsValue::from_str(start.language)),
            ("label", JsValue::from_str(start.label)),
            ("placeholder", JsValue::from_str(start.placeholder)),
            ("cursor", JsValue::from(start.cursor)),
            ("onChange", calls[0].as_ref().clone()),
            ("onRun", calls[1].as_ref().clone()),
        ] {
            Reflect::set(&options, &JsValue::from_str(name), &value)?;
        }
        let handle = bundle.unchecked_ref::<Bundle>().create(parent, &options)?;
        Ok(Self {
            handle,
            _calls: calls,
        })
    }

    /// The editor itself.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Underlines the problems that have a place.
    pub fn set_problems(&self, problems: &impl Serialize) {
        if let Some(problems) = to_js(problems) {
            self.handle.set_problems(&problems);
        }
    }

    /// Completes these tables and columns.
    pub fn set_schema(&self, schema: &impl Serialize) {
        if let Some(schema) = to_js(schema) {
            self.handle.set_schema(&schema);
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.handle.destroy();
    }
}

fn to_js(value: &impl Serialize) -> Option<JsValue> {
    let text = serde_json::to_string(value).ok()?;
    JSON::parse(&text).ok()
}
