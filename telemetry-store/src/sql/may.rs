//! What a statement may do.

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

/// Statements that show something of the schema, and set nothing whatever is given to them.
const PRAGMAS: [&str; 12] = [
    "collation_list",
    "compile_options",
    "database_list",
    "foreign_key_list",
    "function_list",
    "index_info",
    "index_list",
    "index_xinfo",
    "module_list",
    "table_info",
    "table_list",
    "table_xinfo",
];

/// Lets reading through and nothing else.
pub(super) fn read(context: AuthContext<'_>) -> Authorization {
    let may = match context.action {
        AuthAction::Select | AuthAction::Read { .. } | AuthAction::Recursive => true,
        // The only functions that reach out of the database. Loading is off besides.
        AuthAction::Function { function_name } => {
            !["load_extension", "fts3_tokenizer"].iter().any(|name| name.eq_ignore_ascii_case(function_name))
        }
        AuthAction::Pragma { pragma_name, .. } => {
            PRAGMAS.iter().any(|name| name.eq_ignore_ascii_case(pragma_name))
        }
        _ => false,
    };
    if may { Authorization::Allow } else { Authorization::Deny }
}
