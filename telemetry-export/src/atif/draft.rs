//! What is new of a document, until it is written.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use telemetry_core::ids::SpanId;

use super::config::{Config, Subagents};
use super::document::{self, Embedded, Extra, Found, Ledger};
use super::edit::{self, Edit};
use super::model::{Agent, FinalMetrics, Head, Step, SubagentRef, Tail, Trajectory, VERSION};
use super::steps::{Memory, Steps};
use super::totals::Totals;
use crate::spans::Run;
use crate::trajectory::{Call, Child, Tool, Turn, session};

/// A document that is being added to.
pub(super) struct Draft<'c> {
    config: &'c Config,
    path: PathBuf,
    found: Found,
    head: Head,
    after: Tail<Extra>,
    steps: Vec<Step>,
    embedded: Vec<Embedded>,
    edits: Vec<Edit>,
    changed: bool,
}

impl<'c> Draft<'c> {
    /// The document of a session, as it is now, or a new one.
    ///
    /// # Errors
    /// When what is there cannot be read.
    pub fn open(config: &'c Config, run: &Run) -> io::Result<Self> {
        let session = session(run);
        let path = path(config, run);
        let found = document::look(&path)?;
        let after = match &found {
            Found::Document(tail) => (**tail).clone(),
            Found::Edited(document) => document.tail.clone(),
            Found::Nothing | Found::Other => Tail {
                notes: None,
                final_metrics: FinalMetrics::default(),
                continued_trajectory_ref: None,
                extra: Extra { ledger: Ledger::default(), more: about(run) },
            },
        };
        let head = head(config, run, session);
        Ok(Draft {
            config,
            path,
            found,
            head,
            after,
            steps: Vec::new(),
            embedded: Vec::new(),
            edits: Vec::new(),
            changed: false,
        })
    }

    /// Whether there is a document of ours.
    pub fn is_there(&self) -> bool {
        matches!(self.found, Found::Document(_) | Found::Edited(_))
    }

    /// What is there and is not ours.
    pub fn replaces(&self) -> Option<&PathBuf> {
        matches!(self.found, Found::Other).then_some(&self.path)
    }

    /// The session goes on in another file.
    pub fn continued_in(&mut self, run: &Run) {
        let to = self.relative(run);
        if (self.is_there() || self.changed) && self.after.continued_trajectory_ref.as_ref() != Some(&to) {
            self.after.continued_trajectory_ref = Some(to);
            self.changed = true;
        }
    }

    /// Adds a turn, unless it is there.
    pub fn turn(&mut self, turn: &Turn) {
        if self.ledger().turns.contains(&turn.span) {
            return;
        }
        self.know(turn);
        let mut memory = std::mem::take(&mut self.after.extra.ledger.memory);
        self.steps.extend(steps(turn, &mut memory, &|child| self.refer(child)));
        let ledger = &mut self.after.extra.ledger;
        ledger.memory = memory;
        ledger.turns.push(turn.span);
        ledger.own.turn(turn);
        self.changed = true;
        for child in &turn.children {
            self.child(child);
        }
    }

    /// Adds a model call that came when its turn was told.
    pub fn late_call(&mut self, call: &Call) {
        // Failed attempts come one by one, for one call.
        let of =
            call.failures.first().filter(|_| call.answer.is_none()).map_or(call.span, |failure| failure.span);
        if self.is_new(of) {
            let memory = &mut self.after.extra.ledger.memory;
            let mut steps = Steps { steps: Vec::new(), memory, refer: &|_| None };
            steps.late_call(call);
            self.steps.append(&mut steps.steps);
            self.after.extra.ledger.own.call(call);
        }
    }

    /// Adds what a tool gave back when its turn was told.
    pub fn late_tool(&mut self, tool: &Tool) {
        if self.is_new(tool.call.span) {
            self.after.extra.ledger.own.tool_calls += 1;
            self.edits.push(Edit::Tool(tool.clone()));
        }
    }

    /// Adds a subagent that came back when the turn that delegated to it was told. `above` are the runs above it, that of
    /// this document first.
    pub fn late_child(&mut self, above: &[Arc<Run>], child: &Child) {
        if !self.is_new(child.end.span) {
            return;
        }
        let (embedded, totals) = self.embed(child);
        self.after.extra.ledger.subagents.add(&totals);
        if let (Some(embedded), Some(refer)) = (embedded, self.refer(child)) {
            let path = above.iter().skip(1).map(|run| session(run)).collect();
            self.edits.push(Edit::Child { path, place: child.place, refer, embedded: Box::new(embedded) });
        }
    }

    /// Writes what is new, if anything is.
    ///
    /// # Errors
    /// When it cannot be written; what is there stays as it is then.
    pub fn commit(mut self) -> io::Result<bool> {
        if !self.changed {
            return Ok(false);
        }
        let before = self.ledger().steps;
        for (nth, step) in self.steps.iter_mut().enumerate() {
            step.step_id = before + nth as u64 + 1;
        }
        let steps = before + self.steps.len() as u64;
        let tools = self.head.agent.tool_definitions.is_some() && !self.ledger().has_tools;
        self.after.extra.ledger.has_tools |= tools;
        let grows = self.edits.is_empty() && (!tools || before == 0);
        if let (Found::Document(_), true) = (&self.found, grows) {
            self.after.final_metrics = self.ledger().own.finally(steps, &self.ledger().subagents);
            document::append(&self.path, &self.steps, &self.embedded, &mut self.after)?;
            return Ok(true);
        }
        let mut whole = match self.found {
            Found::Edited(document) => *document,
            Found::Document(_) => document::read(&self.path)?.ok_or(io::ErrorKind::InvalidData)?,
            Found::Nothing | Found::Other => Trajectory {
                head: self.head.clone(),
                steps: Vec::new(),
                subagent_trajectories: Vec::new(),
                tail: self.after.clone(),
            },
        };
        if tools {
            whole.head.agent.tool_definitions = self.head.agent.tool_definitions;
        }
        whole.tail = self.after;
        whole.steps.append(&mut self.steps);
        whole.subagent_trajectories.append(&mut self.embedded);
        for edit in self.edits {
            edit::apply(&mut whole, edit);
        }
        // One may have come that is not the last any more, and somebody may have taken one out.
        for (nth, step) in whole.steps.iter_mut().enumerate() {
            step.step_id = nth as u64 + 1;
        }
        // No reader takes a document without steps.
        if whole.steps.is_empty() {
            return Ok(false);
        }
        let ledger = &whole.tail.extra.ledger;
        whole.tail.final_metrics = ledger.own.finally(whole.steps.len() as u64, &ledger.subagents);
        document::write(&self.path, &mut whole)?;
        Ok(true)
    }

    fn ledger(&self) -> &Ledger {
        &self.after.extra.ledger
    }

    fn is_new(&mut self, late: SpanId) -> bool {
        let is_new = !self.ledger().late.contains(&late);
        if is_new {
            self.after.extra.ledger.late.push(late);
            self.changed = true;
        }
        is_new
    }

    /// What a turn tells of its session.
    fn know(&mut self, turn: &Turn) {
        know(&mut self.head.agent, std::slice::from_ref(turn));
        let more = &mut self.after.extra.more;
        more.insert("outcome".to_owned(), json!(turn.verdict.outcome.as_str()));
    }

    fn child(&mut self, child: &Child) {
        let (embedded, totals) = self.embed(child);
        self.after.extra.ledger.subagents.add(&totals);
        let Some(embedded) = embedded else { return };
        let id = &embedded.head.trajectory_id;
        let known = self.ledger().embedded.contains(id)
            || self.embedded.iter().any(|other| other.head.trajectory_id == *id);
        if known {
            self.edits.push(Edit::More(Box::new(embedded)));
        } else {
            self.embedded.push(embedded);
        }
    }

    fn embed(&self, child: &Child) -> (Option<Embedded>, Totals) {
        embed(self.config, child, &|child| self.refer(child))
    }

    fn refer(&self, child: &Child) -> Option<SubagentRef> {
        // One that did nothing has no document.
        if child.turns.is_empty() {
            return None;
        }
        let id = session(&child.end.run);
        let is_file = self.config.subagents == Subagents::All;
        let trajectory_path = is_file.then(|| self.relative(&child.end.run));
        Some(SubagentRef { trajectory_id: id.clone(), session_id: id, trajectory_path })
    }

    /// The path of a session's file, as seen from this one.
    fn relative(&self, run: &Run) -> String {
        let path = path(self.config, run);
        let beside = path.parent() == self.path.parent();
        match path.file_name().filter(|_| beside) {
            Some(name) => name.to_string_lossy().into_owned(),
            None => path.to_string_lossy().into_owned(),
        }
    }
}

/// Where the document of a session is.
pub(super) fn path(config: &Config, run: &Run) -> PathBuf {
    let metadata = |key: &str| {
        let name = match key {
            "platform" => run.platform.as_ref(),
            "host" => run.host.as_ref(),
            "profile" => run.profile.as_ref(),
            "parent_session_id" => run.parent_session_id.as_ref(),
            _ => None,
        };
        name.map(|name| name.to_string())
    };
    config.path(&session(run), &metadata)
}

type Refer<'r> = &'r dyn Fn(&Child) -> Option<SubagentRef>;

fn steps(turn: &Turn, memory: &mut Memory, refer: Refer<'_>) -> Vec<Step> {
    let mut steps = Steps { steps: Vec::new(), memory, refer };
    steps.turn(turn);
    steps.steps
}

/// A subagent as an embedded document, if it has a step; and what it and those below it came to.
fn embed(config: &Config, child: &Child, refer: Refer<'_>) -> (Option<Embedded>, Totals) {
    let run = &child.end.run;
    let (mut own, mut below) = (Totals::default(), Totals::default());
    let (mut all, mut memory) = (Vec::new(), Memory::default());
    let mut embedded: Vec<Embedded> = Vec::new();
    for turn in &child.turns {
        all.extend(steps(turn, &mut memory, refer));
        own.turn(turn);
        for grandchild in &turn.children {
            let (one, totals) = embed(config, grandchild, refer);
            below.add(&totals);
            if let Some(one) = one {
                edit::add(&mut embedded, one);
            }
        }
    }
    for (nth, step) in all.iter_mut().enumerate() {
        step.step_id = nth as u64 + 1;
    }
    let mut totals = own;
    totals.add(&below);
    if all.is_empty() {
        return (None, totals);
    }
    let mut head = head(config, run, session(run));
    know(&mut head.agent, &child.turns);
    let mut extra = about(run);
    extra.insert("outcome".to_owned(), json!(child.end.verdict.outcome.as_str()));
    for (key, said) in [("goal", &child.goal), ("summary", &child.summary)] {
        if let Some(said) = said {
            extra.insert(key.to_owned(), said.clone());
        }
    }
    let tail = Tail {
        notes: None,
        final_metrics: own.finally(all.len() as u64, &below),
        continued_trajectory_ref: None,
        extra,
    };
    (Some(Trajectory { head, steps: all, subagent_trajectories: embedded, tail }), totals)
}

fn head(config: &Config, run: &Run, session: String) -> Head {
    let host = run.host.as_deref().unwrap_or("unknown");
    let name = if config.agent_name.is_empty() { host } else { &config.agent_name };
    let version = if config.agent_version.is_empty() { "unknown" } else { &config.agent_version };
    let model = run.model.as_deref().or(Some(config.model_name.as_str()).filter(|name| !name.is_empty()));
    Head {
        schema_version: VERSION.to_owned(),
        session_id: session.clone(),
        trajectory_id: session,
        agent: Agent {
            name: name.to_owned(),
            version: version.to_owned(),
            model_name: model.map(str::to_owned),
            tool_definitions: None,
        },
    }
}

/// What turns tell of the agent: its tools, and its model where nobody else said it.
fn know(agent: &mut Agent, turns: &[Turn]) {
    let calls = || turns.iter().flat_map(|turn| &turn.calls);
    if agent.model_name.is_none() {
        let model = calls().find_map(|call| call.answer.as_ref()?.call.model.as_ref());
        agent.model_name = model.map(|model| model.to_string());
    }
    if agent.tool_definitions.is_none() {
        // A list, or it was withheld.
        agent.tool_definitions =
            calls().find_map(|call| call.tool_definitions.as_ref()).and_then(definitions);
    }
}

/// Tool definitions in the shape of OpenAI's, whatever the provider's is.
fn definitions(said: &Value) -> Option<Value> {
    let function = |tool: &Value| match tool.get("function").is_some_and(Value::is_object) {
        true => tool.clone(),
        false => json!({"type": "function", "function": tool}),
    };
    said.as_array().map(|tools| tools.iter().filter(|tool| tool.is_object()).map(function).collect())
}

/// What is said of a session as a whole.
fn about(run: &Run) -> Map<String, Value> {
    let names =
        [("host", &run.host), ("platform", &run.platform), ("profile", &run.profile), ("role", &run.role)];
    let mut about = Map::new();
    for (key, name) in names {
        if let Some(name) = name {
            about.insert(key.to_owned(), json!(name));
        }
    }
    if let Some(before) = run.continues.as_ref().and_then(|before| before.session_id.as_ref()) {
        about.insert("continues_session_id".to_owned(), json!(before));
    }
    about
}
