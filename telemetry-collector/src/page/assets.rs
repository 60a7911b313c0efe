//! The files of the page.

use sha2::{Digest as _, Sha256};

/// A file of the page.
pub(super) struct Asset {
    /// Where it is served.
    pub path: &'static str,
    /// What it is.
    pub kind: &'static str,
    /// The file.
    pub content: &'static str,
}

impl Asset {
    /// Its entity tag: another content, another tag.
    pub fn etag(&self) -> String {
        let hash = Sha256::digest(self.content);
        let digits: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        format!("\"{digits}\"")
    }
}

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

macro_rules! assets {
    ($($kind:ident $($name:literal)*;)*) => {
        /// All of them.
        pub(super) const ASSETS: &[Asset] = &[
            Asset { path: "/", kind: HTML, content: include_str!("assets/index.html") },
            $($(Asset {
                path: concat!("/assets/", $name),
                kind: $kind,
                content: include_str!(concat!("assets/", $name)),
            },)*)*
        ];
    };
}

assets! {
    CSS "theme.css" "layout.css" "charts.css";
    SCRIPT "address.js" "api.js" "dom.js" "filters.js" "key.js" "main.js" "memory.js" "theme.js" "words.js";
    SCRIPT "charts/columns.js" "charts/frame.js" "charts/lines.js" "charts/mark.js" "charts/parts.js" "charts/pointer.js" "charts/range.js" "charts/slots.js" "charts/small.js" "charts/waterfall.js";
    SCRIPT "views/cost.js" "views/decisions.js" "views/errors.js" "views/headline.js" "views/key.js" "views/latency.js" "views/missing.js" "views/outcomes.js" "views/overview.js" "views/part.js" "views/run.js" "views/runs.js" "views/tokens.js" "views/tools.js";
}
