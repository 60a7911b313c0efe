use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex, OnceLock};

use telemetry_hooks::payload::Payload;
use telemetry_hooks::registry::{Callback, HookHandle, RegisterError, Registry, Warning};

const NOTHING: &dyn Payload = &[("session_id", telemetry_hooks::payload::Value::Null)];

const MANIFEST: &str = "{name: counter, version: 1.0.0, hooks: [post_tool_call, on_session_start]}";

fn nop() -> Callback {
    Arc::new(|_: &dyn Payload| {})
}

/// A callback that counts its calls.
fn counting(count: &Arc<AtomicUsize>) -> Callback {
    let count = Arc::clone(count);
    Arc::new(move |_: &dyn Payload| {
        count.fetch_add(1, Ordering::SeqCst);
    })
}

fn texts(warnings: &[Warning]) -> Vec<String> {
    warnings.iter().map(ToString::to_string).collect()
}

/// A registry with one plugin, `counter`, that counts calls of two hooks.
fn with_counter() -> (Registry, Arc<AtomicUsize>) {
    let registry = Registry::new();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    registry.offer("counter", move |_, registration| {
        registration.hook("post_tool_call", counting(&counted)).hook("on_session_start", counting(&counted));
        Ok(())
    });
    assert_eq!(texts(&registry.bundle("counter.yaml", MANIFEST)), [""; 0]);
    (registry, count)
}

#[test]
fn the_registry_is_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Registry>();
    shared::<HookHandle>();
}

// ---- loading

#[test]
fn nothing_is_loaded_unless_switched_on() {
    let (registry, count) = with_counter();
    assert_eq!(texts(&registry.load(|_| false)), [""; 0]);
    assert!(!registry.has_hook("post_tool_call"));
    registry.invoke("post_tool_call", NOTHING);

    let enabled = ["counter"];
    assert_eq!(texts(&registry.load(|name| enabled.contains(&name))), [""; 0]);
    assert!(registry.has_hook("post_tool_call") && !registry.has_hook("pre_tool_call"));
    registry.invoke("post_tool_call", NOTHING);
    registry.invoke("pre_tool_call", NOTHING);
    assert_eq!(count.load(Ordering::SeqCst), 1);
    assert_eq!(registry.loaded()[0].name, "counter");
}

#[test]
fn loading_twice_is_loading_once() {
    let (registry, count) = with_counter();
    assert_eq!(registry.load(|_| true).len() + registry.load(|_| true).len(), 0);
    registry.invoke("on_session_start", NOTHING);
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[test]
fn unloading_and_loading_again() {
    let (registry, count) = with_counter();
    registry.load(|_| true);
    assert!(registry.unload("counter"));
    assert!(!registry.unload("counter") && !registry.unload("unheard-of"));
    assert!(!registry.has_hook("post_tool_call") && registry.loaded().is_empty());
    registry.invoke("post_tool_call", NOTHING);
    registry.load(|_| true);
    registry.invoke("post_tool_call", NOTHING);
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[test]
fn the_factory_sees_its_manifest() {
    let registry = Registry::new();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&seen);
    registry.offer("counter", move |manifest, _| {
        sink.lock().unwrap().push((manifest.name.clone(), manifest.version.clone(), manifest.path.clone()));
        Ok(())
    });
    registry.bundle("counter.yaml", MANIFEST);
    registry.load(|_| true);
    assert_eq!(*seen.lock().unwrap(), [("counter".into(), "1.0.0".into(), "counter.yaml".into())]);
}

#[test]
fn an_enabled_plugin_that_is_not_built_in_is_a_warning() {
    let registry = Registry::new();
    registry.bundle("other.yaml", "{name: other, version: 1.0.0}");
    assert_eq!(texts(&registry.load(|_| false)), [""; 0]);
    assert_eq!(
        texts(&registry.load(|_| true)),
        [
            r#"plugin "other" (other.yaml) is enabled but not part of this program, which has no plugins; disable it, or use a program that has it"#
        ]
    );
    registry.offer("counter", |_, _| Ok(()));
    assert!(texts(&registry.load(|_| true))[0].contains("which has counter;"));
}

#[test]
fn a_hook_the_manifest_does_not_list_works_with_a_warning() {
    let registry = Registry::new();
    registry.offer("counter", |_, registration| {
        registration.hook("pre_verify", nop());
        Ok(())
    });
    registry.bundle("counter.yaml", MANIFEST);
    assert_eq!(
        texts(&registry.load(|_| true)),
        [r#"counter.yaml: hooks: plugin "counter" registered "pre_verify", which is not listed; add it"#]
    );
    assert!(registry.has_hook("pre_verify"));
}

/// Counts itself out.
struct Guard(Arc<AtomicUsize>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_factory_that_fails_half_way_leaves_nothing() {
    let registry = Registry::new();
    let (calls, dropped, ready) = (Arc::default(), Arc::default(), Arc::new(AtomicBool::new(false)));
    let (factory_calls, factory_dropped, factory_ready) =
        (Arc::clone(&calls), Arc::clone(&dropped), Arc::clone(&ready));
    registry.offer("counter", move |_, registration| {
        registration
            .keep(Guard(Arc::clone(&factory_dropped)))
            .hook("post_tool_call", counting(&factory_calls));
        if factory_ready.load(Ordering::SeqCst) {
            Ok(())
        } else {
            Err(RegisterError::unavailable("the disk is full"))
        }
    });
    registry.bundle("counter.yaml", MANIFEST);
    assert_eq!(
        texts(&registry.load(|_| true)),
        [r#"plugin "counter" (counter.yaml) is not loaded: not available: the disk is full"#]
    );
    assert!(!registry.has_hook("post_tool_call") && registry.loaded().is_empty());
    registry.invoke("post_tool_call", NOTHING);
    assert_eq!((calls.load(Ordering::SeqCst), dropped.load(Ordering::SeqCst)), (0, 1));

    ready.store(true, Ordering::SeqCst);
    assert_eq!(texts(&registry.load(|_| true)), [""; 0]);
    registry.invoke("post_tool_call", NOTHING);
    assert_eq!((calls.load(Ordering::SeqCst), dropped.load(Ordering::SeqCst)), (1, 1));
    registry.unload("counter");
    assert_eq!(dropped.load(Ordering::SeqCst), 2);
}

#[test]
fn a_factory_that_panics_leaves_nothing_and_the_others_load() {
    let (registry, count) = with_counter();
    registry.offer("first", |_, registration| {
        registration.hook("post_tool_call", nop());
        panic!("no config");
    });
    registry.offer("last", |_, _| {
        Err(RegisterError::Misconfigured {
            key: "telemetry.retention_days".into(),
            problem: "\"soon\" is not a number of days; use 1 to 3650".into(),
        })
    });
    registry.bundle("first.yaml", "{name: first, version: 1.0.0, hooks: [post_tool_call]}");
    registry.bundle("last.yaml", "{name: last, version: 1.0.0}");
    assert_eq!(
        texts(&registry.load(|_| true)),
        [
            r#"plugin "first" (first.yaml) is not loaded: it panicked: no config"#,
            r#"plugin "last" (last.yaml) is not loaded: telemetry.retention_days: "soon" is not a number of days; use 1 to 3650"#,
        ]
    );
    registry.invoke("post_tool_call", NOTHING);
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[test]
fn what_a_plugin_keeps_goes_last_to_first_and_survives_a_bad_destructor() {
    struct Note(&'static str, Arc<Mutex<Vec<&'static str>>>);
    impl Drop for Note {
        fn drop(&mut self) {
            self.1.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(self.0);
            assert_ne!(self.0, "bad", "a destructor that panics");
        }
    }
    let notes = Arc::new(Mutex::new(Vec::new()));
    let registry = Registry::new();
    for name in ["a", "b"] {
        let notes = Arc::clone(&notes);
        registry.offer(name, move |manifest, registration| {
            let last = if manifest.name == "a" { "a2" } else { "b2" };
            registration.keep(Note("1", Arc::clone(&notes))).keep(Note("bad", Arc::clone(&notes)));
            registration.keep(Note(last, Arc::clone(&notes)));
            Ok(())
        });
        registry.bundle(name, &format!("{{name: {name}, version: 1.0.0}}"));
    }
    registry.load(|_| true);
    drop(registry); // plugins, too, last to first
    assert_eq!(
        *notes.lock().unwrap_or_else(|poisoned| poisoned.into_inner()),
        ["b2", "bad", "1", "a2", "bad", "1"]
    );
}

#[test]
fn a_factory_may_use_the_registry() {
    let registry = Arc::new(Registry::new());
    let weak = Arc::downgrade(&registry);
    registry.offer("counter", move |_, registration| {
        let registry = weak.upgrade().unwrap();
        assert!(!registry.unload("counter"), "it is not loaded yet");
        assert!(registry.load(|_| true).is_empty(), "loading itself is a no-op");
        registration.keep(registry.listen("counter", "on_session_end", nop()));
        Ok(())
    });
    registry.bundle("counter.yaml", MANIFEST);
    assert_eq!(texts(&registry.load(|_| true)), [""; 0]);
    assert!(registry.has_hook("on_session_end"));
    assert!(registry.unload("counter") && !registry.has_hook("on_session_end"));
}

// ---- discovering

fn write(dir: &Path, path: &str, text: impl AsRef<[u8]>) {
    let path = dir.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn named(name: &str) -> String {
    format!("name: {name}\nversion: 1.0.0\nhooks: [post_tool_call]\n")
}

/// The warnings with the directory taken out.
fn discover(registry: &Registry, dir: &Path) -> Vec<String> {
    let prefix = format!("{}/", dir.display());
    texts(&registry.discover(&[dir])).iter().map(|warning| warning.replace(&prefix, "")).collect()
}

fn known(registry: &Registry) -> Vec<String> {
    registry.manifests().iter().map(|manifest| manifest.name.clone()).collect()
}

#[test]
fn one_bad_manifest_does_not_stop_the_others() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "a/plugin.yaml", named("a"));
    write(dir.path(), "b/plugin.yaml", "name: B\nversion: 1.0.0\nhook: [post_tool_call]\n");
    write(dir.path(), "c/plugin.yaml", "name: [c\n");
    write(dir.path(), "d/plugin.yaml", b"name: d\xff\n");
    write(dir.path(), "e/plugin.yaml", vec![b' '; 300 * 1024]);
    write(dir.path(), "f/plugin.yaml/not-a-file", "");
    write(dir.path(), "g/plugin.yml", named("g"));
    write(dir.path(), "h/__init__.py", "# a plugin of another host");
    write(dir.path(), "notes.txt", "");
    let registry = Registry::new();
    let warnings = discover(&registry, dir.path());
    assert_eq!(known(&registry), ["a", "g"]);
    let expected = [
        "b/plugin.yaml:1: name: \"B\" is not allowed; use a-z, 0-9, `_` and `-`, starting with a letter or digit, at \
         most 64 characters, like \"telemetry\"\nb/plugin.yaml:3: hook: unknown key; did you mean \"hooks\"?",
        "c/plugin.yaml:",
        "d/plugin.yaml: cannot be read: not UTF-8 after byte 7",
        "e/plugin.yaml: cannot be read: longer than 262144 bytes",
        "f/plugin.yaml: cannot be read: not a regular file",
    ];
    assert_eq!(warnings.len(), expected.len(), "{warnings:#?}");
    for (warning, expected) in warnings.iter().zip(expected) {
        assert!(warning.starts_with(expected), "{warning}");
    }
    assert!(warnings[1].contains("cannot be read as YAML"), "{}", warnings[1]);
}

#[cfg(unix)]
#[test]
fn odd_files_neither_block_nor_pass_unseen() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("dangling")).unwrap();
    std::os::unix::fs::symlink("nowhere", dir.path().join("dangling/plugin.yaml")).unwrap();
    fs::create_dir_all(dir.path().join("device")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", dir.path().join("device/plugin.yaml")).unwrap();
    write(dir.path(), "real/plugin.yaml", named("linked"));
    std::os::unix::fs::symlink("real", dir.path().join("zz-link")).unwrap();
    let registry = Registry::new();
    let warnings = discover(&registry, dir.path());
    assert_eq!(known(&registry), ["linked"]);
    assert!(warnings[0].starts_with("dangling/plugin.yaml: cannot be read: "), "{warnings:#?}");
    assert_eq!(warnings[1], "device/plugin.yaml: cannot be read: not a regular file");
    assert_eq!(
        warnings[2],
        r#"plugin "linked": zz-link/plugin.yaml is used and real/plugin.yaml is not; rename or remove one"#
    );
    assert_eq!(warnings.len(), 3);
}

#[test]
fn a_missing_directory_holds_no_plugins_and_a_file_in_its_place_is_told() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "file", "");
    let registry = Registry::new();
    assert_eq!(discover(&registry, &dir.path().join("missing")), [""; 0]);
    let warnings = discover(&registry, &dir.path().join("file"));
    assert!(warnings.len() == 1 && warnings[0].contains("cannot be read: "), "{warnings:#?}");
}

#[test]
fn the_later_of_two_manifests_counts() {
    let dir = tempfile::tempdir().unwrap();
    write(
        dir.path(),
        "counter/plugin.yaml",
        "{name: counter, version: 2.0.0, hooks: [post_tool_call, on_session_start]}",
    );
    let (registry, count) = with_counter();
    let shadowed =
        r#"plugin "counter": counter/plugin.yaml is used and counter.yaml is not; rename or remove one"#;
    assert_eq!(discover(&registry, dir.path()), [shadowed]);
    assert_eq!(discover(&registry, dir.path()), [""; 0], "the same file again is not another");
    registry.load(|_| true);
    assert_eq!(registry.loaded()[0].version, "2.0.0");

    // One that cannot be used takes nobody's place.
    write(dir.path(), "counter/plugin.yaml", "{name: counter}");
    assert_eq!(discover(&registry, dir.path()).len(), 1);
    assert_eq!(registry.manifests()[0].version, "2.0.0");
    registry.invoke("post_tool_call", NOTHING);
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[test]
fn an_unknown_hook_in_a_manifest_is_a_remark() {
    let registry = Registry::new();
    let warnings = registry.bundle("p.yaml", "{name: p, version: 1.0.0, hooks: [post_tool_cal]}");
    assert_eq!(
        texts(&warnings),
        [r#"p.yaml:1: hooks: unknown hook "post_tool_cal"; did you mean "post_tool_call"?"#]
    );
    assert_eq!(known(&registry), ["p"]);
}

// ---- calling

#[test]
fn dropping_the_handle_deregisters() {
    let registry = Registry::new();
    for hook in ["post_tool_call", "a_hook_of_tomorrow"] {
        let count = Arc::default();
        assert!(!registry.has_hook(hook));
        let first = registry.listen("host", hook, counting(&count));
        let second = registry.listen("host", hook, counting(&count));
        assert!(registry.has_hook(hook) && !registry.has_hook("another_hook_of_tomorrow"));
        registry.invoke(hook, NOTHING);
        assert_eq!(count.load(Ordering::SeqCst), 2);
        drop(first);
        assert!(registry.has_hook(hook));
        registry.invoke(hook, NOTHING);
        assert_eq!(count.load(Ordering::SeqCst), 3);
        drop(second);
        assert!(!registry.has_hook(hook));
        registry.invoke(hook, NOTHING);
        assert_eq!(count.load(Ordering::SeqCst), 3);
        assert_eq!(Arc::strong_count(&count), 1, "nothing holds on to the callbacks");
    }
}

#[test]
fn a_handle_may_outlive_the_registry() {
    let registry = Registry::new();
    let count = Arc::default();
    let handle = registry.listen("host", "post_tool_call", counting(&count));
    drop(registry);
    assert_eq!(Arc::strong_count(&count), 1);
    drop(handle);
}

#[test]
fn callbacks_run_in_the_order_of_registration() {
    let registry = Registry::new();
    let order = Arc::new(Mutex::new(Vec::new()));
    let handles: Vec<_> = (0..5)
        .map(|number| {
            let order = Arc::clone(&order);
            let callback = move |_: &dyn Payload| order.lock().unwrap().push(number);
            registry.listen("host", "post_tool_call", Arc::new(callback))
        })
        .collect();
    registry.invoke("post_tool_call", NOTHING);
    assert_eq!(*order.lock().unwrap(), [0, 1, 2, 3, 4]);
    drop(handles);
}

#[test]
fn the_payload_arrives() {
    let registry = Registry::new();
    let seen = Arc::new(Mutex::new(None));
    let sink = Arc::clone(&seen);
    let callback =
        move |payload: &dyn Payload| *sink.lock().unwrap() = payload.text("session_id", str::to_owned);
    let _handle = registry.listen("host", "post_tool_call", Arc::new(callback));
    registry.invoke("post_tool_call", &[("session_id", "s-1".into())]);
    assert_eq!(seen.lock().unwrap().as_deref(), Some("s-1"));
}

#[test]
fn a_panic_is_counted_and_stays_inside() {
    struct Thrown;
    impl Drop for Thrown {
        fn drop(&mut self) {
            panic!("even what is thrown may panic");
        }
    }
    let (registry, count) = with_counter();
    let _text = registry.listen("clumsy", "post_tool_call", Arc::new(|_: &dyn Payload| panic!("a bug")));
    let _worse = registry.listen(
        "clumsy",
        "post_tool_call",
        Arc::new(|_: &dyn Payload| std::panic::panic_any(Thrown)),
    );
    registry.load(|_| true);
    for _ in 0..3 {
        registry.invoke("post_tool_call", NOTHING);
    }
    assert_eq!(count.load(Ordering::SeqCst), 3, "the next one runs");
    assert_eq!((registry.panics("clumsy"), registry.panics("counter"), registry.panics("nobody")), (6, 0, 0));
    assert!(registry.has_hook("post_tool_call"), "it stays registered");
}

#[test]
fn a_callback_may_register_and_deregister() {
    let registry = Arc::new(Registry::new());
    let count = Arc::default();
    let late: Arc<Mutex<Vec<HookHandle>>> = Arc::default();
    let own: Arc<OnceLock<Mutex<Option<HookHandle>>>> = Arc::default();
    let callback = {
        let (registry, count, late, own) =
            (Arc::downgrade(&registry), Arc::clone(&count), Arc::clone(&late), Arc::clone(&own));
        move |_: &dyn Payload| {
            let registry = registry.upgrade().unwrap();
            late.lock().unwrap().push(registry.listen("host", "post_tool_call", counting(&count)));
            registry.invoke("on_session_start", NOTHING);
            drop(own.get().unwrap().lock().unwrap().take());
        }
    };
    let handle = registry.listen("host", "post_tool_call", Arc::new(callback));
    own.set(Mutex::new(Some(handle))).unwrap();
    registry.invoke("post_tool_call", NOTHING);
    assert_eq!(
        (count.load(Ordering::SeqCst), late.lock().unwrap().len()),
        (0, 1),
        "heard from the next call on"
    );
    registry.invoke("post_tool_call", NOTHING);
    assert_eq!((count.load(Ordering::SeqCst), late.lock().unwrap().len()), (1, 1), "and the first is gone");
}

#[test]
fn a_destructor_may_use_the_registry() {
    struct Leaving(std::sync::Weak<Registry>, Arc<AtomicUsize>);
    impl Drop for Leaving {
        fn drop(&mut self) {
            if let Some(registry) = self.0.upgrade() {
                drop(registry.listen("host", "on_session_end", nop()));
                registry.invoke("on_session_end", NOTHING);
            }
            self.1.fetch_add(1, Ordering::SeqCst);
            panic!("and may panic");
        }
    }
    let registry = Arc::new(Registry::new());
    let dropped = Arc::default();
    let listen = || {
        let leaving = Leaving(Arc::downgrade(&registry), Arc::clone(&dropped));
        registry.listen("host", "post_tool_call", Arc::new(move |_: &dyn Payload| drop(leaving.0.upgrade())))
    };
    drop(listen());
    assert_eq!(dropped.load(Ordering::SeqCst), 1);
    let handle = listen();
    drop(registry);
    assert_eq!(dropped.load(Ordering::SeqCst), 2);
    drop(handle);
}

#[test]
fn eight_threads_invoke_while_others_register() {
    const CALLS: usize = 2_000;
    let (registry, count) = with_counter();
    registry.load(|_| true);
    let passing = Arc::default();
    let start = Barrier::new(11);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (registry, start) = (&registry, &start);
            scope.spawn(move || {
                start.wait();
                let hook = if thread % 2 == 0 { "post_tool_call" } else { "on_session_start" };
                for _ in 0..CALLS {
                    assert!(registry.has_hook(hook));
                    registry.invoke(hook, NOTHING);
                    registry.invoke("a_hook_of_tomorrow", NOTHING);
                }
            });
        }
        for hook in ["post_tool_call", "a_hook_of_tomorrow"] {
            let (registry, start, passing) = (&registry, &start, &passing);
            scope.spawn(move || {
                start.wait();
                for _ in 0..500 {
                    let handle = registry.listen("passing", hook, counting(passing));
                    registry.invoke(hook, NOTHING);
                    drop(handle);
                }
            });
        }
        let (registry, start) = (&registry, &start);
        scope.spawn(move || {
            registry.offer("second", |_, registration| {
                registration.hook("on_session_end", nop());
                Ok(())
            });
            registry.bundle("second.yaml", "{name: second, version: 1.0.0, hooks: [on_session_end]}");
            start.wait();
            for _ in 0..200 {
                assert!(registry.load(|_| true).is_empty());
                assert!(registry.has_hook("on_session_end"));
                assert!(registry.unload("second"));
            }
        });
    });
    // Each thread that registers calls at least its own.
    assert!(passing.load(Ordering::SeqCst) >= 1_000);
    assert!(count.load(Ordering::SeqCst) >= 8 * CALLS);
    assert!(!registry.has_hook("a_hook_of_tomorrow") && !registry.has_hook("on_session_end"));
    assert_eq!(Arc::strong_count(&passing), 1, "no callback is left behind");
    assert_eq!(registry.panics("counter") + registry.panics("passing"), 0);
}
