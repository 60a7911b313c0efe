//! Which process this is, and whether another still lives.
//!
//! A process id means something only on its machine, since its boot, in its namespace; and ids are used again, so a
//! process is known by its id and the moment it was born.

use std::fs;
use std::sync::LazyLock;

/// Machine, boot and process namespace of this process: where its process id means something.
pub fn birthplace() -> &'static str {
    static BIRTHPLACE: LazyLock<String> = LazyLock::new(|| {
        let read =
            |path: &str| fs::read_to_string(path).map(|text| text.trim().to_owned()).unwrap_or_default();
        let namespace = fs::read_link("/proc/self/ns/pid").map(|path| path.display().to_string());
        format!("{}/{}", read("/proc/sys/kernel/random/boot_id"), namespace.unwrap_or_default())
    });
    &BIRTHPLACE
}

/// When the process with this id was born, in the kernel's ticks since boot (`proc(5)`, field 22 of `stat`). `None`
/// when there is none, or the system does not say.
pub fn born(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the command in parentheses, which may hold anything.
    let after_command = &stat[stat.rfind(')')? + 1..];
    let mut fields = after_command.split_ascii_whitespace();
    // A zombie has ended; its parent has not asked yet.
    if matches!(fields.next()?, "Z" | "X") {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

/// Whether the process `pid`, born at `born` in `birthplace`, is alive; `None` when that cannot be seen from here.
pub fn is_alive(pid: u32, birthplace: &str, born: Option<u64>) -> Option<bool> {
    if !cfg!(target_os = "linux") || birthplace != self::birthplace() {
        return None;
    }
    Some(self::born(pid).is_some_and(|now| born.is_none_or(|then| then == now)))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_alive_and_its_id_with_another_birth_is_not() {
        let pid = std::process::id();
        let born = born(pid);
        assert!(born.is_some());
        assert_eq!(is_alive(pid, birthplace(), born), Some(true));
        assert_eq!(is_alive(pid, birthplace(), born.map(|b| b + 1)), Some(false));
        assert_eq!(is_alive(pid, "elsewhere", born), None);
    }

    #[test]
    fn an_ended_process_is_gone_even_while_it_is_a_zombie() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let (pid, birth) = (child.id(), born(child.id()));
        while born(pid).is_some() {
            std::thread::yield_now();
        }
        assert_eq!(is_alive(pid, birthplace(), birth.or(Some(0))), Some(false));
        child.wait().unwrap();
    }
}
