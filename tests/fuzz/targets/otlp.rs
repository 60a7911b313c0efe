//! The fuzz target of [`telemetry_fuzz::otlp`].
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| telemetry_fuzz::otlp::holds(input));
