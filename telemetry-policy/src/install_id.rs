//! The id of this install.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use uuid::Uuid;

use crate::settings::{Settings, is_identifier};

/// The id of this install: random, made once, and the same for every process of this home from then on.
///
/// `telemetry.install_id` in the config wins over it. Otherwise it is a UUID (version 4: it tells neither the
/// machine nor the day) in `<home>/telemetry/install_id`, readable by its owner alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InstallId {
    /// Set in the config.
    Configured(String),
    /// Read from, or written to, `<home>/telemetry/install_id`.
    Stored(String),
    /// There is none, for this reason: nothing minted one yet, or the file cannot be read or written.
    Absent(String),
}

impl InstallId {
    /// The id, if there is one; makes nothing. For whatever only shows it.
    pub fn peek(settings: &Settings, home: &Path) -> Self {
        Self::configured(settings).unwrap_or_else(|| match read(&file_in(home)) {
            Ok(Some(id)) => Self::Stored(id),
            Ok(None) => Self::Absent("none has been minted yet".to_owned()),
            Err(reason) => Self::Absent(reason),
        })
    }

    /// The id, minted if there is none. Any number of processes may call this at once on a fresh home and get
    /// the same answer. On a home that cannot be written it is [`Absent`](Self::Absent) with the path and the
    /// reason, and everything else goes on.
    pub fn obtain(settings: &Settings, home: &Path) -> Self {
        Self::configured(settings).unwrap_or_else(|| {
            let file = file_in(home);
            match kept_in(&file) {
                Ok(Some(id)) => Self::Stored(id),
                Ok(None) => Self::Absent(format!("{} was removed as it was written", file.display())),
                Err(reason) => Self::Absent(reason),
            }
        })
    }

    /// The id.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Configured(id) | Self::Stored(id) => Some(id),
            Self::Absent(_) => None,
        }
    }

    /// Why there is none.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Configured(_) | Self::Stored(_) => None,
            Self::Absent(reason) => Some(reason),
        }
    }

    fn configured(settings: &Settings) -> Option<Self> {
        settings.configured_install_id().map(|id| Self::Configured(id.to_owned()))
    }
}

/// A random UUID that is kept in `file` for its owner alone: read, or minted by whichever process comes first.
pub(crate) fn kept_in(file: &Path) -> Result<Option<String>, String> {
    match read(file) {
        Ok(None) => mint(file),
        found => found,
    }
}

fn file_in(home: &Path) -> PathBuf {
    home.join("telemetry").join("install_id")
}

/// Reads the id; `None` when the file is not there.
fn read(file: &Path) -> Result<Option<String>, String> {
    let unreadable = |reason: &dyn std::fmt::Display| format!("{} cannot be read: {reason}", file.display());
    // Only a file system without hard links shows an empty file, for as long as its writer takes (see `publish`).
    for _ in 0..20 {
        let metadata = match fs::metadata(file) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(&error)),
            Ok(metadata) => metadata,
        };
        if !metadata.is_file() {
            return Err(unreadable(&"it is not a regular file"));
        }
        let mut text = String::new();
        let open = File::open(file).and_then(|file| file.take(1024).read_to_string(&mut text));
        match open {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(&error)),
            Ok(0) => thread::sleep(Duration::from_millis(1)),
            Ok(_) => {
                let id = text.trim();
                let broken = || format!("{} holds no id; remove it to get a new one", file.display());
                return if is_identifier(id) { Ok(Some(id.to_owned())) } else { Err(broken()) };
            }
        }
    }
    Err(format!("{} is empty; remove it to get a new id", file.display()))
}

/// Writes a new id, or finds that another process was first; reads back whichever won.
fn mint(file: &Path) -> Result<Option<String>, String> {
    let unwritable = |error: io::Error| format!("{} cannot be written: {error}", file.display());
    let directory = file.parent().unwrap_or(file);
    create_private_directory(directory).map_err(unwritable)?;
    let id = Uuid::new_v4();
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let draft = directory.join(format!(".{name}.{}", id.simple()));
    let published = write_new(&draft, &format!("{id}\n")).and_then(|()| publish(&draft, file));
    // A draft that stays behind is a few bytes that nobody reads.
    let _ = fs::remove_file(&draft);
    published.map_err(unwritable)?;
    read(file)
}

/// Gives a finished draft its name, unless the name is taken: a hard link is the one step that does both. The
/// first process wins and the others read what it wrote, never half of it.
fn publish(draft: &Path, file: &Path) -> io::Result<()> {
    match fs::hard_link(draft, file) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        // Some file systems have no hard links (FAT, some network mounts). Creating the file under its own name is
        // exclusive too, but shows an empty file for a moment, which `read` waits out.
        Err(_) => match write_new(file, &fs::read_to_string(draft)?) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            written => written,
        },
    }
}

fn write_new(file: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(file)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn create_private_directory(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}
