//! Values on the stack of a Rust host.

use super::{List, Payload, Value};

/// Searched front to back: a hook has a dozen fields. The first of two equal names counts.
impl Payload for [(&str, Value<'_>)] {
    fn visit(&self, key: &str, f: &mut dyn FnMut(Value<'_>)) {
        if let Some((_, value)) = self.iter().find(|(name, _)| *name == key) {
            f(*value);
        }
    }

    fn each(&self, f: &mut dyn FnMut(&str, Value<'_>)) {
        self.iter().for_each(|(name, value)| f(name, *value));
    }
}

impl<const N: usize> Payload for [(&str, Value<'_>); N] {
    fn visit(&self, key: &str, f: &mut dyn FnMut(Value<'_>)) {
        self.as_slice().visit(key, f);
    }

    fn each(&self, f: &mut dyn FnMut(&str, Value<'_>)) {
        self.as_slice().each(f);
    }
}

/// Fields on the stack of a Rust host, when their number is not known to the compiler: `&Fields(&slice)` is a
/// `&dyn Payload`, which a bare slice cannot become. An array needs no wrapper.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a>(pub &'a [(&'a str, Value<'a>)]);

impl Payload for Fields<'_> {
    fn visit(&self, key: &str, f: &mut dyn FnMut(Value<'_>)) {
        self.0.visit(key, f);
    }

    fn each(&self, f: &mut dyn FnMut(&str, Value<'_>)) {
        self.0.each(f);
    }
}

impl<const N: usize> List for [Value<'_>; N] {
    fn len(&self) -> usize {
        N
    }

    fn each(&self, f: &mut dyn FnMut(Value<'_>)) {
        self.iter().for_each(|value| f(*value));
    }
}

/// As [`Fields`], for a list.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a>(pub &'a [Value<'a>]);

impl List for Values<'_> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn each(&self, f: &mut dyn FnMut(Value<'_>)) {
        self.0.iter().for_each(|value| f(*value));
    }
}
