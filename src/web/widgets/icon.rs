//! Icons: inline SVG on a 20-unit square, one stroke width, coloured by the text around them.

use yew::prelude::*;

macro_rules! glyphs {
    ($($(#[$doc:meta])* $name:ident => $path:literal,)*) => {
        /// A drawing.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Glyph { $($(#[$doc])* $name,)* }

        impl Glyph {
            fn path(self) -> &'static str {
                match self { $(Self::$name => $path,)* }
            }
        }
    };
}

glyphs! {
    /// Start, run.
    Play => "M6.5 4.2v11.6l9-5.8z",
    /// Hold.
    Pause => "M7 4.5v11M13 4.5v11",
    /// End.
    Stop => "M5.5 5.5h9v9h-9z",
    /// To the next event.
    Step => "M5 4.5v11l7-5.5zM15 4.5v11",
    /// Once more.
    Replay => "M4.2 10a5.8 5.8 0 1 0 1.7-4.1L4 7.8M4 3.6v4.2h4.2",
    /// Shut.
    Close => "M5.5 5.5l9 9M14.5 5.5l-9 9",
    /// Done.
    Check => "M4 10.6l4 4 8-9",
    /// Further.
    ChevronRight => "M8 5l5 5-5 5",
    /// Open.
    ChevronDown => "M5 8l5 5 5-5",
    /// Back.
    ChevronLeft => "M12 5l-5 5 5 5",
    /// Find.
    Search => "M8.8 14.2a5.4 5.4 0 1 0 0-10.8 5.4 5.4 0 0 0 0 10.8zM12.8 12.8l4 4",
    /// Light and dark.
    Contrast => "M10 3.4a6.6 6.6 0 1 0 0 13.2zM10 3.4a6.6 6.6 0 0 1 0 13.2",
    /// Copy to the clipboard.
    Copy => "M7.5 7.5h8.8v8.8H7.5zM12.5 7.5V3.7H3.7v8.8h3.8",
    /// Take away.
    Trash => "M4 5.8h12M8 5.8V3.8h4v2M5.6 5.8l.8 10.4h7.2l.8-10.4",
    /// More.
    Plus => "M10 4.2v11.6M4.2 10h11.6",
    /// Save to a file.
    Download => "M10 3.5v9M6 9l4 4 4-4M4 16.5h12",
    /// Read from a file.
    Upload => "M10 13V4M6 7.5l4-4 4 4M4 16.5h12",
    /// Clock.
    Clock => "M10 3.4a6.6 6.6 0 1 0 0 13.2 6.6 6.6 0 0 0 0-13.2zM10 6.4V10l2.6 1.8",
    /// Start over.
    Undo => "M7.5 4L4 7.5 7.5 11M4 7.5h7.2a4.4 4.4 0 0 1 0 8.8H7",
    /// A hint.
    Bulb => "M7.4 12.6a4.9 4.9 0 1 1 5.2 0v1.7H7.4zM8.2 16.8h3.6",
    /// Home.
    Home => "M3.8 9.4L10 4l6.2 5.4M5.6 8.2v8h8.8v-8",
    /// The place of a thing in a list.
    List => "M7.5 5.5H17M7.5 10H17M7.5 14.5H17M3.6 5.5h.4M3.6 10h.4M3.6 14.5h.4",
    /// A client's machine.
    Client => "M4.6 4.8h10.8v7.6H4.6zM2.8 15.4h14.4",
    /// A browser with a store inside.
    Browser => "M3.4 4.4h13.2v11.2H3.4zM3.4 7.6h13.2M5.4 6h.1M7.2 6h.1",
    /// A cache between.
    Cloud => "M6.2 15.2a3.4 3.4 0 0 1-.3-6.8 4.5 4.5 0 0 1 8.7 1 2.9 2.9 0 0 1-.3 5.8z",
    /// A limiter.
    Bucket => "M4.4 6.2h11.2l-1.5 10H5.9zM5 10.2c1.6-1 3.3 1 5 0s3.3 1 5 0",
    /// Who may.
    Key => "M7 13.6a3.6 3.6 0 1 1 3.2-2L16.6 5M13.8 7.8l2 2",
    /// Routes.
    Routes => "M10 3.2v13.6M10 5h5.4l1.6 1.8-1.6 1.8H10M10 10H5L3.4 11.7 5 13.4h5",
    /// A database.
    Database => "M4.4 5.6c0-1.3 2.5-2.2 5.6-2.2s5.6.9 5.6 2.2-2.5 2.2-5.6 2.2-5.6-.9-5.6-2.2zM4.4 5.6v8.8c0 1.3 2.5 2.2 5.6 2.2s5.6-.9 5.6-2.2V5.6M4.4 10c0 1.3 2.5 2.2 5.6 2.2s5.6-.9 5.6-2.2",
    /// Keys with their values.
    Table => "M3.6 4.6h12.8v10.8H3.6zM8.2 4.6v10.8M3.6 8.2h12.8M3.6 11.8h12.8",
    /// Any other layer.
    Layer => "M10 3.6l6.6 3.4L10 10.4 3.4 7zM3.4 10L10 13.4l6.6-3.4M3.4 13L10 16.4l6.6-3.4",
}

impl Glyph {
    /// The drawing of a layer, by its name in `world.toml`.
    pub fn of_layer(name: &str) -> Self {
        match name {
            "client" | "you" => Self::Client,
            "browser-cache" => Self::Browser,
            "cdn" | "cdn-cache" | "shared-cache" | "proxy" => Self::Cloud,
            "rate-limit" | "rate-limiter" | "limiter" => Self::Bucket,
            "auth" => Self::Key,
            "routes" | "api" => Self::Routes,
            "kv" => Self::Table,
            "database" | "db" => Self::Database,
            _ => Self::Layer,
        }
    }
}

/// A drawing; decoration only, its meaning is always said in words beside it.
pub fn icon(glyph: Glyph) -> Html {
    html! {
        <svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
            <path d={glyph.path()} />
        </svg>
    }
}
