//! The fuzz target of [`telemetry_fuzz::batch`].
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| telemetry_fuzz::batch::holds(input));
