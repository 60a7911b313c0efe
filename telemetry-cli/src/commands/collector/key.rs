//! `telemetry collector key`: keys are made here, shown once, and never told again.

use telemetry_collector::http::REMEMBERED;
use telemetry_collector::keys::{KeyRecord, Scope, Secret};
use telemetry_collector::storage::{Place, Storage};
use telemetry_core::time::UnixNanos;

use super::runtime;
use crate::args::collector::{KeyAdd, KeyCommand};
use crate::documents::keys::{Key, Keys};
use crate::failure::Failure;
use crate::render;
use crate::streams::Streams;

/// Characters in the name of a key, and of a machine.
const MOST: usize = 255;

pub(super) fn run(command: &KeyCommand, place: &Place, streams: &mut Streams<'_>) -> Result<(), Failure> {
    runtime()?.block_on(async {
        let storage = place.open().await?;
        match command {
            KeyCommand::Add(args) => add(&*storage, args, streams).await,
            KeyCommand::List(args) => list(&*storage, args.json, streams).await,
            KeyCommand::Revoke { name } => revoke(&*storage, name, streams).await,
        }
    })
}

async fn add(storage: &dyn Storage, args: &KeyAdd, streams: &mut Streams<'_>) -> Result<(), Failure> {
    check_name("--name", &args.name)?;
    args.host.as_deref().map(|host| check_name("--host", host)).transpose()?;
    let secret = Secret::random().map_err(|_| Failure::Failed("the system has no random numbers".into()))?;
    let mut scopes = match args.scopes.is_empty() {
        true => vec![Scope::Ingest],
        false => args.scopes.clone(),
    };
    scopes.sort_unstable();
    scopes.dedup();
    let now = UnixNanos::now();
    let key = KeyRecord {
        hash: secret.hash(),
        name: args.name.clone(),
        scopes,
        host: args.host.clone(),
        created: now,
        expires: args.expires.map(|expiry| now.plus(expiry.0)),
        used: None,
        revoked: None,
    };
    storage.add_key(&key).await?;
    // Alone on standard output, so that a script can take it from there to where it is kept.
    writeln!(streams.out, "{}", secret.reveal())?;
    writeln!(
        streams.err,
        "This is the key `{}`. It is not kept and not shown again.",
        render::clean(&args.name)
    )?;
    Ok(())
}

fn check_name(flag: &str, name: &str) -> Result<(), Failure> {
    match name.chars().count() {
        1..=MOST if !name.chars().any(char::is_control) && name.trim() == name => Ok(()),
        _ => Err(Failure::Usage(format!(
            "{flag}: give 1 to {MOST} characters, none of them a control character"
        ))),
    }
}

async fn list(storage: &dyn Storage, json: bool, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let now = UnixNanos::now();
    let keys: Vec<Key> = storage.keys().await?.iter().map(|key| Key::of(key, now)).collect();
    if json {
        return Ok(streams.json("telemetry.keys/1", &Keys { keys })?);
    }
    match keys.is_empty() {
        true => writeln!(streams.out, "no key: `telemetry collector key add --name NAME` makes one")?,
        false => render::keys(streams.out, &keys)?,
    }
    Ok(())
}

async fn revoke(storage: &dyn Storage, name: &str, streams: &mut Streams<'_>) -> Result<(), Failure> {
    match storage.revoke_key(name, UnixNanos::now()).await? {
        true => Ok(writeln!(
            streams.out,
            "`{}` is revoked: within {} seconds it opens no collector",
            render::clean(name),
            REMEMBERED.as_secs()
        )?),
        false => Err(Failure::Failed(format!(
            "no key `{name}` that is not revoked: `telemetry collector key list` names them"
        ))),
    }
}
