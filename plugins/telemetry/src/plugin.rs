//! The plugin in a Rust host's registry.

use std::path::PathBuf;
use std::sync::Arc;

use telemetry_hooks::payload::Payload;
use telemetry_hooks::registry::{RegisterError, Registry};
use telemetry_policy::{Key, Settings};

use crate::Telemetry;

/// The plugin's manifest, for [`Registry::bundle`].
pub const MANIFEST: &str = include_str!("../plugin.yaml");

/// The plugin's name, in its manifest and in the registry.
pub const NAME: &str = "telemetry";

/// Offers the plugin to `registry`, with its manifest: a host called `host` that loads it by name gets the hooks its
/// config wants, recorded under `home`. With `telemetry.local: false` it is refused, saying so.
pub fn offer(registry: &Registry, host: &'static str, home: PathBuf) {
    registry.bundle("plugins/telemetry/plugin.yaml", MANIFEST);
    registry.offer(NAME, move |_manifest, registration| {
        let settings = Settings::load(&home);
        let decided = settings.entry(Key::Local).source.to_string();
        let Some(telemetry) = Telemetry::new(&home, host, settings) else {
            return Err(RegisterError::Misconfigured {
                key: "telemetry.local".into(),
                problem: format!("false ({decided}), so nothing is recorded"),
            });
        };
        let telemetry = Arc::new(telemetry);
        for hook in telemetry.hook_names() {
            let telemetry = Arc::clone(&telemetry);
            registration.hook(hook, Arc::new(move |payload: &dyn Payload| telemetry.on_hook(hook, payload)));
        }
        registration.keep(ExitWhenDropped(telemetry));
        Ok(())
    });
}

/// A registry that goes away takes the plugin with it in order.
struct ExitWhenDropped(Arc<Telemetry>);

impl Drop for ExitWhenDropped {
    fn drop(&mut self) {
        self.0.on_exit();
    }
}
