//! OTLP taken in: what agents send, as events.
