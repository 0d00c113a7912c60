//! The line to the worker. What is said on it is decided in `state::engine`.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{ErrorEvent, Event, MessageEvent, Worker, WorkerOptions, WorkerType};
use yew::Callback;

use super::asset::asset;
use super::read::read;
use super::state::Action;
use crate::protocol::{Answer, Question};

/// The worker's script, as Trunk names it.
const SCRIPT: &str = "worker_loader.js";

/// The worker in use.
pub struct Bridge {
    on: Callback<Action>,
    line: Option<Line>,
}

struct Line {
    worker: Worker,
    _on_message: Closure<dyn Fn(MessageEvent)>,
    _on_error: Closure<dyn Fn(Event)>,
}

impl Bridge {
    /// A line without a worker at its end.
    pub fn new(on: Callback<Action>) -> Self {
        Self { on, line: None }
    }

    /// Ends the worker in use and starts another.
    pub fn start(&mut self, generation: u32) {
        self.line = None;
        match self.connect(generation) {
            Ok(line) => self.line = Some(line),
            Err(why) => self.on.emit(Action::Died(generation, why)),
        }
    }

    fn connect(&self, generation: u32) -> Result<Line, String> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(&asset(SCRIPT), &options)
            .map_err(|_| "The browser refuses to start a web worker.".to_owned())?;
        let on = self.on.clone();
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            let text = event.data().as_string().unwrap_or_default();
            match read::<Answer>(&text) {
                Some(answer) => on.emit(Action::Heard(generation, answer)),
                None => web_sys::console::error_1(&"The engine says what is no answer.".into()),
            }
        });
        let on = self.on.clone();
        let on_error = Closure::<dyn Fn(Event)>::new(move |event: Event| {
            let why = event
                .dyn_ref::<ErrorEvent>()
                .map(ErrorEvent::message)
                .filter(|message| !message.is_empty())
                .unwrap_or_else(|| "The engine could not be loaded.".to_owned());
            on.emit(Action::Died(generation, why));
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Line {
            worker,
            _on_message: on_message,
            _on_error: on_error,
        })
    }

    /// Sends a question.
    pub fn post(&self, question: &Question) {
        let (Some(line), Ok(text)) = (&self.line, serde_json::to_string(question)) else {
            return;
        };
        if let Err(error) = line.worker.post_message(&text.into()) {
            web_sys::console::error_1(&error);
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}
