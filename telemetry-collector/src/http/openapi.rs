//! The OpenAPI 3.1 document, made of the routes and their types.

use serde_json::json;
#[cfg(feature = "otlp")]
use utoipa::openapi::path::HttpMethod;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, ResponseBuilder, Schema,
};
use utoipa::{PartialSchema, ToSchema};

use super::problem::{PROBLEM_JSON, ProblemDocument};
use crate::intake::batch::{DECISIONS, KINDS, MOST_ERRORS, MOST_EVENTS, MOST_LATENCY_MS, TIERS};
use crate::intake::transcript::{MOST_MESSAGES, ROLES};

/// The document before its routes are in it.
pub fn base() -> OpenApi {
    let info = InfoBuilder::new()
        .title("telemetry collector")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some("Many hosts send what they recorded, and one place answers for all of them."));
    OpenApiBuilder::new().info(info.build()).build()
}

/// What all routes share, once they are all in it: keys, and what a problem looks like.
pub fn complete(document: &mut OpenApi) {
    let components = document.components.get_or_insert_default();
    let key = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("X-API-Key")));
    let bearer = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
    components.add_security_scheme("key", key);
    components.add_security_scheme("bearer", bearer);
    let mut schemas = vec![(ProblemDocument::name().into_owned(), ProblemDocument::schema())];
    ProblemDocument::schemas(&mut schemas);
    components.schemas.extend(schemas);
    for path in document.paths.paths.values_mut() {
        for operation in operations(path) {
            let mut statuses = vec![("default", "It was refused, and why")];
            if operation.security.is_some() {
                statuses.extend([
                    ("401", "There is no valid key"),
                    ("403", "The key does not open this"),
                    ("429", "Too many requests; `Retry-After` says for how long"),
                    ("503", "Not now; `Retry-After` says when to send it again"),
                ]);
            }
            if operation.request_body.is_some() {
                statuses.extend([
                    ("408", "The request took too long to arrive"),
                    ("413", "The request is too large"),
                    ("415", "Not of a type or in an encoding that is taken"),
                ]);
            }
            for (status, description) in statuses {
                let content = ContentBuilder::new()
                    .schema(Some(Ref::from_schema_name(ProblemDocument::name())))
                    .build();
                let response = ResponseBuilder::new().description(description).content(PROBLEM_JSON, content);
                operation.responses.responses.entry(status.to_owned()).or_insert(response.build().into());
            }
        }
    }
}

/// The routes of OTLP. Its messages are another's (<https://opentelemetry.io/docs/specs/otlp/#otlphttp>), and so is the form of what is
/// refused once it is clear that OTLP is spoken.
#[cfg(feature = "otlp")]
pub fn add_otlp(document: &mut OpenApi) {
    let content = json!({
        "application/x-protobuf": {"schema": {"type": "string", "format": "binary"}},
        "application/json": {"schema": {"type": "object"}},
    });
    let mut refused = content.clone();
    refused[PROBLEM_JSON] = json!({"schema": {"$ref": "#/components/schemas/ProblemDocument"}});
    for signal in ["traces", "logs", "metrics"] {
        let response = |description: &str, content: &serde_json::Value| json!({"description": description, "content": content});
        let operation = json!({
            "tags": ["ingest"],
            "operationId": format!("post_otlp_{signal}"),
            "summary": format!("Takes {signal} of OTLP"),
            "security": [{"key": []}, {"bearer": []}],
            "requestBody": {"required": true, "content": content},
            "responses": {
                "200": response("What became of it, partial success included", &content),
                "408": response("The request took too long to arrive", &refused),
                "413": response("The request is too large", &refused),
                "503": response("Not now; `Retry-After` says when to send it again", &refused),
                "default": response("It was refused, and why", &refused),
            },
        });
        // As above: a test reads the document.
        if let Ok(operation) = serde_json::from_value::<Operation>(operation) {
            let item = PathItem::new(HttpMethod::Post, operation);
            document.paths.paths.insert(format!("/v1/{signal}"), item);
        }
    }
}

fn operations(path: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut path.get, &mut path.post, &mut path.put, &mut path.delete].into_iter().flatten()
}

/// The body of a batch. Its schema is of the same limits as what reads it.
pub struct BatchBody;

/// The body of a transcript.
pub struct TranscriptBody;

impl ToSchema for BatchBody {}

impl PartialSchema for BatchBody {
    fn schema() -> RefOr<Schema> {
        let text = |most: usize| json!({"type": "string", "maxLength": most, "pattern": NO_NUL});
        let name = json!({"type": "string", "minLength": 1, "maxLength": 255, "pattern": NO_NUL});
        let count = |most: i64| json!({"type": "integer", "minimum": 0, "maximum": most});
        let event = json!({
            "type": "object",
            "required": [
                "hostId", "sessionId", "eventType", "agentName", "hookName", "decision", "toolName", "workingDir",
                "latencyMs", "modelTier", "modelName", "errorCount", "success"
            ],
            "properties": {
                "hostId": name, "sessionId": name,
                "eventType": {"type": "string", "enum": KINDS},
                "agentName": text(255), "hookName": text(255),
                "decision": {"type": "string", "enum": DECISIONS},
                "toolName": text(255), "workingDir": text(4096),
                "latencyMs": count(MOST_LATENCY_MS),
                "modelTier": {"type": "string", "enum": TIERS},
                "modelName": text(255),
                "errorCount": count(MOST_ERRORS),
                "success": {"type": "boolean"},
                "timestamp": {
                    "type": ["string", "null"], "format": "date-time",
                    "description": "ISO 8601; not older than events are kept, and at most a day ahead. Without it the server's time."
                },
                "decisionReason": {"type": ["string", "null"], "maxLength": 4096, "pattern": NO_NUL},
                "extraData": {"type": ["object", "null"], "description": "Anything, up to 65,536 bytes and 60 levels"}
            }
        });
        from_json(json!({
            "type": "object", "required": ["events"],
            "properties": {"events": {"type": "array", "minItems": 1, "maxItems": MOST_EVENTS, "items": event}}
        }))
    }
}

impl ToSchema for TranscriptBody {}

impl PartialSchema for TranscriptBody {
    fn schema() -> RefOr<Schema> {
        let name = json!({"type": "string", "minLength": 1, "maxLength": 255, "pattern": NO_NUL});
        from_json(json!({
            "type": "object", "required": ["sessionId", "hostId", "transcript"],
            "properties": {
                "sessionId": name, "hostId": name,
                "transcript": {"type": "array", "maxItems": MOST_MESSAGES, "items": {
                    "type": "object", "required": ["role", "content", "index"],
                    "properties": {
                        "role": {"type": "string", "enum": ROLES},
                        "content": {"type": "string", "pattern": NO_NUL},
                        "index": {"type": "integer", "minimum": 0, "maximum": i64::MAX}
                    }
                }}
            }
        }))
    }
}

/// Strings without U+0000, which PostgreSQL has no room for.
const NO_NUL: &str = "^[^\\u0000]*$";

fn from_json(schema: serde_json::Value) -> RefOr<Schema> {
    // Ours, and a test reads the document: what cannot be read would say nothing, and fail there.
    serde_json::from_value(schema).unwrap_or_else(|_| RefOr::T(Schema::default()))
}
