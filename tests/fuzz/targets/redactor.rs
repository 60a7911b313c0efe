//! The fuzz target of [`telemetry_fuzz::redactor`].
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| telemetry_fuzz::redactor::holds(input));
