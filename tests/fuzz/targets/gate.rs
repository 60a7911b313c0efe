//! The fuzz target of [`telemetry_fuzz::gate`].
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| telemetry_fuzz::gate::holds(input));
