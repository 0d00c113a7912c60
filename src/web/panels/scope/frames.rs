//! Animation: a function that runs with every frame, and whether the learner wants any.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::render::{AnimationFrame, request_animation_frame};
use yew::prelude::*;

/// Calls `step` with the milliseconds since the last frame, as long as `running` is set.
#[hook]
pub fn use_frames(running: bool, step: Callback<f64>) {
    let latest = use_mut_ref(|| step.clone());
    latest.replace(step);
    use_effect_with(running, move |running| {
        let next: Next = Rc::default();
        if *running {
            request(next.clone(), latest, None);
        }
        // Dropping the handle takes the request back.
        move || drop(next.borrow_mut().take())
    });
}

type Next = Rc<RefCell<Option<AnimationFrame>>>;

fn request(next: Next, step: Rc<RefCell<Callback<f64>>>, last: Option<f64>) {
    let again = next.clone();
    let frame = request_animation_frame(move |now| {
        // A tab that was hidden must not jump.
        let passed = last.map_or(0.0, |last| (now - last).clamp(0.0, 100.0));
        request(again, step.clone(), Some(now));
        let step = step.borrow().clone();
        step.emit(passed);
    });
    next.borrow_mut().replace(frame);
}

/// Whether the learner's system asks for reduced motion.
pub fn prefers_stillness() -> bool {
    let query = web_sys::window().and_then(|window| {
        window
            .match_media("(prefers-reduced-motion: reduce)")
            .ok()
            .flatten()
    });
    query.is_some_and(|query| query.matches())
}
