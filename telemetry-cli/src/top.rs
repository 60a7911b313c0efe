//! The screen of `telemetry top`, in parts that know little of each other: what there is to see ([`view`]), how it is found
//! out ([`gather`]), where the person is in it ([`place`]) and the terminal ([`terminal`]). `render/top.rs` draws.

pub(crate) mod gather;
pub(crate) mod place;
pub(crate) mod terminal;
pub(crate) mod view;
