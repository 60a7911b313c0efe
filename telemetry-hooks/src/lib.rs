//! Lifecycle callbacks of agent hosts, turned into events.
//!
//! A host calls a [`hook`] with a [`payload`]; the [`tracker`] finds the run, turn and call it belongs to and emits
//! typed events; [`classify`] puts the host's words into our lists, [`command`] what started its process, and [`toolset`]
//! its tools into sets. A Rust host finds and switches plugins with the
//! [`registry`], by their [`manifest`]s.

pub mod classify;
pub mod command;
pub mod hook;
pub mod manifest;
pub mod payload;
pub mod registry;
pub mod toolset;
pub mod tracker;
