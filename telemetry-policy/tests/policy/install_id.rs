use std::collections::BTreeSet;
use std::fs;
use std::sync::Barrier;
use std::thread;

use telemetry_policy::{InstallId, Settings};

use crate::{World, mode_of};

#[test]
fn it_is_minted_once_and_kept_private() {
    let world = World::new();
    let settings = Settings::default();
    assert_eq!(
        InstallId::peek(&settings, &world.home()),
        InstallId::Absent("none has been minted yet".to_owned())
    );
    assert!(!world.home().join("telemetry").exists(), "looking makes nothing");

    let minted = InstallId::obtain(&settings, &world.home());
    let file = world.home().join("telemetry/install_id");
    let id = minted.id().unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), format!("{id}\n"));
    assert_eq!((id.len(), id.as_bytes()[14]), (36, b'4'), "a version 4 UUID: {id}");
    assert_eq!((mode_of(&file), mode_of(file.parent().unwrap())), (0o600, 0o700));
    assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1, "no draft stays behind");

    assert_eq!(InstallId::obtain(&settings, &world.home()), minted);
    assert_eq!(InstallId::peek(&settings, &world.home()), minted);
    assert_ne!(InstallId::obtain(&settings, &World::new().home()).id(), Some(id));
}

#[test]
fn forty_at_once_on_a_fresh_home_agree() {
    for _ in 0..25 {
        let world = World::new();
        let home = world.home();
        let start = Barrier::new(40);
        let ids: BTreeSet<String> = thread::scope(|scope| {
            let threads: Vec<_> = (0..40)
                .map(|_| {
                    scope.spawn(|| {
                        start.wait();
                        InstallId::obtain(&Settings::default(), &home)
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap().id().unwrap().to_owned()).collect()
        });
        assert_eq!(ids.len(), 1, "{ids:?}");
        assert_eq!(fs::read_dir(home.join("telemetry")).unwrap().count(), 1);
    }
}

#[test]
fn a_configured_id_wins_and_mints_nothing() {
    let world = World::with_user("telemetry: {install_id: ' team-7 '}");
    let settings = world.settings();
    for id in [InstallId::obtain(&settings, &world.home()), InstallId::peek(&settings, &world.home())] {
        assert_eq!(id, InstallId::Configured("team-7".to_owned()));
    }
    assert!(!world.home().join("telemetry").exists());

    for not_an_id in ["''", "two words", "\"new\\nline\"", "[x]", "1.5"] {
        let world = World::with_user(&format!("telemetry: {{install_id: {not_an_id}}}"));
        let id = InstallId::obtain(&world.settings(), &world.home());
        assert!(matches!(id, InstallId::Stored(_)), "{not_an_id}: {id:?}");
    }
}

#[test]
fn an_id_that_is_there_is_read_whoever_wrote_it() {
    let world = World::new();
    fs::create_dir(world.home().join("telemetry")).unwrap();
    fs::write(world.home().join("telemetry/install_id"), "by-hand\r\n").unwrap();
    let id = InstallId::obtain(&Settings::default(), &world.home());
    assert_eq!(id, InstallId::Stored("by-hand".to_owned()));
}

#[test]
fn a_file_that_holds_no_id_is_left_alone_and_said() {
    for content in [&b""[..], b"\n", b"two words", b"\xff\xfe", &[b'x'; 4096]] {
        let world = World::new();
        let file = world.home().join("telemetry/install_id");
        fs::create_dir(world.home().join("telemetry")).unwrap();
        fs::write(&file, content).unwrap();
        for id in [
            InstallId::obtain(&Settings::default(), &world.home()),
            InstallId::peek(&Settings::default(), &world.home()),
        ] {
            let reason = id.reason().unwrap();
            assert!(id.id().is_none() && reason.contains(file.to_str().unwrap()), "{reason}");
        }
        assert_eq!(fs::read(&file).unwrap(), content);
    }
}

#[test]
fn a_home_that_cannot_be_written_has_none_and_says_why() {
    // A directory in the file's place, a file in the directory's, and a file in the home's.
    let directory = World::new();
    fs::create_dir_all(directory.home().join("telemetry/install_id")).unwrap();
    let file = World::new();
    fs::write(file.home().join("telemetry"), "").unwrap();
    let no_home = World::new();
    fs::remove_dir(no_home.home()).unwrap();
    fs::write(no_home.home(), "").unwrap();
    for world in [&directory, &file, &no_home] {
        let id = InstallId::obtain(&Settings::default(), &world.home());
        let reason = id.reason().unwrap();
        assert!(reason.contains("telemetry/install_id cannot be"), "{reason}");
    }
    // No permission counts for nothing with root, so ask a file system that refuses everybody.
    let id = InstallId::obtain(&Settings::default(), std::path::Path::new("/proc/self"));
    assert!(id.id().is_none() && id.reason().unwrap().contains("cannot be written"), "{id:?}");
}
