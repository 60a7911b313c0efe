//! What `emit` is held against: the same model call, told to a library a program might use instead.

use std::cell::RefCell;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::trace::{Span as _, SpanKind, Tracer as _, TracerProvider as _};
use opentelemetry::{Key as AttributeKey, KeyValue, Value};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SdkTracer, SdkTracerProvider, SpanData, SpanExporter,
};
use parking_lot::Mutex;
use telemetry_core::codec;
use telemetry_core::emitter::Emitter;
use telemetry_core::event::Event;
use telemetry_core::ids::ProcessId;
use telemetry_core::pipeline::{Losses, Options, Pipeline};
use telemetry_core::sink::{Sink, SinkError};
use telemetry_core::time::UnixNanos;
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};

use super::facts::{API_MODE, BASE_URL, FINISH_REASON, Facts, MODEL, PROVIDER, USAGE};

/// Something that can be told of a model call.
pub trait Subject: Sync {
    fn name(&self) -> &'static str;

    /// Tells of the `number`th call: what is timed.
    fn tell(&self, number: u64);

    /// Calls that were not kept, where the library says.
    fn lost(&self) -> Option<u64>;

    /// Keeps what was told so far, as far as the library can be made to.
    fn flush(&self);
}

/// A call that does nothing: what of a row is the machine's, which interrupts whoever is timed.
pub struct Nothing;

impl Subject for Nothing {
    fn name(&self) -> &'static str {
        "nothing at all (the machine)"
    }

    fn tell(&self, _number: u64) {}

    fn lost(&self) -> Option<u64> {
        Some(0)
    }

    fn flush(&self) {}
}

/// The clock, which every event has to ask: what the caches of whoever comes back to them cost a single line of code.
pub struct ClockAlone;

impl Subject for ClockAlone {
    fn name(&self) -> &'static str {
        "reading the clock and nothing else"
    }

    fn tell(&self, _number: u64) {
        std::hint::black_box(UnixNanos::now());
    }

    fn lost(&self) -> Option<u64> {
        Some(0)
    }

    fn flush(&self) {}
}

/// Ours.
pub struct Ours {
    facts: Facts,
    pub pipeline: Pipeline,
}

impl Ours {
    pub fn new(file: &Path, options: Options) -> Self {
        Self::behind(Arc::default(), file, options)
    }

    /// Writes only while nobody holds `disk`.
    pub fn behind(disk: Arc<Mutex<()>>, file: &Path, options: Options) -> Self {
        let sink = Box::new(ToFile { disk, file: create(file), buffer: Vec::new() });
        Ours { facts: Facts::new(), pipeline: Pipeline::new(ProcessId(1), sink, options) }
    }
}

impl Subject for Ours {
    fn name(&self) -> &'static str {
        "telemetry-core"
    }

    fn tell(&self, number: u64) {
        self.pipeline.emit(self.facts.event(number));
    }

    fn lost(&self) -> Option<u64> {
        let Losses { queue_full, no_writer, .. } = self.pipeline.losses();
        Some(queue_full + no_writer)
    }

    fn flush(&self) {
        self.pipeline.flush(Duration::from_secs(10));
    }
}

/// Lines of JSON, one write for each batch, as the log of telemetry-store does it.
pub struct ToFile {
    disk: Arc<Mutex<()>>,
    file: File,
    buffer: Vec<u8>,
}

impl Sink for ToFile {
    fn write(&mut self, events: &[Event]) -> Result<(), SinkError> {
        let _disk = self.disk.lock();
        self.buffer.clear();
        for event in events {
            codec::encode(event, &mut self.buffer);
        }
        self.file
            .write_all(&self.buffer)
            .map_err(|source| SinkError { what: "writing a temporary file".into(), source })
    }
}

/// tracing, its JSON layer, and tracing-appender's non-blocking writer.
pub struct Tracing {
    facts: Facts,
    dropped: ErrorCounter,
    _guard: WorkerGuard,
}

impl Tracing {
    /// Becomes the process's subscriber.
    pub fn new(file: &Path) -> Self {
        let (writer, guard) = appender(file);
        let dropped = writer.error_counter();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .flatten_event(true)
            .with_max_level(tracing::Level::INFO)
            .with_writer(writer)
            .finish();
        tracing::subscriber::set_global_default(subscriber).expect("set once");
        Tracing { facts: Facts::new(), dropped, _guard: guard }
    }
}

impl Subject for Tracing {
    fn name(&self) -> &'static str {
        "tracing, JSON layer, tracing-appender non_blocking"
    }

    fn tell(&self, number: u64) {
        let call = Facts::call(number);
        let latency_ns = Facts::latency_ns(number);
        tracing::info!(
            event = "model_call",
            id = %call,
            run = %self.facts.run,
            turn = %self.facts.turn,
            call = %call,
            model = MODEL,
            provider = PROVIDER,
            base_url = BASE_URL,
            api_mode = API_MODE,
            start_ns = UnixNanos::now().0 - latency_ns,
            latency_ns,
            attempt_ns = latency_ns,
            finish_reason = FINISH_REASON,
            messages = 12,
            tool_calls = 1,
            input_tokens = USAGE.input,
            output_tokens = USAGE.output,
            cache_read_tokens = USAGE.cache_read,
            cache_write_tokens = USAGE.cache_write,
            reasoning_tokens = USAGE.reasoning,
        );
    }

    fn lost(&self) -> Option<u64> {
        Some(self.dropped.dropped_lines() as u64)
    }

    fn flush(&self) {
        // It has no flush; its worker writes as fast as it can.
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Our own line of JSON, made by the caller and handed to tracing-appender's non-blocking writer: what is left of the
/// peer without tracing's own cost.
pub struct Appender {
    facts: Facts,
    writer: NonBlocking,
    _guard: WorkerGuard,
}

impl Appender {
    pub fn new(file: &Path) -> Self {
        let (writer, guard) = appender(file);
        Appender { facts: Facts::new(), writer, _guard: guard }
    }
}

impl Subject for Appender {
    fn name(&self) -> &'static str {
        "our JSON made by the caller, tracing-appender non_blocking"
    }

    fn tell(&self, number: u64) {
        thread_local!(static LINE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) });
        LINE.with_borrow_mut(|line| {
            line.clear();
            codec::encode(&self.facts.event(number), line);
            // Cloned for each line, as tracing-subscriber does: writing takes it by `&mut`.
            let _ = self.writer.clone().write(line);
        });
    }

    fn lost(&self) -> Option<u64> {
        Some(self.writer.error_counter().dropped_lines() as u64)
    }

    fn flush(&self) {
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn appender(file: &Path) -> (NonBlocking, WorkerGuard) {
    // Room for as many lines as we have for events; full, it drops the newest.
    NonBlockingBuilder::default().lossy(true).buffered_lines_limit(131_072).finish(create(file))
}

fn create(file: &Path) -> File {
    File::create(file).expect("a temporary file")
}

/// OpenTelemetry's batch span processor: start and end of a span, to an exporter that does nothing. The exporter's
/// side is not even serialised here, so this is the least a span can cost.
pub struct OpenTelemetry {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

impl OpenTelemetry {
    pub fn new() -> Self {
        let batches = BatchConfigBuilder::default().with_max_queue_size(131_072).build();
        let processor = BatchSpanProcessor::builder(Discard).with_batch_config(batches).build();
        let provider = SdkTracerProvider::builder().with_span_processor(processor).build();
        let tracer = provider.tracer("bench");
        OpenTelemetry { provider, tracer }
    }
}

impl Subject for OpenTelemetry {
    fn name(&self) -> &'static str {
        "opentelemetry_sdk BatchSpanProcessor, no-op exporter"
    }

    fn tell(&self, number: u64) {
        let text = |key, text: &'static str| KeyValue::new(AttributeKey::from_static_str(key), text);
        let count =
            |key, count: u64| KeyValue::new(AttributeKey::from_static_str(key), Value::I64(count as i64));
        let attributes = vec![
            text("gen_ai.operation.name", "chat"),
            text("gen_ai.request.model", MODEL),
            text("gen_ai.provider.name", PROVIDER),
            text("server.address", BASE_URL),
            text("api_mode", API_MODE),
            text("gen_ai.response.finish_reasons", FINISH_REASON),
            count("latency_ns", Facts::latency_ns(number) as u64),
            count("attempt_ns", Facts::latency_ns(number) as u64),
            count("messages", 12),
            count("tool_calls", 1),
            count("gen_ai.usage.input_tokens", USAGE.input),
            count("gen_ai.usage.output_tokens", USAGE.output),
            count("gen_ai.usage.cache_read_tokens", USAGE.cache_read),
            count("gen_ai.usage.cache_write_tokens", USAGE.cache_write),
            count("gen_ai.usage.reasoning_tokens", USAGE.reasoning),
        ];
        let builder =
            self.tracer.span_builder("chat").with_kind(SpanKind::Client).with_attributes(attributes);
        self.tracer.build(builder).end();
    }

    fn lost(&self) -> Option<u64> {
        // Logged when it shuts down, not to be asked for.
        None
    }

    fn flush(&self) {
        let _ = self.provider.force_flush();
    }
}

#[derive(Debug)]
struct Discard;

impl SpanExporter for Discard {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        drop(batch);
        Ok(())
    }
}
