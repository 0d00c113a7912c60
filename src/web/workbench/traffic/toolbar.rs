//! What the learner does with a run: start, hold, stop it, and how fast it goes.

use yew::prelude::*;

use crate::protocol::RunView;
use crate::web::props::PageProps;
use crate::web::state::traffic::{Speed, Stage, progress_milli};
use crate::web::state::{Action, Drive, OpenLab};
use crate::web::widgets::{Glyph, format, icon};

/// The bar with buttons, speed, seed and progress.
pub fn toolbar(props: &PageProps, lab: &OpenLab) -> Html {
    let driving = &lab.driving;
    let (glyph, word, next) = match driving.stage {
        Stage::Rest => (Glyph::Play, "Run", Drive::Run),
        Stage::Running => (Glyph::Pause, "Pause", Drive::Pause),
        Stage::Paused => (Glyph::Play, "Go on", Drive::Run),
    };
    let is_resting = driving.stage == Stage::Rest;
    let on_speed = {
        let on = props.on.clone();
        Callback::from(move |event: Event| {
            let list: web_sys::HtmlSelectElement = event.target_unchecked_into();
            let chosen = usize::try_from(list.selected_index()).ok();
            if let Some(speed) = chosen.and_then(|at| Speed::ALL.get(at)) {
                on.emit(Action::Drive(Drive::Speed(*speed)));
            }
        })
    };
    let on_seed = {
        let on = props.on.clone();
        Callback::from(move |event: InputEvent| {
            let field: web_sys::HtmlInputElement = event.target_unchecked_into();
            on.emit(Action::Drive(Drive::Seed(field.value())));
        })
    };
    let onsubmit = {
        let (on, is_running) = (props.on.clone(), driving.stage == Stage::Running);
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if !is_running {
                on.emit(Action::Drive(Drive::Run));
            }
        })
    };
    let speed = |speed: &Speed| {
        html! { <option selected={*speed == driving.speed}>{ speed.word() }</option> }
    };
    let is_live = lab.view.is_some();
    html! {
        <form class="panel-bar traffic-bar" {onsubmit}>
            <button
                type="button"
                class="button primary"
                disabled={!is_live}
                onclick={props.emit(move || Action::Drive(next.clone()))}
            >
                { icon(glyph) }{ word }
            </button>
            <button
                type="button"
                class="button"
                disabled={is_resting}
                onclick={props.emit(|| Action::Drive(Drive::Stop))}
            >
                { icon(Glyph::Stop) }{ "Stop" }
            </button>
            <label>{ "Speed" }<select onchange={on_speed}>{ for Speed::ALL.iter().map(speed) }</select></label>
            <label>
                { "Seed" }
                <input
                    class="traffic-seed figure"
                    inputmode="numeric"
                    autocomplete="off"
                    value={driving.seed.clone()}
                    oninput={on_seed}
                    placeholder={lab.shown_run().map_or_else(String::new, |run| run.seed.to_string())}
                />
            </label>
            if let Some(run) = lab.shown_run() { { progress(run) } }
            <span class="visually-hidden" role="status">{ says(lab) }</span>
        </form>
    }
}

/// How far it is.
fn progress(run: &RunView) -> Html {
    let milli = progress_milli(run);
    let now = format::duration(run.now_us);
    let text = match (&run.ended, run.requests) {
        (None, None) => format!("{now} of {}", format::duration(run.duration_us)),
        (None, Some(requests)) => format!("{now}, of {} requests", format::grouped(requests)),
        (Some(_), _) => now,
    };
    html! {
        <span class="traffic-progress">
            <span
                class="meter tone-origin"
                role="progressbar"
                aria-label="Virtual time of the run"
                aria-valuemin="0"
                aria-valuemax="1000"
                aria-valuenow={milli.to_string()}
                aria-valuetext={text.clone()}
            >
                <span class="meter-fill" style={format!("inline-size: {}.{}%", milli / 10, milli % 10)}></span>
            </span>
            <span class="figure small muted" aria-hidden="true">{ text }</span>
        </span>
    }
}

/// What a reader of the screen hears: not each moment, but each turn.
fn says(lab: &OpenLab) -> String {
    match (lab.driving.stage, lab.shown_run()) {
        (Stage::Running, _) => "The run goes on.".to_owned(),
        (Stage::Paused, Some(run)) => format!("Paused at {}.", format::duration(run.now_us)),
        (Stage::Paused, None) => "Paused.".to_owned(),
        (Stage::Rest, Some(run)) if run.ended.is_some() => {
            format!(
                "The run is over after {}. {}",
                format::duration(run.now_us),
                run.tightest
            )
        }
        (Stage::Rest, _) => String::new(),
    }
}
