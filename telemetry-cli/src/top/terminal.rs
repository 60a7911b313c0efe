//! The terminal, taken for a screen and given back as it was, whatever happens.

use std::io::{self, Write, stdout};
use std::panic::{self, PanicHookInfo};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::Show;
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use signal_hook::SigId;

type Hook = dyn Fn(&PanicHookInfo<'_>) + Send + Sync;

/// A screen of its own on the terminal that standard input and output are. Dropped, the terminal is as before: also when a
/// panic unwinds, whose words then come out where they can be read.
pub(crate) struct Screen<'a> {
    pub terminal: Terminal<CrosstermBackend<&'a mut dyn Write>>,
    /// What is told of panics while there is no screen.
    before: Arc<Hook>,
}

impl<'a> Screen<'a> {
    /// Takes the terminal.
    ///
    /// # Errors
    /// When standard input is no terminal, or it cannot be written.
    pub(crate) fn take(out: &'a mut dyn Write) -> io::Result<Self> {
        enable_raw_mode()?;
        let before: Arc<Hook> = Arc::from(panic::take_hook());
        let told = Arc::clone(&before);
        panic::set_hook(Box::new(move |panic| {
            give_back(&mut stdout());
            told(panic);
        }));
        let mut backend = CrosstermBackend::new(out);
        let taken = execute!(backend, EnterAlternateScreen).and_then(|()| Terminal::new(backend));
        match taken {
            Ok(terminal) => Ok(Screen { terminal, before }),
            Err(error) => {
                give_back(&mut stdout());
                panic::set_hook(Box::new(move |panic| before(panic)));
                Err(error)
            }
        }
    }
}

impl Drop for Screen<'_> {
    fn drop(&mut self) {
        give_back(self.terminal.backend_mut());
        // A thread that panics may not, and tells of nothing more.
        if !std::thread::panicking() {
            let before = Arc::clone(&self.before);
            panic::set_hook(Box::new(move |panic| before(panic)));
        }
    }
}

/// What can be done is done.
fn give_back(out: &mut impl Write) {
    let _ = disable_raw_mode();
    let _ = execute!(out, LeaveAlternateScreen, Show);
}

/// Hears signals that end a process, so that it can leave in order.
pub(crate) struct Signals {
    heard: Arc<AtomicUsize>,
    registered: Vec<SigId>,
}

impl Signals {
    /// Takes the signals over.
    ///
    /// # Errors
    /// When the system does not let it.
    pub(crate) fn take() -> io::Result<Self> {
        let mut signals = Signals { heard: Arc::default(), registered: Vec::new() };
        for signal in ENDING {
            let heard = Arc::clone(&signals.heard);
            let number = usize::try_from(signal).unwrap_or_default();
            signals.registered.push(signal_hook::flag::register_usize(signal, heard, number)?);
        }
        Ok(signals)
    }

    /// The signal that was heard, if one was.
    pub(crate) fn heard(&self) -> Option<u8> {
        u8::try_from(self.heard.load(Relaxed)).ok().filter(|signal| *signal > 0)
    }
}

/// Not SIGHUP: the terminal is gone then, so there is nothing to give back, and reading keys from it would never end.
const ENDING: [i32; 2] = [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT];

impl Drop for Signals {
    fn drop(&mut self) {
        for id in self.registered.drain(..) {
            signal_hook::low_level::unregister(id);
        }
    }
}
