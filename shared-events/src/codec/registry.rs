//! The schema registry, seen through `schema_registry_converter`: bounded in time, one request at a time per schema,
//! known schemas kept for ever, and every failure but "there is no such schema" an outage.
//!
//! We use that library's calls, not its caching decoder: its cache keeps a failed look-up (an HTTP 500 as well as a
//! real 404) until someone clears it, and it leaks one schema per id.

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use apache_avro::Schema;
use reqwest::Client;
use schema_registry_converter::async_impl::schema_registry::{
    SrSettings, get_all_versions, get_schema_by_id, get_schema_by_subject_and_version,
};
use schema_registry_converter::error::SRCError;
use schema_registry_converter::schema_registry_common::{RawError, RegisteredSchema};

use super::schema::{self, Fingerprint};
use super::wire::SchemaId;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const TOTAL_TIMEOUT: Duration = Duration::from_secs(5);
/// How long "there is no such schema" is believed.
const UNKNOWN_FOR: Duration = Duration::from_secs(30);
/// Schemas kept in memory; ids come off the wire, so their number must have a limit.
const MAX_CACHED: usize = 10_000;

const SCHEMA_NOT_FOUND: i32 = 40403;
const SUBJECT_NOT_FOUND: i32 = 40401;

/// Why the registry gave no schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum RegistryError {
    /// The registry says that there is none with this id.
    #[error("the registry knows no schema with id {id}")]
    Unknown { id: SchemaId },
    /// There is one, but it is not Avro.
    #[error("schema {id} cannot be read: {why}")]
    Unreadable { id: SchemaId, why: String },
    /// It could not be asked, or did not answer properly.
    #[error("{0}")]
    Outage(String),
}

/// A schema as another producer wrote with it.
#[derive(Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct WriterSchema {
    pub avro: Schema,
    pub fingerprint: Fingerprint,
}

/// What is known of one id. Whoever asks the registry for it holds its lock meanwhile, so that a burst of one unknown
/// id makes one request.
type Slot = Arc<tokio::sync::Mutex<Known>>;

#[derive(Default)]
enum Known {
    #[default]
    Nothing,
    Schema(Arc<WriterSchema>),
    Missing(Instant),
    /// The answer for those who waited for it; whoever comes later asks again.
    Outage(Instant, RegistryError),
}

/// Clones share its cache.
#[derive(Clone)]
pub struct Registry {
    url: Arc<str>,
    settings: Arc<SrSettings>,
    // Held for the look-up only, never across a request: an id that takes long keeps no other waiting.
    known: Arc<Mutex<HashMap<SchemaId, Slot>>>,
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registry")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl Registry {
    /// A client of the Confluent-compatible API at `url`.
    ///
    /// # Errors
    /// [`RegistryError::Outage`] when the HTTP client cannot be made.
    pub fn new(url: &str) -> Result<Self, RegistryError> {
        let url = url.trim_end_matches('/');
        let settings = SrSettings::new_builder(url.to_owned())
            .set_timeout(TOTAL_TIMEOUT)
            .build_with(Client::builder().connect_timeout(CONNECT_TIMEOUT))
            .map_err(|e| RegistryError::Outage(e.to_string()))?;
        Ok(Self {
            url: url.into(),
            settings: Arc::new(settings),
            known: Arc::default(),
        })
    }

    /// The registry's address, which the relay stores beside the ids that it got from there.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The schema with this id.
    ///
    /// # Errors
    /// [`RegistryError`]; only [`RegistryError::Unknown`] is remembered, for half a minute.
    pub async fn schema_by_id(&self, id: SchemaId) -> Result<Arc<WriterSchema>, RegistryError> {
        let came = Instant::now();
        let slot = self.slot(id);
        let mut known = slot.lock().await;
        match &*known {
            Known::Schema(schema) => return Ok(Arc::clone(schema)),
            Known::Missing(since) if since.elapsed() < UNKNOWN_FOR => {
                return Err(RegistryError::Unknown { id });
            }
            Known::Outage(at, error) if came <= *at => return Err(error.clone()),
            Known::Nothing | Known::Missing(_) | Known::Outage(..) => {}
        }
        match get_schema_by_id(id.0, &self.settings).await {
            Ok(registered) => {
                let schema = Arc::new(parse(id, &registered)?);
                *known = Known::Schema(Arc::clone(&schema));
                Ok(schema)
            }
            Err(error) if error_code(&error) == Some(SCHEMA_NOT_FOUND) => {
                *known = Known::Missing(Instant::now());
                Err(RegistryError::Unknown { id })
            }
            Err(error) => {
                let error = outage(&error);
                *known = Known::Outage(Instant::now(), error.clone());
                Err(error)
            }
        }
    }

    fn slot(&self, id: SchemaId) -> Slot {
        let mut slots = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= MAX_CACHED && !slots.contains_key(&id) {
            slots.clear();
        }
        Arc::clone(slots.entry(id).or_default())
    }

    /// The id under which this subject holds the schema with this fingerprint; none if it is not registered.
    ///
    /// # Errors
    /// [`RegistryError::Outage`] when the registry did not answer properly.
    pub async fn id_of(
        &self,
        subject: &str,
        fingerprint: &Fingerprint,
    ) -> Result<Option<SchemaId>, RegistryError> {
        let mut versions = match get_all_versions(&self.settings, subject.to_owned()).await {
            Ok(versions) => versions,
            Err(error) if error_code(&error) == Some(SUBJECT_NOT_FOUND) => return Ok(None),
            Err(error) => return Err(outage(&error)),
        };
        versions.sort_unstable();
        for version in versions.into_iter().rev() {
            let registered = get_schema_by_subject_and_version(&self.settings, subject, Some(version))
                .await
                .map_err(|e| outage(&e))?;
            let id = SchemaId(registered.id);
            if parse(id, &registered).is_ok_and(|schema| schema.fingerprint == *fingerprint) {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }
}

fn parse(id: SchemaId, registered: &RegisteredSchema) -> Result<WriterSchema, RegistryError> {
    let avro = Schema::parse_str(&registered.schema).map_err(|e| RegistryError::Unreadable {
        id,
        why: e.to_string(),
    })?;
    let fingerprint = schema::fingerprint(&avro);
    Ok(WriterSchema { avro, fingerprint })
}

fn error_code(error: &SRCError) -> Option<i32> {
    let raw = error.source()?.downcast_ref::<RawError>()?;
    i32::try_from(raw.error_code).ok()
}

fn outage(error: &SRCError) -> RegistryError {
    RegistryError::Outage(error.to_string())
}
