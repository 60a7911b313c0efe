//! The fuzz target of [`telemetry_fuzz::manifest`].
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| telemetry_fuzz::manifest::holds(input));
