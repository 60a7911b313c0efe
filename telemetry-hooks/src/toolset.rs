//! Which set a tool of the host is in.

use telemetry_core::name::Name;

/// The set of a tool of hermes-agent, which calls its hooks with the tool's name alone. `None` for a tool that is not its own.
///
/// As its tools register themselves (hermes-agent 0.19.0, `tools/*.py` and `plugins/spotify`). Those of an MCP server are
/// called `mcp__<server>__<tool>` (`tools/mcp_tool.py`; `mcp_<server>_<tool>` before) and are one set here, because the
/// names of servers are the user's own.
pub fn toolset(tool: &str) -> Option<Name> {
    let set = match tool {
        "browser_navigate" | "browser_snapshot" | "browser_click" | "browser_type" | "browser_scroll"
        | "browser_back" | "browser_press" | "browser_get_images" | "browser_vision" | "browser_console" => {
            "browser"
        }
        "browser_cdp" | "browser_dialog" => "browser-cdp",
        "clarify" => "clarify",
        "execute_code" => "code_execution",
        "computer_use" => "computer_use",
        "cronjob" => "cronjob",
        "delegate_task" => "delegation",
        "discord" => "discord",
        "discord_admin" => "discord_admin",
        "feishu_doc_read" => "feishu_doc",
        "feishu_drive_list_comments"
        | "feishu_drive_list_comment_replies"
        | "feishu_drive_reply_comment"
        | "feishu_drive_add_comment" => "feishu_drive",
        "read_file" | "write_file" | "patch" | "search_files" => "file",
        "ha_list_entities" | "ha_get_state" | "ha_list_services" | "ha_call_service" => "homeassistant",
        "image_generate" => "image_gen",
        "kanban_show" | "kanban_list" | "kanban_complete" | "kanban_block" | "kanban_heartbeat"
        | "kanban_comment" | "kanban_attach" | "kanban_attach_url" | "kanban_attachments"
        | "kanban_create" | "kanban_unblock" | "kanban_link" => "kanban",
        "memory" => "memory",
        "project_list" | "project_create" | "project_switch" => "project",
        "session_search" => "session_search",
        "skills_list" | "skill_view" | "skill_manage" => "skills",
        "spotify_playback" | "spotify_devices" | "spotify_queue" | "spotify_search" | "spotify_playlists"
        | "spotify_albums" | "spotify_library" => "spotify",
        "terminal" | "process" | "read_terminal" | "close_terminal" => "terminal",
        "text_to_speech" => "tts",
        "todo" => "todo",
        "video_analyze" => "video",
        "video_generate" | "xai_video_edit" | "xai_video_extend" => "video_gen",
        "vision_analyze" => "vision",
        "web_search" | "web_extract" => "web",
        "x_search" => "x_search",
        "yb_query_group_info"
        | "yb_query_group_members"
        | "yb_send_dm"
        | "yb_search_sticker"
        | "yb_send_sticker" => "hermes-yuanbao",
        _ if tool.starts_with("mcp_") => "mcp",
        _ => return None,
    };
    Some(Name::fixed(set))
}
