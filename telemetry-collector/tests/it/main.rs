//! The collector from outside.
