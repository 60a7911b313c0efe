//! The fuzz target of [`telemetry_fuzz::transcript`].
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| telemetry_fuzz::transcript::holds(input));
