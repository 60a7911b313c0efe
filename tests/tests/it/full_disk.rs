//! A disk that is full while a host works, and then freed: the host goes on, what is lost is counted and shown, and a torn line
//! takes no neighbour with it.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use telemetry_tests::{Home, binary};

use crate::files::{Host, eventually, length};

/// More than the queue of a host holds.
const BURST: usize = 140_000;

/// A host whose disk is full from `fill` to `free`: it goes on; afterwards all that it did is in the log or counted, and
/// nothing else is missing.
fn lives_through_a_full_disk(home: &Home, fill: impl FnOnce(&Path), free: impl FnOnce()) {
    let mut host = Host::in_home(home);
    host.turn();
    host.await_ended(1);
    fill(&host.log());
    (0..BURST).for_each(|number| host.tool(number));
    host.await_trouble();
    let lost = host.telemetry.losses().queue_full;
    assert!(lost > 0, "more than the queue holds");
    let meanwhile = home.run(["status", "--json"]);
    assert!([0, 1].contains(&meanwhile.code), "{meanwhile}");
    free();
    host.turn();
    host.await_ended(2);

    let dropped = |status: &Value| status["volumes"]["dropped"][0]["events"].as_u64().unwrap_or(0);
    eventually("the loss is told", || {
        dropped(&home.json(["status", "--json"])) == host.telemetry.losses().queue_full
    });
    let insights = home.insights();
    let (tools, lost) =
        (insights["tool_calls"]["total"].as_u64().unwrap(), host.telemetry.losses().queue_full);
    assert_eq!(tools + lost, BURST as u64, "in the log or counted");
    assert_eq!((&insights["turns"]["total"], &insights["model_calls"]["total"]), (&2.into(), &2.into()));
    // The write that did not fit may have torn one line. What came before and after it is whole.
    let unreadable = insights["quality"]["unreadable_lines"].as_u64().unwrap();
    assert!(unreadable <= 1, "{unreadable} unreadable lines");
    assert!(home.run(["doctor"]).stdout.contains(&format!("queue_full {lost}")));
}

/// Runs `test`, the test called `name`, in a process of its own, which a shell starts by way of `before`.
pub fn alone(name: &str, before: &str, test: impl FnOnce()) {
    const ALONE: &str = "TELEMETRY_TEST_ALONE";
    if std::env::var_os(ALONE).is_some() {
        return test();
    }
    // Built before there is no room for it.
    let program = binary::telemetry();
    let itself = std::env::current_exe().unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-c", before]).arg("sh").arg(itself).args([name, "--exact", "--test-threads=1"]);
    let ran = shell.env(ALONE, "1").env("TELEMETRY_BIN", program).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    let (passed, err) = (said.contains("1 passed"), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success() && passed, "{said}{err}");
}

/// No file of this process may be larger from now on.
pub fn limit(bytes: &str) {
    let process = format!("--pid={}", std::process::id());
    let set = Command::new("prlimit").args([process, format!("--fsize={bytes}:")]).status();
    assert!(set.unwrap().success(), "prlimit is of util-linux");
}

/// Files may not grow past a limit, in the middle of a line.
#[test]
fn for_a_while_by_a_limit() {
    // The signal that tells of the limit ends a process that does not ignore it.
    alone("full_disk::for_a_while_by_a_limit", r#"trap "" XFSZ; exec "$@""#, || {
        let home = Home::new();
        lives_through_a_full_disk(
            &home,
            |log| limit(&(length(log) + 333).to_string()),
            || limit("unlimited"),
        );
    });
}

/// A file system of its own, as small as the test needs, that something else has filled.
#[test]
fn for_a_while_by_another_file() {
    const OWN_MOUNTS: &str = "unshare --mount";
    let can = |command: &str| {
        let script = format!("{command} sh -c 'mount -t tmpfs none /mnt'");
        Command::new("sh").args(["-c", &script]).output().is_ok_and(|ended| ended.status.success())
    };
    // As a user one is root in a name space of one's own; where neither is allowed the test by limit has to do.
    let as_user = format!("{OWN_MOUNTS} --map-root-user");
    let Some(own_mounts) = [OWN_MOUNTS, &as_user].into_iter().find(|command| can(command)) else { return };
    let name = "full_disk::for_a_while_by_another_file";
    alone(name, &format!(r#"exec {own_mounts} "$@""#), || {
        let home = Home::new();
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=192m", "none"]).arg(home.path()).status();
        assert!(mounted.unwrap().success());
        let other = home.path().join("somebody's film");
        let fill = |_: &Path| {
            let mut film = fs::File::create(&other).unwrap();
            // By smaller and smaller pieces, until not one byte more fits.
            for piece in [1 << 20, 4_096, 1] {
                while film.write_all(&vec![0; piece]).is_ok() {}
            }
        };
        lives_through_a_full_disk(&home, fill, || fs::remove_file(&other).unwrap());
    });
}
