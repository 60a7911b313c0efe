//! Which machine this is, for receivers to which several send.

use sha2::{Digest, Sha256};

/// What is hashed with the machine's id, which must not leave as it is (machine-id(5)).
const SALT: &[u8] = b"telemetry host.id\0";
/// Where Linux has it.
const MACHINE_IDS: [&str; 2] = ["/etc/machine-id", "/var/lib/dbus/machine-id"];
/// What machines are called that nobody gave a name.
#[cfg(feature = "collector")]
const NO_NAMES: [&str; 3] = ["", "(none)", "localhost"];
/// The longest name of a machine, in bytes: that of a name in the domain name system (RFC 1035, 2.3.4).
#[cfg(feature = "collector")]
const LONGEST_NAME: usize = 255;

/// The id of this machine. It may leave as a [hash](hashed) only.
pub(crate) fn id() -> Option<String> {
    MACHINE_IDS.iter().find_map(|path| std::fs::read_to_string(path).ok())
}

/// 32 hex digits of a hash from which nobody finds what was hashed.
pub(crate) fn hashed(parts: &[&[u8]]) -> String {
    let salted = Sha256::new().chain_update(SALT);
    let hash = parts.iter().fold(salted, |hash, part| hash.chain_update(part).chain_update([0])).finalize();
    hash[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What this machine is called: its own name, else the hash of its id, which is what OTLP has as `host.id`; `unknown` where it has
/// neither.
#[cfg(feature = "collector")]
pub(crate) fn name() -> String {
    chosen(&node_name(), id().as_deref())
}

#[cfg(feature = "collector")]
fn chosen(name: &str, id: Option<&str>) -> String {
    let is_usable = name.len() <= LONGEST_NAME && name.bytes().all(|byte| byte.is_ascii_graphic());
    if is_usable && !NO_NAMES.contains(&name) {
        return name.to_owned();
    }
    let id = id.map(str::trim).filter(|id| !id.is_empty());
    id.map_or_else(|| "unknown".to_owned(), |id| hashed(&[id.as_bytes()]))
}

#[cfg(all(feature = "collector", unix))]
fn node_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(all(feature = "collector", not(unix)))]
fn node_name() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}

#[cfg(all(test, feature = "collector"))]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_called_by_its_name_or_by_what_tells_it_from_others() {
        let id = hashed(&[b"0123"]);
        for (name, machine, called) in [
            ("build-7.example", Some("0123\n"), "build-7.example"),
            ("localhost", Some("0123\n"), &id),
            ("(none)", Some("0123"), &id),
            ("", Some(" \n"), "unknown"),
            ("b\u{fc}ro", Some("0123"), &id),
            ("a b", None, "unknown"),
        ] {
            assert_eq!(chosen(name, machine), called, "{name}");
        }
        assert_eq!(chosen(&"a".repeat(LONGEST_NAME + 1), None), "unknown");
        assert!(!name().is_empty() && name() == name());
    }
}
