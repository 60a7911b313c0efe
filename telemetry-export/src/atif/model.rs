//! The objects of ATIF 1.7, fields in the order of its text. What is not known is left out, never null.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The version of the format that is written.
pub(super) const VERSION: &str = "ATIF-v1.7";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Agent {
    pub name: String,
    pub version: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub model_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tool_definitions: Option<Value>,
}

/// What comes before the steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Head {
    pub schema_version: String,
    pub session_id: String,
    pub trajectory_id: String,
    pub agent: Agent,
}

/// What comes after the steps; `E` is what a document says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Tail<E> {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub notes: Option<String>,
    pub final_metrics: FinalMetrics,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub continued_trajectory_ref: Option<String>,
    pub extra: E,
}

/// A whole document, or one that is embedded in another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Trajectory<E> {
    #[serde(flatten)]
    pub head: Head,
    pub steps: Vec<Step>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub subagent_trajectories: Vec<Trajectory<Map<String, Value>>>,
    #[serde(flatten)]
    pub tail: Tail<E>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Source {
    System,
    User,
    Agent,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Step {
    /// Counted from 1; 0 until it is in a document.
    pub step_id: u64,
    pub timestamp: String,
    pub source: Source,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub model_name: Option<String>,
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reasoning_content: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub tool_calls: Vec<ToolCall>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub observation: Option<Observation>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub metrics: Option<Metrics>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub llm_call_count: Option<u64>,
    #[serde(skip_serializing_if = "Map::is_empty", default)]
    pub extra: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ToolCall {
    pub tool_call_id: String,
    pub function_name: String,
    pub arguments: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Observation {
    pub results: Vec<ObservationResult>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct ObservationResult {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub source_call_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub content: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub subagent_trajectory_ref: Vec<SubagentRef>,
    #[serde(skip_serializing_if = "Map::is_empty", default)]
    pub extra: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SubagentRef {
    pub trajectory_id: String,
    pub session_id: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trajectory_path: Option<String>,
}

/// Of one model call: all input, and of it what was read from a cache.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Metrics {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub prompt_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub completion_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cached_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cost_usd: Option<f64>,
    #[serde(skip_serializing_if = "Map::is_empty", default)]
    pub extra: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct FinalMetrics {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub total_prompt_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub total_completion_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub total_cached_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub total_cost_usd: Option<f64>,
    pub total_steps: u64,
    #[serde(skip_serializing_if = "Map::is_empty", default)]
    pub extra: Map<String, Value>,
}

impl Step {
    /// A step with nothing but who says what.
    pub fn new(source: Source, message: &str) -> Self {
        Step {
            step_id: 0,
            timestamp: String::new(),
            source,
            model_name: None,
            message: message.to_owned(),
            reasoning_content: None,
            tool_calls: Vec::new(),
            observation: None,
            metrics: None,
            llm_call_count: None,
            extra: Map::new(),
        }
    }
}
