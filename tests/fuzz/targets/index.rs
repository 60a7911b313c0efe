//! The fuzz target of [`telemetry_fuzz::index`].
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| telemetry_fuzz::index::holds(input));
