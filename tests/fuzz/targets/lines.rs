//! The fuzz target of [`telemetry_fuzz::lines`].
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| telemetry_fuzz::lines::holds(input));
