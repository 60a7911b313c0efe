//! The fuzz target of [`telemetry_fuzz::hooks`].
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| telemetry_fuzz::hooks::holds(input));
