//! Values as PostgreSQL has them on the wire.

use std::borrow::Cow;

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueRef};
use sqlx::{Decode, Encode, Postgres, Type};
use telemetry_core::ids::{ProcessId, RunId};

/// A `uuid`. The driver's own way to have one would link a second SQLite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Uuid(pub u128);

impl From<RunId> for Uuid {
    fn from(run: RunId) -> Self {
        Uuid(run.0)
    }
}

impl From<ProcessId> for Uuid {
    fn from(process: ProcessId) -> Self {
        Uuid(process.0)
    }
}

impl Type<Postgres> for Uuid {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(2950))
    }
}

impl PgHasArrayType for Uuid {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(2951))
    }
}

impl Encode<'_, Postgres> for Uuid {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buffer.extend_from_slice(&self.0.to_be_bytes());
        Ok(IsNull::No)
    }
}

impl Decode<'_, Postgres> for Uuid {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        Ok(Uuid(u128::from_be_bytes(value.as_bytes()?.try_into()?)))
    }
}

/// A `timestamptz`, in microseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    pub micros: i64,
}

impl Moment {
    /// From 1970 to 2000, where PostgreSQL counts from.
    const EPOCH: i64 = 946_684_800_000_000;
}

impl Type<Postgres> for Moment {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(1184))
    }
}

impl PgHasArrayType for Moment {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(1185))
    }
}

impl Encode<'_, Postgres> for Moment {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buffer.extend_from_slice(&(self.micros - Self::EPOCH).to_be_bytes());
        Ok(IsNull::No)
    }
}

/// A text that a column can hold: PostgreSQL has none with a NUL in it.
pub(super) fn text(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(text) }
}

/// Such a text, where there is one.
pub(super) fn texts(text: Option<&str>) -> Option<Cow<'_, str>> {
    text.map(self::text)
}
