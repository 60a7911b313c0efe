//! Makes the static price table of `src/cost/table.rs` from `data/prices.json`, with the feature `prices`.
//!
//! The owner's own crate reads that file when a process starts, which takes 120 ms: more than most of our commands run.
//! It does not hand the rates out either, so the file itself is here.

#[cfg(feature = "prices")]
mod data;
#[cfg(feature = "prices")]
#[path = "../src/cost/decimal.rs"]
#[expect(dead_code, reason = "the library uses more of it")]
mod decimal;
#[cfg(feature = "prices")]
mod patterns;
#[cfg(feature = "prices")]
mod rows;

#[cfg(feature = "prices")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    use std::path::PathBuf;
    use std::{env, fs};

    let variable = |name: &str| env::var_os(name).ok_or_else(|| format!("no {name}: is this Cargo?"));
    let data = PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join("data");
    let read = |name: &str| {
        let path = data.join(name);
        fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let table = rows::rust(&data::read(&read("prices.json")?)?, &data::origin(&read("origin.json")?)?)?;
    fs::write(PathBuf::from(variable("OUT_DIR")?).join("price_table.rs"), table)?;
    tell_cargo(&["build", "data", "src/cost/decimal.rs"]);
    Ok(())
}

#[cfg(not(feature = "prices"))]
fn main() {
    tell_cargo(&["build/main.rs"]);
}

/// Which files a change of makes this run again.
#[expect(clippy::print_stdout, reason = "Cargo reads it there")]
fn tell_cargo(inputs: &[&str]) {
    for input in inputs {
        println!("cargo::rerun-if-changed={input}");
    }
}
