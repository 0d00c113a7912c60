//! The web worker: hands the page's messages to the [`Host`] and its answers back.

use std::cell::{Cell, RefCell};

use js_sys::global;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use crate::host::{self, Host};
use crate::protocol::{Answer, Problem, Reply};

thread_local! {
    static HOST: RefCell<Host> = RefCell::default();
    /// The question being answered, so that a panic can still be told to its sender.
    static CURRENT: Cell<u64> = const { Cell::new(0) };
}

/// Starts the worker: from now on it hears, and says so.
pub fn start() {
    let scope: DedicatedWorkerGlobalScope = global().unchecked_into();
    report_panics();

    let port = scope.clone();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let text = event.data().as_string().unwrap_or_default();
        CURRENT.set(host::id_of(&text));
        let answer = HOST.with_borrow_mut(|host| host.answer(&text));
        post(&port, &answer);
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    // The worker lives as long as its handler: there is nobody to drop it.
    on_message.forget();

    post(&scope, &Host::ready());
}

fn post(scope: &DedicatedWorkerGlobalScope, text: &str) {
    if let Err(error) = scope.post_message(&text.into()) {
        web_sys::console::error_1(&error);
    }
}

/// A panic ends the module. The page is told which question did it, starts a new worker and
/// replays the log without that question.
fn report_panics() {
    std::panic::set_hook(Box::new(move |info| {
        let answer = Answer {
            id: CURRENT.get(),
            reply: Reply::Failed {
                problem: Problem {
                    code: "panic".to_owned(),
                    ..Problem::new(format!("The engine broke: {info}")).hint(
                        "It was restarted from your saved steps. Please report what you typed.",
                    )
                },
            },
        };
        if let Ok(text) = serde_json::to_string(&answer) {
            post(&global().unchecked_into(), &text);
        }
    }));
}
