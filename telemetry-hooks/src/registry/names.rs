//! The hook names this version knows.

use crate::hook::{Hook, IGNORED};

/// How many there are.
const COUNT: usize = Hook::ALL.len() + IGNORED.len();

/// Those we listen to, then those we do not. The position is the bit that says whether anybody listens.
pub(crate) const KNOWN: [&str; COUNT] = {
    let mut names = [""; COUNT];
    let mut index = 0;
    while index < COUNT {
        names[index] = match index.checked_sub(Hook::ALL.len()) {
            None => Hook::ALL[index].as_str(),
            Some(ignored) => IGNORED[ignored],
        };
        index += 1;
    }
    names
};

/// The position of `hook` in [`KNOWN`].
pub(crate) fn index(hook: &str) -> Option<usize> {
    KNOWN.iter().position(|known| *known == hook)
}
