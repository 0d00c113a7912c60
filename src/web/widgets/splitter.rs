//! The bar between two regions: dragged by pointer, moved by arrow keys.

use web_sys::Element;
use yew::prelude::*;

use crate::web::part::part;

/// What a splitter divides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axis {
    /// Left from right.
    Columns,
    /// Upper from lower.
    Rows,
}

/// What [`splitter`] is given.
#[derive(Clone, PartialEq)]
pub struct SplitterProps {
    /// What it divides.
    pub axis: Axis,
    /// The regions it divides, for screen readers.
    pub label: &'static str,
    /// The first region's share of its parent element in per cent.
    pub value: f64,
    /// The least share.
    pub min: f64,
    /// The greatest share.
    pub max: f64,
    /// Called with the new share.
    pub on_change: Callback<f64>,
}

/// The bar between two regions. Its parent element is what is divided.
pub fn splitter(props: SplitterProps) -> Html {
    part(props.label, props, |ctx, props| {
        use_splitter(props).run(ctx)
    })
}

#[hook]
fn use_splitter(props: &SplitterProps) -> Html {
    let node = use_node_ref();
    let dragging = use_state_eq(|| false);
    let set = {
        let (on_change, min, max) = (props.on_change.clone(), props.min, props.max);
        move |value: f64| on_change.emit(value.clamp(min, max))
    };
    let onkeydown = {
        let (set, props) = (set.clone(), props.clone());
        Callback::from(move |event: KeyboardEvent| {
            let step = if event.shift_key() { 10.0 } else { 2.0 };
            let next = match (event.key().as_str(), props.axis) {
                ("ArrowLeft", Axis::Columns) | ("ArrowUp", Axis::Rows) => props.value - step,
                ("ArrowRight", Axis::Columns) | ("ArrowDown", Axis::Rows) => props.value + step,
                ("Home", _) => props.min,
                ("End", _) => props.max,
                _ => return,
            };
            event.prevent_default();
            set(next);
        })
    };
    let onpointerdown = {
        let (node, dragging) = (node.clone(), dragging.clone());
        Callback::from(move |event: PointerEvent| {
            if let Some(bar) = node.cast::<Element>() {
                // Without capture the drag still works while the pointer stays on the bar.
                let _ = bar.set_pointer_capture(event.pointer_id());
            }
            dragging.set(true);
        })
    };
    let onpointermove = {
        let (node, axis, is_dragging) = (node.clone(), props.axis, *dragging);
        Callback::from(move |event: PointerEvent| {
            let whole = node.cast::<Element>().and_then(|bar| bar.parent_element());
            let Some(whole) = whole.filter(|_| is_dragging) else {
                return;
            };
            let area = whole.get_bounding_client_rect();
            let (at, length) = match axis {
                Axis::Columns => (f64::from(event.client_x()) - area.left(), area.width()),
                Axis::Rows => (f64::from(event.client_y()) - area.top(), area.height()),
            };
            if length > 0.0 {
                set(at / length * 100.0);
            }
        })
    };
    let stop = {
        let dragging = dragging.clone();
        Callback::from(move |_: PointerEvent| dragging.set(false))
    };
    let (class, orientation) = match props.axis {
        Axis::Columns => ("splitter columns", "vertical"),
        Axis::Rows => ("splitter rows", "horizontal"),
    };
    html! {
        <div
            ref={node}
            class={classes!(class, dragging.then_some("dragging"))}
            role="separator"
            tabindex="0"
            aria-label={props.label}
            aria-orientation={orientation}
            aria-valuemin={props.min.round().to_string()}
            aria-valuemax={props.max.round().to_string()}
            aria-valuenow={props.value.round().to_string()}
            {onkeydown}
            {onpointerdown}
            {onpointermove}
            onpointerup={stop.clone()}
            onpointercancel={stop}
        ></div>
    }
}
