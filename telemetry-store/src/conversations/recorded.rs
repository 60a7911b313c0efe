//! Everything that was said, from wherever it is.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::io;
use std::iter::Peekable;

use rusqlite::{Connection, OptionalExtension as _, Row};
use serde_json::Value;
use telemetry_core::conversation::{Conversations, Counts, Message, Origin, Session, size};
use telemetry_core::ids::RunId;
use telemetry_core::time::UnixNanos;

use super::host::{HostDatabase, HostSession, HostUnreadable};
use super::said::Said;
use crate::content::ContentReader;
use crate::error::StoreError;
use crate::layout::{Days, Layout};

/// The conversations of a home.
pub struct Recorded<'a> {
    index: &'a Connection,
    content: ContentReader,
    host: Option<HostDatabase>,
    /// The runs and the sessions that the content log speaks of.
    runs: HashSet<RunId>,
    sessions: HashSet<String>,
    left_out: RefCell<Vec<String>>,
}

impl<'a> Recorded<'a> {
    /// The conversations of `layout`, whose `index` is up to date, and of the host's own database, where the caller may
    /// and could open it.
    ///
    /// # Errors
    /// When the content log or the index cannot be read.
    pub fn new(
        index: &'a Connection,
        layout: &Layout,
        host: Option<HostDatabase>,
    ) -> Result<Self, StoreError> {
        let content = ContentReader::new(layout.clone());
        let mut runs = HashSet::new();
        let summary = content
            .read(&mut |piece| {
                runs.insert(piece.run);
                true
            })
            .map_err(StoreError::io(layout.folder(Days::Content)))?;
        let mut sessions = HashSet::new();
        let mut find = index.prepare("SELECT session FROM run WHERE key = ?1 AND session IS NOT NULL")?;
        for run in &runs {
            sessions.extend(find.query_row([{ run.0 }.to_be_bytes()], |row| row.get(0)).optional()?);
        }
        let left_out = match summary.unreadable {
            0 => Vec::new(),
            1 => vec!["1 line of the content log cannot be read".to_owned()],
            lines => vec![format!("{lines} lines of the content log cannot be read")],
        };
        Ok(Recorded { index, content, host, runs, sessions, left_out: left_out.into() })
    }

    /// Sessions of the host's database, by id; ends early, and says so, where it cannot be read.
    fn host_sessions(&self) -> Peekable<impl Iterator<Item = HostSession>> {
        let sessions = self.host.iter().flat_map(HostDatabase::sessions);
        let told = |session: Result<HostSession, HostUnreadable>| {
            session.map_err(|error| self.left_out.borrow_mut().push(error.to_string())).ok()
        };
        sessions.map_while(told).peekable()
    }

    /// Sessions of the index, by id.
    fn sessions_of_index(&self, each: &mut dyn FnMut(Session) -> bool) -> rusqlite::Result<()> {
        let mut statement = self.index.prepare(RUNS_BY_SESSION)?;
        let mut rows = statement.query([])?;
        let mut open: Option<Session> = None;
        while let Some(row) = rows.next()? {
            let session_id: String = row.get(0)?;
            let run = RunId(u128::from_be_bytes(row.get(1)?));
            match &mut open {
                Some(session) if session.session_id == session_id => self.add_run(session, run, row)?,
                _ => {
                    let mut session = empty(session_id);
                    self.add_run(&mut session, run, row)?;
                    if open.replace(session).is_some_and(|whole| !each(whole)) {
                        return Ok(());
                    }
                }
            }
        }
        if let Some(last) = open {
            each(last);
        }
        Ok(())
    }

    fn add_run(&self, session: &mut Session, run: RunId, row: &Row<'_>) -> rusqlite::Result<()> {
        session.runs.push(run);
        if self.runs.contains(&run) {
            session.origin = Origin::Content;
        }
        session.platform = session.platform.take().or(row.get(2)?);
        session.model = session.model.take().or(row.get(3)?);
        let (start, end) = (row.get(4).map(UnixNanos)?, row.get(5).map(UnixNanos)?);
        session.start_ns.get_or_insert(start);
        session.end_ns = session.end_ns.max(Some(end));
        let counts = &mut session.counts;
        for (column, count) in
            [(6, &mut counts.turns), (7, &mut counts.model_calls), (8, &mut counts.tool_calls)]
        {
            *count = Some(count.unwrap_or(0) + u64::try_from(row.get::<_, i64>(column)?).unwrap_or(0));
        }
        Ok(())
    }

    fn host_messages(&self, each: &mut dyn FnMut(Message) -> bool) {
        let Some(host) = &self.host else { return };
        let mut next: HashMap<String, u32> = HashMap::new();
        let read = host.messages(&mut |mut message| {
            let session_id = message.session_id.clone().unwrap_or_default();
            if self.sessions.contains(&session_id) {
                return true;
            }
            let seq = next.entry(session_id).or_default();
            message.seq = *seq;
            *seq = seq.saturating_add(1);
            each(message)
        });
        if let Err(error) = read {
            self.left_out.borrow_mut().push(error.to_string());
        }
    }
}

impl Conversations for Recorded<'_> {
    fn sessions(&self, each: &mut dyn FnMut(Session) -> bool) -> io::Result<()> {
        // Both come by id, so that each is looked at once and none is kept.
        let mut of_host = self.host_sessions();
        let mut going = true;
        self.sessions_of_index(&mut |mut session| {
            while let Some(before) = of_host.next_if(|host| host.id < session.session_id) {
                if !each(of_the_host_alone(before)) {
                    going = false;
                    return false;
                }
            }
            if let Some(same) = of_host.next_if(|host| host.id == session.session_id) {
                complete(&mut session, same);
            }
            going = each(session);
            going
        })
        .map_err(io::Error::other)?;
        while going && let Some(session) = of_host.next() {
            going = each(of_the_host_alone(session));
        }
        Ok(())
    }

    fn messages(&self, each: &mut dyn FnMut(Message) -> bool) -> io::Result<()> {
        let mut said = Said::new(self.index);
        let (mut going, mut failure) = (true, None);
        self.content.read(&mut |piece| match said.take(piece, each) {
            Ok(go_on) => {
                going = go_on;
                going
            }
            Err(error) => {
                failure = Some(io::Error::other(error));
                false
            }
        })?;
        if let Some(error) = failure {
            return Err(error);
        }
        let mut each = |message| {
            going = going && each(message);
            going
        };
        said.end(&mut each);
        self.host_messages(&mut each);
        Ok(())
    }

    fn left_out(&self) -> Vec<String> {
        self.left_out.borrow().clone()
    }
}

const RUNS_BY_SESSION: &str = "
    SELECT run.session, run.key, platform.text, model.text, run.start_ns, coalesce(run.end_ns, run.last_ns, run.start_ns),
           run.turns, run.model_calls, run.tool_calls
    FROM run LEFT JOIN name AS platform ON platform.id = run.platform LEFT JOIN name AS model ON model.id = run.model
    WHERE run.session IS NOT NULL AND run.start_ns IS NOT NULL
    ORDER BY run.session, run.start_ns, run.key";

fn empty(session_id: String) -> Session {
    Session {
        session_id,
        origin: Origin::Events,
        runs: Vec::new(),
        platform: None,
        model: None,
        title: None,
        title_bytes: None,
        start_ns: None,
        end_ns: None,
        counts: Counts::default(),
    }
}

/// Adds what only the host knows.
fn complete(session: &mut Session, host: HostSession) {
    if session.origin == Origin::Events {
        session.origin = Origin::Host;
    }
    let alone = of_the_host_alone(host);
    session.platform = session.platform.take().or(alone.platform);
    session.model = session.model.take().or(alone.model);
    (session.title, session.title_bytes) = (alone.title, alone.title_bytes);
    // A session may be older than its recording.
    session.start_ns = [session.start_ns, alone.start_ns].into_iter().flatten().min();
    session.counts.messages = alone.counts.messages;
}

fn of_the_host_alone(host: HostSession) -> Session {
    let title = host.title.map(Value::String);
    Session {
        origin: Origin::Host,
        platform: host.platform,
        model: host.model,
        title_bytes: title.as_ref().map(size),
        title,
        start_ns: host.start,
        end_ns: host.end,
        counts: host.counts,
        ..empty(host.id)
    }
}
