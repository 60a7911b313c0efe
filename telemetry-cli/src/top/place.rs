//! Where the person is on the screen, and what their keys do there.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::view::{RunLine, View};

/// Where the person is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// The run that is chosen: it stays so wherever on the list it comes to stand. The first while there is none.
    chosen: Option<String>,
    /// What runs are looked for.
    pub filter: String,
    /// Keys go to the filter.
    pub is_typing: bool,
    /// The keys are explained.
    pub has_help: bool,
    /// The run that is looked into.
    pub inside: Option<Inside>,
}

/// A run that is looked into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Inside {
    pub run_id: String,
    /// Lines above the screen.
    pub above: usize,
}

/// What a key asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    /// To see what there is.
    Draw,
    /// To see something that must be found out first.
    Gather,
    Leave,
}

impl Place {
    /// The runs on the list.
    pub(crate) fn runs<'a>(&self, view: &'a View) -> Vec<&'a RunLine> {
        view.runs.iter().filter(|line| line.matches(&self.filter)).collect()
    }

    /// Where on the list the chosen run stands.
    pub(crate) fn chosen(&self, runs: &[&RunLine]) -> usize {
        let chosen = runs.iter().position(|line| Some(&line.run.run_id) == self.chosen.as_ref());
        chosen.unwrap_or(0)
    }

    /// Does what a key says.
    pub(crate) fn press(&mut self, key: KeyEvent, view: &View) -> Wish {
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            return if key.code == KeyCode::Char('c') { Wish::Leave } else { Wish::Draw };
        }
        match key.code {
            code if self.is_typing => self.type_into_filter(code),
            KeyCode::Char('q') => return Wish::Leave,
            KeyCode::Char('?') => self.has_help = !self.has_help,
            KeyCode::Esc if self.has_help => self.has_help = false,
            code if self.inside.is_some() => self.press_inside(code, view),
            KeyCode::Char('/') => self.is_typing = true,
            KeyCode::Esc => self.filter.clear(),
            KeyCode::Char('j') | KeyCode::Down => self.choose(view, 1),
            KeyCode::Char('k') | KeyCode::Up => self.choose(view, -1),
            KeyCode::PageDown => self.choose(view, 10),
            KeyCode::PageUp => self.choose(view, -10),
            KeyCode::Char('g') | KeyCode::Home => self.choose(view, isize::MIN),
            KeyCode::Char('G') | KeyCode::End => self.choose(view, isize::MAX),
            KeyCode::Enter => {
                let runs = self.runs(view);
                if let Some(line) = runs.get(self.chosen(&runs)) {
                    self.inside = Some(Inside { run_id: line.run.run_id.clone(), above: 0 });
                    return Wish::Gather;
                }
            }
            _ => {}
        }
        Wish::Draw
    }

    fn type_into_filter(&mut self, code: KeyCode) {
        match code {
            KeyCode::Char(c) => self.filter.push(c),
            KeyCode::Backspace => drop(self.filter.pop()),
            KeyCode::Enter => self.is_typing = false,
            KeyCode::Esc => {
                self.is_typing = false;
                self.filter.clear();
            }
            _ => {}
        }
    }

    fn press_inside(&mut self, code: KeyCode, view: &View) {
        let Some(inside) = &mut self.inside else { return };
        let last = view.inside.as_ref().map_or(0, |lines| lines.len().saturating_sub(1));
        inside.above = match code {
            KeyCode::Esc | KeyCode::Backspace | KeyCode::Left => {
                self.inside = None;
                return;
            }
            KeyCode::Char('j') | KeyCode::Down => inside.above + 1,
            KeyCode::Char('k') | KeyCode::Up => inside.above.saturating_sub(1),
            KeyCode::PageDown => inside.above + 10,
            KeyCode::PageUp => inside.above.saturating_sub(10),
            KeyCode::Char('g') | KeyCode::Home => 0,
            KeyCode::Char('G') | KeyCode::End => last,
            _ => inside.above,
        }
        .min(last);
    }

    fn choose(&mut self, view: &View, by: isize) {
        let runs = self.runs(view);
        let to = self.chosen(&runs).saturating_add_signed(by).min(runs.len().saturating_sub(1));
        self.chosen = runs.get(to).map(|line| line.run.run_id.clone());
    }
}
