//! What a `plugins.toml` may ask for that is understood and not served here, and what to use instead.

use super::findings::Findings;
use super::section::Section;

/// What to use instead of a component of a kind that is not served; `None` for a kind that is not known.
pub(super) fn component(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "pricing" => "rates of your own are telemetry.pricing.overrides in config.yaml",
        "pii_redaction" => "personal data is taken out by telemetry.content_redaction in config.yaml",
        "adaptive" | "nemo_guardrails" | "resource_metrics" => "it is ignored",
        _ => return None,
    })
}

/// What to use instead of OTLP of the reference.
const OTLP: &str = "use telemetry.export.otlp in config.yaml";

/// A destination of ATOF that is no file.
const STREAM: &str =
    "nothing is sent; for a receiver over the network use telemetry.export.otlp in config.yaml";

/// Keys of an exporter that was one endpoint, up to version 2 of the component.
const ONE_ENDPOINT: &[&str] = &[
    "enabled",
    "transport",
    "endpoint",
    "headers",
    "header_env",
    "header_file",
    "resource_attributes",
    "service_name",
    "service_namespace",
    "service_version",
    "instrumentation_scope",
    "timeout_millis",
    "mark_projection",
    "mark_exclude_names",
    "attribute_mappings",
    "promote_metadata_prefixes",
];

/// Keys of one that has several, since version 3.
const ENDPOINTS: &[&str] = &["enabled", "traces", "endpoints", "file_sinks", "logs", "metrics"];

/// Keys of a stream of ATOF.
const STREAM_KEYS: &[&str] = &[
    "type",
    "name",
    "url",
    "transport",
    "headers",
    "header_env",
    "header_file",
    "timeout_millis",
    "field_name_policy",
];

/// Keys of a storage of ATIF by its type.
const STORAGE: &[(&str, &[&str])] = &[
    (
        "s3",
        &[
            "type",
            "bucket",
            "key_prefix",
            "access_key_id",
            "secret_access_key_var",
            "session_token_var",
            "region",
            "endpoint_url",
            "allow_http",
        ],
    ),
    ("http", &["type", "endpoint", "headers", "header_env", "header_file", "timeout_millis"]),
];

/// The exporters to OTLP.
pub(super) fn otlp(config: &Section<'_, '_>, version: u32, findings: &mut Findings<'_>) {
    for name in ["opentelemetry", "openinference"] {
        // Said to be unknown there.
        if name == "openinference" && version >= 3 {
            continue;
        }
        let Some(section) = config.section(name, findings) else { continue };
        section.knows(if version < 3 { ONE_ENDPOINT } else { ENDPOINTS }, &|_| None, findings);
        if section.switch("enabled", false, findings) {
            findings.not_served(section.at.clone(), &section.path, OTLP);
        }
    }
}

/// A stream of ATOF.
pub(super) fn stream(sink: &Section<'_, '_>, findings: &mut Findings<'_>) {
    sink.knows(STREAM_KEYS, &|_| None, findings);
    findings.not_served(sink.at.clone(), &sink.path, STREAM);
}

/// Storage of ATIF that is no directory; whether there is any.
pub(super) fn storage(atif: &Section<'_, '_>, findings: &mut Findings<'_>) -> bool {
    let storages = atif.sections("storage", findings);
    for storage in &storages {
        let kind = storage.text("type", "it is ignored", findings).unwrap_or_default();
        match STORAGE.iter().find(|(name, _)| Some(*name) == kind) {
            Some((_, keys)) => {
                storage.knows(keys, &|_| None, findings);
                findings.not_served(storage.at.clone(), &storage.path, "nothing is uploaded");
            }
            None => {
                findings.unsupported(
                    storage.place("type"),
                    &storage.key("type"),
                    "s3 or http",
                    "it is ignored",
                );
            }
        }
    }
    !storages.is_empty()
}
