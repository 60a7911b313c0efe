//! The fuzz target of [`telemetry_fuzz::log_line`].
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| telemetry_fuzz::log_line::holds(input));
