//! Parts of the page that remember something of their own: which tab is open, what is collapsed.
//!
//! Each is a function with hooks. All of them run in the one component below, because each component
//! brings a copy of the framework's whole life cycle with it, and the page has to be light.

use std::any::Any;
use std::rc::Rc;

use yew::functional::{Hook, HookContext};
use yew::prelude::*;
use yew::virtual_dom::Key;

/// What draws a part from what it is given.
type Draw<P> = fn(&mut HookContext, &P) -> Html;

/// A part, to be placed on the page. Its name must be unique among its siblings; it is drawn again
/// when what it is given changes, and starts afresh under another name.
pub fn part<P: PartialEq + 'static>(name: impl Into<Key>, given: P, draw: Draw<P>) -> Html {
    place(name.into(), Rc::new(Given { given, draw }))
}

fn place(name: Key, part: Rc<dyn Part>) -> Html {
    html! { <Place key={name} {part} /> }
}

struct Given<P> {
    given: P,
    draw: Draw<P>,
}

trait Part {
    fn draw(&self, ctx: &mut HookContext) -> Html;
    fn is(&self, other: &dyn Part) -> bool;
    fn as_any(&self) -> &dyn Any;
}

impl<P: PartialEq + 'static> Part for Given<P> {
    fn draw(&self, ctx: &mut HookContext) -> Html {
        (self.draw)(ctx, &self.given)
    }

    fn is(&self, other: &dyn Part) -> bool {
        let other = other.as_any().downcast_ref::<Self>();
        other.is_some_and(|other| self.given == other.given)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[derive(Clone, Properties)]
struct PlaceProps {
    part: Rc<dyn Part>,
}

impl PartialEq for PlaceProps {
    fn eq(&self, other: &Self) -> bool {
        self.part.is(&*other.part)
    }
}

#[component]
fn Place(props: &PlaceProps) -> Html {
    use_part(props.part.clone())
}

struct UsePart(Rc<dyn Part>);

fn use_part(part: Rc<dyn Part>) -> UsePart {
    UsePart(part)
}

impl Hook for UsePart {
    type Output = Html;

    fn run(self, ctx: &mut HookContext) -> Html {
        self.0.draw(ctx)
    }
}
