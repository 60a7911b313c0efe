//! The fuzz target of [`telemetry_fuzz::config`].
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| telemetry_fuzz::config::holds(input));
