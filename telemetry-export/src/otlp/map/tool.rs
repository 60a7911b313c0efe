//! Tool calls and approvals.

use telemetry_core::event::ToolCall;

use super::ending::Ending;
use super::role::{EXECUTE_TOOL, Role};
use super::traces::Shape;
use crate::otlp::attributes::Attributes;
use crate::otlp::names;
use crate::spans::ApprovalOver;

/// A tool call, whether or not it ran.
pub(super) fn tool(call: &ToolCall, attributes: &mut Attributes) -> Shape {
    attributes.put(names::TOOL, &*call.tool);
    attributes.put_known(names::TOOL_CALL_ID, call.tool_call_id.as_deref());
    attributes.put_known(names::TOOLSET, call.toolset.as_deref());
    attributes.put(names::TOOL_STATUS, call.status.as_str());
    attributes.put_known(names::TOOL_ERROR, call.error_type.as_deref());
    attributes.put_known(names::TOOL_ASKED_BY, call.call.map(|call| call.to_string()).as_deref());
    let name = format!("{EXECUTE_TOOL} {}", call.tool);
    Shape::of(Role::ToolCall, name, Ending::of_tool(call).put(attributes))
}

/// A wait for somebody to allow one.
pub(super) fn approval(over: &ApprovalOver, attributes: &mut Attributes) -> Shape {
    attributes.put_known(names::APPROVAL_CHOICE, over.choice.as_deref());
    attributes.put_known(names::APPROVAL_SURFACE, over.surface.as_deref());
    attributes.put_known(names::APPROVAL_OF, over.tool_call_id.as_deref());
    Shape::of(Role::Approval, "approval".to_owned(), Ending::Unsaid.put(attributes))
}
