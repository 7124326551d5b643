//! The library's client, as the command uses it.

use std::sync::Arc;

use tokio::time::Instant;

use super::arguments::Settings;
use super::failure::Failure;
use crate::call::{Call, Outcome, Progress};
use crate::client::Client;
use crate::config::{Configuration, KEY_VARIABLE, LogFunction, Options};
use crate::error::Error;
use crate::exchange::Request;
use crate::sys::caught;

pub struct Api {
    client: Client,
}

/// The outcome of a successful call.
pub struct Answer {
    pub outcome: Outcome,
    pub bytes: u64,
}

impl Api {
    /// A client with these settings, and with this timeout unless the settings have one.
    pub fn new(settings: &Settings, timeout_ms: Option<u64>, log: Arc<LogFunction>) -> Result<Self, Failure> {
        if std::env::var_os(KEY_VARIABLE).is_none_or(|key| key.is_empty()) {
            let flaw = "is not set: export the key from the Anchor Browser dashboard";
            return Err(Error::argument(KEY_VARIABLE, flaw).into());
        }
        let bytes = |value: &Option<String>| value.clone().map(String::into_bytes);
        let options = Options {
            base_url: bytes(&settings.base_url),
            ca_file: bytes(&settings.ca_file),
            client_certificate: bytes(&settings.client_certificate),
            proxy: bytes(&settings.proxy),
            timeout_ms: settings.timeout.or(timeout_ms),
            max_retries: settings.max_retries,
            headers: settings.headers.iter().map(|header| split(header)).collect::<Result<_, _>>()?,
            wrapper: Some(b"command".to_vec()),
            log: settings.verbose.then_some(log),
        };
        Ok(Self { client: Client::new(Configuration::new(None, &options)?) })
    }

    /// Makes one call, which `progress` may cancel.
    pub fn call(
        &self,
        progress: Option<Arc<Progress>>,
        ask: impl FnOnce(&Client) -> Result<Request, Error>,
    ) -> Result<Answer, Failure> {
        let (call, begun) = (Call::new(), Instant::now());
        call.set_progress(progress);
        let send = || {
            let (request, guard) = (ask(&self.client)?, call.begin()?);
            let prepared = self.client.prepare(&request, &guard, Ok(begun))?;
            prepared.map_or(Ok(None), |prepared| self.client.send(&request, &guard, &prepared))
        };
        let result = caught(send).unwrap_or_else(Err);
        let outcome = call.outcome().unwrap_or_default();
        match result {
            Ok(_) => Ok(Answer { outcome, bytes: call.transferred().0 }),
            Err(error) => Err(Failure::of_call(&error, outcome)),
        }
    }
}

impl Answer {
    /// The API's JSON text, or an empty object if it said nothing.
    pub fn json(&self) -> &str {
        self.outcome.result.as_deref().unwrap_or("{}")
    }
}

/// The name and the value of a header. The message does not repeat it: it may be a secret.
fn split(header: &str) -> Result<(Vec<u8>, Vec<u8>), Error> {
    let (name, value) = header
        .split_once(':')
        .ok_or_else(|| Error::argument("header", r#"has no colon: write --header "Name: value""#))?;
    Ok((name.trim().into(), value.trim().into()))
}
