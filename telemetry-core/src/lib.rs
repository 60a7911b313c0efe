//! The vocabulary of telemetry and its way from a host to a log.
//!
//! - [`event`]: what happened, as typed, versioned facts; [`codec`]: those facts as lines of JSON.
//! - [`content`]: what was said, apart from events in every respect; [`conversation`]: the same as sessions and messages.
//! - [`ids`]: ids derived from natural keys; [`name`]: text that is cheap to pass on; [`time`]: UTC nanoseconds.
//! - [`vocabulary`]: the word lists; [`usage`]: tokens in exclusive buckets; [`outcome`]: how turns and runs ended;
//!   [`kind`]: what kind of work a run is.
//! - [`cost`]: money; with the feature `prices`, what a model call costs.
//! - [`budget`]: how much may be spent in a period.
//! - [`emitter`]: the trait a host side talks to; [`pipeline`]: the queue and writer behind it; [`sink`]: its far end.
//! - [`source`]: recorded events read back; [`lock`]: locks that a forked child can use.

pub mod budget;
pub mod codec;
pub mod content;
pub mod conversation;
pub mod cost;
pub mod emitter;
pub mod event;
pub mod ids;
pub mod kind;
pub mod lock;
pub mod name;
pub mod outcome;
pub mod pipeline;
pub mod sink;
pub mod source;
pub mod time;
pub mod usage;
pub mod vocabulary;
