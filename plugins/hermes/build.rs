//! Where functions lie in a wheel's library.
//!
//! A host runs one in eight of the library's bytes: not the command line, not the answers, not what sends. A page that is
//! touched brings its neighbours into memory, so where those that run are strewn over the whole, most of it becomes
//! resident. `layout.ld`, which `scripts/update-layout` makes, has the linker put them together. A name that is not there
//! any more is no error and costs some pages.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=layout.ld");
    let is_on = env::var_os("CARGO_FEATURE_LAYOUT").is_some();
    // Other systems' linkers have no such scripts.
    if is_on && env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        let folder =
            env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|error| panic!("cargo says where: {error}"));
        println!("cargo::rustc-link-arg-cdylib=-Wl,--script={folder}/layout.ld");
    }
}
